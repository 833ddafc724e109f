"""Several writers on one PostgreSQL: nothing missed, nothing booked twice, the same books as one alone gives.

Rounds are few here; as many as one likes: `pytest tests/test_postgres_races.py --times 1000`.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import msgspec
import postgres
import pytest
from conftest import Installation, Serve, Server, Tell, Times
from floor import FL, START, WH, Books, Phone, material, shuffled_runs, single, together
from histories import history
from signed_phone import SignedPhone
from sqlalchemy import select, text

from server.database import migrate
from server.database.engine import Address, connect_raw
from server.database.postgres import PostgresConnection
from server.intake import books as writer_books
from server.intake.check import check, check_connection
from server.intake.delivery import Delivery
from server.intake.tables import event
from server.intake.writer import Desk, Receipt
from server.settings import Settings

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)

WRITERS = 3


class Writers:
    """Some writers on one database, each with a connection of its own, set off at the same moment."""

    def __init__(self, folder: Path, count: int = WRITERS) -> None:
        self.books = Books(folder)
        self.desks = [Desk(connect_raw(self.books.address), lambda: START) for _ in range(count)]
        self._pool = ThreadPoolExecutor(count)

    def take(self, *shares: Sequence[Sequence[Delivery]]) -> list[list[Receipt]]:
        """Let each writer take its groups of deliveries, all at once; give the receipts of each."""
        start = threading.Barrier(len(shares))

        def work(desk: Desk, groups: Sequence[Sequence[Delivery]]) -> list[Receipt]:
            start.wait()
            return [receipt for group in groups for receipt in desk.take(group)]

        return [task.result() for task in [self._pool.submit(work, *pair) for pair in zip(self.desks, shares)]]  # noqa: B905

    def close(self) -> None:
        """Close their connections."""
        self._pool.shutdown()
        for desk in self.desks:
            desk.close()


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    """Give three writers on one set of books."""
    with closing(Writers(tmp_path)) as given:
        yield given


def rows_of(books: Books, table: str) -> int:
    """Count the rows of a table."""
    return int(books.connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


@pytest.mark.requirement("S10", "A5")
def test_three_writers_at_once_come_to_the_same_books_as_one_alone(times: Times, tmp_path: Path) -> None:
    """A wild history dealt to three processes' worth of writers: the books are those of one writer's own arrival."""
    for seed in range(times(6)):
        made = history(seed)
        alone = Books(tmp_path)
        for group in shuffled_runs(random.Random(seed), made):
            alone.take(*group)
        with closing(Writers(tmp_path)) as writers:
            groups = shuffled_runs(random.Random(f"{seed}/at once"), made)
            writers.take(*(groups[share::WRITERS] for share in range(WRITERS)))
            writers.desks[0].retry_pending()
            assert check_connection(writers.books.connection) == []
            assert writers.books.picture() == alone.picture()
        postgres.cluster().clear()


@pytest.mark.requirement("S10", "A5")
def test_a_pallet_received_by_two_phones_at_once_is_booked_once(writers: Writers, times: Times) -> None:
    """Unlocked, this books the stock twice in nearly every round."""
    dock, one, two = Phone(1), Phone(2, "KIRAN-FL"), Phone(5, "KIRAN-FL")
    rounds = times(20)
    for n in range(rounds):
        sent = [dock.commission(f"D{n}", at=n), dock.dispatch(f"D{n}", at=n)]
        writers.desks[0].take([together(dock, sent)])
        first, second = one.receive(f"D{n}", at=n + 1), two.receive(f"D{n}", at=n + 1)
        writers.take([[single(one, first)]], [[single(two, second)]])
    assert check_connection(writers.books.connection) == []
    assert writers.books.at(FL) == 25_000 * rounds
    assert writers.books.at(WH) == 0
    assert len(writers.books.endings()) == rounds, "one of each two was told that the other was first"


@pytest.mark.requirement("S10", "A5")
def test_locks_grow_with_what_packing_ties_together(writers: Writers, times: Times) -> None:
    """Each writer packs another carton between pallets that the others are packing: clusters join while they look."""
    phones = [Phone(1), Phone(4), Phone(7)]
    for n in range(times(6)):
        units = [f"C{n}-{i}" for i in range(6)] + [f"P{n}-{i}" for i in range(3)]
        born = [phones[0].commission(unit, 1_000, kind="carton") for unit in units[:6]]
        born += [phones[0].commission(unit, None, kind="pallet") for unit in units[6:]]
        writers.desks[0].take([together(phones[0], born)])
        rng = random.Random(n)
        shares = []
        for phone in phones:
            packed = [phone.pack(rng.choice(units[:6]), rng.choice(units[6:]), at=n) for _ in range(3)]
            shares.append([[single(phone, kept)] for kept in packed])
        writers.take(*shares)
    assert check_connection(writers.books.connection) == []


@pytest.mark.requirement("S8", "A5")
def test_an_event_handed_in_at_two_processes_at_once_is_stored_once(writers: Writers, times: Times) -> None:
    """Its phone's connection broke and it asked again, or a relay sent the same; one says stored, one duplicate."""
    phone = Phone(1)
    for n in range(times(20)):
        kept = [phone.commission(f"D{n}-{i}", at=n) for i in range(3)]
        answers = writers.take(*([[together(phone, kept)]] for _ in range(2)))
        verdicts = [[verdict.v for verdict in receipt.verdicts] for [receipt] in answers]
        assert sorted(verdicts) == [["duplicate"] * 3, ["stored"] * 3]
        assert answers[0][0].verdicts[0].pos == answers[1][0].verdicts[0].pos
    assert rows_of(writers.books, "event") == 3 * times(20)
    assert check_connection(writers.books.connection) == []


