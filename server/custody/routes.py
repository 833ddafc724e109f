"""How much of this is where, and whose is it: stock, batches, lots, units."""

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.session import OFFICE, Session
from server.custody import store
from server.intake.pull import held_lots, unit_shape
from server.network import store as network
from server.problems import NotFound

Filter = Annotated[str | None, QueryParameter(required=False, max_length=64)]


def _site(session: Session) -> str | None:
    """Give the site whose eyes a session has; none: all of them."""
    return None if session.role == OFFICE else session.site


@get("/stock", devices_too=True)
async def stock(
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    batch: Filter = None,
    item: Filter = None,
    place: Filter = None,
    owner: Filter = None,
    status: Filter = None,
    # `state` is the framework's own word for a handler argument.
    stock_state: Annotated[str | None, QueryParameter(name="state", required=False, max_length=16)] = None,
) -> dict[str, Any]:
    """Give balances by place, lot, owner and status, each state apart."""
    if batch is not None:
        batch = await network.batch_named(reading, batch) or batch
    question = store.StockQuestion(batch, item, place, owner, status, stock_state)
    return {"rows": await store.stock(reading, question, _site(session))}


@get("/batches/{batch:str}", devices_too=True)
async def batch(
    batch: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Give everything a master batch number stands for: its lots, where they are, the units that carry it."""
    site = _site(session)
    rows = await store.stock(reading, store.StockQuestion(batch=batch), site)
    units = await store.units_of(reading, site, batch=batch)
    if not rows and not units:
        raise NotFound("unknown_batch")
    held = await held_lots(reading, batch)
    lots = sorted({(row["item"], row["item_name"]) for row in rows} | {(u.item, u.item) for u in units if not rows})
    return {
        "batch": batch,
        "batch_number": (await network.batch_numbers(reading, [batch])).get(batch, batch),
        "lots": [
            {
                "item": code,
                "item_name": name,
                "batch": batch,
                "is_held": code in held and held[code].is_held,
                "hold_heads": held[code].heads if code in held else [],
            }
            for code, name in lots
        ],
        "stock": rows,
        "units": [unit_shape(row) for row in units],
    }


@get("/lots/{item:str}/{batch:str}", devices_too=True)
async def lot(
    item: FromPath[str],
    batch: FromPath[str],
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
) -> dict[str, Any]:
    """Give one lot: where it is, its units, and the supplier's own lot numbers."""
    site = _site(session)
    rows = await store.stock(reading, store.StockQuestion(batch=batch, item=item), site)
    units = await store.units_of(reading, site, batch=batch, item_code=item)
    if not rows and not units:
        raise NotFound("unknown_lot")
    return {
        "item": item,
        "batch": batch,
        "supplier_lots": sorted({row.supplier_lot for row in units if row.supplier_lot}),
        "stock": rows,
        "units": [unit_shape(row) for row in units],
    }


@get("/units/{serial:str}", devices_too=True)
async def unit(
    serial: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Give one handling unit as it is now, and the scans that made it so."""
    row = await store.unit_by_serial(reading, serial, _site(session))
    if row is None:
        raise NotFound("unknown_unit")
    return unit_shape(row) | {"scans": await store.scans_of_unit(reading, row.n)}


routes = [stock, batch, lot, unit]
