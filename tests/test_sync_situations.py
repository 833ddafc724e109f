"""What happens on a floor, one situation a test: the name says it, the books show it.

Each runs on the real tables in both orders of arrival where there are two phones.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from floor import FL, FL2, WH, Books, Phone, material, single

from server.intake.check import check_connection
from sync.outbox import Kept

Scan = tuple[Phone, Kept]
TRANSIT = "transfer:TR-1"


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """Book scans in every order of arrival (or all of many); give the books, which must all agree."""

    def booked(*scans: Scan) -> Books:
        arrivals = list(permutations(scans)) if len(scans) <= 4 else [scans, scans[::-1], scans[1::2] + scans[::2]]
        all_books = []
        for n, arrival in enumerate(arrivals):
            books = Books(tmp_path, f"{len(list(tmp_path.iterdir()))}-{n}")
            for phone, kept in arrival:
                books.take(single(phone, kept))
                assert check_connection(books.connection) == []
            all_books.append(books)
        assert all(books.picture() == all_books[0].picture() for books in all_books)
        return all_books[0]

    return booked


@pytest.fixture
def dock() -> Phone:
    """A phone at the principal's warehouse."""
    return Phone(1)


@pytest.fixture
def floor() -> Phone:
    """A phone at the contract manufacturer."""
    return Phone(2, "KIRAN-FL")


@pytest.fixture
def night() -> Phone:
    """Another phone there, another person."""
    return Phone(5, "KIRAN-FL")


@pytest.mark.requirement("S10", "J3")
def test_a_receipt_before_its_dispatch_makes_the_pallet_usable_at_once(
    tmp_path: Path, dock: Phone, floor: Phone
) -> None:
    """The dock's phone has no network. The truck is faster: the goods are there, the transfer runs below zero."""
    born, sent = dock.commission("D1", at=0), dock.dispatch("D1", at=1)
    arrived, used = floor.receive("D1", at=2), floor.consume("D1", 5_000, at=3)
    books = Books(tmp_path)
    for phone, kept in ((dock, born), (floor, arrived), (floor, used)):
        books.take(single(phone, kept))
    assert (books.at(WH), books.at(TRANSIT), books.at(FL)) == (25_000, -25_000, 20_000)
    assert books.code(arrived) == "receipt_without_dispatch"
    books.take(single(dock, sent))
    assert (books.at(WH), books.at(TRANSIT), books.at(FL), books.at("run:R-12")) == (0, 0, 20_000, 5_000)
    assert books.code(arrived) is None
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S10")
def test_two_people_receive_one_pallet_and_it_counts_once(book: Any, dock: Phone, floor: Phone, night: Phone) -> None:
    """The first by order counts; the other is told who was first."""
    born, sent = dock.commission("D1", at=0), dock.dispatch("D1", at=1)
    first, second = floor.receive("D1", at=2), night.receive("D1", at=3)
    books = book((dock, born), (dock, sent), (floor, first), (night, second))
    assert books.at(FL) == 25_000
    assert books.code(first) is None
    assert books.endings()[second.id, fingerprint_of(second)] == ("already_received", first.id, None)


@pytest.mark.requirement("S10")
def test_two_people_count_different_quantities_and_the_first_counts(
    book: Any, dock: Phone, floor: Phone, night: Phone
) -> None:
    """24 kg and 25 kg: both are told, the difference stays in transit."""
    born, sent = dock.commission("D1", at=0), dock.dispatch("D1", at=1)
    first = floor.receive("D1", at=2, material=material(24_000, obtained="counted"))
    second = night.receive("D1", at=3, material=material(25_000, obtained="counted"))
    books = book((dock, born), (dock, sent), (floor, first), (night, second))
    assert (books.at(FL), books.at(TRANSIT)) == (24_000, 1_000)
    assert books.code(first) == books.code(second) == "quantity_differs"


