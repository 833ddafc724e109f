"""What a phone's replica lacks: feed rows behind its cursor, each joined with its subject as it is *now*.

A feed row only points at something. What is sent is its present state, so a row that changed ten times travels once;
what has left the site's sight travels as null. All reads of one answer see one moment of the database.
"""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import msgspec
from msgspec import structs
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.access.encoding import to_base64url
from server.access.tables import device, person
from server.database.statements import read_many
from server.intake import evidence
from server.intake.tables import (
    FEED_KINDS,
    event,
    exception,
    feed_head,
    hold,
    incarnation,
    outcome,
    pending,
)
from server.network.tables import batch_number, company, item, place, run, supplier_code, transfer
from sync.event import Lent, read
from sync.order import units_named
from sync.outcome import CODES, Outcome, sentence
from sync.rules import OVERRULERS
from sync.wire import Change, Kind, outcome_key

ROWS_AT_ONCE = 500
"""Between so many rows everybody else has a turn: a phone that reads much must not make another one's push wait."""

_ID_BYTES = 16
_BEHIND = "SELECT pos, kind, entity FROM feed WHERE site = ? AND pos > ? ORDER BY pos LIMIT ?"


class UnitShape(msgspec.Struct, frozen=True, gc=False):
    """A unit as it travels; quantities as decimal strings."""

    unit: str
    kind: str | None
    item: str | None
    batch: str | None
    owner: str | None
    status: str | None
    quantity: str
    place: str | None
    parent: str | None
    is_ended: bool
    supplier_lot: str | None
    expires_on: str | None
    tare: str | None
    heads: list[str]
    """The latest events known of it, which the next scan says it knew."""


class UnitInSight(UnitShape, frozen=True, gc=False):
    """A unit for a phone; `is_held`: the unit itself, or its whole lot, must not be used."""

    is_held: bool


Data: TypeAlias = Any
"""A row as it travels: a dict, or for the many units a struct, which is made and written in half the time; or null."""


class Scope(NamedTuple):
    """Whose eyes a change is for."""

    site: str
    public_url: str | None


class Page(NamedTuple):
    """Changes in (from, to], and where the feed ends."""

    to: int
    head: int
    changes: list[Change]


async def page(connection: AsyncConnection, scope: Scope, after: int, limit: int) -> Page:
    """Read the next changes of a site."""
    head = await head_of(connection, scope.site)
    rows = await read_many(connection, _BEHIND, scope.site, after, limit)
    if not rows:
        return Page(max(head, after), head, [])
    last: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for pos, kind, entity in rows:
        last[kind][entity] = pos
    changes = []
    for kind, at in last.items():
        name = FEED_KINDS[kind]
        told = await subjects(connection, scope, name, list(at))
        changes += [Change(at[n], name, key, data) for n, (key, data) in told.items()]
    return Page(rows[-1][0], head, sorted(changes, key=attrgetter("pos")))


async def head_of(connection: AsyncConnection, site: str) -> int:
    """Give the last feed position of a site."""
    return (await connection.execute(select(feed_head.c.head).where(feed_head.c.site == site))).scalar() or 0


async def heads(reader: AsyncEngine) -> dict[str, int]:
    """Give the last feed position of every site."""
    async with reader.connect() as connection:
        return {row.site: row.head for row in await connection.execute(select(feed_head.c.site, feed_head.c.head))}


async def judged(connection: AsyncConnection, device_n: int, inc: bytes) -> int:
    """Give the seq up to which every event of an incarnation has been judged."""
    asked = select(incarnation.c.n, incarnation.c.held_seq).where(
        incarnation.c.device == device_n, incarnation.c.inc == inc
    )
    row = (await connection.execute(asked)).first()
    if row is None:
        return 0
    waiting = select(func.min(event.c.seq)).join(pending, pending.c.event == event.c.n)
    first = (await connection.execute(waiting.where(event.c.incarnation == row.n))).scalar()
    return int(row.held_seq if first is None else min(row.held_seq, first - 1))


