"""The exceptions inbox: what does not fit, by site, kind and age, with both sides' evidence.

Nothing is decided here: a decision is a fact like any other and comes from a desk's own chain through push.
"""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.session import Session, office_only
from server.intake import evidence
from server.network import store as network
from server.network.tables import item as items
from server.network.tables import place as places
from server.oversight import store
from server.oversight.tables import tolerances
from server.problems import BadRequest, NotFound
from sync.event import Code
from sync.quantity import QUANTITY_MAX, counted_quantity

EXCEPTIONS_SHOWN_MAX = 500
HOUR_MS = 3_600_000

Word = Annotated[str | None, QueryParameter(required=False, max_length=64)]
Percent = Annotated[str, Meta(pattern=r"^(100(\.00?)?|[0-9]{1,2}(\.[0-9]{1,2})?)$")]


class NewTolerance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a quantity may be off; without an item it is for all, without a place for everywhere."""

    item: Code | None = None
    place: Annotated[str, Meta(max_length=32)] | None = None
    percent: Percent | None = None
    quantity: Annotated[str, Meta(max_length=48)] | None = None
    """Smallest units as a decimal string."""


class OldTolerance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tolerance is to go."""

    item: Code | None = None
    place: Annotated[str, Meta(max_length=32)] | None = None


@get("/exceptions", devices_too=True)
async def exceptions(
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    now_ms: NamedDependency[int],
    site: Word = None,
    kind: Word = None,
    hours: Annotated[int | None, QueryParameter(required=False, ge=0, le=100_000)] = None,
    decided: Annotated[bool, QueryParameter(required=False)] = False,
) -> dict[str, Any]:
    """List open exceptions, oldest first: those open for so many hours or longer, of a site, of a kind."""
    since = None if hours is None else now_ms - hours * HOUR_MS
    rows = await store.open_rows(reading, store.Filter(session.sees, site, kind, since))
    wanted = [row for row in rows if (row.decided_by is not None) == decided]
    shown = wanted[:EXCEPTIONS_SHOWN_MAX]
    shapes = await store.shapes(reading, shown)
    return {"exceptions": shapes, "left_out": len(wanted) - len(shown), **await _counts(reading, session)}


@get("/exceptions/count", devices_too=True)
async def count(reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]) -> dict[str, Any]:
    """Count what waits for a decision, by kind, and what is folded away because it is within tolerance."""
    return await _counts(reading, session)


async def _counts(reading: AsyncConnection, session: Session) -> dict[str, Any]:
    rows = await store.open_rows(reading, store.Filter(session.sees))
    waiting = [row for row in rows if row.decided_by is None]
    folded = await evidence.within_tolerance(reading, waiting)
    counts: dict[str, int] = {}
    for row in waiting:
        if row.n not in folded:
            counts[row.kind] = counts.get(row.kind, 0) + 1
    return {"counts": counts, "open": sum(counts.values()), "within_tolerance": len(folded)}


@get("/exceptions/{exception_id:str}", devices_too=True)
async def one_exception(
    exception_id: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Give one exception with all its evidence."""
    row = await store.one(reading, _id(exception_id))
    if row is None or not store.concerns(row.sites, session.sees, None):
        raise NotFound("unknown_exception")
    return (await store.shapes(reading, [row]))[0]


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("unknown_exception") from None


@get("/tolerances")
async def list_tolerances(reading: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """List every tolerance."""
    return {
        "tolerances": [
            {
                "item": row.item,
                "place": row.place,
                "percent": None if row.percent_hundredths is None else str(Decimal(row.percent_hundredths) / 100),
                "quantity": None if row.quantity is None else str(row.quantity),
            }
            for row in await tolerances(reading)
        ]
    }


@post("/tolerances", guards=[office_only], status_code=200)
async def set_tolerance(data: JSONBody[NewTolerance], writing: NamedDependency[AsyncConnection]) -> NewTolerance:
    """Set the tolerance of an item and place, in the stead of the one there was."""
    if data.percent is None and data.quantity is None:
        raise BadRequest("tolerance_without_limit", field="percent")
    if data.quantity is not None and data.item is None:
        raise BadRequest("quantity_needs_item", field="item")
    quantity = None if data.quantity is None else counted_quantity(data.quantity)
    if isinstance(quantity, str) or (quantity or 0) > QUANTITY_MAX:
        raise BadRequest("field_wrong", field="quantity")
    if data.item is not None and not await network.is_taken(writing, items, data.item):
        raise BadRequest("unknown_item", field="item")
    if data.place is not None and not await network.is_taken(writing, places, data.place):
        raise BadRequest("unknown_place", field="place")
    percent = None if data.percent is None else int(Decimal(data.percent) * 100)
    await store.set_tolerance(writing, store.NewTolerance(data.item, data.place, percent, quantity))
    return data


@post("/tolerances/removals", guards=[office_only], status_code=200)
async def remove_tolerance(data: JSONBody[OldTolerance], writing: NamedDependency[AsyncConnection]) -> OldTolerance:
    """Take a tolerance away."""
    await store.remove_tolerance(writing, data.item, data.place)
    return data


routes = [exceptions, count, one_exception, list_tolerances, set_tolerance, remove_tolerance]