@pytest.mark.requirement("S8", "A5")
def test_two_bodies_under_one_id_handed_in_at_once_are_both_kept(writers: Writers, times: Times) -> None:
    """A broken phone and its twin: the smaller fingerprint is the fact, whichever came first."""
    one, two = Phone(1), Phone(4)
    for n in range(times(10)):
        same = b"\x77" * 8 + n.to_bytes(8)
        first, second = (phone.commission(f"D{n}-{phone.n}", at=n, event_id=same) for phone in (one, two))
        writers.take([[single(one, first)]], [[single(two, second)]])
    assert rows_of(writers.books, "event") == 2 * times(10)
    assert writers.books.at(WH) == 25_000 * times(10)
    assert check_connection(writers.books.connection) == []


@pytest.mark.requirement("A5")
def test_a_new_place_or_unit_met_by_all_writers_at_once_gets_one_number(writers: Writers, times: Times) -> None:
    phones = [Phone(1), Phone(4), Phone(7)]
    for n in range(times(10)):
        lot = {"batch": f"B{n}", "item": "PARA-API"}
        shares = []
        for phone in phones:
            unit = phone.consume(f"D{n}", at=n, at_place=WH)
            loose = phone.receive(None, None, at=n, to=WH, material=material(1_000, **lot))
            shares.append([[single(phone, unit)], [single(phone, loose)]])
        writers.take(*shares)
    assert rows_of(writers.books, "unit") == times(10)
    assert check_connection(writers.books.connection) == []
    twice = "SELECT COUNT(*) - COUNT(DISTINCT (place, item, batch, owner, status)) FROM bucket"
    assert writers.books.connection.execute(twice).fetchone()[0] == 0


