"""What goes on a label, gathered from the records as they are at the moment of printing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.content import LabelContent, PalletContent, RollContent
from labels.identity import LotIdentity, UnitIdentity, origin_of
from server.custody import store as custody
from server.intake.tables import bucket, event, unit
from server.network import store as network
from server.network.tables import item, place, run
from server.problems import BadRequest, NotFound
from sync.event import Commissioned, Produced, read
from sync.quantity import shown


class Printing(msgspec.Struct, frozen=True, kw_only=True):
    """What all labels of one request share."""

    origin: str | None
    printed_at: str
    site: str
    """Where the label is printed; its name stands on it."""
    sees: str | None
    """The site whose units may be printed; None: any."""
    gs1_prefix: str | None = None
    """The company's own prefix: its articles' labels are GS1's."""

    def gtin_of(self, item: Row[Any] | None) -> str:
        """Give an item's article number if it is the company's own; a supplier's is not ours to put batches under."""
        gtin: str | None = item.gtin if item is not None else None
        # The prefix stands behind the indicator digit and the zeros of shorter numbers (General Specifications, 3.3.2).
        is_own = bool(gtin and self.gs1_prefix and gtin[1:].lstrip("0").startswith(self.gs1_prefix.lstrip("0")))
        return gtin if gtin and is_own else ""


def origin_to_print(public_url: str | None) -> str | None:
    """Give the address a symbol begins with; without a permanent https address labels carry none."""
    return origin_of(public_url) if public_url and public_url.startswith("https:") else None


def printed_at(now_ms: int) -> str:
    """Write the moment of printing as the clock on this server's wall shows it."""
    return datetime.fromtimestamp(now_ms / 1000).astimezone().strftime("%d %b %Y %H:%M")


class _Names(msgspec.Struct, frozen=True):
    """Names for the codes on a label."""

    company: str
    company_code: str
    is_demo: bool
    site: str
    items: Mapping[str, Row[Any]]
    numbers: Mapping[str, str]
    """The number on the papers of the batches whose symbols carry a code for it."""


async def unit_labels(
    connection: AsyncConnection, printing: Printing, serials: Sequence[str]
) -> list[LabelContent | PalletContent]:
    """Gather the labels of handling units, in the order asked for; what holds others is a pallet."""
    rows = [await custody.unit_by_serial(connection, serial, printing.sees) for serial in serials]
    found = [row for row in rows if row is not None]
    if len(found) < len(serials):
        raise NotFound("unknown_unit", field="unit")
    inside = {row.n: await _inside(connection, row.serial) for row in found if row.batch is None}
    told = [*found, *(each for some in inside.values() for each in some)]
    names = await _names(connection, printing, {row.item for row in told}, {row.batch for row in told})
    births = await _births(connection, [row.n for row in found])
    return [
        _pallet_label(row, inside[row.n], names, printing)
        if row.n in inside
        else _unit_label(row, births.get(row.n), names, printing)
        for row in found
    ]


async def _inside(connection: AsyncConnection, pallet: str) -> Sequence[Row[Any]]:
    """List what stands on a pallet, and what is in that, as far as it has a lot of its own."""
    tree = select(unit.c.serial).where(unit.c.parent == pallet).cte("inside", recursive=True)
    tree = tree.union(select(unit.c.serial).join(tree, unit.c.parent == tree.c.serial))
    asked = select(unit).where(unit.c.serial.in_(select(tree.c.serial)), unit.c.batch.is_not(None), ~unit.c.is_ended)
    return (await connection.execute(asked.order_by(unit.c.n))).all()


def _pallet_label(row: Row[Any], inside: Sequence[Row[Any]], names: _Names, printing: Printing) -> PalletContent:
    if not inside and row.kind != "pallet":
        raise BadRequest(
            "label_refused",
            field="unit",
            detail=f"Nobody has said yet what is in {row.serial}. Scan it and say so first.",
        )
    lots = {(each.batch, each.item) for each in inside}
    owners = {names.company if each.owner == names.company_code else each.owner or "" for each in inside}
    pallet = PalletContent(
        unit=row.serial,
        units=len(inside),
        lots=len(lots),
        owner=" ".join(sorted(owners)),
        printed_at=printing.printed_at,
        site_name=names.site,
        is_demo=names.is_demo,
    )
    if len(lots) != 1:
        return pallet
    ((batch, code),) = lots
    known = names.items.get(code)
    return msgspec.structs.replace(
        pallet,
        identity=LotIdentity(batch, code, printing.origin),
        gtin=printing.gtin_of(known),
        batch_number=names.numbers.get(batch, ""),
        item_name=known.name if known else "",
        quantity=shown(sum(each.quantity for each in inside), known.per_unit if known else 1),
        unit_of_measure=known.unit_of_measure if known else "",
    )


