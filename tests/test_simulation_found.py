"""What the simulator found in the server: each a failing seed first, then the shortest history, here on real tables."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from floor import FL, FL2, Books, Phone, single

import server.intake.settle as settlement
from server.database.engine import create_engine, reader_of
from server.intake import pull
from server.intake.check import check_connection
from server.intake.feed import KIND_NUMBER
from sync.chain import fingerprint


@pytest.mark.requirement("S8", "S9")
def test_what_was_stored_unsettled_and_settled_by_anothers_arrival_is_not_booked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settling a receipt failed; the label's arrival settled both; the retry booked the receipt a second time."""
    floor, other = Phone(2, "KIRAN-FL"), Phone(3, "NEEM-FL")
    arrived, born = other.receive("D1", at=1, to=FL2), floor.commission("D1", at=0, to=FL)
    books = Books(tmp_path)
    real = settlement.resolve

    def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(settlement, "resolve", broken)
    books.take(single(other, arrived))
    monkeypatch.setattr(settlement, "resolve", real)
    books.take(single(floor, born))
    assert books.at(FL2) == 25_000
    books.desk.retry_pending()
    assert books.at(FL2) == 25_000
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S11")
def test_a_word_about_another_phone_admits_nothing_in_any_order(tmp_path: Path) -> None:
    """The desk named the wrong phone beside the right scan: books and refold disagreed whether the scan counts."""
    desk, dock, floor = Phone(9), Phone(1), Phone(2, "KIRAN-FL")
    used = floor.consume("D1", 5_000, at=1)
    off, wrong = desk.revoke(floor, 0, at=2), desk.admit(dock, used, at=3)
    books = Books(tmp_path)
    for phone, kept in ((floor, used), (desk, off), (desk, wrong)):
        books.take(single(phone, kept))
        assert check_connection(books.connection) == []
    assert books.code(used) == "device_cut_off"


def shown(books: Books) -> tuple[list[str], int]:
    """Give the scans by which a phone is shown that a label is unknown, and the last position that told of it."""

    async def reading() -> tuple[list[str], int]:
        engine = create_engine(books.address)
        async with reader_of(engine).connect() as connection:
            changes = (await pull.page(connection, pull.Scope("KIRAN-FL", None), 0, 500)).changes
        await engine.dispose()
        told = {c.data["kind"]: (c.data["scans"], c.pos) for c in changes if c.kind == "exception" and c.data}
        scans, pos = told["unit_unknown"]
        return [scan["material"]["quantity"] for scan in scans], pos

    return asyncio.run(reading())


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("is_fact_first", [True, False])
def test_an_exception_shows_the_body_that_counts_of_two_under_one_id(tmp_path: Path, *, is_fact_first: bool) -> None:
    """It showed whichever had come last; a phone that had heard of it before went on showing what it had been told.

    Two bodies use a label nobody has recorded; the one with the smaller fingerprint is the fact, the other evidence.
    """
    floor, clone = Phone(2, "KIRAN-FL"), Phone(5, "KIRAN-FL")
    event_id = bytes([9]) * 16
    bodies = [
        (floor, floor.consume("D1", 5_000, at=1, event_id=event_id)),
        (clone, clone.consume("D1", 4_000, at=1, event_id=event_id)),
    ]
    fact, other = sorted(bodies, key=lambda made: fingerprint(made[1].body))
    books = Books(tmp_path)
    wanted = [json.loads(fact[1].body)["material"]["quantity"]]
    positions = []
    for phone, kept in (fact, other) if is_fact_first else (other, fact):
        books.take(single(phone, kept))
        quantities, pos = shown(books)
        positions.append(pos)
    assert quantities == wanted
    assert is_fact_first or positions[1] > positions[0], "what is shown has changed, and no phone is told"


@pytest.mark.requirement("S6", "S11")
def test_a_site_hears_that_a_scan_of_a_cloned_phone_was_taken_back(tmp_path: Path) -> None:
    """The exception rests on the same scans as before; the floor went on showing one of them as if it still counted."""
    phone, clone, desk = Phone(2, "KIRAN-FL"), Phone(2, "KIRAN-FL"), Phone(9)
    clone.made = 100
    first, second = phone.receive("D1", at=1), clone.receive("D2", at=2)
    books = Books(tmp_path)
    books.take(single(phone, first))
    books.take(single(clone, second))
    (before,) = books.connection.execute("SELECT MAX(pos) FROM feed").fetchone()
    books.take(single(desk, desk.void(first, at=3)))
    told = books.connection.execute(
        "SELECT f.site FROM feed f JOIN exception x ON x.n = f.entity"
        " WHERE f.kind = ? AND f.pos > ? AND x.kind = 'device_cloned'",
        (KIND_NUMBER["exception"], before),
    ).fetchall()
    assert [tuple(row) for row in told] == [("KIRAN-FL",)]