@pytest.mark.requirement("S10")
def test_received_at_two_sites_the_last_to_see_it_has_it(book: Any, dock: Phone, floor: Phone) -> None:
    """Presence beats plan: it can only be where it was seen last."""
    other = Phone(3, "NEEM-FL")
    born, sent = dock.commission("D1", at=0), dock.dispatch("D1", at=1)
    first, second = floor.receive("D1", at=2), other.receive("D1", at=3, to=FL2)
    books = book((dock, born), (dock, sent), (floor, first), (other, second))
    assert (books.at(FL), books.at(FL2), books.at(TRANSIT)) == (0, 25_000, 0)
    assert books.code(second) == "received_elsewhere"


@pytest.mark.requirement("S10")
def test_two_dispatches_of_one_pallet_under_one_transfer_count_once(book: Any, dock: Phone) -> None:
    """Two dock workers scan the same pallet."""
    other = Phone(4)
    born, first, second = dock.commission("D1", at=0), dock.dispatch("D1", at=1), other.dispatch("D1", at=2)
    books = book((dock, born), (dock, first), (other, second))
    assert books.at(TRANSIT) == 25_000
    assert books.code(second) == "already_dispatched"


@pytest.mark.requirement("S10")
def test_dispatched_on_two_transfers_it_is_on_the_last_and_somebody_looks(book: Any, dock: Phone) -> None:
    """It can only be on one truck."""
    other = Phone(4)
    born, first, second = dock.commission("D1", at=0), dock.dispatch("D1", at=1), other.dispatch("D1", "TR-2", at=2)
    books = book((dock, born), (dock, first), (other, second))
    assert (books.at(TRANSIT), books.at("transfer:TR-2")) == (0, 25_000)
    assert books.code(second) == "dispatched_twice"


@pytest.mark.requirement("S10")
def test_a_receipt_that_names_no_transfer_still_finds_its_dispatch(book: Any, dock: Phone, floor: Phone) -> None:
    """The receiver's clock is slow and its phone knew of no transfer."""
    slow = Phone(2, "KIRAN-FL", skew_ms=-86_400_000)
    born, sent = dock.commission("D1", at=0), dock.dispatch("D1", at=1)
    arrived = slow.receive("D1", None, at=2)
    books = book((dock, born), (dock, sent), (slow, arrived))
    assert (books.at(WH), books.at(TRANSIT), books.at(FL)) == (0, 0, 25_000)
    assert books.code(arrived) is None


@pytest.mark.requirement("S10")
def test_an_unknown_label_counts_and_settles_when_its_record_comes(tmp_path: Path, dock: Phone, floor: Phone) -> None:
    """The drum was labelled on a phone that has not been online since."""
    born, used = dock.commission("D1", at=0, to=FL), floor.consume("D1", 5_000, at=5)
    books = Books(tmp_path)
    books.take(single(floor, used))
    assert books.code(used) == "unit_unknown"
    assert books.at(FL) == -5_000
    books.take(single(dock, born))
    assert books.code(used) is None
    assert books.at(FL) == 20_000


@pytest.mark.requirement("S10", "F2")
def test_partial_uses_add_up_and_only_emptied_ends_the_drum(book: Any, floor: Phone, night: Phone) -> None:
    """Two people take from one drum, the second empties it; what the books had left is written off, visibly."""
    born = floor.commission("D1", at=0, to=FL)
    first, last = floor.consume("D1", 5_000, at=1), night.consume("D1", 19_000, at=2, emptied=True)
    books = book((floor, born), (floor, first), (night, last))
    assert (books.at(FL), books.at("run:R-12"), books.at("adjusted")) == (0, 24_000, 1_000)
    assert books.code(last) == "rest_after_emptied"
    assert books.units()["D1"][10] == 1


@pytest.mark.requirement("S10")
def test_a_drum_emptied_twice_alike_counts_once(book: Any, floor: Phone, night: Phone) -> None:
    """Two people record the same last use."""
    born = floor.commission("D1", at=0, to=FL)
    first, second = (p.consume("D1", 25_000, at=i + 1, emptied=True) for i, p in enumerate((floor, night)))
    books = book((floor, born), (floor, first), (night, second))
    assert books.at("run:R-12") == 25_000
    assert books.code(second) == "already_emptied"


