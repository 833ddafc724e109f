"""Company, places, items, transfers and runs as rows, and as the shapes phones and desks are shown.

Whoever writes here also tells every site concerned, in the same transaction: a phone must never learn of a transfer
before the place it goes to, nor miss either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, Table, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.batch_number import folded
from server.intake import feed
from server.intake.tables import bucket, unit
from server.network.tables import batch_number, company, item, place, run, transfer


async def the_company(connection: AsyncConnection) -> Row[Any] | None:
    """Give the principal; None until set-up is done."""
    return (await connection.execute(select(company))).first()


async def add_company(connection: AsyncConnection, *, code: str, name: str, is_demo: bool) -> None:
    """Name the principal: once, at set-up, before there is any site to tell."""
    await connection.execute(insert(company).values(n=1, code=code, name=name, is_demo=is_demo))


async def tell_prefix(connection: AsyncConnection, prefix: str | None) -> None:
    """Tell every site under which prefix of GS1 pallets are numbered; does nothing if that is known."""
    changed = update(company).where(company.c.gs1_prefix.is_distinct_from(prefix)).values(gs1_prefix=prefix)
    n = (await connection.execute(changed.returning(company.c.n))).scalar()
    if n is not None:
        await feed.append(connection, {site: [("company", n)] for site in await feed.every_site(connection)})


async def add_item(
    connection: AsyncConnection,
    *,
    code: str,
    name: str,
    unit_of_measure: str,
    per_unit: int,
    waits_for_quality: bool = False,
    gtin: str | None = None,
) -> Row[Any]:
    """Add an item and tell every site."""
    columns = {
        "code": code,
        "name": name,
        "unit_of_measure": unit_of_measure,
        "per_unit": per_unit,
        "waits_for_quality": waits_for_quality,
        "gtin": gtin,
    }
    row: Row[Any] = (await connection.execute(insert(item).values(columns).returning(item))).one()
    await feed.append(connection, {site: [("item", row.n)] for site in await feed.every_site(connection)})
    return row


async def set_gtin(connection: AsyncConnection, code: str, gtin: str | None) -> Row[Any]:
    """Give an item its article number, or take it away, and tell every site."""
    changed = update(item).where(item.c.code == code).values(gtin=gtin).returning(item)
    row: Row[Any] = (await connection.execute(changed)).one()
    await feed.append(connection, {site: [("item", row.n)] for site in await feed.every_site(connection)})
    return row


async def item_of_gtin(connection: AsyncConnection, gtin: str) -> str | None:
    """Name the item that carries an article number."""
    code: str | None = (await connection.execute(select(item.c.code).where(item.c.gtin == gtin))).scalar()
    return code


async def add_place(connection: AsyncConnection, *, code: str, name: str, type_: str, site: str) -> None:
    """Add a place and tell every site; a site (a place that is its own) is first told all that every site knows."""
    others = await feed.every_site(connection)
    row = {"code": code, "name": name, "type": type_, "site": site}
    n = (await connection.execute(insert(place).values(row).returning(place.c.n))).scalar_one()
    await feed.append(connection, {other: [("place", n)] for other in others})
    if site == code:
        await feed.seed_site(connection, site)


async def add_transfer(connection: AsyncConnection, *, code: str, from_place: str, to_place: str) -> None:
    """Open a transfer and tell the sites at both ends."""
    row = {"code": code, "from_place": from_place, "to_place": to_place, "is_open": True}
    n = (await connection.execute(insert(transfer).values(row).returning(transfer.c.n))).scalar_one()
    ends = select(place.c.site).where(or_(place.c.code == from_place, place.c.code == to_place))
    sites = set((await connection.execute(ends)).scalars())
    await feed.append(connection, {site: [("transfer", n)] for site in sites})


async def add_run(connection: AsyncConnection, *, code: str, place_code: str, item_code: str, batch: str) -> None:
    """Open a run and tell the site it is at."""
    row = {"code": code, "place": place_code, "item": item_code, "batch": batch, "is_open": True}
    n = (await connection.execute(insert(run).values(row).returning(run.c.n))).scalar_one()
    site = (await connection.execute(select(place.c.site).where(place.c.code == place_code))).scalar_one()
    await feed.append(connection, {site: [("run", n)]})


async def batch_named(connection: AsyncConnection, text: str) -> str | None:
    """Find the code of the batch that a text names as the papers do."""
    found = select(batch_number.c.batch).where(batch_number.c.folded == folded(text))
    code: str | None = (await connection.execute(found)).scalar()
    return code


async def batch_numbers(connection: AsyncConnection, batches: Iterable[str]) -> dict[str, str]:
    """Give the numbers on the papers of those batches that have one of their own, by code."""
    asked = select(batch_number.c.batch, batch_number.c.number).where(batch_number.c.batch.in_(sorted({*batches})))
    return {row.batch: row.number for row in (await connection.execute(asked)).all()}


async def is_batch_in_use(connection: AsyncConnection, code: str) -> bool:
    """Say whether a batch of this code is planned, recorded or named."""
    for table in (batch_number, run, unit, bucket):
        if (await connection.execute(select(table.c.n).where(table.c.batch == code).limit(1))).first() is not None:
            return True
    return False


async def add_batch_number(connection: AsyncConnection, *, batch: str, number: str) -> None:
    """Keep a batch's number as the papers have it, and tell every site."""
    row = {"batch": batch, "number": number, "folded": folded(number)}
    n = (await connection.execute(insert(batch_number).values(row).returning(batch_number.c.n))).scalar_one()
    await feed.append(connection, {site: [("batch_number", n)] for site in await feed.every_site(connection)})


