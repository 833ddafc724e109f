"""Label keys at the command line: which there are, a new one, and one that is used no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import label_keys
from server.settings import Settings
from server.setup.first_run import NotReady
from server.setup.transaction import Result, in_transaction


def listed(settings: Settings) -> list[tuple[str, str]]:
    """Give each key's letter and what it is good for, oldest first."""

    async def read(connection: AsyncConnection) -> list[tuple[str, str]]:
        told = await label_keys.published(connection)
        newest = label_keys.newest(settings.keys_folder)
        return [
            (key, "revoked" if public is None else "signs" if newest and newest[0] == key else "is verified")
            for key, public in sorted(told.items())
        ]

    return _with_records(settings, read)


def make(settings: Settings) -> str:
    """Make the next key and tell phones of it; gives its letter."""

    async def write(connection: AsyncConnection) -> str:
        key = label_keys.make(settings.keys_folder, await label_keys.published(connection))
        await label_keys.publish(connection, settings.keys_folder)
        return key

    return _with_records(settings, write)


def revoke(settings: Settings, key: str) -> None:
    """Have phones take whatever a key has signed for forged."""

    async def write(connection: AsyncConnection) -> None:
        await label_keys.revoke(connection, settings.keys_folder, key)

    _with_records(settings, write)


def _with_records(settings: Settings, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    try:
        return in_transaction(settings, work)
    except label_keys.NoSuchKey as error:
        raise NotReady(str(error)) from error