@pytest.mark.requirement("S7", "A5")
def test_a_reader_that_goes_by_positions_misses_no_row_of_writers_at_once(writers: Writers, times: Times) -> None:
    """Whatever commits when: each look finds the very next position first, and in the end all there are."""
    phones = [Phone(1), Phone(4), Phone(7)]
    stopping = threading.Event()
    seen: list[int] = []

    def read() -> None:
        with closing(connect_raw(writers.books.address)) as connection:
            while True:
                is_last = stopping.is_set()
                behind = seen[-1] if seen else 0
                asked = "SELECT pos FROM feed WHERE site = ? AND pos > ? ORDER BY pos"
                seen.extend(row[0] for row in connection.execute(asked, ("ASHA-WH", behind)))
                if is_last:
                    return

    reader = threading.Thread(target=read)
    reader.start()
    shares = [[[single(phone, phone.commission(f"D{phone.n}-{n}"))] for n in range(times(30))] for phone in phones]
    writers.take(*shares)
    stopping.set()
    reader.join()
    last = writers.books.connection.execute("SELECT head FROM feed_head WHERE site = ?", ("ASHA-WH",)).fetchone()[0]
    assert seen == list(range(1, last + 1))
    assert last >= 3 * times(30)


@pytest.mark.requirement("S10")
def test_without_locks_the_same_pallet_is_booked_twice(
    writers: Writers, times: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what the race above proves is the locks' doing."""
    monkeypatch.setattr(PostgresConnection, "lock", lambda *_: None)
    monkeypatch.setattr(writer_books.Books, "require_locked", lambda *_: None)
    doubled = 0
    dock, one, two = Phone(1), Phone(2, "KIRAN-FL"), Phone(5, "KIRAN-FL")
    for n in range(times(20)):
        sent = [dock.commission(f"D{n}", at=n), dock.dispatch(f"D{n}", at=n)]
        writers.desks[0].take([together(dock, sent)])
        before = writers.books.at(FL)
        first, second = one.receive(f"D{n}", at=n + 1), two.receive(f"D{n}", at=n + 1)
        writers.take([[single(one, first)]], [[single(two, second)]])
        doubled += writers.books.at(FL) - before != 25_000
    assert doubled > 0


# --- the real server, in several processes


def workers_of(server: Server) -> list[int]:
    """Give the process ids of a server's workers."""
    said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, check=True)
    return [int(pid) for pid in said.stdout.split()]


def all_started(server: Server) -> Server:
    """Wait until every process of a server answers, not only the first."""
    deadline = time.monotonic() + 60
    while server.said.count("Started worker") < server.settings.workers and time.monotonic() < deadline:
        time.sleep(0.1)
    return server


class Floor:
    """Phones at one server of several processes, each with connections of its own; every answer is noted."""

    def __init__(self, server: Server, office: dict[str, str], phones: int) -> None:
        self.statuses: Counter[int] = Counter()
        self._clients = [
            httpx.Client(base_url=server.url, timeout=10, limits=httpx.Limits(max_keepalive_connections=0))
            for _ in range(phones)
        ]
        self.phones = [SignedPhone(client, office, name=f"P{n}") for n, client in enumerate(self._clients)]

    def drain(self, phone: SignedPhone) -> None:
        """Hand in all a phone holds, again and again while nobody answers."""
        while phone.outbox.unsent():
            hand_in(phone, self.statuses)

    def all_at_once(self, work: Callable[[SignedPhone], object]) -> None:
        """Let every phone do the same at the same moment."""
        with ThreadPoolExecutor(len(self.phones)) as pool:
            list(pool.map(work, self.phones))

    def close(self) -> None:
        """Hang up."""
        for client in self._clients:
            client.close()


def hand_in(phone: SignedPhone, statuses: Counter[int]) -> None:
    """Push once and note what was answered; 0: nothing. Unanswered events simply stay unsent."""
    try:
        answer = phone.push()
    except httpx.HTTPError:
        statuses[0] += 1
        return
    statuses[answer.status_code] += 1
    if answer.status_code == 200:
        stored = {verdict["id"] for verdict in answer.json()["verdicts"]}
        for kept in phone.outbox.events:
            if kept.id.hex() in stored:
                kept.ack = ("e", 1)
        phone.outbox.bases = [("e", 1)]


