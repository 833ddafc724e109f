"""Whether a phone is in use, switched off or given back, and what the server holds of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.tables import device
from server.intake.tables import event, incarnation, outcome
from sync.event import read
from sync.order import Stored, stored
from sync.trust import Standing, standing


class Held(NamedTuple):
    """What the server holds of one phone."""

    standing: Standing
    chains: Sequence[tuple[bytes, int, bytes]]
    """How far each of its chains is held without a gap: incarnation, number and hash of the last event."""
    cut_off: int
    """Scans that came after it was switched off and do not count."""


async def is_switched_off(connection: AsyncConnection, device_id: bytes) -> bool:
    """Say whether a desk has switched a phone off or taken it back: then it is told nothing any more."""
    return standing((await _words(connection, [device_id]))[device_id]) != "active"


async def held_of(connection: AsyncConnection, devices: Collection[Row[Any]]) -> Mapping[int, Held]:
    """Give what is held of phones, by the number of their row."""
    words = await _words(connection, [row.id for row in devices])
    chains: defaultdict[int, list[tuple[bytes, int, bytes]]] = defaultdict(list)
    for row in (await connection.execute(select(incarnation).order_by(incarnation.c.n))).all():
        chains[row.device].append((row.inc, row.held_seq, row.held_hash))
    asked = (
        select(incarnation.c.device, func.count())
        .join(event, event.c.incarnation == incarnation.c.n)
        .join(outcome, outcome.c.event == event.c.n)
        .where(outcome.c.code == "device_cut_off")
        .group_by(incarnation.c.device)
    )
    cut_off = {row[0]: row[1] for row in (await connection.execute(asked)).all()}
    return {row.n: Held(standing(words[row.id]), chains[row.n], cut_off.get(row.n, 0)) for row in devices}


async def _words(connection: AsyncConnection, devices: Collection[bytes]) -> Mapping[bytes, list[Stored]]:
    """Read what was spoken about phones."""
    asked = (
        select(event, device.c.id.label("author"), incarnation.c.inc, device.c.is_desk)
        .join(incarnation, incarnation.c.n == event.c.incarnation)
        .join(device, device.c.n == incarnation.c.device)
        .where(event.c.register.in_([f"device:{one.hex()}" for one in devices]))
    )
    words: defaultdict[bytes, list[Stored]] = defaultdict(list)
    for row in (await connection.execute(asked)).all():
        fact, is_desk = read(row.body), bool(row.is_desk)
        about = bytes.fromhex(row.register.removeprefix("device:"))
        words[about].append(stored(row.n, row.id, row.fingerprint, row.author, row.inc, row.seq, fact, is_desk=is_desk))
    return words