async def is_taken(connection: AsyncConnection, table: Table, code: str) -> bool:
    """Say whether a row of that code exists."""
    return (await connection.execute(select(table.c.n).where(table.c.code == code))).first() is not None


async def is_site(connection: AsyncConnection, code: str) -> bool:
    """Say whether a code names a site: a place that names itself as its site."""
    found = select(place.c.n).where(place.c.code == code, place.c.site == code)
    return (await connection.execute(found)).first() is not None


async def every(connection: AsyncConnection, table: Table) -> Sequence[Row[Any]]:
    """List the rows of a table by code."""
    return (await connection.execute(select(table).order_by(table.c.code))).all()


async def transfers(connection: AsyncConnection, site: str | None) -> Sequence[Row[Any]]:
    """List the transfers that begin or end at a site; of every site if none is named."""
    asked = select(transfer).order_by(transfer.c.code)
    if site is not None:
        asked = asked.where(or_(transfer.c.from_place.in_(_places_of(site)), transfer.c.to_place.in_(_places_of(site))))
    return (await connection.execute(asked)).all()


async def runs(connection: AsyncConnection, site: str | None) -> Sequence[Row[Any]]:
    """List the runs at a site; of every site if none is named."""
    asked = select(run).order_by(run.c.code)
    if site is not None:
        asked = asked.where(run.c.place.in_(_places_of(site)))
    return (await connection.execute(asked)).all()


def _places_of(site: str) -> Select[tuple[str]]:
    return select(place.c.code).where(place.c.site == site)


def item_shape(row: Row[Any]) -> dict[str, Any]:
    """Show an item; `per_unit` as text, for a JSON number may lose digits."""
    return {
        "item": row.code,
        "name": row.name,
        "unit_of_measure": row.unit_of_measure,
        "per_unit": str(row.per_unit),
        "waits_for_quality": bool(row.waits_for_quality),
        "gtin": row.gtin,
    }


def place_shape(row: Row[Any]) -> dict[str, Any]:
    """Show a place."""
    return {"place": row.code, "name": row.name, "type": row.type, "site": row.site}


def transfer_shape(row: Row[Any]) -> dict[str, Any]:
    """Show a transfer."""
    return {
        "transfer": row.code,
        "from_place": row.from_place,
        "to_place": row.to_place,
        "is_open": bool(row.is_open),
    }


def run_shape(row: Row[Any], numbers: Mapping[str, str]) -> dict[str, Any]:
    """Show a run; `batch_number` is the number on the papers, where symbols carry a code for it."""
    return {
        "run": row.code,
        "place": row.place,
        "item": row.item,
        "batch": row.batch,
        "batch_number": numbers.get(row.batch, row.batch),
        "is_open": bool(row.is_open),
    }
