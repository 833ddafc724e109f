"""An exception as a person sees it: what it is about, and both sides' evidence.

For every scan that takes part: who made it, on which phone, when (as the interval its own clock gives), how old the
picture was that its author had, and which of the other scans that person knew of.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.tables import device, person
from server.intake.tables import event, incarnation, outcome, push
from server.oversight.tables import tolerances
from sync.clock import interval
from sync.event import (
    Consumed,
    Counted,
    Decided,
    Dispatched,
    Fact,
    Handled,
    Held,
    Received,
    Released,
    Scrapped,
    Voided,
    read,
)
from sync.exception import CHOICES, KINDS, name_of
from sync.order import Stored, key, knows, stored
from sync.tolerance import Tolerance, difference_in, is_within
from sync.trust import DESK

_SCANS: Select[Any] = (
    select(
        event.c.n, event.c.id, event.c.fingerprint, device.c.id.label("device"), incarnation.c.inc, event.c.seq,
        event.c.body, device.c.is_desk, device.c.name, device.c.site, push.c.received_at, outcome.c.code,
    )
    .join(incarnation, incarnation.c.n == event.c.incarnation)
    .join(device, device.c.n == incarnation.c.device)
    .join(push, push.c.n == event.c.push)
    .outerjoin(outcome, outcome.c.event == event.c.n)
)  # fmt: skip


class Seen(NamedTuple):
    """One scan, and what the server knows of it beside its body."""

    scan: Stored
    device_name: str
    site: str
    received_at: int
    is_undone: bool


class Evidence(NamedTuple):
    """Scans by id and by number (of several bodies under one id, the one that counts), and who made them."""

    scans: Mapping[bytes | int, Seen]
    names: Mapping[str, str]

    def of(self, row: Row[Any]) -> list[Seen]:
        """Give the scans an exception rests on, in the order in which they were done."""
        found = [self.scans[i] for i in _ids(row.participants) if i in self.scans]
        return sorted(found, key=lambda seen: (_span(seen.scan)[0], seen.scan.id))


async def gather(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> Evidence:
    """Read every scan that takes part in these exceptions, and the decisions on them."""
    ids = {i for row in rows for i in _ids(row.participants)}
    numbers = {row.decided_by for row in rows if row.decided_by is not None}
    asked = _SCANS.where(event.c.id.in_(ids) | event.c.n.in_(numbers)).order_by(event.c.n)
    rows_read = (await connection.execute(asked)).all()
    found = [_seen(row) for row in sorted(rows_read, key=_standing_of, reverse=True)]
    scans: dict[bytes | int, Seen] = {}
    for seen in found:
        scans[seen.scan.id] = scans[seen.scan.n] = seen
    return Evidence(scans, await _names(connection, found))


def _standing_of(row: Row[Any]) -> tuple[bool, bool, bytes]:
    """Rank a body that counts before one that is evidence beside it, and that before one that stays outside."""
    return row.code in ("device_cut_off", "not_a_desk"), row.code == "same_id_other_content", row.fingerprint


def _seen(row: Row[Any]) -> Seen:
    is_desk = bool(row.is_desk)
    scan = stored(row.n, row.id, row.fingerprint, row.device, row.inc, row.seq, read(row.body), is_desk=is_desk)
    return Seen(scan, row.name, row.site, row.received_at, row.code == "undone")


async def _names(connection: AsyncConnection, found: Iterable[Seen]) -> dict[str, str]:
    told = [seen.scan.fact for seen in found if isinstance(seen.scan.fact, Fact)]
    people = {bytes.fromhex(one) for fact in told for one in (fact.actor, fact.second) if one is not None}
    asked = select(person.c.id, person.c.name).where(person.c.id.in_(people))
    return {row.id.hex(): row.name for row in (await connection.execute(asked)).all()}


async def shapes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[int, dict[str, Any]]:
    """Write exceptions with all their evidence, by their number."""
    if not rows:
        return {}
    return written(rows, await gather(connection, rows), await tolerances(connection))


async def within_tolerance(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> set[int]:
    """Name those of these exceptions, by number, whose difference a tolerance covers."""
    allowed = await tolerances(connection)
    about_how_much = [row for row in rows if row.detail]
    if not allowed or not about_how_much:
        return set()
    shown = written(about_how_much, await gather(connection, about_how_much), allowed)
    return {n for n, shape in shown.items() if shape["is_within_tolerance"]}


async def of_registers(connection: AsyncConnection, registers: Collection[str]) -> list[Stored]:
    """Read every scan that speaks of one of these registers."""
    asked = _SCANS.where(event.c.register.in_(list(registers))).order_by(event.c.n)
    return [_seen(row).scan for row in (await connection.execute(asked)).all()]


def written(rows: Iterable[Row[Any]], evidence: Evidence, allowed: Sequence[Tolerance]) -> dict[int, dict[str, Any]]:
    """Write exceptions whose evidence is at hand, by their number."""
    return {row.n: _shape(row, evidence, allowed) for row in rows}


def _shape(row: Row[Any], evidence: Evidence, allowed: Sequence[Tolerance]) -> dict[str, Any]:
    kind = KINDS[row.kind]
    seen = evidence.of(row)
    about = _about(row.subject, [one.scan for one in seen])
    difference = difference_in(row.detail)
    decision = evidence.scans.get(row.decided_by) if row.decided_by is not None else None
    choice = decision.scan.fact.choice if decision is not None and isinstance(decision.scan.fact, Decided) else None
    return {
        "exception": row.id.hex(),
        "kind": row.kind,
        "name": name_of(row.kind),
        "severity": kind.severity,
        "sentence": kind.sentence,
        "advice": kind.advice,
        "subject": row.subject,
        "about": about,
        "detail": row.detail,
        "difference": difference and {"found": str(difference.found), "expected": str(difference.expected)},
        "is_within_tolerance": difference is not None and is_within(allowed, difference, about["item"], about["place"]),
        "evidence": row.evidence.hex(),
        "sites": json.loads(row.sites),
        "since": row.since,
        "scans": [_scan(one, seen, evidence.names) for one in seen],
        "decision": None if decision is None else _scan(decision, (), evidence.names),
        "decided": None if choice is None else _label(choice),
        "asks_floor": choice in CHOICES and CHOICES[choice].asks_floor,
    }


def _label(choice: str) -> str:
    return CHOICES[choice].label if choice in CHOICES else choice


def _ids(participants: bytes) -> list[bytes]:
    return [participants[at : at + 16] for at in range(0, len(participants), 16)]


def _about(subject: str, scans: Collection[Stored]) -> dict[str, str | None]:
    """Say which unit, item, batch and place an exception is about; the place is where somebody looked last."""
    kind, _, name = subject.partition(":")
    if kind == "bucket":
        place, item, batch, *_ = name.split("/")
        return {"unit": None, "item": item, "batch": batch, "place": _location(place)}
    about: dict[str, str | None] = {"unit": None, "item": None, "batch": None, "place": None}
    for scan in sorted(scans, key=lambda scan: (isinstance(scan.fact, Received | Counted), key(scan))):
        about |= {what: value for what, value in _told_of(scan.fact).items() if value is not None}
    if kind == "hold":
        kind, _, name = name.partition(":")
        about |= {"unit": None} if kind == "lot" else {}
    return about | ({"unit": name} if kind == "unit" else {})


def _told_of(fact: Any) -> dict[str, str | None]:
    match fact:
        case Handled() | Counted() if fact.material is not None:
            return {
                "unit": fact.unit, "item": fact.material.item, "batch": fact.material.batch,
                "place": _location(_place_of(fact)),
            }  # fmt: skip
        case Handled():
            return {"unit": fact.unit, "place": _location(_place_of(fact))}
        case Held() | Released():
            return {"unit": fact.unit, "item": fact.item, "batch": fact.batch}
    return {}


def _place_of(fact: Handled | Counted) -> str:
    """Give where its author stood: material that leaves is seen where it left from."""
    return fact.from_ if isinstance(fact, Consumed | Dispatched | Scrapped) else fact.to


def _location(place: str) -> str | None:
    return place.partition(":")[2] if place.startswith("location:") else None


def _span(scan: Stored) -> tuple[int, int]:
    return interval(scan.fact.clock) if isinstance(scan.fact, Fact) else (0, 0)


def _scan(seen: Seen, beside: Iterable[Seen], names: Mapping[str, str]) -> dict[str, Any]:
    scan = seen.scan
    earliest, latest = _span(scan)
    shown = {
        "event": scan.id.hex(),
        "device": seen.device_name,
        "site": seen.site,
        "is_desk": scan.is_desk,
        "type": scan.fact if isinstance(scan.fact, str) else type(scan.fact).__name__.lower(),
        "who": seen.device_name,
        "from": earliest,
        "to": latest,
        "received_at": seen.received_at,
        "picture_at": None,
        "knew": [one.scan.id.hex() for one in beside if one is not seen and knows(scan, one.scan)],
        "units": list(scan.units),
        "material": None,
        "place_from": None,
        "place_to": None,
        "reason": None,
        "stops": [],
        "overruled_by": None,
        "overruled_how": None,
        "already_done": False,
        "note": None,
        "photos": [],
        "choice": None,
        "is_undone": seen.is_undone,
        "can_take_back": not seen.is_undone and not isinstance(scan.fact, (Voided, *DESK)),
    }
    return shown if isinstance(scan.fact, str) else shown | _said(scan.fact, names)


def _said(fact: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Give what the body itself says."""
    said = {"picture_at": fact.picture_at, "reason": fact.reason, "note": fact.note, "photos": fact.photos}
    if fact.actor in names:
        said["who"] = names[fact.actor]
    if isinstance(fact, Handled | Counted) and fact.material is not None:
        material = fact.material
        said["material"] = {
            "item": material.item, "batch": material.batch, "quantity": material.quantity,
            "obtained": material.obtained,
        }  # fmt: skip
    if isinstance(fact, Handled):
        said |= {"place_from": fact.from_, "place_to": fact.to}
        said |= {"stops": fact.stops, "already_done": fact.already_done}
        if fact.overruled:
            said["overruled_by"] = names.get(fact.second or "")
            said["overruled_how"] = "telephone" if fact.challenge else "lent" if fact.lending else "role"
    elif isinstance(fact, Counted):
        said["place_to"] = fact.to
    elif isinstance(fact, Decided):
        said["choice"] = fact.choice
    return said