@pytest.mark.requirement("S10")
def test_a_use_after_empty_counts_and_somebody_looks(book: Any, floor: Phone, night: Phone) -> None:
    """What was written off comes back out of *adjusted*; nothing is made from nothing."""
    born = floor.commission("D1", at=0, to=FL)
    empty, more = floor.consume("D1", 20_000, at=1, emptied=True), night.consume("D1", 3_000, at=2)
    books = book((floor, born), (floor, empty), (night, more))
    assert (books.at("adjusted"), books.at("run:R-12"), books.at(FL)) == (2_000, 23_000, 0)
    assert books.code(more) == "used_after_empty"


@pytest.mark.requirement("S10")
def test_using_more_than_a_drum_held_counts_and_somebody_looks(book: Any, floor: Phone) -> None:
    """The books go below zero where they are wrong, so that somebody sees it."""
    born, used = floor.commission("D1", at=0, to=FL), floor.consume("D1", 26_000, at=1)
    books = book((floor, born), (floor, used))
    assert books.at(FL) == -1_000
    assert books.code(used) == "more_than_was_there"


@pytest.mark.requirement("S10")
def test_a_carton_used_alone_while_its_pallet_travels_leaves_the_pallet(book: Any, dock: Phone, floor: Phone) -> None:
    """Nobody scanned the pallet in; the carton was used at the manufacturer, so it is there."""
    scans = [
        dock.commission("C1", 1_000, kind="carton", at=0),
        dock.commission("C2", 1_000, kind="carton", at=1),
        dock.commission("P1", None, kind="pallet", at=2),
        dock.pack("C1", "P1", at=3),
        dock.pack("C2", "P1", at=4),
        dock.dispatch("P1", at=5),
    ]
    used = floor.consume("C1", 400, at=6)
    books = book(*((dock, scan) for scan in scans), (floor, used))
    assert (books.at(WH), books.at(TRANSIT), books.at(FL)) == (0, 1_000, 600)
    assert books.units()["C1"][9] is None
    assert books.units()["C2"][9] == "P1"


@pytest.mark.requirement("S10", "F11")
def test_a_pallet_received_whole_while_one_carton_was_received_alone_counts_each_once(
    book: Any, dock: Phone, floor: Phone, night: Phone
) -> None:
    """Whole: contents assumed. The carton was scanned too."""
    scans = [
        dock.commission("C1", 1_000, kind="carton", at=0),
        dock.commission("C2", 1_000, kind="carton", at=1),
        dock.commission("P1", None, kind="pallet", at=2),
        dock.pack("C1", "P1", at=3),
        dock.pack("C2", "P1", at=4),
        dock.dispatch("P1", at=5),
    ]
    alone, whole = floor.receive("C1", at=7), night.receive("P1", at=8, material=None)
    books = book(*((dock, scan) for scan in scans), (floor, alone), (night, whole))
    assert (books.at(WH), books.at(TRANSIT), books.at(FL)) == (0, 0, 2_000)


@pytest.mark.requirement("S6")
def test_undoing_ones_own_scan_takes_its_effect_back_and_stays_visible(book: Any, floor: Phone) -> None:
    """Wrong drum: undo, and the books are as before; the ledger has both."""
    born = floor.commission("D1", at=0, to=FL)
    used = floor.consume("D1", 5_000, at=1)
    books = book((floor, born), (floor, used), (floor, floor.void(used, at=2)))
    assert books.at(FL) == 25_000
    assert books.code(used) == "undone"


@pytest.mark.requirement("S6")
def test_another_persons_scan_is_not_undone_from_another_phone(book: Any, floor: Phone, night: Phone) -> None:
    """Only its author may; the attempt is kept and told."""
    born = floor.commission("D1", at=0, to=FL)
    used = floor.consume("D1", 5_000, at=1)
    attempt = night.void(used, at=2)
    books = book((floor, born), (floor, used), (night, attempt))
    assert books.at(FL) == 20_000
    assert books.code(attempt) == "undo_not_yours"


