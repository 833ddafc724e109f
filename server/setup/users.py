"""People from the command line: for the first hours, and for the day nobody remembers the office's password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import credentials, store
from server.access.people import NewPerson, Password, Pin, hashed, missing_of
from server.clock import now_ms
from server.network import store as network
from server.problems import FIELD_SENTENCES, SENTENCES
from server.settings import Settings
from server.setup.first_run import NotReady
from server.setup.transaction import in_transaction


def add(settings: Settings, answers: dict[str, str | None]) -> None:
    """Add a person, by the same rules as over HTTP."""
    new = _checked(answers, NewPerson)
    if missing := missing_of(new):
        raise NotReady(SENTENCES[missing])
    person = hashed(new)

    async def write(connection: AsyncConnection) -> None:
        if not await network.is_site(connection, person.site):
            raise NotReady(SENTENCES["unknown_site"])
        if person.login is not None and not await store.is_login_free(connection, person.login):
            raise NotReady(SENTENCES["login_taken"])
        await store.add_person(connection, person, now_ms())

    in_transaction(settings, write)


def everybody(settings: Settings) -> Sequence[Row[Any]]:
    """List all people."""
    return in_transaction(settings, store.people)


def give_pin(settings: Settings, who: str, pin: str) -> str:
    """Give a person a new PIN, and that person's name."""
    verifier = credentials.make_pin_verifier(_checked(pin, Pin, "pin"))
    return _change(settings, who, lambda connection, n: store.set_pin(connection, n, verifier))


def give_password(settings: Settings, who: str, password: str) -> str:
    """Give a person who has a login a new password, and that person's name."""
    stored = credentials.hash_password(_checked(password, Password, "password"))
    return _change(settings, who, lambda connection, n: store.set_password(connection, n, stored))


def deactivate(settings: Settings, who: str) -> str:
    """Take all rights from a person, and give that person's name."""
    return _change(settings, who, store.deactivate)


def _change(settings: Settings, who: str, change: Callable[[AsyncConnection, int], Awaitable[None]]) -> str:
    async def write(connection: AsyncConnection) -> str:
        row = _the_one(who, await store.people(connection))
        await change(connection, row.n)
        return str(row.name)

    return in_transaction(settings, write)


def _the_one(who: str, rows: Sequence[Row[Any]]) -> Row[Any]:
    """Find a person by login, by name or by the beginning of the id, if that is one person."""
    found = [row for row in rows if who in {row.login, row.name} or (len(who) >= 4 and row.id.hex().startswith(who))]
    if len(found) != 1:
        count = "Nobody" if not found else f"{len(found)} people"
        raise NotReady(f"{count} found for “{who}”. `batchspine user list` shows everybody with login and id.")
    return found[0]


def _checked(answers: object, kind: Any, field: str = "") -> Any:
    try:
        return msgspec.convert(answers, kind)
    except msgspec.ValidationError as error:
        named = str(error).rpartition("$.")[2].strip("`") if "$." in str(error) else field
        raise NotReady(FIELD_SENTENCES.get(named, f"{named}: cannot be used.")) from error
