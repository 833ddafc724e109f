"""Print jobs as rows: what may become of one, and by whose word. At most once: a claim is committed before any byte.

    queued → sending → sent → confirmed      somebody looked: the labels came out
       │        │        └──→ failed         somebody looked: they did not
       │        └───────────→ failed         no byte has left: it may be queued again, nothing can come out twice
       └────────────────────→ failed         withdrawn

`sent` means *sent, unconfirmed*: the printer took the bytes, or may have taken some of them when something broke. Only
a person who looks can end it; nothing here ever sends such a job again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.content import MaterialKind
from server.access.tables import device, person
from server.printing.kinds import Stated
from server.printing.tables import print_job, printed, printer

State = Literal["queued", "sending", "sent", "confirmed", "failed"]
Word = Literal["came_out", "did_not_come_out", "send_again", "withdraw"]

JobKind = MaterialKind | Literal["roll"] | None
"""None: the usual label of a unit, a pallet or a lot; `roll`: the numbers of units that are not there yet."""

JOBS_SHOWN_MAX = 200

SENTENCES: dict[str, str] = {
    "": "",
    "handed_over": "The printer took it. Look whether the labels came out, and say so.",
    "file_given": "The file was handed out. Say whether the labels were printed.",
    "broken_off": "The connection broke while it was being sent. Look what came out before you say anything.",
    "interrupted": "The server stopped while it was being sent. Look what came out before you say anything.",
    "before_restore": "The records were restored from a copy; it may have been printed before. Look, then say so.",
    "printer_unreachable": "The printer does not answer. Nothing came out. Switch it on, then send it again.",
    "printer_forbidden": "The printer's address is not one that is allowed here. Ask who runs the server.",
    "printer_gone": "The printer was taken out of use. Nothing came out. Choose another one.",
    "folder_full": "The printer's folder could not be written. Nothing came out. Ask who runs the server.",
    "label_refused": "A label of it would not be readable, so nothing was printed.",
    "records_changed": "What the records say now does not go on such a label, so nothing was printed.",
    "withdrawn": "It was withdrawn before it was sent.",
    "looked": "Somebody looked: the labels came out.",
    "did_not_come_out": "Somebody looked: nothing came out.",
}
"""Every detail a state can have, as people read it."""

NEVER_SENT = frozenset({"printer_unreachable", "printer_forbidden", "printer_gone", "folder_full", "withdrawn"})
"""Details of a failed job of which no byte has left."""


class Step(NamedTuple):
    """Where a person's word leads."""

    state: State
    detail: str


WORDS: dict[tuple[State, Word], Step] = {
    ("sent", "came_out"): Step("confirmed", "looked"),
    ("sent", "did_not_come_out"): Step("failed", "did_not_come_out"),
    ("queued", "withdraw"): Step("failed", "withdrawn"),
    ("failed", "send_again"): Step("queued", ""),
}


def step(state: State, detail: str, word: Word) -> Step | None:
    """Tell what a word makes of a job; None: it makes nothing of one that stands so."""
    if word == "send_again" and detail not in NEVER_SENT:
        return None
    return WORDS.get((state, word))


class Label(msgspec.Struct, frozen=True):
    """One label to come out: of a unit, or of a lot if `unit` is empty; a unit of no one lot has neither."""

    unit: str
    item: str
    batch: str


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks to have printed."""

    id: bytes
    epoch: str
    printer: int | None
    site: str
    person: bytes | None
    device: bytes | None
    reason: str
    stock: str
    dpi: int
    first_position: int
    kind: JobKind
    stated: Stated
    labels: tuple[Label, ...]
    copies: int


async def by_id(connection: AsyncConnection, job_id: bytes) -> Row[Any] | None:
    """Find a job."""
    return (await connection.execute(select(print_job).where(print_job.c.id == job_id))).first()


async def printed_before(connection: AsyncConnection, labels: Sequence[Label], kind: JobKind) -> list[Label]:
    """Give the labels of which one of this kind came out, or may have: another one is a reprint."""
    return [label for label in labels if (await connection.execute(_came_out(label, kind))).first() is not None]


def _came_out(label: Label, kind: JobKind) -> Any:
    return (
        select(printed.c.n)
        .join(print_job, print_job.c.n == printed.c.job)
        .where(
            *_is_of(label),
            print_job.c.label_kind.is_not_distinct_from(kind),
            print_job.c.state != "failed",
            ~printed.c.is_missing,
        )
        .limit(1)
    )


def _is_of(label: Label) -> tuple[Any, ...]:
    if label.unit:
        return (printed.c.unit == label.unit,)
    return printed.c.unit == "", printed.c.item == label.item, printed.c.batch == label.batch


async def add(connection: AsyncConnection, job: NewJob, now_ms: int) -> Row[Any]:
    """Queue a job; each of its labels gets the next copy number of its unit or lot, for good."""
    row = {
        "id": job.id,
        "epoch": job.epoch,
        "printer": job.printer,
        "site": job.site,
        "person": job.person,
        "device": job.device,
        "asked_at": now_ms,
        "reason": job.reason,
        "stock": job.stock,
        "dpi": job.dpi,
        "first_position": job.first_position,
        "label_kind": job.kind,
        "stated": msgspec.json.encode(job.stated).decode("utf-8"),
        "state": "queued",
        "detail": "",
        "state_at": now_ms,
    }
    added: Row[Any] = (await connection.execute(insert(print_job).values(row).returning(print_job))).one()
    last = await _last_copies(connection, job.labels)
    rows = [
        {**msgspec.structs.asdict(label), "job": added.n, "copy": last.get(label, 0) + copy, "is_missing": False}
        for label in job.labels
        for copy in range(1, job.copies + 1)
    ]
    await connection.execute(insert(printed), rows)
    return added


async def _last_copies(connection: AsyncConnection, labels: Sequence[Label]) -> dict[Label, int]:
    """Give the number of the last copy of each of these labels that has one."""
    units = [label.unit for label in labels if label.unit]
    asked = (
        select(printed.c.unit, func.max(printed.c.copy).label("last"))
        .where(printed.c.unit.in_(units))
        .group_by(printed.c.unit)
    )
    of_units = {row.unit: int(row.last) for row in await connection.execute(asked)}
    last = {label: of_units[label.unit] for label in labels if label.unit in of_units}
    for lot in (label for label in labels if not label.unit):
        last[lot] = (await connection.execute(select(func.max(printed.c.copy)).where(*_is_of(lot)))).scalar() or 0
    return last


async def labels_of(connection: AsyncConnection, job: int) -> Sequence[Row[Any]]:
    """List the labels of a job in the order asked for, the copies of one together."""
    return (await connection.execute(select(printed).where(printed.c.job == job).order_by(printed.c.n))).all()


async def waiting(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """List queued jobs for printers, oldest first, each with its printer's columns."""
    asked = (
        select(print_job, printer.c.code, printer.c.kind, printer.c.host, printer.c.port, printer.c.format,
               printer.c.offset_x_mm, printer.c.offset_y_mm, printer.c.scale, printer.c.is_active)
        .join(printer, printer.c.n == print_job.c.printer)
        .where(print_job.c.state == "queued")
        .order_by(print_job.c.n)
    )  # fmt: skip
    return (await connection.execute(asked)).all()


