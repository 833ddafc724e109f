"""What the person who runs the server may decide; everything has a default that works on one machine.

Settings come from the environment in one function and are passed on from there. Nothing else reads the environment.

    BATCHSPINE_DATA        folder of database, keys and TLS files   (~/.local/share/batchspine)
    BATCHSPINE_PUBLIC_URL  the one permanent address of phones and desks, such as https://batch.example.org
    BATCHSPINE_HOST        address to listen on                     (127.0.0.1)
    BATCHSPINE_PORT        port to listen on                        (8000)
    BATCHSPINE_TLS         1: serve https with the certificate of `batchspine certificate`
    BATCHSPINE_TRUST_PORT  port of the plain-http page that explains how to trust our certificate authority
    BATCHSPINE_BACKUP      folder on another disk where a verified backup is put every day
    BATCHSPINE_DATABASE    a PostgreSQL database instead of a file in that folder: postgresql+asyncpg://…
    BATCHSPINE_WORKERS     server processes, more than one only with PostgreSQL  (1)
    BATCHSPINE_PWA         folder of the built app                  (pwa/dist of the checkout)
    BATCHSPINE_GS1_PREFIX  the company's own prefix of GS1, for pallet numbers (SSCC)
    BATCHSPINE_SIGN_LABELS 1: labels from 40 mm on carry a signature that phones check
    BATCHSPINE_LABEL_LINK  what the page behind a label tells a stranger: plain or batch  (plain)
    BATCHSPINE_PRINTER_NETWORKS  where label printers may be         (private networks)
    BATCHSPINE_PRINTER_PORTS     ports at which they may listen      (9100 9101 9102 6101)
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from labels.sscc import PREFIX_MAX, PREFIX_MIN, is_prefix

_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")

_POSTGRES = "postgresql+asyncpg://"
_PASSWORD = re.compile(r"(//[^:/@]*):[^@]*@")
WORKERS_MAX = 32
PRINTER_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8")
PRINTER_PORTS = (9100, 9101, 9102, 6101)


LabelLink = Literal["plain", "batch"]
"""That the label is ours, and no more; or its item and batch too."""


class SettingsWrong(Exception):  # noqa: N818 - named for what is wrong
    """A setting cannot be used; the text says which and what to write instead."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One installation: where it keeps things and where it is reached."""

    data: Path
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    tls: bool = False
    trust_port: int | None = None
    backup: Path | None = None
    postgres: str | None = None
    workers: int = 1
    pwa: Path
    label_link: LabelLink = "plain"
    gs1_prefix: str | None = None
    sign_labels: bool = False
    printer_networks: tuple[str, ...] = PRINTER_NETWORKS
    printer_ports: tuple[int, ...] = PRINTER_PORTS

    @property
    def database(self) -> Path | str:
        """The ledger and everything else that is recorded: a file, or the URL of a PostgreSQL database."""
        return self.postgres or self.database_file

    @property
    def database_file(self) -> Path:
        """The file of the records where they are in SQLite."""
        return self.data / "batchspine.sqlite"

    @property
    def records(self) -> str:
        """The place of the records as people may see it: without a password."""
        return str(self.database_file) if self.postgres is None else _PASSWORD.sub(r"\1:…@", self.postgres)

    @property
    def keys_folder(self) -> Path:
        """The installation's own keys."""
        return self.data / "keys"

    @property
    def tls_folder(self) -> Path:
        """Certificate authority and server certificate."""
        return self.data / "tls"

    @property
    def address(self) -> str:
        """Where a browser finds the app: the public address, or this machine's."""
        if self.public_url:
            return self.public_url
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self.tls else 'http'}://{shown}:{self.port}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the settings, or say in plain words which of them is wrong."""
    home = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    checkout = Path(__file__).resolve().parents[1]
    trust_port = environment.get("BATCHSPINE_TRUST_PORT")
    backup = environment.get("BATCHSPINE_BACKUP")
    postgres = _postgres(environment.get("BATCHSPINE_DATABASE"))
    return Settings(
        data=Path(environment.get("BATCHSPINE_DATA") or home / "batchspine").absolute(),
        public_url=_public_url(environment.get("BATCHSPINE_PUBLIC_URL")),
        host=environment.get("BATCHSPINE_HOST") or "127.0.0.1",
        port=_port("BATCHSPINE_PORT", environment.get("BATCHSPINE_PORT") or "8000"),
        tls=environment.get("BATCHSPINE_TLS", "") not in {"", "0"},
        trust_port=_port("BATCHSPINE_TRUST_PORT", trust_port) if trust_port else None,
        backup=Path(backup).absolute() if backup else None,
        postgres=postgres,
        workers=_workers(environment.get("BATCHSPINE_WORKERS") or "1", postgres),
        pwa=Path(environment.get("BATCHSPINE_PWA") or checkout / "pwa" / "dist").absolute(),
        sign_labels=environment.get("BATCHSPINE_SIGN_LABELS", "") not in {"", "0"},
        gs1_prefix=_gs1_prefix(environment.get("BATCHSPINE_GS1_PREFIX")),
        label_link=_label_link(environment.get("BATCHSPINE_LABEL_LINK")),
        printer_networks=_networks(environment.get("BATCHSPINE_PRINTER_NETWORKS")),
        printer_ports=_ports(environment.get("BATCHSPINE_PRINTER_PORTS")),
    )


