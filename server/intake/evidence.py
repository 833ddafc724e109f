"""An exception as a person sees it: what it is about, and both sides' evidence.

For every scan that takes part: who made it, on which phone, when (as the interval its own clock gives), and how old the
picture was that its author had.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.tables import device, person
from server.intake.tables import event, incarnation
from sync.clock import interval
from sync.event import Counted, Decided, Event, Handled, Unreadable, read
from sync.exception import KINDS
from sync.order import units_named


async def shapes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[int, dict[str, Any]]:
    """Write exceptions with all their evidence, by their number."""
    if not rows:
        return {}
    took_part = {row.n: _ids(row.participants) for row in rows}
    scans = await _scans(connection, {i for ids in took_part.values() for i in ids}, {row.decided_by for row in rows})
    return {row.n: _shape(row, [scans[i] for i in took_part[row.n] if i in scans], scans) for row in rows}


def _ids(participants: bytes) -> list[bytes]:
    return [participants[at : at + 16] for at in range(0, len(participants), 16)]


def _shape(row: Row[Any], took_part: list[dict[str, Any]], scans: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    kind = KINDS[row.kind]
    return {
        "exception": row.id.hex(),
        "kind": row.kind,
        "severity": kind.severity,
        "sentence": kind.sentence,
        "choices": list(kind.choices),
        "subject": row.subject,
        "detail": row.detail,
        "evidence": row.evidence.hex(),
        "since": row.since,
        "scans": sorted(took_part, key=lambda scan: (scan["from"], scan["event"])),
        "decision": scans.get(row.decided_by),
    }


async def _scans(
    connection: AsyncConnection, ids: set[bytes], numbers: set[int | None]
) -> dict[bytes | int, dict[str, Any]]:
    """Read scans by id and by number; of several bodies under one id, the last one stored."""
    asked = (
        select(event.c.n, event.c.id, event.c.body, device.c.name, device.c.site)
        .join(incarnation, incarnation.c.n == event.c.incarnation)
        .join(device, device.c.n == incarnation.c.device)
        .where(event.c.id.in_(ids) | event.c.n.in_({n for n in numbers if n is not None}))
        .order_by(event.c.n)
    )
    rows = (await connection.execute(asked)).all()
    facts = {row.n: read(row.body) for row in rows}
    actors = {bytes.fromhex(fact.actor) for fact in facts.values() if not isinstance(fact, str)}
    found = (await connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_(actors)))).all()
    names = {row.id: row.name for row in found}
    scans: dict[bytes | int, dict[str, Any]] = {}
    for row in rows:
        scan = _scan(row, facts[row.n], names)
        scans[row.id] = scans[row.n] = scan
    return scans


def _scan(row: Any, fact: Event | Unreadable, names: Mapping[bytes, str]) -> dict[str, Any]:
    known = {"event": row.id.hex(), "device": row.name, "site": row.site}
    if isinstance(fact, str):
        return known | {"type": fact, "who": row.name, "from": 0, "to": 0}
    earliest, latest = interval(fact.clock)
    told = {
        "type": type(fact).__name__.lower(),
        "who": names.get(bytes.fromhex(fact.actor), row.name),
        "from": earliest,
        "to": latest,
        "basis": fact.basis,
        "units": list(units_named(fact)),
        "reason": fact.reason,
    }
    if isinstance(fact, Handled | Counted) and fact.material is not None:
        told |= {
            "material": {"item": fact.material.item, "batch": fact.material.batch, "quantity": fact.material.quantity}
        }
    if isinstance(fact, Handled | Counted):
        told |= {"place": fact.to}
    if isinstance(fact, Decided):
        told |= {"choice": fact.choice, "note": fact.note}
    return known | told