async def advance(
    connection: AsyncConnection,
    job: int,
    *,
    of: Sequence[State],
    to: Step,
    now_ms: int,
    by: bytes | None = None,
) -> bool:
    """Take a job from one of these states to the next; False if it is in none of them any more."""
    values: dict[str, Any] = {"state": to.state, "detail": to.detail, "state_at": now_ms}
    if by is not None:
        values["settled_by"] = by
    change = update(print_job).where(print_job.c.n == job, print_job.c.state.in_(of)).values(values)
    return (await connection.execute(change)).rowcount == 1


async def give_up_unknown(connection: AsyncConnection, epoch: str, now_ms: int) -> None:
    """When a server starts: what was being sent, or waited when a copy was made, may have come out; ask people."""
    for condition, detail in (
        (print_job.c.state == "sending", "interrupted"),
        ((print_job.c.state == "queued") & (print_job.c.epoch != epoch), "before_restore"),
    ):
        await connection.execute(
            update(print_job).where(condition).values(state="sent", detail=detail, state_at=now_ms)
        )


async def mark_missing(connection: AsyncConnection, job: int, units: Sequence[str]) -> int:
    """Write down which labels of a job did not come out; tell how many those are."""
    change = update(printed).where(printed.c.job == job, printed.c.unit.in_(units)).values(is_missing=True)
    return int((await connection.execute(change)).rowcount)


async def listed(connection: AsyncConnection, sees: str | None, states: Sequence[State]) -> Sequence[Row[Any]]:
    """List the newest jobs of a site (None: of all) in these states."""
    asked = select(print_job).where(print_job.c.state.in_(states)).order_by(print_job.c.n.desc()).limit(JOBS_SHOWN_MAX)
    if sees is not None:
        asked = asked.where(print_job.c.site == sees)
    return (await connection.execute(asked)).all()


async def shapes(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Show jobs with their labels, by the names people know."""
    names = await names_of(connection, rows)
    codes = {row.n: row.code for row in await connection.execute(select(printer.c.n, printer.c.code))}
    found = (
        await connection.execute(
            select(printed).where(printed.c.job.in_([row.n for row in rows])).order_by(printed.c.n)
        )
    ).all()
    return [
        {
            "job": row.id.hex(),
            "printer": codes.get(row.printer),
            "site": row.site,
            "person": names.get(row.person),
            "device": names.get(row.device),
            "asked_at": row.asked_at,
            "reason": row.reason,
            "stock": row.stock,
            "kind": row.label_kind,
            "state": row.state,
            "state_at": row.state_at,
            "detail": row.detail,
            "sentence": SENTENCES[row.detail],
            "may": [word for word in _ALL_WORDS if step(row.state, row.detail, word) is not None],
            "labels": [label_shape(label) for label in found if label.job == row.n],
        }
        for row in rows
    ]


_ALL_WORDS: tuple[Word, ...] = ("came_out", "did_not_come_out", "send_again", "withdraw")


def label_shape(row: Row[Any]) -> dict[str, Any]:
    """Show one label."""
    return {
        "unit": row.unit or None,
        "item": row.item,
        "batch": row.batch,
        "copy": row.copy,
        "is_missing": bool(row.is_missing),
    }


async def names_of(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[bytes, str]:
    """Give the names of who asked: people and phones."""
    wanted = {identity for row in rows for identity in (row.person, row.device) if identity is not None}
    names: dict[bytes, str] = {}
    for table in (person, device):
        found = await connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(wanted)))
        names.update((row.id, row.name) for row in found)
    return names