def is_settled(address: Address, seconds: float = 60) -> bool:
    """Wait until nothing is stored unsettled any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with migrate.connected(address) as connection:
            if connection.execute(text("SELECT COUNT(*) FROM pending")).scalar_one() == 0:
                return True
        time.sleep(0.5)
    return False


def in_processes(installation: Installation, workers: int = 3) -> Settings:
    """Set an installation up to be served by several processes."""
    return msgspec.structs.replace(installation.settings, workers=workers)


@pytest.mark.requirement("S10", "A5")
def test_phones_at_three_processes_receive_the_same_pallets_at_once(
    installation: Installation, serve: Serve, times: Times, tell: Tell
) -> None:
    """Nothing booked twice, nothing missed by a reader of the feed, nobody told that the server has a fault."""
    settings, rounds = in_processes(installation), times(5)
    server = all_started(serve(settings))
    with closing(Floor(server, installation.office, 4)) as floor:
        one = floor.phones[0]
        for n in range(rounds):
            one.commission(f"D{n}", at=n), one.dispatch(f"D{n}", at=n)
            floor.drain(one)

            def receives(phone: SignedPhone, n: int = n) -> None:
                phone.receive(f"D{n}", at=n + 1, to=WH)
                floor.drain(phone)

            floor.all_at_once(receives)
        assert is_settled(settings.database)
        reader = floor.phones[-1]
        reader.pull(limit=7)
        stock = one.client.get("/stock", headers=installation.office).json()["rows"]
    assert server.stop() == 0
    assert [(row["place"], row["quantity"]) for row in stock] == [(WH, str(25_000 * rounds))]
    assert {serial for kind, serial in reader.replica if kind == "unit"} == {f"D{n}" for n in range(rounds)}
    late = [data for (kind, _), data in reader.replica.items() if kind == "outcome" and data]
    assert [data["code"] for data in late] == ["already_received"] * 3 * rounds
    assert set(floor.statuses) == {200}
    assert check(settings.database) == []
    tell(f"pallets received by four phones at three processes at once: {rounds}, booked twice: 0")


@pytest.mark.requirement("S8", "A5")
@pytest.mark.timeout(240)
def test_killing_one_of_several_processes_under_load_loses_nothing(
    installation: Installation, serve: Serve, times: Times, tell: Tell
) -> None:
    """Kill -9 of a worker at a random moment: the others go on, and settle what it had stored and not settled."""
    rng, kills, settings = random.Random(3), times(2), in_processes(installation)
    server = all_started(serve(settings))
    stopping = threading.Event()
    with closing(Floor(server, installation.office, 4)) as floor:

        def works(phone: SignedPhone) -> None:
            while not stopping.is_set():
                for _ in range(3):
                    phone.commission(f"{phone.prefix.hex()[:4].upper()}-{phone.made}")
                hand_in(phone, floor.statuses)

        load = threading.Thread(target=floor.all_at_once, args=(works,))
        load.start()
        victims: list[int] = []
        for kill in range(kills):
            if not victims:
                # The supervisor takes a process that dies right after its start for one that cannot start.
                time.sleep(6 if kill else 0)
                victims = rng.sample(workers_of(server), 2)
            time.sleep(rng.uniform(0.3, 1.0))
            os.kill(victims.pop(), signal.SIGKILL)
        stopping.set()
        load.join()
        for phone in floor.phones:
            floor.drain(phone)
        made = {kept.id: kept.body for phone in floor.phones for kept in phone.outbox.events}
    assert is_settled(settings.database)
    server.stop()
    with migrate.connected(settings.database) as connection:
        held = [(row.id, row.body) for row in connection.execute(select(event.c.id, event.c.body))]
    assert len(held) == len(made), "each event is there exactly once"
    assert dict(held) == made
    assert set(floor.statuses) <= {0, 200}
    assert check(settings.database) == []
    tell(f"kills of one of three processes: {kills}, scans made: {len(made)}, lost: 0")
