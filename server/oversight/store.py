"""Exceptions as rows, with what a decision on them would lead to; and the tolerances that fold some of them away."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.intake import evidence, feed
from server.intake.evidence import Evidence
from server.intake.tables import exception, hold
from server.network.tables import run
from server.oversight.tables import ANY, tolerance, tolerances
from sync.event import Consumed, Decided, Held, Released
from sync.exception import CHOICES, KINDS
from sync.register import register_of
from sync.remedy import Case, remedy

Shape = dict[str, Any]


class Filter(NamedTuple):
    """Which exceptions are wanted; null: any."""

    sees: str | None
    site: str | None = None
    kind: str | None = None
    since: int | None = None
    """Only those this server has known since then or longer (ms)."""


async def open_rows(connection: AsyncConnection, wanted: Filter) -> list[Row[Any]]:
    """List open exceptions, oldest first."""
    asked = select(exception).where(exception.c.is_open).order_by(exception.c.since, exception.c.n)
    if wanted.kind is not None:
        asked = asked.where(exception.c.kind == wanted.kind)
    if wanted.since is not None:
        asked = asked.where(exception.c.since <= wanted.since)
    return [row for row in (await connection.execute(asked)).all() if concerns(row.sites, wanted.sees, wanted.site)]


async def one(connection: AsyncConnection, exception_id: bytes) -> Row[Any] | None:
    """Find an open exception."""
    asked = select(exception).where(exception.c.id == exception_id, exception.c.is_open)
    return (await connection.execute(asked)).first()


def concerns(sites: str, sees: str | None, asked: str | None) -> bool:
    """Say whether an exception is of the asker's site (an office sees all), and of the site asked for."""
    concerned = json.loads(sites)
    return (sees is None or sees in concerned) and (asked is None or asked in concerned)


async def shapes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Shape]:
    """Write exceptions as a desk sees them: with all evidence, and with what each choice would record."""
    if not rows:
        return []
    found = await evidence.gather(connection, rows)
    shown = evidence.written(rows, found, await tolerances(connection))
    cases = await _cases(connection, rows, found)
    earlier = await _decisions(connection, rows)
    return [
        shown[row.n] | {"choices": _choices(row.kind, cases[row.n]), "earlier_decisions": earlier.get(row.id, [])}
        for row in rows
    ]


def _choices(kind: str, case: Case) -> list[Shape]:
    return [
        {
            "choice": choice,
            "label": CHOICES[choice].label,
            "effects": [{**each.body, "after": list(each.knows)} for each in remedy(choice, case)],
        }
        for choice in KINDS[kind].choices
    ]


async def _cases(connection: AsyncConnection, rows: Sequence[Row[Any]], found: Evidence) -> Mapping[int, Case]:
    """Gather what the choices rest on: the scans, what their runs make, and who spoke last of each hold."""
    scans = {row.n: [seen.scan for seen in found.of(row)] for row in rows}
    facts = [scan.fact for of_row in scans.values() for scan in of_row]
    runs = {fact.run for fact in facts if isinstance(fact, Consumed) and fact.run is not None}
    asked = select(run.c.code, run.c.item, run.c.batch).where(run.c.code.in_(runs))
    made = {row.code: (row.item, row.batch) for row in (await connection.execute(asked)).all()}
    registers = {str(register_of(fact)) for fact in facts if isinstance(fact, Held | Released)}
    heads = await hold_heads(connection, registers | {f"lot:{item}/{batch}" for item, batch in made.values()})
    return {row.n: Case(scans[row.n], made, heads) for row in rows}


async def hold_heads(connection: AsyncConnection, registers: Iterable[str]) -> dict[str, list[str]]:
    """Give the latest holds and releases of lots and units, which the next one must say it knew."""
    asked = select(hold.c.register, hold.c.heads).where(hold.c.register.in_(list(registers)))
    return {
        row.register: [row.heads[at : at + 16].hex() for at in range(0, len(row.heads), 16)]
        for row in (await connection.execute(asked)).all()
    }


async def _decisions(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[bytes, list[str]]:
    """Name every decision made on these exceptions so far, whatever evidence it was made on."""
    found: dict[bytes, list[str]] = {}
    for scan in await evidence.of_registers(connection, [f"exception:{row.id.hex()}" for row in rows]):
        if isinstance(scan.fact, Decided) and scan.is_desk:
            found.setdefault(bytes.fromhex(scan.fact.exception), []).append(scan.id.hex())
    return found


# --- tolerances


class NewTolerance(NamedTuple):
    """A tolerance as it is set."""

    item: str | None
    place: str | None
    percent_hundredths: int | None
    quantity: int | None


async def set_tolerance(connection: AsyncConnection, new: NewTolerance) -> None:
    """Set the tolerance of an item and place, and tell the phones: their counts follow."""
    where = (tolerance.c.item == (new.item or ANY)) & (tolerance.c.place == (new.place or ANY))
    limits = {"percent_hundredths": new.percent_hundredths, "quantity": new.quantity}
    if (await connection.execute(update(tolerance).where(where).values(limits))).rowcount == 0:
        row = {"item": new.item or ANY, "place": new.place or ANY, **limits}
        await connection.execute(insert(tolerance).values(row))
    await _tell(connection)


async def remove_tolerance(connection: AsyncConnection, item: str | None, place: str | None) -> None:
    """Take a tolerance away; one that is not there is away already."""
    where = (tolerance.c.item == (item or ANY)) & (tolerance.c.place == (place or ANY))
    await connection.execute(delete(tolerance).where(where))
    await _tell(connection)


async def _tell(connection: AsyncConnection) -> None:
    """Have every open exception that is about a quantity sent to its sites again."""
    asked = select(exception.c.n, exception.c.sites).where(exception.c.is_open, exception.c.detail != "")
    rows: dict[str, list[tuple[str, int]]] = {}
    for row in (await connection.execute(asked.order_by(exception.c.n))).all():
        for site in json.loads(row.sites):
            rows.setdefault(site, []).append(("exception", row.n))
    await feed.append(connection, rows)
