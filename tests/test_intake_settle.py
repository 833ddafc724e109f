"""The central promise, on the real tables: the same set of events gives the same books, whatever the arrival."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from floor import FL, WH, Books, Phone, shuffled_runs
from histories import Made, history
from simulation.judged import told

from server.intake.check import check_connection

pytestmark = pytest.mark.both_engines


def cartons_on_a_pallet() -> Made:
    """A pallet is built, one packing taken back, the pallet travels, cartons are used, one label is taken back."""
    dock, floor, night = Phone(1), Phone(2, "KIRAN-FL", skew_ms=-600_000), Phone(5, "KIRAN-FL")
    made: Made = []

    def add(phone: Phone, *kept: object) -> None:
        made.extend((phone, one) for one in kept)  # type: ignore[misc]

    add(dock, *(dock.commission(c, 1_000, kind="carton", at=i) for i, c in enumerate(("C1", "C2", "C3"))))
    add(dock, dock.commission("P1", None, kind="pallet", at=4))
    packed = [dock.pack(c, "P1", at=5 + i) for i, c in enumerate(("C1", "C2", "C3"))]
    add(dock, *packed)
    add(dock, dock.void(packed[1], at=9))
    sent = dock.dispatch("P1", at=10)
    add(dock, sent)
    arrived = floor.receive("P1", at=20, material=None)
    add(floor, arrived)
    add(night, night.receive("P1", at=21, material=None))
    add(floor, floor.consume("C1", 400, at=22, after=(arrived,)))
    add(night, night.consume("C3", 1_000, at=23, emptied=True), night.unpack("C1", "P1", at=24))
    add(dock, dock.void(made[2][1], at=25))
    return made


def book(folder: Path, name: str, rng: random.Random, made: Made) -> Books:
    """Book a history in a random arrival; after every push the books must equal a refold from scratch."""
    books = Books(folder, name)
    for group in shuffled_runs(rng, made):
        books.take(*group)
        assert check_connection(books.connection) == []
    return books


SHARE_OF_POSTGRES = 12
"""PostgreSQL makes a database per arrival and folds no differently: it gets a share of the arrivals, of ours and of the
wild ones, and the races in `test_postgres_races.py` for what is its own."""


@pytest.mark.requirement("S10", "A1")
def test_a_pallet_history_with_voids_comes_out_the_same_in_200_arrivals(engine: str, tmp_path: Path) -> None:
    """Cartons in a pallet, one packing and one label taken back, two receipts, uses by two phones."""
    made = cartons_on_a_pallet()
    pictures = []
    for seed in range(SHARE_OF_POSTGRES if engine == "postgres" else 200):
        books = book(tmp_path, str(seed), random.Random(seed), made)
        pictures.append(books.picture())
        books.throw_away()
    assert all(picture == pictures[0] for picture in pictures)
    stock = pictures[0][0]
    assert sum(stock.values()) == 0
    at = {place: quantity for (place, *_), quantity in stock.items()}
    assert at[WH] == 1_000, "C2 never went: its packing was taken back"
    assert at[FL] == 600 - 1_000, "C1 has 600 left; C3 was used though its label was taken back: a shortage to look at"
    assert at["run:R-12"] == 1_400
    assert "transfer:TR-1" not in at


@pytest.mark.requirement("S10", "S9")
@pytest.mark.sqlite
@pytest.mark.parametrize("seed", range(40))
def test_a_wild_history_comes_out_the_same_in_five_arrivals(seed: int, tmp_path: Path) -> None:
    """Skewed clocks, unknown labels, voids of voids, collisions, bad quantities: order of arrival never shows."""
    come_out_the_same(history(seed), seed, tmp_path)


@pytest.mark.requirement("S10", "S9")
@pytest.mark.parametrize("seed", range(100, 100 + SHARE_OF_POSTGRES // 3))
def test_wild_histories_come_out_the_same_on_either_database(seed: int, tmp_path: Path) -> None:
    """The same, with the other database's share."""
    come_out_the_same(history(seed), seed, tmp_path, arrivals=3)


def come_out_the_same(made: Made, seed: int, tmp_path: Path, arrivals: int = 5) -> None:
    all_books = [book(tmp_path, str(n), random.Random(f"{seed}/{n}"), made) for n in range(arrivals)]
    pictures = [books.picture() for books in all_books]
    assert all(picture == pictures[0] for picture in pictures)
    assert all_books[0].whole() == told(made)


@pytest.mark.requirement("S8")
def test_sending_everything_twice_changes_nothing(tmp_path: Path) -> None:
    """A response lost after the commit makes the phone send again: every event is a duplicate, nothing is booked."""
    made = history(7)
    books = book(tmp_path, "twice", random.Random(1), made)
    before = books.picture(), books.connection.execute("SELECT COUNT(*) FROM ledger").fetchone()
    for group in shuffled_runs(random.Random(2), made):
        receipts = books.take(*group)
        assert {verdict.v for receipt in receipts for verdict in receipt.verdicts} == {"duplicate"}
    assert (books.picture(), books.connection.execute("SELECT COUNT(*) FROM ledger").fetchone()) == before


@pytest.mark.requirement("A1")
@pytest.mark.parametrize("table", ["ledger", "event", "push"])
@pytest.mark.parametrize("change", ["UPDATE {} SET n = n + 1000", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_what_was_recorded(table: str, change: str, tmp_path: Path) -> None:
    """Not a rule of the program, which a bug could forget, but of the database."""
    books = book(tmp_path, "kept", random.Random(1), cartons_on_a_pallet())
    with pytest.raises(Exception, match="append-only"):
        books.connection.execute(change.format(table))


@pytest.mark.requirement("S9")
def test_an_event_that_breaks_settlement_is_kept_and_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in the resolver may delay an outcome, never lose or block a scan; once mended, it settles by itself."""
    books = Books(tmp_path)
    phone = Phone(1)
    good, bad, later = phone.commission("D1", at=1), phone.commission("D2", at=2), phone.commission("D3", at=3)
    from floor import single  # noqa: PLC0415

    import server.intake.settle as settlement  # noqa: PLC0415

    real = settlement.resolve

    def broken(events, *more):  # type: ignore[no-untyped-def]
        assert all(event.id != bad.id for event in events), "a bug"
        return real(events, *more)

    monkeypatch.setattr(settlement, "resolve", broken)
    for kept in (good, bad, later):
        assert books.take(single(phone, kept))[0].verdicts[0].v == "stored"
    assert books.at(WH) == 50_000
    assert check_connection(books.connection) != []
    monkeypatch.setattr(settlement, "resolve", real)
    books.desk.retry_pending()
    assert books.at(WH) == 75_000
    assert check_connection(books.connection) == []