@pytest.mark.requirement("S6")
def test_the_same_person_may_undo_from_another_phone(book: Any, floor: Phone) -> None:
    """Shared phones: who scanned on one may take it back on the other."""
    same_person = Phone(5, "KIRAN-FL", actor=2)
    used = floor.consume("D1", 5_000, at=1)
    books = book((floor, used), (same_person, same_person.void(used, at=2)))
    assert books.at(FL) == 0
    assert books.code(used) == "undone"


@pytest.mark.requirement("S6")
def test_an_undo_cannot_be_undone(book: Any, floor: Phone) -> None:
    """Record the scan again instead."""
    used = floor.consume("D1", 5_000, at=1)
    undo = floor.void(used, at=2)
    books = book((floor, used), (floor, undo), (floor, again := floor.void(undo, at=3)))
    assert books.at("run:R-12") == 0
    assert books.code(again) == "undo_of_undo"


@pytest.mark.requirement("S9")
@pytest.mark.parametrize(
    ("quantity", "code"),
    [("0", "quantity_not_positive"), ("-3", "quantity_not_positive"), ("2.5", "quantity_too_precise"),
     ("9" * 20, "quantity_too_large"), ("many", "quantity_not_understood")],
)  # fmt: skip
def test_an_impossible_quantity_is_kept_without_effect_and_told(
    book: Any, floor: Phone, quantity: str, code: str
) -> None:
    """Content is never a reason to refuse an upload."""
    born, used = floor.commission("D1", at=0, to=FL), floor.consume("D1", quantity, at=1)
    books = book((floor, born), (floor, used))
    assert books.at(FL) == 25_000
    assert books.code(used) == code


@pytest.mark.requirement("S8", "S11")
def test_one_id_with_two_bodies_gives_one_fact_whichever_arrives_first(book: Any, floor: Phone) -> None:
    """A cloned phone, or rolled-back browser data: the smaller fingerprint is the fact, the other is evidence."""
    twin = Phone(5, "KIRAN-FL")
    one = floor.consume("D1", 5_000, at=1)
    other = twin.consume("D1", 7_000, at=1, event_id=one.id)
    books = book((floor, one), (twin, other))
    fact = min((one, other), key=fingerprint_of)
    assert books.at("run:R-12") == (5_000 if fact is one else 7_000)
    assert [code for code, *_ in books.endings().values()].count("same_id_other_content") == 1


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
def test_a_hole_in_a_chain_is_named_until_it_is_filled(tmp_path: Path, dock: Phone) -> None:
    """The second push overtook the first: the answer says what is missing, and the end of what is held."""
    first, second, third = (dock.commission(f"D{n}") for n in range(3))
    books = Books(tmp_path)
    receipt = books.take(single(dock, third))[0]
    assert (receipt.received.seq, receipt.missing) == (0, [(1, 2)])
    receipt = books.take(single(dock, first))[0]
    assert (receipt.received.seq, receipt.missing) == (1, [(2, 2)])
    receipt = books.take(single(dock, second))[0]
    assert (receipt.received.seq, receipt.received.hash, receipt.missing) == (3, third.hash.hex(), [])
    assert receipt.fork is False


@pytest.mark.requirement("S1")
def test_a_scan_after_the_lease_ran_out_counts_and_is_marked_for_review(book: Any, floor: Phone) -> None:
    """Capture never stops because an office did not renew something."""
    born = floor.commission("D1", at=0, to=FL, for_review=True)
    books = book((floor, born))
    assert books.at(FL) == 25_000
    assert books.code(born) == "signed_in_past_lease"


@pytest.mark.requirement("S10")
def test_a_serial_given_to_two_things_counts_once_and_somebody_looks(book: Any, dock: Phone, floor: Phone) -> None:
    """Two phones printed one serial: the first keeps it."""
    one, two = dock.commission("D1", 25_000, at=0), floor.commission("D1", 20_000, at=1, to=FL)
    books = book((dock, one), (floor, two))
    assert (books.at(WH), books.at(FL)) == (25_000, 0)
    assert books.code(two) == "serial_used_twice"


def fingerprint_of(kept: Kept) -> bytes:
    """Give the content hash of an event's body."""
    from sync.chain import fingerprint  # noqa: PLC0415

    return fingerprint(kept.body)