Subjects = Mapping[int, tuple[str, Data]]


async def subjects(connection: AsyncConnection, scope: Scope, kind: Kind, entities: Sequence[int]) -> Subjects:
    """Give key and present state of rows, by their number; None: not in the sight of this site."""
    found: dict[int, tuple[str, Data]] = {}
    for start in range(0, len(entities), ROWS_AT_ONCE):
        found |= await _SUBJECTS[kind](connection, scope, entities[start : start + ROWS_AT_ONCE])
    return found


async def _rows(connection: AsyncConnection, table: Any, entities: Collection[int]) -> list[Row[Any]]:
    return list((await connection.execute(select(table).where(table.c.n.in_(entities)))).all())


async def _companies(connection: AsyncConnection, scope: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (
            row.code,
            {
                "code": row.code,
                "name": row.name,
                "is_demo": row.is_demo,
                "public_url": scope.public_url,
                "label_keys": msgspec.json.decode(row.label_keys),
                "gs1_prefix": row.gs1_prefix,
            },
        )
        for row in await _rows(connection, company, entities)
    }


async def _items(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (
            row.code,
            {
                "item": row.code,
                "name": row.name,
                "unit_of_measure": row.unit_of_measure,
                "per_unit": str(row.per_unit),
                "waits_for_quality": bool(row.waits_for_quality),
                "gtin": row.gtin,
            },
        )
        for row in await _rows(connection, item, entities)
    }


async def _batch_numbers(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (row.batch, {"batch": row.batch, "number": row.number})
        for row in await _rows(connection, batch_number, entities)
    }


async def _supplier_codes(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (
            str(row.n),
            {"beginning": row.beginning, "length": row.length, "item": row.item, "lot_to": row.lot_to}
            if row.is_taught
            else None,
        )
        for row in await _rows(connection, supplier_code, entities)
    }


async def _places(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (row.code, {"place": row.code, "name": row.name, "type": row.type, "site": row.site})
        for row in await _rows(connection, place, entities)
    }


async def _people(connection: AsyncConnection, scope: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (row.id.hex(), _person(row) if row.site == scope.site else None)
        for row in await _rows(connection, person, entities)
    }


def _person(row: Row[Any]) -> dict[str, Any]:
    pin = row.pin_hash and {
        "salt": to_base64url(row.pin_salt),
        "iterations": row.pin_iterations,
        "hash": to_base64url(row.pin_hash),
    }
    return {
        "person": row.id.hex(),
        "name": row.name,
        "role": row.role,
        "site": row.site,
        "grant": row.grant,
        "pin": pin or None,
        "is_active": row.is_active,
    }


async def _lendings(connection: AsyncConnection, scope: Scope, entities: Collection[int]) -> Subjects:
    asked = (
        select(event.c.n, event.c.id, event.c.fingerprint, event.c.body, person.c.role, outcome.c.code)
        .outerjoin(person, person.c.id == event.c.actor)
        .outerjoin(outcome, outcome.c.event == event.c.n)
        .where(event.c.n.in_(entities))
    )
    return {
        row.n: (outcome_key(row.id, row.fingerprint), _lending(row, scope))
        for row in (await connection.execute(asked)).all()
    }


def _lending(row: Any, scope: Scope) -> Data:
    """Write a right that was lent at this site by somebody who may, and not taken back; an overrule names it too."""
    lent = read(row.body)
    stands = row.code is None or CODES[row.code].outcome not in (Outcome.NO_EFFECT, Outcome.VOIDED)
    if not isinstance(lent, Lent) or lent.site != scope.site or row.role not in OVERRULERS or not stands:
        return None
    said = {"lending": lent.lending, "person": lent.person, "until": lent.until, "by": lent.actor}
    return said | {"event": row.id.hex()}