def to_environment(settings: Settings) -> dict[str, str]:
    """Write the settings as `from_environment` reads them: how they reach the worker process."""
    return {
        "BATCHSPINE_DATA": str(settings.data),
        "BATCHSPINE_PUBLIC_URL": settings.public_url or "",
        "BATCHSPINE_HOST": settings.host,
        "BATCHSPINE_PORT": str(settings.port),
        "BATCHSPINE_TLS": "1" if settings.tls else "",
        "BATCHSPINE_TRUST_PORT": str(settings.trust_port or ""),
        "BATCHSPINE_BACKUP": str(settings.backup or ""),
        "BATCHSPINE_DATABASE": settings.postgres or "",
        "BATCHSPINE_WORKERS": str(settings.workers),
        "BATCHSPINE_PWA": str(settings.pwa),
        "BATCHSPINE_SIGN_LABELS": "1" if settings.sign_labels else "",
        "BATCHSPINE_GS1_PREFIX": settings.gs1_prefix or "",
        "BATCHSPINE_LABEL_LINK": settings.label_link,
        "BATCHSPINE_PRINTER_NETWORKS": " ".join(settings.printer_networks),
        "BATCHSPINE_PRINTER_PORTS": " ".join(str(port) for port in settings.printer_ports),
    }


def _public_url(text: str | None) -> str | None:
    if not text:
        return None
    address = text.strip().rstrip("/").lower()
    if not _ADDRESS.fullmatch(address):
        raise SettingsWrong(
            f"The public address “{text}” cannot be used: write https://name or https://name:port, nothing behind it."
        )
    return address


def _postgres(text: str | None) -> str | None:
    if not text:
        return None
    if not text.startswith(_POSTGRES):
        raise SettingsWrong(f"BATCHSPINE_DATABASE must begin with {_POSTGRES}; leave it empty to use SQLite.")
    return text


def _workers(text: str, postgres: str | None) -> int:
    if not text.isdigit() or not 0 < int(text) <= WORKERS_MAX:
        raise SettingsWrong(f"BATCHSPINE_WORKERS must be a number from 1 to {WORKERS_MAX}, not “{text}”.")
    if int(text) > 1 and postgres is None:
        raise SettingsWrong(
            "Several server processes need PostgreSQL: set BATCHSPINE_DATABASE, or BATCHSPINE_WORKERS to 1."
        )
    return int(text)


def _gs1_prefix(text: str | None) -> str | None:
    if not text:
        return None
    if not is_prefix(text):
        raise SettingsWrong(f"BATCHSPINE_GS1_PREFIX must have {PREFIX_MIN} to {PREFIX_MAX} digits, not “{text}”.")
    return text


def _label_link(text: str | None) -> LabelLink:
    match text or "plain":
        case "plain":
            return "plain"
        case "batch":
            return "batch"
    raise SettingsWrong(f"BATCHSPINE_LABEL_LINK must be plain or batch, not “{text}”.")


def _networks(text: str | None) -> tuple[str, ...]:
    if not text or not text.strip():
        return PRINTER_NETWORKS
    try:
        return tuple(str(ipaddress.ip_network(part)) for part in text.split())
    except ValueError as error:
        raise SettingsWrong(
            f"BATCHSPINE_PRINTER_NETWORKS must be networks such as 192.168.7.0/24, not “{text}”."
        ) from error


def _ports(text: str | None) -> tuple[int, ...]:
    if not text or not text.strip():
        return PRINTER_PORTS
    return tuple(_port("BATCHSPINE_PRINTER_PORTS", part) for part in text.split())


def _port(name: str, text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingsWrong(f"{name} must be a port number from 1 to 65535, not “{text}”.")
    return int(text)