async def roll_labels(
    connection: AsyncConnection, printing: Printing, copies: Sequence[tuple[str, int]]
) -> list[RollContent]:
    """Gather the labels of a roll: (number, copy) each."""
    names = await _names(connection, printing, (), ())
    return [
        RollContent(
            unit=number,
            copy_number=copy,
            printed_at=printing.printed_at,
            site_name=names.site,
            is_demo=names.is_demo,
        )
        for number, copy in copies
    ]


def _unit_label(
    row: Row[Any], birth: Commissioned | Produced | None, names: _Names, printing: Printing
) -> LabelContent:
    known = names.items.get(row.item)
    number, count = birth.container if birth and birth.container else (None, None)
    return LabelContent(
        identity=UnitIdentity(row.batch, row.item, row.serial, printing.origin),
        gtin=printing.gtin_of(known),
        printed_at=printing.printed_at,
        batch_number=names.numbers.get(row.batch, ""),
        item_name=known.name if known else "",
        quantity=shown(row.quantity, known.per_unit if known else 1),
        unit_of_measure=known.unit_of_measure if known else "",
        owner=names.company if row.owner == names.company_code else row.owner or "",
        status=(row.status or "").upper(),
        expires=(birth.expires_on if birth else None) or "",
        supplier_lot=row.supplier_lot or "",
        container_number=number,
        container_count=count,
        site_name=names.site,
        is_demo=names.is_demo,
    )


async def lot_label(connection: AsyncConnection, printing: Printing, item_code: str, batch: str) -> LabelContent:
    """Gather the label of a lot somebody has recorded or planned; a mistyped number gets none."""
    names = await _names(connection, printing, {item_code}, {batch})
    known = names.items.get(item_code)
    if known is None or not await _is_lot_known(connection, item_code, batch):
        raise NotFound("unknown_lot", field="batch")
    return LabelContent(
        identity=LotIdentity(batch, item_code, printing.origin),
        gtin=printing.gtin_of(known),
        printed_at=printing.printed_at,
        batch_number=names.numbers.get(batch, ""),
        item_name=known.name,
        site_name=names.site,
        is_demo=names.is_demo,
    )


async def _is_lot_known(connection: AsyncConnection, item_code: str, batch: str) -> bool:
    for table in (bucket, run, unit):
        asked = select(table.c.n).where(table.c.item == item_code, table.c.batch == batch).limit(1)
        if (await connection.execute(asked)).first() is not None:
            return True
    return False


async def _names(
    connection: AsyncConnection, printing: Printing, items: Iterable[str | None], batches: Iterable[str | None]
) -> _Names:
    company = await network.the_company(connection)
    rows = (await connection.execute(select(item).where(item.c.code.in_(sorted(filter(None, items)))))).all()
    here = (await connection.execute(select(place.c.name).where(place.c.code == printing.site))).scalar()
    return _Names(
        company=company.name if company else "",
        company_code=company.code if company else "",
        is_demo=bool(company and company.is_demo),
        site=here or "",
        items={row.code: row for row in rows},
        numbers=await network.batch_numbers(connection, filter(None, batches)),
    )


async def _births(connection: AsyncConnection, units: Sequence[int]) -> dict[int, Commissioned | Produced]:
    """Give for each unit the scan that made it: it knows the expiry and which container of how many it is."""
    asked = select(event.c.unit, event.c.body).where(event.c.unit.in_(units)).order_by(event.c.n)
    births: dict[int, Commissioned | Produced] = {}
    for n, body in (await connection.execute(asked)).all():
        fact = read(body)
        if isinstance(fact, Commissioned | Produced):
            births.setdefault(n, fact)
    return births
