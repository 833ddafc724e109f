"""What is missing before phones can rely on this server, in plain words, each with its cure.

It changes nothing and may be run at any time, beside a running server too.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from sqlalchemy import select

from server.access.keys import INSTALLATION_KEY, TOKEN_KEY, KeysUnreadable, open_keys
from server.access.tables import person
from server.backup.copies import DAMAGED, Copy, copies_in, installation_of
from server.backup.keeper import SENTENCES, is_same_disk, state_of
from server.database import migrate
from server.database.engine import SQLITE_OLDEST_SAFE, Address, connect_raw, sqlite_is_safe, sqlite_version
from server.network.tables import company
from server.settings import Settings
from server.setup.authority import RENEW_DAYS, Files, covers, days_left

SPACE_WANTED_MB = 1_024
SPACE_NEEDED_MB = 200

_OF_SQLITE = {"journal_mode": "wal", "synchronous": "2"}
_OF_POSTGRES = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
"""What makes a commit last. 2 is FULL."""

Level = Literal["good", "note", "missing"]


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at; `missing` has to be cured before phones can rely on the server."""

    level: Level
    sentence: str


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Look at everything."""
    return [
        *_engine(settings),
        *_space(settings.data),
        *_keys(settings.keys_folder),
        *_records(settings),
        *_backups(settings, now),
        *_address(settings),
        *_certificate(settings, now),
        *_app(settings.pwa),
    ]


def _good(sentence: str) -> Finding:
    return Finding("good", sentence)


def _missing(sentence: str) -> Finding:
    return Finding("missing", sentence)


def _engine(settings: Settings) -> Iterator[Finding]:
    if settings.postgres is not None:
        yield _good(f"The records are in PostgreSQL, {settings.records}; server processes: {settings.workers}.")
    elif sqlite_is_safe():
        yield _good(f"SQLite {sqlite_version()} is linked.")
    else:
        oldest = ".".join(str(part) for part in SQLITE_OLDEST_SAFE)
        yield _missing(f"SQLite {sqlite_version()} can lose records; install the locked packages ({oldest} or newer).")


def _space(data: Path) -> Iterator[Finding]:
    existing = next(folder for folder in (data, *data.parents) if folder.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    if free_mb < SPACE_NEEDED_MB:
        yield _missing(f"Only {free_mb} MB are free for {data}. Make room: a full disk stops every phone's upload.")
    elif free_mb < SPACE_WANTED_MB:
        yield Finding("note", f"{free_mb} MB are free for {data}; plan for more.")
    else:
        yield _good(f"{free_mb // 1000} GB are free for {data}.")


def _keys(folder: Path) -> Iterator[Finding]:
    paths = [folder / INSTALLATION_KEY, folder / TOKEN_KEY, *sorted(folder.glob("label-*.pem"))]
    if not all(path.exists() for path in paths):
        yield _missing(f"There are no keys in {folder} yet. `batchspine serve` makes them at its first start.")
        return
    try:
        open_keys(folder)
    except KeysUnreadable as error:
        yield _missing(str(error))
        return
    yield from _private([folder, *paths]) or [_good("The keys are there and only their owner can read them.")]


def _private(paths: list[Path]) -> list[Finding]:
    return [
        _missing(f"Others on this machine can read {path}. Run: chmod go-rwx {path}")
        for path in paths
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def _records(settings: Settings) -> Iterator[Finding]:
    try:
        state = migrate.state(settings.database)
    except migrate.DatabaseUnreachable as error:
        yield _missing(str(error))
        return
    match state:
        case "empty":
            yield _missing("There is no database yet. `batchspine serve` makes it and prints a set-up link.")
        case "behind":
            yield _missing("The database is older than this program. Keep a copy, then run: batchspine migrate")
        case "newer":
            yield _missing("The database was made by a newer version of this program. Install that one again.")
        case "current":
            yield _good("The database has the form this version needs.")
            yield from _durability(settings)
            yield from _setup(settings.database)


def _durability(settings: Settings) -> Iterator[Finding]:
    connection = connect_raw(settings.database)
    wanted, told = (_OF_SQLITE, "PRAGMA {}") if settings.postgres is None else (_OF_POSTGRES, "SHOW {}")
    found = {name: str(connection.execute(told.format(name)).fetchone()[0]) for name in wanted}
    connection.close()
    wrong = {name: value for name, value in found.items() if value != wanted[name]}
    shown = ", ".join(f"{name}={value}" for name, value in (wrong or found).items())
    if not wrong:
        yield _good(f"What is acknowledged survives a power cut ({shown}).")
    elif settings.postgres is None:
        yield _missing(f"The database runs with {shown}. Move it off the network share.")
    else:
        yield _missing(f"PostgreSQL runs with {shown}: a power cut could take acknowledged scans. Set it to on.")


def _setup(database: Address) -> Iterator[Finding]:
    with migrate.connected(database) as connection:
        named = connection.execute(select(company.c.name)).scalar()
        office = connection.execute(
            select(person.c.n).where(person.c.role == "office", person.c.is_active, person.c.password.is_not(None))
        ).first()
    if named is None:
        yield _missing("Nobody has set this installation up. Open the link that `batchspine serve` prints.")
    elif office is None:
        yield _missing("Nobody with the office role can sign in. Run: batchspine user add NAME --role office")
    else:
        yield _good(f"{named} is set up, and somebody can sign in at the desk.")


def _backups(settings: Settings, now: datetime) -> Iterator[Finding]:
    place, now_ms = settings.backup, int(now.timestamp() * 1000)
    if place is not None and not place.is_dir():
        yield _missing(f"There is no folder {place} for backups. Is its disk connected?")
        return
    copies = _copies(settings)
    state = state_of(place, copies, now_ms)
    yield Finding("good" if state == "good" else "missing", SENTENCES[state])
    if place is not None and is_same_disk(place, settings.data):
        yield Finding("note", f"{place} seems to be on the same disk as the records. A broken disk would take both.")
    if place is not None and (damaged := list(place.glob(f"{DAMAGED}*"))):
        yield Finding("note", f"{damaged[0]} was good once and cannot be read any more. Look after that disk.")
    if copies and not copies[-1].is_verified:
        yield _missing(
            "The newest backup was not verified: its books do not agree with its scans. Run: batchspine check"
        )


def _copies(settings: Settings) -> list[Copy]:
    if settings.backup is None or not (settings.keys_folder / INSTALLATION_KEY).exists():
        return []
    try:
        return copies_in(settings.backup, installation_of(open_keys(settings.keys_folder)))
    except KeysUnreadable:
        return []


def _address(settings: Settings) -> Iterator[Finding]:
    if settings.public_url is None:
        yield _missing(
            "No public address is set. Phones need one https address that never changes: set BATCHSPINE_PUBLIC_URL."
        )
    elif not settings.public_url.startswith("https:"):
        yield _missing(
            f"{settings.public_url} is not https: on phones camera and storage will not work. "
            "Use a domain with a certificate, or run: batchspine certificate NAME"
        )
    else:
        yield _good(f"Phones reach this server at {settings.public_url}.")


def _certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    files = Files(settings.tls_folder)
    if not files.server.exists():
        if settings.tls:
            yield _missing("https is switched on but there is no certificate. Run: batchspine certificate NAME")
        elif settings.public_url and settings.public_url.startswith("https:"):
            yield Finding("note", "There is no certificate here, so something in front of this server must do https.")
        return
    host = urlsplit(settings.public_url or "").hostname
    certificate = x509.load_pem_x509_certificate(files.server.read_bytes())
    left = days_left(certificate, now)
    again = f"Run: batchspine certificate {host or 'NAME'}"
    if left < 0:
        yield _missing(f"The server's certificate has ended. {again}, then start the server again.")
    elif left < RENEW_DAYS:
        yield _missing(f"The server's certificate ends in {left} days. {again}, then start the server again.")
    else:
        yield _good(f"The server's certificate is good for {left} more days.")
    if host and not covers(certificate, host):
        yield _missing(f"The certificate is not for {host}. {again}")
    yield from _private([path for path in (files.server_key, files.authority_key) if path.exists()])


def _app(pwa: Path) -> Iterator[Finding]:
    if (pwa / "index.html").is_file():
        yield _good("The app is built.")
    else:
        yield _missing(f"The app is not built: there is no {pwa / 'index.html'}. In pwa/ run: npm ci && npm run build")