async def _transfers(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (
            row.code,
            {
                "transfer": row.code,
                "from_place": row.from_place,
                "to_place": row.to_place,
                "is_open": row.is_open,
            },
        )
        for row in await _rows(connection, transfer, entities)
    }


async def _runs(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    return {
        row.n: (
            row.code,
            {"run": row.code, "place": row.place, "item": row.item, "batch": row.batch, "is_open": row.is_open},
        )
        for row in await _rows(connection, run, entities)
    }


async def _units(connection: AsyncConnection, scope: Scope, entities: Collection[int]) -> Subjects:
    places = (await connection.execute(select(place.c.code).where(place.c.site == scope.site))).scalars()
    here = {f"location:{code}" for code in places}
    found: dict[int, tuple[str, Data]] = {}
    # Every column by its name, one by one: phones pull by the ten thousand, and a list in between takes its time.
    for (
        n, left, bound_for, is_held, serial, kind, item_, batch, owner, status, at, parent, supplier_lot, expires_on,
        tare, quantity, is_ended, heads,
    ) in await read_many(connection, _UNITS, entities):  # fmt: skip
        if at in here or _is_under_way(at, left, bound_for, here):
            found[n] = serial, UnitInSight(
                serial, kind, item_, batch, owner, status, str(quantity), at, parent, is_ended != 0, supplier_lot,
                expires_on, tare, [heads.hex()] if len(heads) == _ID_BYTES else _ids(heads), is_held != 0,
            )  # fmt: skip
        else:
            found[n] = serial, None
    return found


class Author(NamedTuple):
    """Who made an event: its id, a person's name (else the phone's), and when by their own clock, ms."""

    event: str
    who: str
    at: int | None


NOBODY = Author("", "", None)


class HeldLot(NamedTuple):
    """Whether a lot is on hold, and the latest words on it, which the next one must say it knew."""

    is_held: bool
    heads: list[str]


async def held_lots(connection: AsyncConnection, batch: str) -> dict[str, HeldLot]:
    """Give what was said of holding the lots of a batch, by item."""
    asked = select(hold).where(hold.c.register.startswith("lot:"), hold.c.register.endswith(f"/{batch}"))
    return {
        row.register.removeprefix("lot:").partition("/")[0]: HeldLot(bool(row.is_held), _ids(row.heads))
        for row in (await connection.execute(asked)).all()
    }


def _is_under_way(at: str | None, left: str | None, bound_for: str | None, here: Collection[str]) -> bool:
    """Say whether a unit is on its way from or to a site."""
    return at is not None and at.startswith("transfer:") and (left in here or bound_for in here)


_UNITS = """SELECT u.n, u."left", u.bound_for,
                   EXISTS (SELECT 1 FROM hold h WHERE h.is_held AND h.register IN
                           ('unit:' || u.serial, 'lot:' || u.item || '/' || u.batch)),
                   u.serial, u.kind, u.item, u.batch, u.owner, u.status, u.place, u.parent,
                   u.supplier_lot, u.expires_on, u.tare, u.quantity, u.is_ended, u.heads
            FROM unit u WHERE u.n IN ?numbers"""
"""Units by their numbers, and whether they must not be used: the unit itself, or its whole lot, is on hold."""


def unit_shape(row: Row[Any]) -> dict[str, Any]:
    """Write a unit as it travels; the row has the columns of `unit`."""
    return structs.asdict(
        UnitShape(
            row.serial, row.kind, row.item, row.batch, row.owner, row.status, str(row.quantity), row.place, row.parent,
            bool(row.is_ended), row.supplier_lot, row.expires_on, row.tare, _ids(row.heads),
        )
    )  # fmt: skip


def _ids(joined: bytes) -> list[str]:
    if len(joined) == _ID_BYTES:
        return [joined.hex()]
    return [joined[at : at + _ID_BYTES].hex() for at in range(0, len(joined), _ID_BYTES)]


async def _exceptions(connection: AsyncConnection, scope: Scope, entities: Collection[int]) -> Subjects:
    rows = await _rows(connection, exception, entities)
    concerned = [row for row in rows if row.is_open and scope.site in json.loads(row.sites)]
    shapes = await evidence.shapes(connection, concerned)
    return {row.n: (row.id.hex(), shapes.get(row.n)) for row in rows}


async def _outcomes(connection: AsyncConnection, _: Scope, entities: Collection[int]) -> Subjects:
    asked = (
        select(event.c.n, event.c.id, event.c.fingerprint, event.c.body, outcome.c.code, outcome.c.by, outcome.c.place)
        .outerjoin(outcome, outcome.c.event == event.c.n)
        .where(event.c.n.in_(entities))
    )
    rows = (await connection.execute(asked)).all()
    by = await _who_and_when(connection, {row.by for row in rows if row.by is not None})
    names = await _place_names(connection, {row.place for row in rows if row.place is not None})
    return {row.n: (outcome_key(row.id, row.fingerprint), _outcome(row, by, names)) for row in rows}


def _outcome(row: Any, by: Mapping[int, Author], names: Mapping[str, str]) -> Data:
    if row.code is None:
        return None
    other = by.get(row.by, NOBODY)
    serials = units_named(read(row.body))
    unit, place_name = serials[0] if serials else "", names.get(row.place or "", "")
    when = "" if other.at is None else _clock(other.at)
    return {
        "event": row.id.hex(),
        "outcome": str(CODES[row.code].outcome),
        "code": row.code,
        "sentence": sentence(row.code, unit=unit, who=other.who, when=when, place=place_name),
        # The same names once more: a phone says the code in the language of whoever reads it.
        "told": {"unit": unit or None, "who": other.who or None, "at": other.at, "place": place_name or None},
        "by": other.event or None,
    }


async def _who_and_when(connection: AsyncConnection, events: Collection[int]) -> dict[int, Author]:
    """Name for other events their id, who made them, and the hour their own clock says."""
    if not events:
        return {}
    asked = (
        select(event.c.n, event.c.id, event.c.body, device.c.name)
        .join(incarnation, incarnation.c.n == event.c.incarnation)
        .join(device, device.c.n == incarnation.c.device)
        .where(event.c.n.in_(events))
    )
    rows = (await connection.execute(asked)).all()
    facts = {row.n: read(row.body) for row in rows}
    actors = {bytes.fromhex(fact.actor) for fact in facts.values() if not isinstance(fact, str)}
    people = dict((await connection.execute(select(person.c.id, person.c.name).where(person.c.id.in_(actors)))).all())
    named = {}
    for row in rows:
        fact = facts[row.n]
        who = row.name if isinstance(fact, str) else people.get(bytes.fromhex(fact.actor), row.name)
        named[row.n] = Author(row.id.hex(), who, None if isinstance(fact, str) else fact.clock.at[0])
    return named


def _clock(ms: int) -> str:
    """Mark a moment for the phone to show in its own time zone: `⟨ms⟩`."""
    return f"⟨{ms}⟩"


async def _place_names(connection: AsyncConnection, places: Collection[str]) -> dict[str, str]:
    codes = {text.partition(":")[2]: text for text in places}
    rows = (await connection.execute(select(place.c.code, place.c.name).where(place.c.code.in_(codes)))).all()
    return {codes[row.code]: row.name for row in rows} | {
        text: f"transfer {code}" for code, text in codes.items() if text.startswith("transfer:")
    }


_SUBJECTS: dict[Kind, Callable[[AsyncConnection, Scope, Collection[int]], Awaitable[Subjects]]] = {
    "company": _companies,
    "item": _items,
    "batch_number": _batch_numbers,
    "supplier_code": _supplier_codes,
    "place": _places,
    "person": _people,
    "transfer": _transfers,
    "run": _runs,
    "unit": _units,
    "outcome": _outcomes,
    "exception": _exceptions,
    "lending": _lendings,
}
