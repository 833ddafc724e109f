"""Hand in a file of scans that a phone has saved: the very pushes it signed, by the door that phones use.

The server stays the only one that writes, and takes each push as from the phone itself: handed in twice, or pushed by
the phone as well, it says nothing new.
"""

from __future__ import annotations

import json
import ssl
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import msgspec

from server.settings import Settings
from server.setup.authority import Files

ANSWER_SECONDS_MAX = 120


class ImportRefused(Exception):  # noqa: N818
    """The file cannot be handed in; the words say why."""


class HandedIn(NamedTuple):
    """What became of a file's scans."""

    phone: str
    taken: int
    known: int
    """The server had them already."""


class ScanFile(msgspec.Struct, frozen=True):
    """Pushes of one phone, each signed for `export`; they are handed on as they stand."""

    batchspine_scans: Literal[1]
    phone: Annotated[str, msgspec.Meta(max_length=200)]
    pushes: list[msgspec.Raw]


class _Verdict(msgspec.Struct, frozen=True):
    v: str


class _Answer(msgspec.Struct, frozen=True):
    verdicts: list[_Verdict]


def hand_in(path: Path, settings: Settings, address: str | None = None) -> HandedIn:
    """Hand a file in at the server; raises ImportRefused. What was taken before that stays taken."""
    file = _read(path)
    taken = known = 0
    for push in file.pushes:
        verdicts = _pushed(bytes(push), (address or settings.address).rstrip("/"), settings)
        again = sum(verdict.v == "duplicate" for verdict in verdicts)
        known += again
        taken += len(verdicts) - again
    return HandedIn(file.phone, taken, known)


def _read(path: Path) -> ScanFile:
    try:
        return msgspec.json.decode(path.read_bytes(), type=ScanFile)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ImportRefused(f"{path} holds no scans of a phone. Take the file that the phone has saved.") from error


def _pushed(body: bytes, address: str, settings: Settings) -> list[_Verdict]:
    if not address.startswith(("http://", "https://")):
        raise ImportRefused(f"{address} is no address of a server. It begins with https:// or http://.")
    request = Request(f"{address}/sync/v1/push", body, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urlopen(request, timeout=ANSWER_SECONDS_MAX, context=_trust(settings)) as answer:  # noqa: S310
            return msgspec.json.decode(answer.read(), type=_Answer).verdicts
    except HTTPError as refusal:
        raise ImportRefused(_sentence(refusal.read(), refusal.code)) from refusal
    except (URLError, TimeoutError) as error:
        raise ImportRefused(
            f"The server at {address} does not answer. Start it, then hand the file in again."
        ) from error
    except msgspec.DecodeError as error:
        raise ImportRefused(f"What answers at {address} is no Batchspine server.") from error


def _trust(settings: Settings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority = Files(settings.tls_folder).authority
    if authority.exists():
        context.load_verify_locations(authority)
    return context


def _sentence(body: bytes, status: int) -> str:
    try:
        said = json.loads(body)
        return f"The server does not take it: {said['detail']} ({said['code']})"
    except (ValueError, KeyError, TypeError):
        return f"The server does not take it: it answers with status {status}."
