"""Photos as rows. A scan names its photos by their hashes, so nobody can put another picture in the place of one."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.tables import device, person
from server.intake.tables import event, incarnation, unit
from server.photos.tables import photo
from sync.event import Fact, read
from sync.order import units_named

_JPEG = b"\xff\xd8\xff"


async def take_in(connection: AsyncConnection, device_n: int, event_id: bytes, data: bytes, now_ms: int) -> bool:
    """Keep a photo if a scan of this phone speaks of it; False: none does, as far as this server has its scans."""
    digest = sha256(data).digest()
    if not data.startswith(_JPEG):
        return False
    if (await connection.execute(select(photo.c.n).where(photo.c.hash == digest))).first() is not None:
        return True
    asked = (
        select(event.c.n, event.c.body, device.c.site)
        .join(incarnation, incarnation.c.n == event.c.incarnation)
        .join(device, device.c.n == incarnation.c.device)
        .where(event.c.id == event_id, device.c.n == device_n)
    )
    for row in (await connection.execute(asked)).all():
        fact = read(row.body)
        if isinstance(fact, Fact) and digest.hex() in fact.photos:
            serial = next(iter(units_named(fact)), None)
            kept = {"hash": digest, "event": row.n, "unit": serial, "site": row.site, "received_at": now_ms}
            await connection.execute(insert(photo).values(data=data, **kept))
            return True
    return False


async def data_of(connection: AsyncConnection, digest: bytes, sees: str | None) -> bytes | None:
    """Give a photo to whoever may see what its site recorded."""
    asked = select(photo.c.data, photo.c.site).where(photo.c.hash == digest)
    row = (await connection.execute(asked)).first()
    return bytes(row.data) if row is not None and sees in (None, row.site) else None


async def of_batch(connection: AsyncConnection, batch: str, sees: str | None) -> list[dict[str, Any]]:
    """List the photos of a batch's units, newest first, with who took them and when."""
    asked = (
        select(photo.c.hash, photo.c.unit, photo.c.site, event.c.body, device.c.name)
        .join(unit, unit.c.serial == photo.c.unit)
        .join(event, event.c.n == photo.c.event)
        .join(incarnation, incarnation.c.n == event.c.incarnation)
        .join(device, device.c.n == incarnation.c.device)
        .where(unit.c.batch == batch)
        .order_by(photo.c.n.desc())
    )
    rows = [row for row in (await connection.execute(asked)).all() if sees in (None, row.site)]
    facts = [read(row.body) for row in rows]
    actors = {bytes.fromhex(fact.actor) for fact in facts if isinstance(fact, Fact)}
    people = dict((await connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_(actors)))).all())
    return [_shape(row, fact, people) for row, fact in zip(rows, facts, strict=True)]


def _shape(row: Any, fact: Any, people: dict[bytes, str]) -> dict[str, Any]:
    return {
        "photo": row.hash.hex(),
        "unit": row.unit,
        "site": row.site,
        "who": people.get(bytes.fromhex(fact.actor), row.name),
        "at": fact.clock.at[0],
        "reason": fact.reason,
    }
