"""What the writer's desk says of a chain: forked, holed, whole again."""

from __future__ import annotations

from pathlib import Path

import pytest
from floor import WH, Books, Phone, single

from server.intake.check import check_connection


@pytest.mark.requirement("S11")
def test_a_clone_of_a_phone_is_noticed_and_both_histories_are_kept(tmp_path: Path) -> None:
    """Two phones with one incarnation: nothing is refused, the phone is told to begin a new incarnation."""
    phone, clone = Phone(1), Phone(1)
    clone.made = 100  # the clone mints other ids
    books = Books(tmp_path)
    assert books.take(single(phone, phone.commission("D1")))[0].fork is False
    receipt = books.take(single(clone, clone.commission("D2")))[0]
    assert (receipt.verdicts[0].v, receipt.verdicts[0].why, receipt.fork) == ("stored_fork", "second_history", True)
    assert books.at(WH) == 50_000
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S8")
def test_a_hole_in_a_chain_is_named_until_it_is_filled(tmp_path: Path) -> None:
    """The second push overtook the first: the answer says what is missing, and the end of what is held."""
    dock = Phone(1)
    first, second, third = (dock.commission(f"D{n}") for n in range(3))
    books = Books(tmp_path)
    receipt = books.take(single(dock, third))[0]
    assert (receipt.received.seq, receipt.missing) == (0, [(1, 2)])
    receipt = books.take(single(dock, first))[0]
    assert (receipt.received.seq, receipt.missing) == (1, [(2, 2)])
    receipt = books.take(single(dock, second))[0]
    assert (receipt.received.seq, receipt.received.hash, receipt.missing) == (3, third.hash.hex(), [])
    assert receipt.fork is False
