"""The one writer: a thread with its own connection that takes all waiting pushes into one transaction.

Group commit is what makes a small server fast: twenty phones that push at once cost one fsync. Nobody is answered
before the commit. Settlement can never lose or block a fact: if it fails, the bytes are stored all the same, marked
pending, and retried one by one; and after a start that followed no clean stop, bytes are committed before settlement is
even tried, so that an event which kills the process is at least kept.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from server.database.engine import Address, connect_raw
from server.database.postgres import Conflict, ConnectionLost, LocksMissing
from server.database.statements import BEGIN_WRITING
from server.intake.books import Books, Names
from server.intake.delivery import Delivery
from server.intake.exceptions import Found
from server.intake.receive import Chain, Custody, verdicts_of
from server.intake.settle import Changes, head, settle, take_positions, write, write_feed, write_units
from sync.conflict import names_of_new
from sync.order import Stored
from sync.wire import EventVerdict, Link

GROUP_EVENTS_MAX = 1_000
"""Events taken into one transaction: more gains nothing and makes everybody wait."""

RETRY_SECONDS = 30.0

LEFT_ALONE_MS = 10_000
"""So long a stored event is left to the process that stored it."""

ATTEMPTS_MAX = 4
"""So often something is done once more because of what other processes do; then with everything locked."""

_ENTER_UNIT = "INSERT INTO unit (n, serial, quantity, is_ended, heads) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_INSERT_PENDING = "INSERT INTO pending (event, since) VALUES (?, ?)"
_SETTLED = "DELETE FROM pending WHERE event = ?"
_WAITING = "SELECT event FROM pending WHERE since <= ? ORDER BY event LIMIT ?"
_WAITING_OF = "SELECT event FROM pending WHERE event IN ?numbers ORDER BY event"
_CLAIM = "SELECT event FROM pending WHERE event IN ?numbers ORDER BY event FOR UPDATE SKIP LOCKED"

log = logging.getLogger("batchspine.writer")


class Receipt(NamedTuple):
    """What the writer tells a push after the commit."""

    verdicts: list[EventVerdict]
    received: Link
    missing: list[tuple[int, int]]
    fork: bool
    feed_head: int


class Writer:
    """Start it once per process; hand it deliveries; wait for their receipts."""

    def __init__(
        self,
        database: Address,
        now_ms: Callable[[], int],
        on_news: Callable[[Mapping[str, int]], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._now_ms = now_ms
        self._on_news = on_news
        self._queue: queue.SimpleQueue[tuple[Delivery, Future[Receipt]] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        # Where several processes write, bytes are always committed first: there is no clean stop to look for.
        self._mark = database.with_name(database.name + ".running") if isinstance(database, Path) else None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Open the database and begin taking deliveries."""
        self._careful = self._mark is not None and self._mark.exists()
        if self._mark is not None:
            self._mark.touch()
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Finish what is waiting, then stop: a clean stop."""
        self._queue.put(None)
        self._thread.join()
        if self._mark is not None:
            self._mark.unlink(missing_ok=True)

    def hand_in(self, delivery: Delivery) -> Future[Receipt]:
        """Queue a delivery; the receipt comes after its commit."""
        receipt: Future[Receipt] = Future()
        self._queue.put((delivery, receipt))
        return receipt

    # --- the thread

    def _run(self) -> None:
        try:
            self._desk = Desk(connect_raw(self._database), self._now_ms)
            self._desk.retry_pending()
        except BaseException as failure:  # noqa: BLE001 - handed to start()
            self._failure = failure
            return
        finally:
            self._ready.set()
        for group in self._groups():
            self._serve(group)
        self._desk.close()

    def _groups(self) -> Iterator[list[tuple[Delivery, Future[Receipt]]]]:
        """Give whatever is waiting, up to `GROUP_EVENTS_MAX` events, as one group; end at a stop."""
        retry_at = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                entry = self._queue.get(timeout=max(0.0, retry_at - time.monotonic()))
            except queue.Empty:
                self._desk.retry_pending(stored_before=self._now_ms() - LEFT_ALONE_MS)
                self._on_news(self._desk.moved())
                retry_at = time.monotonic() + RETRY_SECONDS
                continue
            group: list[tuple[Delivery, Future[Receipt]]] = []
            size = 0
            while entry is not None:
                if entry[1].set_running_or_notify_cancel():  # else its caller has hung up; the phone will send it again
                    group.append(entry)
                size += len(entry[0].events)
                if size >= GROUP_EVENTS_MAX or self._queue.empty():
                    break
                entry = self._queue.get()
            if group:
                yield group
            if entry is None:
                return

    def _serve(self, group: list[tuple[Delivery, Future[Receipt]]]) -> None:
        try:
            receipts = self._desk.take([delivery for delivery, _ in group], careful=self._careful)
            self._careful = False
        except Exception as failure:
            log.exception("a group of %d pushes could not be stored", len(group))
            for _, receipt in group:
                receipt.set_exception(failure)
            return
        for (_, receipt), answer in zip(group, receipts, strict=True):
            receipt.set_result(answer)
        self._on_news(self._desk.moved())


class Desk:
    """Where deliveries are booked: one connection, one transaction at a time. Used by the writer thread only."""

    def __init__(self, connection: Any, now_ms: Callable[[], int]) -> None:
        self.connection = connection
        self._now_ms = now_ms
        self._books = Books(connection)
        self._chains: dict[tuple[int, bytes], Chain] = {}
        self._unsettled: list[int] = []
        self._moved: dict[str, int] = {}

    def moved(self) -> dict[str, int]:
        """Give how far the feeds have come that moved since this was asked last."""
        moved, self._moved = self._moved, {}
        return moved

    def close(self) -> None:
        """Close the connection; SQLite folds its log into the database."""
        self.connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self.connection.execute(BEGIN_WRITING)
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            self._books.forget()
            self._chains.clear()
            raise

    def take(self, deliveries: Sequence[Delivery], *, careful: bool = False) -> list[Receipt]:
        """Store and settle a group of pushes; give their receipts. Settlement failing does not fail the pushes."""
        if not (careful or self.connection.is_shared):
            try:
                with self._transaction():
                    return self._take(deliveries, settled=True)
            except Exception:
                log.exception("settlement failed; storing %d pushes unsettled", len(deliveries))
        self._unsettled = []
        receipts = self._store(deliveries)
        self.retry_pending(self._unsettled if self.connection.is_shared else None)
        return [
            receipt._replace(feed_head=self._moved.get(delivery.sender.site, receipt.feed_head))
            for receipt, delivery in zip(receipts, deliveries, strict=True)
        ]

    def _store(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Commit the bytes of a group of pushes; again if another process has just stored the same event."""
        for _ in range(ATTEMPTS_MAX):
            with suppress(*Conflict), self._transaction():
                return self._take(deliveries, settled=False)
        with self._transaction():
            return self._take(deliveries, settled=False)

    def _take(self, deliveries: Sequence[Delivery], *, settled: bool) -> list[Receipt]:
        self._books.refresh()
        custody = Custody(self.connection, self._books.numbers, self._chains)
        custody.look_up(deliveries)
        taken = [custody.take(delivery) for delivery in deliveries]
        fresh = [event.stored for event in custody.fresh]
        numbers = self._number_units(fresh) if settled else self._enter_units(fresh)
        changes = Changes({}, [], {}, [], {}, Found({}, {}))
        if settled and fresh:
            sites = {event.stored.n: event.site for event in custody.fresh}
            self._books.take_in(custody.fresh)
            changes = settle(self._books, fresh, numbers, sites, self._now_ms(), custody.alone())
            self._books.take_in(())
        heads = self._write(custody, changes, numbers, settled=settled)
        return [
            self._receipt(custody, delivery, verdicts, heads)
            for delivery, verdicts in zip(deliveries, taken, strict=True)
        ]

    def _write(self, custody: Custody, changes: Changes, numbers: dict[str, int], *, settled: bool) -> dict[str, int]:
        """Write everything; give the heads of the feeds that moved."""
        for event in custody.fresh:
            # A position that storing did not move could be one a restored backup also reached, without the event.
            if event.site not in changes.feed:
                changes.feed[event.site] = {("outcome", event.stored.n): None}
        custody.write_pushes()
        heads = take_positions(self.connection, changes.feed)
        write_units(self.connection, changes.units.items())
        custody.write_events(numbers, heads)
        write(self._books, changes)
        if not settled:
            self._mark_pending(custody)
        self._feed(changes, heads)
        return heads

    def _feed(self, changes: Changes, heads: dict[str, int]) -> None:
        write_feed(self.connection, changes.feed, heads)
        self._moved |= heads

    def _number_units(self, fresh: Sequence[Stored]) -> dict[str, int]:
        serials = {serial for event in fresh for serial in event.units}
        numbers = {serial: n for serial, (n, _) in self._books.units(serials).items()}
        free = self._books.numbers.of("unit")
        return numbers | dict(zip(sorted(serials - numbers.keys()), free, strict=False))

    def _enter_units(self, fresh: Sequence[Stored]) -> dict[str, int]:
        """Enter units nobody has settled yet; two processes that meet a new one get the same number."""
        rows = [(n, serial, 0, False, b"") for serial, n in sorted(self._number_units(fresh).items())]
        self.connection.executemany(_ENTER_UNIT, rows)
        return self._books.unit_numbers([serial for _, serial, *_ in rows])

    def _mark_pending(self, custody: Custody) -> None:
        now = self._now_ms()
        self._unsettled = [event.stored.n for event in custody.fresh]
        self.connection.executemany(_INSERT_PENDING, [(n, now) for n in self._unsettled])

    def _receipt(
        self,
        custody: Custody,
        delivery: Delivery,
        taken: list[tuple[Any, int | None, str | None]],
        heads: Mapping[str, int],
    ) -> Receipt:
        chain = self._chains[delivery.sender.n, delivery.inc]
        site = delivery.sender.site
        feed_head = heads[site] if site in heads else head(self.connection, site)
        return Receipt(
            verdicts_of(delivery, taken, feed_head),
            Link(chain.held_seq, chain.held_hash.hex()),
            custody.missing(chain),
            chain.is_forked,
            feed_head,
        )

    def retry_pending(self, only: Sequence[int] | None = None, *, stored_before: int | None = None) -> None:
        """Settle what was stored unsettled: together if that works, else one by one, so that none holds up another."""
        before: list[int] = []
        try:
            while (waiting := self._waiting(only, stored_before)) and waiting != before:
                self._settle_somehow(waiting)
                before = waiting
        except ConnectionLost as lost:
            log.warning("settlement waits until the database answers: %s", lost)

    def _settle_somehow(self, waiting: Sequence[int]) -> None:
        try:
            self._settle(waiting)
        except ConnectionLost:
            raise
        except Exception:
            log.exception("%d stored events cannot be settled together", len(waiting))
            self._retry_each(waiting)

    def _retry_each(self, waiting: Sequence[int]) -> None:
        for n in waiting:
            try:
                self._settle([n])
            except Exception:
                log.exception("event %d still cannot be settled", n)

    def _waiting(self, only: Sequence[int] | None, stored_before: int | None) -> list[int]:
        if only is not None:
            asked = self.connection.execute(_WAITING_OF, (only,)) if only else ()
        else:
            before = self._now_ms() if stored_before is None else stored_before
            asked = self.connection.execute(_WAITING, (before, GROUP_EVENTS_MAX))
        return [row[0] for row in asked]

    def _settle(self, ns: Sequence[int]) -> None:
        """Settle stored events; where others settle too, under locks that grow until they cover what is looked at."""
        names: Names = frozenset()
        for _ in range(ATTEMPTS_MAX):
            try:
                with self._transaction():
                    self._settle_stored(ns, names)
                return
            except LocksMissing as missing:
                names = missing.names
            except Conflict as conflict:
                log.info("settling once more: %s", conflict)
        with self._transaction():
            self._settle_stored(ns, None)

    def _settle_stored(self, ns: Sequence[int], names: Names) -> None:
        self._books.refresh()
        if self.connection.is_shared:
            # What another process is settling right now is left to it.
            ns = [row[0] for row in self.connection.execute(_CLAIM, (ns,))]
        fresh = self._books.events_by_n(ns)
        if not fresh:
            return
        self._books.lock(None if names is None else names | names_of_new(fresh))
        # Stored already: another event's arrival may have settled them, so what is booked of them is looked up too.
        changes = settle(self._books, fresh, self._number_units(fresh), {}, self._now_ms())
        write_units(self.connection, changes.units.items())
        write(self._books, changes)
        self.connection.executemany(_SETTLED, [(n,) for n in ns])
        self._feed(changes, take_positions(self.connection, changes.feed))
