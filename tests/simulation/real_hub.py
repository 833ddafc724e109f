"""The product's writer on real tables, in the words a simulated world asks of its hub.

Letters come to `server/intake/writer.py` in the same order and groups as they would come to the played hub; verdicts,
positions and what is durable go back to the phones, so their fate hangs on what the product answers. Pages of the feed
are those of `server/intake/pull.py`; epochs, copies and what may be restored those of `server/intake/epochs.py` and
`server/backup`. What dies here is the writer with its connection and all it remembers: between storing and settling,
while settling, or before anybody was answered.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, NoReturn, TypeVar
from unittest.mock import patch

import msgspec
import postgres
from floor import Books
from simulation.feed import Change, Page, Standing
from simulation.hub import BACKUPS_KEPT, Received, Shown
from simulation.judged import ToLookAt
from simulation.letters import Answer, Letter, is_signed
from simulation.oracle import Story
from simulation.oracle_troubles import TroubleTold
from simulation.oracle_units import UnitTold
from simulation.oracle_words import Held

from server.backup import announced, copies
from server.database.copying import copy_whole, load
from server.database.engine import Address, connect_raw, create_engine, reader_of
from server.database.migrate import connected
from server.database.numbers import Numbers
from server.intake import epochs, pull, snapshot, writer
from server.intake import standing as standings
from server.intake.check import check_connection
from server.intake.delivery import Delivery, Sender, open_push
from server.intake.receive import Chain, Custody
from server.intake.settle import head
from sync.wire import PROTO, Bookmark, Pace, PushAnswer

MEMORY = Path("/dev/shm")
INSTALLATION = "simulated"

Read = TypeVar("Read")

_DEVICE = "SELECT n FROM device WHERE id = ?"
_DEVICES = "SELECT COALESCE(MAX(n), 0) + 1 FROM device"
_ENROL = """INSERT INTO device (n, id, code, name, site, is_desk, public_key, enrolled_at)
            VALUES (?, ?, ?, 'Phone', ?, ?, ?, 0)"""
_RECEIVED = """SELECT e.id, e.fingerprint, d.id, i.inc, e.seq, e.body, d.is_desk, e.hash, d.site, e.pos
               FROM event e JOIN incarnation i ON i.n = e.incarnation JOIN device d ON d.n = i.device ORDER BY e.n"""
_LEDGER = "SELECT * FROM ledger WHERE n > ? ORDER BY n"
_SUMMED = """SELECT b.place, b.item, b.batch, b.owner, b.status, SUM(q) FROM (
                 SELECT to_bucket AS bucket, quantity AS q FROM ledger
                 UNION ALL SELECT from_bucket, -quantity FROM ledger) moved JOIN bucket b ON b.n = bucket
             GROUP BY b.n, b.place, b.item, b.batch, b.owner, b.status HAVING SUM(q) != 0"""
_CHAINS = "SELECT d.id, i.inc, i.announced_seq FROM incarnation i JOIN device d ON d.n = i.device"
_CHAIN = """SELECT i.n, i.device, i.held_seq, i.held_hash, i.announced_seq, i.pending, i.is_forked
            FROM incarnation i JOIN device d ON d.n = i.device WHERE d.id = ? AND i.inc = ?"""
_SIZE = "SELECT (SELECT COUNT(*) FROM event), (SELECT COUNT(*) FROM ledger), (SELECT COUNT(*) FROM outcome)"
_ENTITIES = {
    "unit": "SELECT n FROM unit",
    "exception": "SELECT n FROM exception",
    "outcome": """SELECT o.event FROM outcome o JOIN event e ON e.n = o.event
                  JOIN incarnation i ON i.n = e.incarnation JOIN device d ON d.n = i.device WHERE d.site = ?""",
    "lending": "SELECT n FROM event WHERE register LIKE 'lending:%'",
}

logging.getLogger("batchspine.writer").setLevel(logging.CRITICAL + 1)


class PowerCut(BaseException):
    """The process is gone: nothing that would answer an error is left to do so."""


class NotToday(Exception):  # noqa: N818 - it is what happens, not a fault of the simulator
    """Settling fails."""


@contextmanager
def _settling_ends_in(fault: type[BaseException] | None) -> Iterator[None]:
    """Let settling fail, or the process die in it."""

    def fail(*_: object) -> NoReturn:
        assert fault is not None
        raise fault

    if fault is None:
        yield
    else:
        with patch.object(writer, "settle", fail):
            yield


class RealBackup(NamedTuple):
    """A copy of the database, what was found out about it, and what it holds by id and fingerprint."""

    copy: copies.Copy
    prints: Collection[tuple[bytes, bytes]]
    ledger: list[Any]


class RealHub:
    """A server in this process, one database of its own."""

    def __init__(self, sites: Sequence[str], epoch: str, events_per_push: int = 200) -> None:
        self.sites, self.events_per_push = sites, events_per_push
        self.now = 0
        self.taken: list[Sequence[Letter]] = []
        self.is_careful = False
        self.backups: list[RealBackup] = []
        self._made = 0
        self._folder = TemporaryDirectory(prefix="batchspine-hub-", dir=MEMORY if MEMORY.is_dir() else None)
        self.folder = Path(self._folder.name)
        self.books = Books(self.folder)
        self.books.connection.execute("DELETE FROM device")
        self._ledger: list[Any] = []
        self.loop = asyncio.Runner()
        self._begin(epoch)
        self._open()

    def close(self) -> None:
        """Leave nothing behind."""
        self._let_go()
        self.loop.close()
        if postgres.is_chosen():
            postgres.cluster().clear()
        self._folder.cleanup()

    # --- taking letters

    def take(self, letters: Sequence[Letter], *, stop_after_t1: bool = False, t2_fails: bool = False) -> list[Answer]:
        """Hand a group of letters to the writer as one transaction; nobody is answered by a server that died."""
        self.taken.append(letters)
        deliveries = [self._delivery(letter) for letter in letters]
        with _settling_ends_in(PowerCut if stop_after_t1 else NotToday if t2_fails else None):
            try:
                receipts = self.books.desk.take(deliveries, careful=self.is_careful or stop_after_t1)
            except PowerCut:
                return []
            finally:
                self._note_ledger()
        self.is_careful = False
        return [self._answer(letter, receipt) for letter, receipt in zip(letters, receipts, strict=True)]

    def _delivery(self, letter: Letter) -> Delivery:
        push, events = letter.push, open_push(letter.push)
        assert is_signed(letter, events), "a letter nobody signed was delivered"
        return Delivery(self._sender(letter), bytes.fromhex(push.inc), push, events, push.sig.encode(), self.now)

    def _sender(self, letter: Letter) -> Sender:
        """Give the sender of a letter; one this database has not met, or has forgotten, is enrolled."""
        ask = self.books.connection.execute
        row = ask(_DEVICE, (letter.device,)).fetchone()
        if row is None:
            row = ask(_DEVICES).fetchone()
            ask(_ENROL, (row[0], letter.device, f"{row[0]:03d}", letter.site, letter.is_desk, b"\x00"))
        return Sender(row[0], letter.device, letter.site, letter.is_desk)

    def _answer(self, letter: Letter, receipt: writer.Receipt) -> Answer:
        site, push = letter.site, letter.push
        answer = PushAnswer(
            proto=PROTO, server_time=self.now, nonce=push.nonce, epoch=self.history.epoch, bases=self.bases(site),
            verdicts=receipt.verdicts, received=receipt.received, missing=receipt.missing, fork=receipt.fork,
            do=["new_inc"] if receipt.fork else [], feed_head=receipt.feed_head,
            next=Pace(self.events_per_push, 300), durable_pos=self.history.durable_pos(site),
        )  # fmt: skip
        return Answer(push.inc, answer)

    def retry_pending(self) -> None:
        """Settle what was stored unsettled."""
        self.books.desk.retry_pending()
        self._note_ledger()

    # --- lives

    def restart(self) -> None:
        """Start again after no clean stop: the connection is gone, and all the writer remembered."""
        self._let_go()
        self._open()
        self.is_careful = True
        self.retry_pending()

    def _open(self) -> None:
        self.books.connection = connect_raw(self.books.address)
        if not self.books.connection.is_shared:
            self.books.connection.execute("PRAGMA synchronous=OFF")  # nothing here cuts the power of the disk
        self.books.desk = writer.Desk(self.books.connection, lambda: self.now)
        self.engine = create_engine(self.books.address)
        with connected(self.books.address) as connection:
            self.history = epochs.History(epochs.lineage_of(connection))
        self._announce()

    def _let_go(self) -> None:
        self.books.connection.close()
        self.loop.run(self.engine.dispose())

    def _begin(self, epoch: str) -> None:
        with connected(self.books.address) as connection:
            epochs.begin(connection, epoch, self.now)

    def bases(self, site: str) -> list[tuple[str, int]]:
        """Give every epoch this database knows of, oldest first, with the first position it may hand out."""
        return list(self.history.bases(site))

    # --- copies

    def back_up(self) -> None:
        """Copy the database, and tell phones what copies hold."""
        self._made += 1
        folder = self.folder / copies.name_of(self._made, self.now)
        folder.mkdir()
        copy_whole(self.books.address, folder / copies.DATABASE)
        with connected(folder / copies.DATABASE) as connection:
            lineage, heads = epochs.lineage_of(connection), epochs.heads_of(connection)
        manifest = copies.Manifest(
            made_at=self.now, installation=INSTALLATION, epoch=lineage[-1].id, lineage=lineage, heads=heads,
            size_bytes=0, sha256="", version="",
        )  # fmt: skip
        prints = frozenset((row.held.id, row.held.fingerprint) for row in self.received())
        self.backups.append(RealBackup(copies.Copy(folder, manifest), prints, list(self._ledger)))
        for old in self.backups[:-BACKUPS_KEPT]:
            shutil.rmtree(old.copy.folder)
        del self.backups[:-BACKUPS_KEPT]
        self._announce()

    def _announce(self) -> None:
        durable = copies.durable([backup.copy for backup in self.backups], self.history.lineage)
        announced.record([self.folder], INSTALLATION, self.history.lineage, durable)
        self.history.announce(durable)

    def restorable(self) -> list[RealBackup]:
        """Give the copies the restore command accepts: none that lacks what was announced as durable."""
        told = announced.read([self.folder], INSTALLATION)
        return [backup for backup in self.backups if not announced.behind(backup.copy, told)]

    def restore(self, backup: RealBackup, epoch: str) -> None:
        """Put a copy in the place of the database, as a new epoch."""
        self._let_go()
        _bring_back(backup.copy.database, self.books.address)
        self._begin(epoch)
        self._ledger = list(backup.ledger)
        self._open()
        self.is_careful = True
        self.retry_pending()

    # --- what it shows

    def is_behind(self) -> bool:
        """Say whether anything waits to be settled."""
        return bool(self._rows("SELECT 1 FROM pending LIMIT 1"))

    def received(self) -> list[Received]:
        """Give every event held."""
        return [Received(Held(*row[:6], bool(row[6]), row[7]), *row[8:]) for row in self._rows(_RECEIVED)]

    def shown(self) -> Shown:
        """Give the books, the sum of the ledger, and what people have to look at."""
        units = {serial: UnitTold(*row)._replace(is_ended=bool(row[10])) for serial, row in self.books.units().items()}
        story = Story(self.books.stock(), units, self.books.endings())
        return Shown(story, {tuple(row[:5]): int(row[5]) for row in self._rows(_SUMMED)})

    def to_look_at(self) -> ToLookAt:
        """Give holds and exceptions."""
        troubles = {key: TroubleTold(*trouble) for key, trouble in self.books.looked_at().items()}
        return self.books.holds(), troubles

    def differences(self) -> list[str]:
        """Give what the product's own check finds wrong with the books."""
        return check_connection(self.books.connection)

    def _note_ledger(self) -> None:
        self._ledger += self._rows(_LEDGER, self._ledger[-1][0] if self._ledger else 0)

    def rewritten(self) -> bool:
        """Say whether a ledger row was changed or removed after it was written."""
        return self._rows(_LEDGER, 0) != self._ledger

    def size(self) -> tuple[int, int, int]:
        """Count events, ledger rows and endings."""
        ((events, ledger, endings),) = self._rows(_SIZE)
        return events, ledger, endings

    def announced(self) -> dict[tuple[bytes, bytes], int]:
        """Give for each incarnation how many events are known to exist."""
        return {(row[0], row[1]): row[2] for row in self._rows(_CHAINS)}

    def missing(self, key: tuple[bytes, bytes]) -> list[tuple[int, int]]:
        """Give the ranges of sequence numbers that were announced and are not held."""
        device, inc = key
        custody = Custody(self.books.connection, Numbers(self.books.connection), {})
        for n, device_n, *held in self._rows(_CHAIN, device, inc):
            return custody.missing(Chain(n, device_n, inc, (*held[:4], bool(held[4]))))
        return []

    def head(self, site: str) -> int:
        """Give the last feed position of a site."""
        return head(self.books.connection, site)

    def page(self, site: str, after: int, limit: int) -> Page:
        """Give the next changes of a site, each as it is now, as a pull is answered."""

        async def ask(connection: Any) -> pull.Page:
            return await pull.page(connection, pull.Scope(site, None), after, limit)

        found: pull.Page = self._read(ask)
        return Page(found.to, found.head, [_change(c.kind, c.id, c.data) for c in found.changes])

    def is_switched_off(self, device: bytes) -> bool:
        """Say whether a phone is told nothing any more."""

        async def ask(connection: Any) -> bool:
            return await standings.is_switched_off(connection, device)

        return self._read(ask)

    def standing(self, site: str, epoch: str, at: int, after: str | None, limit: int) -> Standing:
        """Give the next rows of the books as they stand, as a phone that begins is answered, less master data."""
        asked = bookmark = None if after is None else Bookmark(epoch, at, after)
        if bookmark is not None and not snapshot.understood(bookmark, self.history.epoch):
            bookmark = None

        async def ask(connection: Any) -> snapshot.Page:
            return await snapshot.page(connection, pull.Scope(site, None), bookmark, limit)

        found: snapshot.Page = self._read(ask)
        changes = [_change(c.kind, c.id, c.data) for c in found.changes if c.kind in _ENTITIES]
        return Standing(found.at, found.after, changes, reset=bookmark is not asked)

    def projection(self, site: str) -> list[Change]:
        """Give all a site may know: every unit, exception, outcome and lending, through the eyes of the site."""

        there = {
            kind: [row[0] for row in self._rows(text, *([site] if "?" in text else []))]
            for kind, text in _ENTITIES.items()
        }

        async def ask(connection: Any) -> list[Change]:
            told = []
            for kind, ns in there.items():
                seen = await pull._SUBJECTS[kind](connection, pull.Scope(site, None), ns)
                told += [_change(kind, key, data) for key, data in seen.values()]
            return told

        return self._read(ask)

    def _read(self, ask: Callable[[Any], Awaitable[Read]]) -> Read:
        async def reading() -> Read:
            async with reader_of(self.engine).connect() as connection:
                return await ask(connection)

        return self.loop.run(reading())

    def _rows(self, text: str, *values: object) -> list[Any]:
        return self.books.connection.execute(text, values).fetchall()  # type: ignore[no-any-return]


def _bring_back(copy: Path, address: Address) -> None:
    if isinstance(address, str):
        load(copy, address)
        return
    for end in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{address}{end}").unlink()
    shutil.copy(copy, address)


def _change(kind: str, key: str, data: Any) -> Change:
    told = msgspec.to_builtins(data)
    return Change(kind, key, told, told["heads"] if kind == "unit" and told else [])
