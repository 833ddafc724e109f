"""Items, places, transfers and runs over HTTP: whoever is signed in reads what concerns the site, the office adds."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.batch_number import NUMBER_LENGTH_MAX, as_written, batch_code, folded
from labels.gs1.checks import check_digit
from labels.refusal import LabelRefused
from server.access.session import Session, office_only
from server.network import store
from server.network.tables import batch_number, item, place, run, transfer
from server.problems import FIELD_SENTENCES, BadRequest, Clash
from sync.event import Code
from sync.quantity import QUANTITY_MAX

PlaceName = Annotated[str, Meta(min_length=1, max_length=120)]
Number = Annotated[str, Meta(min_length=1, max_length=NUMBER_LENGTH_MAX)]
Gtin = Annotated[str, Meta(pattern=r"^([0-9]{8}|[0-9]{12,14})$")]
PlaceType = Literal["warehouse", "factory_floor", "dispatch_area", "contract_manufacturer"]

Listed = dict[str, list[dict[str, Any]]]


class NewItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An item; how its unit of measure divides can never be changed later."""

    code: Code
    name: PlaceName
    unit_of_measure: Annotated[str, Meta(min_length=1, max_length=16)]
    per_unit: Annotated[int, Meta(ge=1, le=QUANTITY_MAX)]
    waits_for_quality: bool = False
    """What comes in or is made of it may not be used or sent before quality has released it."""
    gtin: Gtin | None = None
    """The article number in its supplier's GS1 codes."""


class ItemGtin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The article number of an item; None: it has none any more."""

    gtin: Gtin | None


class NewPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place; one that names itself as its site is a new site."""

    code: Code
    name: PlaceName
    type: PlaceType
    site: Code


class NewTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Material on its way from one place to another."""

    code: Code
    from_place: Code
    to_place: Code


class NewRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One making of a batch of an item, at a place."""

    code: Code
    place: Code
    item: Code
    batch: Number
    """As the papers have it; if a symbol cannot carry it, it is given a code that can."""


class NewBatchNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch number as the papers have it; `batch` names a batch that is already scanned under a code."""

    number: Number
    batch: Code | None = None


@get("/items")
async def list_items(reading: NamedDependency[AsyncConnection]) -> Listed:
    """List every item."""
    return {"items": [store.item_shape(row) for row in await store.every(reading, item)]}


@post("/items", guards=[office_only])
async def add_item(data: JSONBody[NewItem], writing: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """Add an item."""
    await _require_free(writing, item, data.code)
    gtin = await _free_gtin(writing, data.gtin, data.code)
    return store.item_shape(await store.add_item(writing, **(msgspec.structs.asdict(data) | {"gtin": gtin})))


@post("/items/{code:str}/gtin", guards=[office_only], status_code=200)
async def set_gtin(
    code: FromPath[str], data: JSONBody[ItemGtin], writing: NamedDependency[AsyncConnection]
) -> dict[str, Any]:
    """Give an item its article number, or take it away."""
    await _require_known(writing, item, code, problem="unknown_item", field="item")
    return store.item_shape(await store.set_gtin(writing, code, await _free_gtin(writing, data.gtin, code)))


async def _free_gtin(connection: AsyncConnection, digits: str | None, code: str) -> str | None:
    """Bring an article number to its 14 digits; refuse a mistyped one, and one of another item."""
    if digits is None:
        return None
    if check_digit(digits) is not None:
        raise BadRequest("field_wrong", field="gtin", detail=FIELD_SENTENCES["gtin"])
    gtin = digits.rjust(14, "0")
    if await store.item_of_gtin(connection, gtin) not in (None, code):
        raise Clash("gtin_taken", field="gtin")
    return gtin


@get("/places")
async def list_places(reading: NamedDependency[AsyncConnection]) -> Listed:
    """List every place."""
    return {"places": [store.place_shape(row) for row in await store.every(reading, place)]}


@post("/places", guards=[office_only])
async def add_place(data: JSONBody[NewPlace], writing: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """Add a place, or a site with its first place."""
    await _require_free(writing, place, data.code)
    if data.site != data.code and not await store.is_site(writing, data.site):
        raise BadRequest("unknown_site", field="site")
    await store.add_place(writing, code=data.code, name=data.name, type_=data.type, site=data.site)
    return {"place": data.code, "name": data.name, "type": data.type, "site": data.site}


@get("/transfers")
async def list_transfers(reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]) -> Listed:
    """List the transfers the asking site takes part in; to the office, all."""
    return {"transfers": [store.transfer_shape(row) for row in await store.transfers(reading, session.sees)]}


@post("/transfers", guards=[office_only])
async def add_transfer(data: JSONBody[NewTransfer], writing: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """Open a transfer."""
    await _require_free(writing, transfer, data.code)
    await _require_known(writing, place, data.from_place, problem="unknown_place", field="from_place")
    await _require_known(writing, place, data.to_place, problem="unknown_place", field="to_place")
    if data.from_place == data.to_place:
        raise BadRequest("same_place", field="to_place")
    await store.add_transfer(writing, code=data.code, from_place=data.from_place, to_place=data.to_place)
    return {"transfer": data.code, "from_place": data.from_place, "to_place": data.to_place, "is_open": True}


@get("/runs")
async def list_runs(reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]) -> Listed:
    """List the runs of the asking site; to the office, all."""
    rows = await store.runs(reading, session.sees)
    numbers = await store.batch_numbers(reading, (row.batch for row in rows))
    return {"runs": [store.run_shape(row, numbers) for row in rows]}


@post("/runs", guards=[office_only])
async def add_run(data: JSONBody[NewRun], writing: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """Open a run."""
    await _require_free(writing, run, data.code)
    await _require_known(writing, place, data.place, problem="unknown_place", field="place")
    await _require_known(writing, item, data.item, problem="unknown_item", field="item")
    batch, number = await _batch_of(writing, data.batch, field="batch")
    await store.add_run(writing, code=data.code, place_code=data.place, item_code=data.item, batch=batch)
    run_ = {"run": data.code, "place": data.place, "item": data.item, "batch": batch, "batch_number": number}
    return run_ | {"is_open": True}


@get("/batch-numbers")
async def list_batch_numbers(reading: NamedDependency[AsyncConnection]) -> Listed:
    """List the batches whose number on the papers is not the code in their symbols."""
    rows = (await reading.execute(select(batch_number).order_by(batch_number.c.number))).all()
    return {"batch_numbers": [{"batch": row.batch, "number": row.number} for row in rows]}


@post("/batch-numbers", guards=[office_only])
async def add_batch_number(data: JSONBody[NewBatchNumber], writing: NamedDependency[AsyncConnection]) -> dict[str, str]:
    """Give a batch its number as the papers have it."""
    batch, number = await _batch_of(writing, data.number, field="number", code=data.batch)
    return {"batch": batch, "number": number}


async def _batch_of(connection: AsyncConnection, text: str, *, field: str, code: str | None = None) -> tuple[str, str]:
    """Find the batch that a number on the papers names, or give it a code; give that, and the number as kept."""
    try:
        number = as_written(text)
    except LabelRefused as refusal:
        raise BadRequest("field_wrong", field=field, detail=refusal.detail) from refusal
    known = await store.batch_named(connection, number)
    if known is not None and code in (None, known):
        return known, (await store.batch_numbers(connection, [known]))[known]
    chosen = code or batch_code(number)
    if known is None and chosen == folded(number):
        return chosen, (await store.batch_numbers(connection, [chosen])).get(chosen, chosen)
    is_free = code is not None or not await store.is_batch_in_use(connection, chosen)
    if known is not None or not is_free or await store.batch_numbers(connection, [chosen]):
        raise Clash("batch_number_taken", field=field)
    await store.add_batch_number(connection, batch=chosen, number=number)
    return chosen, number


async def _require_free(connection: AsyncConnection, table: Table, code: str) -> None:
    if await store.is_taken(connection, table, code):
        raise Clash("code_taken", field="code")


async def _require_known(connection: AsyncConnection, table: Table, code: str, *, problem: str, field: str) -> None:
    if not await store.is_taken(connection, table, code):
        raise BadRequest(problem, field=field)


routes = [
    list_items,
    add_item,
    set_gtin,
    list_places,
    add_place,
    list_transfers,
    add_transfer,
    list_runs,
    add_run,
    list_batch_numbers,
    add_batch_number,
]
