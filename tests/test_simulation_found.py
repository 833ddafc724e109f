"""What the simulator found in the server: each a failing seed first, then the shortest history, here on real tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from floor import FL, FL2, Books, Phone, single

import server.intake.settle as settlement
from server.intake.check import check_connection


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
