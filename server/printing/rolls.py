"""Rolls of labels that are printed first and bound to their units by a scan: their numbers, given once.

The numbers of two rolls never meet: serials of rolls begin with `UL`, which no phone's do; what comes then is drawn,
and drawn again until no roll has it. Drawn, not counted: records brought back from a copy do not know the rolls that
were printed since, and must not give their numbers again. Two such rolls have the same numbers with a chance of one in
fifty million; under a prefix of seven digits two pallet rolls of a hundred meet with a chance of one in fifty million
too, under one of nine with one in half a million.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, Select, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.identity import mint_serial
from labels.sscc import pallets_of, sscc
from server.access.store import DEVICE_CODE_ALPHABET
from server.printing import ledger
from server.printing.jobs import names_of
from server.printing.tables import label_roll, pallet_block, print_job, printed
from server.problems import BadRequest

RollKind = Literal["unit", "pallet"]

ROLLS_SHOWN_MAX = 20

_ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROLL_LETTER = "L"
"""Serials of rolls have it where those of phones have a letter of their own alphabet, which has no L."""
_DRAWS_MAX = 200


class Numbers(msgspec.Struct, frozen=True):
    """The numbers of a roll: a head, and running numbers behind it."""

    kind: RollKind
    head: str
    first: int
    count: int

    def units(self) -> list[str]:
        """Write them as they are printed."""
        return [self.unit(at) for at in range(self.count)]

    def unit(self, at: int) -> str:
        """Write the one at a place of the roll, from 0."""
        number = self.first + at
        return sscc(self.head, number) if self.kind == "pallet" else mint_serial(self.head[:3], self.head[3:], number)


async def draw(connection: AsyncConnection, kind: RollKind, count: int, prefix: str | None) -> Numbers:
    """Draw numbers for a roll that no other roll has; `prefix` is the company's own of GS1, for pallets."""
    if kind == "pallet" and prefix is None:
        raise BadRequest("prefix_missing", field="kind")
    for _ in range(_DRAWS_MAX):
        drawn = _serials(count) if prefix is None or kind == "unit" else _pallets(prefix, count)
        if drawn is not None and not await are_taken(connection, drawn):
            return drawn
    raise BadRequest("prefix_used_up", field="count")


def _serials(count: int) -> Numbers:
    code = _ROLL_LETTER + "".join(secrets.choice(DEVICE_CODE_ALPHABET) for _ in range(2))
    tag = "".join(secrets.choice(_ALPHANUMERIC) for _ in range(3))
    return Numbers("unit", code + tag, 1, count)


def _pallets(prefix: str, count: int) -> Numbers | None:
    room = pallets_of(prefix) - count
    return Numbers("pallet", prefix, secrets.randbelow(room + 1), count) if room >= 0 else None


async def are_taken(connection: AsyncConnection, drawn: Numbers) -> bool:
    """Say whether a roll, or a block that a phone was handed, has any of these numbers."""
    return any([await _meets(connection, drawn, table) for table in (label_roll, pallet_block)])


async def _meets(connection: AsyncConnection, drawn: Numbers, table: Table) -> bool:
    asked = (
        select(table.c.n)
        .where(
            table.c.head == drawn.head,
            table.c.first < drawn.first + drawn.count,
            table.c.first + table.c.count > drawn.first,
        )
        .limit(1)
    )
    return (await connection.execute(asked)).first() is not None


async def add(connection: AsyncConnection, job: int, numbers: Numbers) -> None:
    """Write down that a job prints this roll."""
    await connection.execute(insert(label_roll).values(job=job, **msgspec.structs.asdict(numbers)))


async def listed(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Give the newest rolls with what became of their labels."""
    asked: Select[Any] = (
        select(label_roll.c.job, label_roll.c.kind, label_roll.c.head, label_roll.c.first,
               label_roll.c.count.label("labels"), print_job.c.site, print_job.c.asked_at,
               print_job.c.person, print_job.c.device)
        .join(print_job, print_job.c.n == label_roll.c.job)
        .order_by(label_roll.c.n.desc())
        .limit(ROLLS_SHOWN_MAX)
    )  # fmt: skip
    rows = (await connection.execute(asked)).all()
    names = await names_of(connection, rows)
    fates = await _fates(connection, [row.job for row in rows])
    return [_shape(row, names, fates.get(row.job, Counter())) for row in rows]


async def _fates(connection: AsyncConnection, jobs: Sequence[int]) -> dict[int, Counter[str]]:
    asked = ledger.copies().where(printed.c.job.in_(jobs)).order_by(printed.c.n)
    rows = (await connection.execute(asked)).all()
    found = await ledger.fates_of(connection, rows)
    sums: dict[int, Counter[str]] = {}
    for row in rows:
        sums.setdefault(row.job, Counter())[found[row.n]] += 1
    return sums


def _shape(row: Row[Any], names: dict[bytes, str], fates: Counter[str]) -> dict[str, Any]:
    numbers = Numbers(row.kind, row.head, row.first, row.labels)
    return {
        "kind": row.kind,
        "site": row.site,
        "at": row.asked_at,
        "person": names.get(row.person),
        "first": numbers.unit(0),
        "last": numbers.unit(row.labels - 1),
        "count": row.labels,
        **ledger.sum_of(fates),
    }
