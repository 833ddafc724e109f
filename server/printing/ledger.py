"""The print ledger of a batch: what became of every copy of a label, and whether it adds up.

    issued = used + spoiled + returned + open

`used`: the copy was scanned; or it was on a roll and is bound to a unit; or it is the newest one of its kind and unit
that is in use, and the unit was handled after it was printed. `spoiled` and `returned` are what people recorded
(`label_voided`). What is `open` somebody still has to find.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.intake.tables import event, outcome, push, unit
from server.printing.jobs import names_of
from server.printing.tables import print_job, printed
from sync.event import Commissioned, Event, LabelVoided, Produced, Stopped, read
from sync.outcome import CODES, Outcome

Fate = Literal["used", "spoiled", "returned", "open", "missing", "not_printed"]

_NOT_ISSUED = frozenset({"missing", "not_printed"})


class Scan(NamedTuple):
    """An event that counts, and when the server got it."""

    fact: Event
    received_at: int


async def of_batch(connection: AsyncConnection, batch: str, sees: str | None) -> dict[str, Any]:
    """Give every copy of a batch's labels with what became of it, and the sums by item."""
    asked = copies().where(or_(printed.c.batch == batch, _is_bound_to(batch))).order_by(printed.c.n)
    if sees is not None:
        asked = asked.where(print_job.c.site == sees)
    rows = (await connection.execute(asked)).all()
    fates = await fates_of(connection, rows)
    names = await names_of(connection, rows)
    return {
        "batch": batch,
        "sums": _sums(rows, fates),
        "labels": [
            {
                "unit": row.unit or None,
                "item": row.item,
                "copy": row.copy,
                "kind": row.label_kind,
                "fate": fates[row.n],
                "is_looked_at": row.state == "confirmed",
                "person": names.get(row.person),
                "device": names.get(row.device),
                "at": row.asked_at,
                "reason": row.reason,
            }
            for row in rows
        ],
    }


def copies() -> Select[Any]:
    """Ask for copies of labels with the jobs they belong to; of a roll's label the item is that of its unit."""
    item = func.coalesce(func.nullif(printed.c.item, ""), unit.c.item, "").label("item")
    return (
        select(printed.c.n, printed.c.job, printed.c.unit, item, printed.c.copy, printed.c.is_missing,
               print_job.c.state, print_job.c.label_kind, print_job.c.asked_at, print_job.c.reason,
               print_job.c.person, print_job.c.device, print_job.c.site)
        .join(print_job, print_job.c.n == printed.c.job)
        .outerjoin(unit, unit.c.serial == printed.c.unit)
    )  # fmt: skip


def _is_bound_to(batch: str) -> ColumnElement[bool]:
    """Say that a label was on a roll when it was printed, and is on a unit of this batch now."""
    bound = select(unit.c.serial).where(unit.c.batch == batch)
    return and_(print_job.c.label_kind == "roll", printed.c.unit.in_(bound))


async def fates_of(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[int, Fate]:
    """Tell what became of each of these copies."""
    return _fates(rows, await _scans(connection, {row.unit for row in rows if row.unit}))


def sum_of(fates: Counter[str]) -> dict[str, int]:
    """Add up what became of labels."""
    issued = sum(count for fate, count in fates.items() if fate not in _NOT_ISSUED)
    return {"issued": issued, **{fate: fates[fate] for fate in ("used", "spoiled", "returned", "open")}}


async def _scans(connection: AsyncConnection, serials: set[str]) -> dict[str, list[Scan]]:
    """Give the events of units that count, in the order the server got them."""
    asked = (
        select(unit.c.serial, event.c.body, push.c.received_at, outcome.c.code)
        .join(event, event.c.unit == unit.c.n)
        .join(push, push.c.n == event.c.push)
        .outerjoin(outcome, outcome.c.event == event.c.n)
        .where(unit.c.serial.in_(serials))
        .order_by(event.c.n)
    )
    found: defaultdict[str, list[Scan]] = defaultdict(list)
    for serial, body, received_at, code in await connection.execute(asked):
        fact = read(body)
        if not isinstance(fact, str) and (code is None or CODES[code].outcome not in _DOES_NOT_COUNT):
            found[serial].append(Scan(fact, received_at))
    return found


_DOES_NOT_COUNT = frozenset({Outcome.VOIDED, Outcome.NO_EFFECT})


def _fates(rows: Sequence[Row[Any]], scans: dict[str, list[Scan]]) -> dict[int, Fate]:
    voided = {
        (serial, scan.fact.copy): scan.fact.fate
        for serial, said in scans.items()
        for scan in said
        if isinstance(scan.fact, LabelVoided)
    }
    newest: dict[tuple[str, str | None], int] = {}
    for row in rows:
        if row.state != "failed" and not row.is_missing and (row.unit, row.copy) not in voided:
            newest[row.unit, row.label_kind] = max(row.copy, newest.get((row.unit, row.label_kind), 0))
    return {row.n: _fate(row, voided, newest, scans.get(row.unit, ())) for row in rows}


def _fate(
    row: Row[Any],
    voided: dict[tuple[str, int], Literal["spoiled", "returned"]],
    newest: dict[tuple[str, str | None], int],
    scans: Sequence[Scan],
) -> Fate:
    if row.state not in {"sent", "confirmed"}:
        return "not_printed"
    if row.is_missing:
        return "missing"
    if said := voided.get((row.unit, row.copy)):
        return said
    if any(scan.fact.label_copy == row.copy for scan in scans):
        return "used"
    if row.label_kind == "roll" and any(isinstance(scan.fact, Commissioned | Produced) for scan in scans):
        return "used"
    is_handled = any(_is_handling(scan.fact) and scan.received_at >= row.asked_at for scan in scans)
    return "used" if row.unit and newest[row.unit, row.label_kind] == row.copy and is_handled else "open"


def _is_handling(fact: Event) -> bool:
    return not isinstance(fact, Commissioned | Produced | Stopped | LabelVoided)


def _sums(rows: Sequence[Row[Any]], fates: dict[int, Fate]) -> list[dict[str, Any]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[row.item][fates[row.n]] += 1
    return [{"item": item, **sum_of(of)} for item, of in sorted(counts.items())]
