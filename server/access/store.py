"""People, phones and enrolment codes as rows. Every change is told to the phones of the site it concerns."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.credentials import PinVerifier
from server.access.tables import device, enrolment, person
from server.intake import feed

ENROLMENT_VALID_MS = 10 * 60 * 1000
DEVICE_CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No I, L, O, U: somebody may have to read a serial aloud."""

_DEVICE_CODE_LENGTH = 3


class NewPerson(msgspec.Struct, frozen=True, kw_only=True):
    """A person as the office adds one; secrets already turned into what is stored of them."""

    name: str
    role: str
    site: str
    login: str | None
    password_hash: str | None
    pin: PinVerifier | None


class NewDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A phone that showed a good enrolment code."""

    id: bytes
    name: str
    site: str
    public_key: bytes
    is_desk: bool


async def add_person(connection: AsyncConnection, new: NewPerson, now_ms: int) -> Row[Any]:
    """Add a person and tell the phones of the site."""
    columns = {
        "id": uuid.uuid4().bytes,
        "name": new.name,
        "role": new.role,
        "site": new.site,
        "grant": 1,
        "login": new.login,
        "password": new.password_hash,
        "is_active": True,
        "created_at": now_ms,
        **_pin_columns(new.pin),
    }
    row: Row[Any] = (await connection.execute(insert(person).values(columns).returning(person))).one()
    await feed.append(connection, {new.site: [("person", row.n)]})
    return row


async def people(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """List everybody, by name."""
    return (await connection.execute(select(person).order_by(person.c.name, person.c.n))).all()


async def person_by_login(connection: AsyncConnection, login: str) -> Row[Any] | None:
    """Find who signs in under a login, if that person still may."""
    return (await connection.execute(select(person).where(person.c.login == login, person.c.is_active))).first()


async def is_login_free(connection: AsyncConnection, login: str) -> bool:
    """Say whether nobody, active or not, has this login."""
    return (await connection.execute(select(person.c.n).where(person.c.login == login))).first() is None


async def set_pin(connection: AsyncConnection, n: int, pin: PinVerifier) -> None:
    """Give a person a new PIN: a new version of the rights, so that sessions and scans can be told apart."""
    await _change_rights(connection, n, _pin_columns(pin))


async def set_password(connection: AsyncConnection, n: int, password_hash: str) -> None:
    """Give a person a new password; every session opened with the old one ends."""
    await _change_rights(connection, n, {"password": password_hash})


async def deactivate(connection: AsyncConnection, n: int) -> None:
    """Take all rights from a person; what the person recorded stays, and so does the name."""
    await _change_rights(connection, n, {"is_active": False})


async def _change_rights(connection: AsyncConnection, n: int, columns: dict[str, Any]) -> None:
    changed = update(person).where(person.c.n == n).values(grant=person.c.grant + 1, **columns)
    site = (await connection.execute(changed.returning(person.c.site))).scalar_one()
    await feed.append(connection, {site: [("person", n)]})


def _pin_columns(pin: PinVerifier | None) -> dict[str, Any]:
    return {"pin_salt": pin.salt, "pin_iterations": pin.iterations, "pin_hash": pin.hash} if pin else {}


async def add_enrolment(
    connection: AsyncConnection, *, code_hash: bytes, site: str, is_desk: bool, made_by: int | None, now_ms: int
) -> int:
    """Keep the hash of a new enrolment code and say when it ends."""
    expires_at = now_ms + ENROLMENT_VALID_MS
    row = {
        "code_hash": code_hash,
        "site": site,
        "is_desk": is_desk,
        "made_by": made_by,
        "expires_at": expires_at,
    }
    await connection.execute(insert(enrolment).values(row))
    return expires_at


async def enrolment_by_hash(connection: AsyncConnection, code_hash: bytes) -> Row[Any] | None:
    """Find an enrolment code, used or not."""
    return (await connection.execute(select(enrolment).where(enrolment.c.code_hash == code_hash))).first()


async def add_device(connection: AsyncConnection, new: NewDevice, now_ms: int) -> Row[Any]:
    """Enter a phone under a code of its own."""
    row = {
        "id": new.id,
        "code": await free_device_code(connection),
        "name": new.name,
        "site": new.site,
        "is_desk": new.is_desk,
        "public_key": new.public_key,
        "enrolled_at": now_ms,
    }
    added: Row[Any] = (await connection.execute(insert(device).values(row).returning(device))).one()
    return added


async def free_device_code(connection: AsyncConnection) -> str:
    """Draw a code no phone has.

    Drawn, not counted: a database brought back from a backup must not give a lost phone's code to another one.
    """
    while True:
        code = "".join(secrets.choice(DEVICE_CODE_ALPHABET) for _ in range(_DEVICE_CODE_LENGTH))
        if (await connection.execute(select(device.c.n).where(device.c.code == code))).first() is None:
            return code


async def use_enrolment(connection: AsyncConnection, *, code_hash: bytes, device_n: int, now_ms: int) -> bool:
    """Bind a code to the phone that showed it; False if it is too late or another phone was first."""
    taken = (
        update(enrolment)
        .where(enrolment.c.code_hash == code_hash, enrolment.c.used_by.is_(None), enrolment.c.expires_at > now_ms)
        .values(used_by=device_n)
    )
    return (await connection.execute(taken)).rowcount == 1


async def device_by_id(connection: AsyncConnection, identity: bytes) -> Row[Any] | None:
    """Find a phone."""
    return (await connection.execute(select(device).where(device.c.id == identity))).first()


async def device_by_n(connection: AsyncConnection, n: int) -> Row[Any]:
    """Give the phone of a row that names it."""
    return (await connection.execute(select(device).where(device.c.n == n))).one()


async def devices(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """List every phone, by site and name."""
    return (await connection.execute(select(device).order_by(device.c.site, device.c.name, device.c.n))).all()


async def has_office(connection: AsyncConnection) -> bool:
    """Say whether anybody can sign in at the desk with the office role."""
    office = select(func.count()).where(
        person.c.role == "office", person.c.is_active, person.c.login.is_not(None), person.c.password.is_not(None)
    )
    return bool((await connection.execute(office)).scalar_one())
