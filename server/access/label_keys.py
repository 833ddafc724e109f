"""The keys that sign labels: one file each, named by one letter; phones have the public halves with their books.

The newest signs. An older one stays, for its labels are out; one that was stolen is revoked: its file goes, and phones
take its labels for forged from their next contact on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.signature import KEY_IDS
from server.access.encoding import to_base64url
from server.access.keys import open_key
from server.intake import feed
from server.network.tables import company

Published = dict[str, str | None]
"""By the key's letter: its public half in base64url; None: revoked."""


class NoSuchKey(Exception):  # noqa: N818 - named for what is wrong
    """There is no label key of this letter, or none is left to be made."""


def _path(folder: Path, key: str) -> Path:
    return folder / f"label-{key}.pem"


def in_folder(folder: Path) -> dict[str, Ed25519PrivateKey]:
    """Open the keys there are, oldest first."""
    return {key: open_key(_path(folder, key)) for key in KEY_IDS if _path(folder, key).exists()}


def newest(folder: Path) -> tuple[str, Ed25519PrivateKey] | None:
    """Give the key that signs; None: there is none."""
    return next(reversed(in_folder(folder).items()), None)


def make(folder: Path, published: Published) -> str:
    """Make the next key; gives its letter, which no key has had before."""
    used = {*in_folder(folder), *published}
    key = next((letter for letter in KEY_IDS if all(letter > other for other in used)), None)
    if key is None:
        raise NoSuchKey("All letters are used up.")
    open_key(_path(folder, key))
    return key


async def published(connection: AsyncConnection) -> Published:
    """Read which keys phones are told of."""
    text = (await connection.execute(select(company.c.label_keys))).scalar()
    return msgspec.json.decode(text or "{}", type=Published)


async def begin(connection: AsyncConnection, folder: Path, *, is_wanted: bool) -> None:
    """When a server starts: make the first key if labels are to be signed, and tell phones of those there are."""
    if is_wanted and not in_folder(folder):
        make(folder, await published(connection))
    await publish(connection, folder)


async def publish(connection: AsyncConnection, folder: Path) -> None:
    """Tell phones of the keys there are; does nothing if they know, or nobody has set the installation up."""
    told = await published(connection)
    here: Published = {
        key: to_base64url(made.public_key().public_bytes_raw()) for key, made in in_folder(folder).items()
    }
    revoked: Published = {key: None for key, public in told.items() if public is None}
    await _tell(connection, told, told | here | revoked)


async def revoke(connection: AsyncConnection, folder: Path, key: str) -> None:
    """Take a key out of use: whatever it signed is taken for forged from now on."""
    told = await published(connection)
    if key not in told:
        raise NoSuchKey(f"There is no label key {key}.")
    _path(folder, key).unlink(missing_ok=True)
    await _tell(connection, told, told | {key: None})


async def _tell(connection: AsyncConnection, told: Published, now: Published) -> None:
    if now == told:
        return
    text = msgspec.json.encode(now).decode("utf-8")
    changed: Any = update(company).values(label_keys=text).returning(company.c.n)
    n = (await connection.execute(changed)).scalar()
    if n is not None:
        await feed.append(connection, {site: [("company", n)] for site in await feed.every_site(connection)})
