"""What goes on a label, gathered from the records as they are at the moment of printing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.content import LabelContent
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


async def unit_labels(connection: AsyncConnection, printing: Printing, serials: Sequence[str]) -> list[LabelContent]:
    """Gather the labels of handling units, in the order asked for."""
    rows = [await custody.unit_by_serial(connection, serial, printing.sees) for serial in serials]
    found = [row for row in rows if row is not None]
    if len(found) < len(serials):
        raise NotFound("unknown_unit", field="unit")
    names = await _names(connection, printing, {row.item for row in found}, {row.batch for row in found})
    births = await _births(connection, [row.n for row in found])
    return [_unit_label(row, births.get(row.n), names, printing) for row in found]


def _unit_label(
    row: Row[Any], birth: Commissioned | Produced | None, names: _Names, printing: Printing
) -> LabelContent:
    if row.batch is None or row.item is None:
        raise BadRequest(
            "label_refused",
            field="unit",
            detail=f"{row.serial} holds other units and has no lot of its own. Print the labels of what is in it.",
        )
    known = names.items.get(row.item)
    number, count = birth.container if birth and birth.container else (None, None)
    return LabelContent(
        identity=UnitIdentity(row.batch, row.item, row.serial, printing.origin),
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
