"""The one that takes print jobs to printers: one job at a time to each, none ever twice by itself.

It runs in one server process only. A job is claimed in a transaction of its own before the first byte leaves; whatever
is found claimed when a server starts was cut short, and becomes *sent, unconfirmed* instead of being sent again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from labels.content import Content, LabelContent, PalletContent, SignContent
from labels.identity import UnitIdentity
from labels.pdf import Feed
from labels.refusal import LabelRefused
from server.intake.epochs import History
from server.printing import jobs, store
from server.printing.jobs import Step
from server.printing.kinds import Stated, of_kind
from server.printing.printers import FolderPrinter, MaybeSent, NetworkPrinter, NotSent
from server.printing.render import LabelFormat, render, test_page
from server.printing.signing import signed
from server.problems import Problem
from server.settings import Settings

log = logging.getLogger("batchspine.printing")

LOOK_SECONDS = 2.0
"""Jobs that another server process took in are found after so long."""


class Spooler:
    """Start it once per installation; `wake` it when a job was added."""

    def __init__(self, settings: Settings, engine: AsyncEngine, history: History, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._engine = engine
        self._history = history
        self._now_ms = now_ms
        self._called = asyncio.Event()
        self._busy: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at the queue now."""
        self._called.set()

    async def run(self) -> None:
        """Take jobs to printers until cancelled; what is under way then is left as it is and asked about later."""
        async with self._engine.begin() as connection:
            await jobs.give_up_unknown(connection, self._history.epoch, self._now_ms())
        try:
            while True:
                await self._look()
                self._called.clear()
                # Not `wait_for`: up to Python 3.11 it can lose a cancellation that meets the call it waits for.
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._called.wait()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        """End what is under way, and wait for it: a connection that is in use cannot be closed behind its back."""
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _look(self) -> None:
        try:
            async with self._engine.connect() as connection:
                found = await jobs.waiting(connection)
        except Exception:
            log.exception("the print queue could not be read")
            return
        self._busy = {printer: task for printer, task in self._busy.items() if not task.done()}
        for job in found:
            if job.printer not in self._busy:
                self._busy[job.printer] = asyncio.create_task(self._one(job))

    async def _one(self, job: Row[Any]) -> None:
        try:
            end = await self._taken(job)
            if end is not None:
                await self._advance(job, ("sending",), end)
        except Exception:
            # It stays claimed: whether something came out nobody knows, so nothing sends it again.
            log.exception("print job %s was cut short", job.id.hex())
            await self._advance(job, ("sending",), Step("sent", "broken_off"))
        self.wake()

    async def _taken(self, job: Row[Any]) -> Step | None:
        """Claim a job and take it to its printer; tell how that ended, or None if somebody else has it."""
        if not await self._advance(job, ("queued",), Step("sending", "")):
            return None
        if not job.is_active:
            return Step("failed", "printer_gone")
        try:
            data = await self.file_of(job, job.format, feed_of(job))
        except LabelRefused:
            return Step("failed", "label_refused")
        except Problem:
            return Step("failed", "records_changed")
        return await self._delivered(job, job.id.hex(), data)

    async def _delivered(self, printer: Row[Any], name: str, data: bytes) -> Step:
        try:
            await self._deliver(printer, name, data)
        except NotSent as problem:
            return Step("failed", problem.code)
        except MaybeSent:
            return Step("sent", "broken_off")
        return Step("sent", "handed_over")

    async def _deliver(self, printer: Row[Any], name: str, data: bytes) -> None:
        if printer.kind == "folder":
            await FolderPrinter(printer.code).take(f"{name}.{printer.format}", data, self._settings)
        else:
            await NetworkPrinter(printer.host, printer.port).take(data, self._settings)

    async def try_out(self, printer: Row[Any]) -> Step:
        """Send a printer the page with the rulers: no label, hence no job, and sending it twice is no harm."""
        work = partial(test_page, stock=printer.stock, dpi=printer.dpi, to=printer.format, feed=feed_of(printer))
        return await self._delivered(printer, "test-page", await asyncio.to_thread(work))

    async def print_signs(self, printer: Row[Any], signs: Sequence[SignContent]) -> Step:
        """Send a printer labels that stand for no material: nothing counts them, so they are no job either."""
        draw = partial(render, signs, stock=printer.stock, dpi=printer.dpi, to=printer.format, feed=feed_of(printer))
        return await self._delivered(printer, f"signs-{self._now_ms()}", await asyncio.to_thread(draw))

    async def file_of(self, job: Row[Any], to: LabelFormat, feed: Feed) -> bytes:
        """Draw a job's labels as the records are now."""
        async with self._engine.connect() as connection:
            contents = await contents_of(connection, job, self._settings, self._now_ms())

        def draw() -> bytes:
            final = signed(contents, job.stock, job.dpi, self._settings)
            return render(final, stock=job.stock, dpi=job.dpi, to=to, feed=feed)

        return await asyncio.to_thread(draw)

    async def _advance(self, job: Row[Any], of: tuple[jobs.State, ...], to: Step) -> bool:
        async with self._engine.begin() as connection:
            return await jobs.advance(connection, job.n, of=of, to=to, now_ms=self._now_ms())


def feed_of(row: Row[Any]) -> Feed:
    """Give the correction of a printer, and where a job for it begins; a test page begins at the first place."""
    return Feed(
        first_position=getattr(row, "first_position", 1),
        offset_x_mm=row.offset_x_mm,
        offset_y_mm=row.offset_y_mm,
        scale=row.scale,
    )


async def contents_of(connection: AsyncConnection, job: Row[Any], settings: Settings, now_ms: int) -> Sequence[Content]:
    """Gather what is on a job's labels, in their order."""
    printing = store.Printing(
        origin=store.origin_to_print(settings.public_url),
        gs1_prefix=settings.gs1_prefix,
        printed_at=store.printed_at(now_ms),
        site=job.site,
        sees=None,
    )
    found = await jobs.labels_of(connection, job.n)
    if job.label_kind == "roll":
        return await store.roll_labels(connection, printing, [(label.unit, label.copy) for label in found])
    contents: list[LabelContent | PalletContent] = []
    for label in found:
        if label.unit:
            (content,) = await store.unit_labels(connection, printing, [label.unit])
        else:
            content = await store.lot_label(connection, printing, label.item, label.batch)
        contents.append(_copy(content, label.copy))
    stated = msgspec.json.decode(job.stated, type=Stated)
    return await of_kind(connection, contents, job.label_kind, stated)


def _copy(content: LabelContent | PalletContent, number: int) -> LabelContent | PalletContent:
    """Give the copy of a label with this number; a unit's symbol carries it."""
    if isinstance(content, LabelContent) and isinstance(content.identity, UnitIdentity):
        identity = msgspec.structs.replace(content.identity, copy=number)
        return msgspec.structs.replace(content, identity=identity, copy_number=number)
    return msgspec.structs.replace(content, copy_number=number)
