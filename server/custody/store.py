"""Where material is: the ledger's balances, named and read the way people ask.

A person of one site sees that site's places, and what is under way to or from it; the office sees everything.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.intake.tables import balance, bucket, event, unit
from server.network.tables import item, place, run, transfer
from sync.event import read
from sync.movement import state_of
from sync.quantity import shown

STOCK_ROWS_MAX = 5_000
SCANS_SHOWN_MAX = 200


class StockQuestion(NamedTuple):
    """What is asked for; null: any."""

    batch: str | None = None
    item: str | None = None
    place: str | None = None
    owner: str | None = None
    status: str | None = None
    state: str | None = None


_PREFIXES = {"on_hand": "location:", "in_transit": "transfer:", "in_process": "run:"}


async def stock(connection: AsyncConnection, question: StockQuestion, site: str | None) -> list[dict[str, Any]]:
    """Answer how much is where, in which state; outside places only if they are asked for by state or name."""
    asked = (
        select(bucket, balance.c.quantity, item.c.name, item.c.unit_of_measure, item.c.per_unit)
        .join(balance, balance.c.bucket == bucket.c.n)
        .outerjoin(item, item.c.code == bucket.c.item)
        .where(balance.c.quantity != 0, _matches(question), _in_sight(bucket.c.place, site))
        .order_by(bucket.c.batch, bucket.c.item, bucket.c.place, bucket.c.owner, bucket.c.status)
        .limit(STOCK_ROWS_MAX)
    )
    rows = (await connection.execute(asked)).all()
    names = await _places(connection)
    return [_stock_row(row, names) for row in rows]


def _matches(question: StockQuestion) -> ColumnElement[bool]:
    wanted = [
        bucket.c[name] == value
        for name in ("batch", "item", "owner", "status")
        if (value := getattr(question, name)) is not None
    ]
    if question.place is not None:
        text = question.place if ":" in question.place else f"location:{question.place}"
        wanted.append(or_(bucket.c.place == text, bucket.c.place == question.place))
    elif question.state in _PREFIXES:
        wanted.append(bucket.c.place.startswith(_PREFIXES[question.state]))
    else:
        inside = or_(*(bucket.c.place.startswith(prefix) for prefix in _PREFIXES.values()))
        wanted.append(~inside if question.state == "outside" else inside)
    return and_(*wanted)


def _in_sight(column: Any, site: str | None) -> ColumnElement[bool]:
    """Limit to what a site may know; no site: everything."""
    if site is None:
        return true()
    codes = select(place.c.code).where(place.c.site == site)
    return or_(
        column.in_(select(_prefixed("location:", place.c.code)).where(place.c.site == site)),
        column.in_(
            select(_prefixed("transfer:", transfer.c.code)).where(
                or_(transfer.c.from_place.in_(codes), transfer.c.to_place.in_(codes))
            )
        ),
        column.in_(select(_prefixed("run:", run.c.code)).where(run.c.place.in_(codes))),
    )


def _prefixed(prefix: str, column: Any) -> Any:
    return func.concat(prefix, column)


async def _places(connection: AsyncConnection) -> dict[str, Any]:
    rows = (await connection.execute(select(place.c.code, place.c.name, place.c.type))).all()
    return {f"location:{row.code}": row for row in rows}


def _stock_row(row: Row[Any], names: dict[str, Any]) -> dict[str, Any]:
    known = names.get(row.place)
    kind, _, code = row.place.partition(":")
    return {
        "place": row.place,
        "place_name": known.name if known else f"{kind} {code}".strip(),
        "place_type": known.type if known else kind,
        "state": state_of(row.place),
        "item": row.item,
        "item_name": row.name or row.item,
        "batch": row.batch,
        "owner": row.owner,
        "status": row.status,
        "quantity": str(row.quantity),
        "shown": shown(row.quantity, row.per_unit or 1),
        "unit_of_measure": row.unit_of_measure or "",
        "is_below_zero": row.quantity < 0,
    }


async def units_of(
    connection: AsyncConnection, site: str | None, *, batch: str | None = None, item_code: str | None = None
) -> list[Row[Any]]:
    """List the units of a batch or lot that a site may see."""
    asked = select(unit).where(_unit_in_sight(site)).order_by(unit.c.serial)
    if batch is not None:
        asked = asked.where(unit.c.batch == batch)
    if item_code is not None:
        asked = asked.where(unit.c.item == item_code)
    return list((await connection.execute(asked.limit(STOCK_ROWS_MAX))).all())


async def unit_by_serial(connection: AsyncConnection, serial: str, site: str | None) -> Row[Any] | None:
    """Find a unit a site may see."""
    return (await connection.execute(select(unit).where(unit.c.serial == serial, _unit_in_sight(site)))).first()


def _unit_in_sight(site: str | None) -> ColumnElement[bool]:
    if site is None:
        return true()
    here = select(_prefixed("location:", place.c.code)).where(place.c.site == site)
    under_way = and_(unit.c.place.startswith("transfer:"), or_(unit.c.left.in_(here), unit.c.bound_for.in_(here)))
    return or_(unit.c.place.in_(here), under_way)


async def scans_of_unit(connection: AsyncConnection, n: int) -> list[dict[str, Any]]:
    """Give the scans that named a unit, oldest first, as they were signed."""
    asked: Select[Any] = (
        select(event.c.id, event.c.body)
        .where(or_(event.c.unit == n, event.c.other_unit == n))
        .order_by(event.c.n)
        .limit(SCANS_SHOWN_MAX)
    )
    rows = (await connection.execute(asked)).all()
    read_rows = [(row.id.hex(), read(row.body)) for row in rows]
    scans = [
        {"event": event_id, "type": type(fact).__name__.lower(), "actor": fact.actor, "at": fact.clock.at[0]}
        for event_id, fact in read_rows
        if not isinstance(fact, str)
    ]
    return sorted(scans, key=lambda scan: (scan["at"], scan["event"]))
