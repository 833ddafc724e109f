"""Holds, counts, phones switched off, and what a person must look at: one situation a test, in every arrival."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from floor import FL, WH, Books, Phone, material, single

from server.intake.check import check_connection
from sync.exception import CHOICES, KINDS, Trouble, name_of
from sync.outbox import Kept

Scan = tuple[Phone, Kept]


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """Book scans in every order of arrival; give the books, which must all agree."""

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
def floor() -> Phone:
    """A phone at the contract manufacturer."""
    return Phone(2, "KIRAN-FL")


@pytest.fixture
def night() -> Phone:
    """Another phone there, another person."""
    return Phone(5, "KIRAN-FL")


@pytest.fixture
def desk() -> Phone:
    """A desk of the principal."""
    return Phone(9, "NEEM-FL")


LOT = "lot:PARA-API/MAK-2026-0142"

# --- holds


@pytest.mark.requirement("S10")
def test_a_release_that_knew_of_the_hold_lifts_it(book: Any, floor: Phone, night: Phone) -> None:
    held = floor.hold(at=1)
    books = book((floor, held), (night, night.release(at=2, after=(held,))))
    assert books.holds()[LOT][0] is False
    assert books.troubles() == {}


@pytest.mark.requirement("S10")
def test_a_hold_beats_a_release_that_did_not_know_of_it(book: Any, floor: Phone, night: Phone) -> None:
    """Two people apart: it stays on hold, and somebody is told."""
    books = book((floor, floor.hold(at=1)), (night, night.release(at=2)))
    assert books.holds()[LOT][0] is True
    assert ("hold_disputed", f"hold:{LOT}") in books.troubles()


@pytest.mark.requirement("S10")
def test_a_release_that_knew_only_one_of_two_holds_lifts_only_that(book: Any, floor: Phone, night: Phone) -> None:
    first, second = floor.hold(at=1), night.hold(at=2)
    other = Phone(8, "KIRAN-FL")
    books = book((floor, first), (night, second), (other, other.release(at=3, after=(first,))))
    assert books.holds()[LOT][0] is True


@pytest.mark.requirement("S10")
def test_one_person_offline_holds_and_releases_and_that_is_that(book: Any, floor: Phone) -> None:
    """Its own sequence says which came last."""
    books = book((floor, floor.hold(at=1)), (floor, floor.release(at=2)))
    assert books.holds()[LOT][0] is False


@pytest.mark.requirement("S10", "J4")
@pytest.mark.parametrize("knew", [True, False])
def test_a_use_after_a_hold_is_listed_with_whether_its_author_could_know(
    book: Any, floor: Phone, night: Phone, knew: bool
) -> None:
    """The use counts, since it happened; what is made of it is for a person to say."""
    born, held = floor.commission("D1", at=0, to=FL), floor.hold(at=1)
    used = night.consume("D1", at=2, after=(held,) if knew else ())
    books = book((floor, born), (floor, held), (night, used))
    assert books.at("run:R-12") == 5_000
    kind = "used_while_held" if knew else "used_hold_unknown"
    assert [key for key in books.troubles() if key[0].startswith("used_")] == [(kind, f"hold:{LOT}")]


@pytest.mark.requirement("S10")
def test_a_use_that_was_over_before_the_hold_is_nobodys_fault(book: Any, floor: Phone, night: Phone) -> None:
    """The clocks were compared with the server's; their intervals do not touch."""
    clock = {"offset": 0, "offset_age": 0, "round_trip": 10, "boot": "b", "mono": 1}
    used = night.consume("D1", at=0, clock=clock | {"at": [1_000, 0], "wall": 1_000})
    held = floor.hold(at=1, clock=clock | {"at": [90_000, 0], "wall": 90_000})
    books = book((night, used), (floor, held))
    assert not [key for key in books.troubles() if key[0].startswith("used_")]


@pytest.mark.requirement("S10", "S6")
def test_a_hold_that_was_taken_back_holds_nothing(book: Any, floor: Phone, night: Phone) -> None:
    """And uses of the lot are nobody's fault any more."""
    held = floor.hold(at=1)
    books = book((floor, held), (floor, floor.void(held, at=2)), (night, night.consume("D1", at=3)))
    assert books.holds() == {}
    assert not [key for key in books.troubles() if key[0].startswith("used_")]


@pytest.mark.requirement("S10")
def test_one_unit_can_be_on_hold_while_its_lot_is_free(book: Any, floor: Phone, night: Phone) -> None:
    held = floor.hold("D1", at=1)
    books = book((floor, held), (night, night.consume("D2", at=2)), (night, night.consume("D1", at=3)))
    assert books.holds()["unit:D1"][0] is True
    assert ("used_hold_unknown", "hold:unit:D1") in books.troubles()


# --- counts


@pytest.mark.requirement("S10", "S3")
def test_a_count_of_loose_stock_sets_what_was_seen(book: Any, floor: Phone) -> None:
    """The difference goes to *adjusted*, and somebody looks."""
    came = floor.receive(None, "TR-1", at=1, material=material(1_000))
    counted = floor.count(None, 940, at=2)
    books = book((floor, came), (floor, counted))
    assert (books.at(FL), books.at("adjusted")) == (940, 60)
    assert books.code(counted) == "count_differs"


@pytest.mark.requirement("S10")
def test_a_late_movement_from_before_a_count_changes_the_adjustment_not_the_balance(
    tmp_path: Path, floor: Phone, night: Phone
) -> None:
    """A use that was done before the count, and reported after it, explains the difference."""
    books = Books(tmp_path)
    came = floor.receive(None, "TR-1", at=1, material=material(1_000))
    used = night.consume(None, 60, at=2)
    counted = floor.count(None, 940, at=3)
    for phone, kept in ((floor, came), (floor, counted)):
        books.take(single(phone, kept))
    assert (books.at(FL), books.at("adjusted")) == (940, 60)
    books.take(single(night, used))
    assert (books.at(FL), books.at("adjusted"), books.at("run:R-12")) == (940, 0, 60)
    assert books.code(counted) is None
    later = night.consume(None, 40, at=4)
    books.take(single(night, later))
    assert books.at(FL) == 900
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S10")
def test_two_counts_at_once_are_both_kept_and_somebody_counts_again(book: Any, floor: Phone, night: Phone) -> None:
    """Neither knew of the other and their clocks cannot tell which was first."""
    came = floor.receive(None, "TR-1", at=1, material=material(1_000))
    one, two = floor.count(None, 900, at=2), night.count(None, 950, at=3)
    books = book((floor, came), (floor, one), (night, two))
    assert books.at(FL) == 950
    assert books.code(two) == "counts_overlap"


@pytest.mark.requirement("S10")
def test_a_count_of_nothing_empties_the_place(book: Any, floor: Phone) -> None:
    came = floor.receive(None, "TR-1", at=1, material=material(1_000))
    books = book((floor, came), (floor, floor.count(None, 0, at=2)))
    assert (books.at(FL), books.at("adjusted")) == (0, 1_000)


@pytest.mark.requirement("S10")
def test_a_count_of_a_unit_finds_it_where_it_is_and_as_it_is(book: Any, floor: Phone) -> None:
    """It was thought to be in the warehouse, and full."""
    dock = Phone(1)
    counted = floor.count("D1", 24_000, at=2)
    books = book((dock, dock.commission("D1", at=0)), (floor, counted))
    assert (books.at(WH), books.at(FL), books.at("adjusted")) == (0, 24_000, 1_000)
    assert books.code(counted) == "count_differs"


# --- phones that were switched off


@pytest.mark.requirement("S11")
def test_what_a_lost_phone_recorded_up_to_the_cut_stands_and_the_rest_waits(
    book: Any, floor: Phone, desk: Phone
) -> None:
    """There is no grace period: somebody admits what lies behind the cut, or nobody does."""
    before, after = floor.commission("D1", at=0, to=FL), floor.commission("D2", at=1, to=FL)
    revoked = desk.revoke(floor, 1, at=2)
    books = book((floor, before), (floor, after), (desk, revoked))
    assert books.at(FL) == 25_000
    assert books.code(after) == "device_cut_off"
    assert ("device_cut_off", "unit:D2") in books.troubles()
    books = book((floor, before), (floor, after), (desk, revoked), (desk, desk.admit(floor, after, at=3)))
    assert books.at(FL) == 50_000
    assert books.troubles() == {}


@pytest.mark.requirement("S11")
def test_only_a_desk_can_switch_a_phone_off(book: Any, floor: Phone, night: Phone) -> None:
    attempt = night.revoke(floor, 0, at=2)
    books = book((floor, floor.commission("D1", at=0, to=FL)), (night, attempt))
    assert books.at(FL) == 25_000
    assert books.code(attempt) == "not_a_desk"


@pytest.mark.requirement("S11", "S6")
def test_an_undo_from_behind_the_cut_undoes_nothing(book: Any, floor: Phone, desk: Phone) -> None:
    """Who stole the phone cannot take back what its owner scanned."""
    born = floor.commission("D1", at=0, to=FL)
    undo = floor.void(born, at=1)
    books = book((floor, born), (floor, undo), (desk, desk.revoke(floor, 1, at=2)))
    assert books.at(FL) == 25_000
    assert books.code(undo) == "device_cut_off"


# --- exceptions and decisions


@pytest.mark.requirement("S10")
def test_an_exception_closes_itself_when_what_was_missing_arrives(tmp_path: Path, floor: Phone) -> None:
    """A receipt before its dispatch leaves the transfer below zero; the dispatch cures both."""
    dock = Phone(1)
    born, sent, arrived = dock.commission("D1", at=0), dock.dispatch("D1", at=1), floor.receive("D1", at=2)
    books = Books(tmp_path)
    books.take(single(dock, born), single(floor, arrived))
    assert {kind for kind, _ in books.troubles()} == {"receipt_without_dispatch", "below_zero"}
    books.take(single(dock, sent))
    assert books.troubles() == {}


@pytest.mark.requirement("S10")
def test_a_decision_closes_an_exception_until_there_is_other_evidence(
    tmp_path: Path, floor: Phone, night: Phone, desk: Phone
) -> None:
    """The note was made on what was known then; one more use after empty opens it again."""
    born = floor.commission("D1", at=0, to=FL)
    empty, more = floor.consume("D1", 20_000, at=1, emptied=True), night.consume("D1", 3_000, at=2)
    books = Books(tmp_path)
    books.take(single(floor, born), single(floor, empty), single(night, more))
    trouble = books.trouble("used_after_empty")
    assert trouble is not None
    decided = desk.decide(trouble, at=3)
    books.take(single(desk, decided))
    assert books.trouble("used_after_empty") is None
    assert books.troubles()["used_after_empty", "unit:D1"][-1] == decided.id
    books.take(single(night, night.consume("D1", 1_000, at=4)))
    assert books.trouble("used_after_empty") is not None
    assert check_connection(books.connection) == []


@pytest.mark.requirement("S10")
def test_a_decision_that_overtakes_its_exception_still_closes_it(book: Any, floor: Phone, desk: Phone) -> None:
    """Any order of arrival: the decision names what it was made on."""
    used = floor.consume("D1", at=1)
    decided = desk.decide(Trouble("unit_unknown", "unit:D1", (used.id,)), at=2)
    books = book((floor, used), (desk, decided))
    assert books.troubles()["unit_unknown", "unit:D1"][-1] == decided.id


@pytest.mark.requirement("S10")
def test_a_floor_phone_cannot_close_an_exception(book: Any, floor: Phone, night: Phone) -> None:
    used = floor.consume("D1", at=1)
    attempt = night.decide(Trouble("unit_unknown", "unit:D1", (used.id,)), at=2)
    books = book((floor, used), (night, attempt))
    assert books.trouble("unit_unknown") is not None
    assert books.code(attempt) == "not_a_desk"


@pytest.mark.requirement("S10")
def test_a_receipt_that_differs_shows_the_sender_as_the_other_side_and_by_how_much(book: Any, floor: Phone) -> None:
    dock = Phone(1)
    born, sent = dock.commission("D1"), dock.dispatch("D1", at=1)
    came = floor.receive("D1", at=2, material=material(24_000, obtained="counted"))
    trouble = book((dock, born), (dock, sent), (floor, came)).trouble("quantity_differs")
    assert set(trouble.participants) == {sent.id, came.id}
    assert trouble.detail == "24000/25000"


@pytest.mark.requirement("S10")
def test_two_people_who_count_one_arrival_differently_are_both_sides_of_one_exception(
    book: Any, floor: Phone, night: Phone
) -> None:
    dock = Phone(1)
    born, sent = dock.commission("D1"), dock.dispatch("D1", at=1)
    first = floor.receive("D1", at=2, material=material(24_000, obtained="counted"))
    second = night.receive("D1", at=3, material=material(20_000, obtained="counted"))
    trouble = book((dock, born), (dock, sent), (floor, first), (night, second)).trouble("quantity_differs")
    assert {first.id, second.id} < set(trouble.participants)
    assert trouble.detail == "20000/24000", "the larger of the two differences"


@pytest.mark.requirement("S10", "S5")
def test_a_desk_takes_back_anybodys_scan_a_colleagues_phone_does_not(
    book: Any, floor: Phone, night: Phone, desk: Phone
) -> None:
    born = floor.commission("D1", to=FL)
    at_desk, at_phone = desk.void(born, at=1), night.void(born, at=2)
    books = book((floor, born), (desk, at_desk), (night, at_phone))
    assert (books.code(born), books.code(at_desk), books.code(at_phone)) == ("undone", None, "undo_not_yours")


@pytest.mark.requirement("S10", "S7")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_exception_says_in_plain_words_what_it_is_and_what_can_be_done(kind: str) -> None:
    meaning = KINDS[kind]
    assert 0 < len(meaning.sentence) <= 140
    assert 0 < len(meaning.advice) <= 140
    assert 0 < len(name_of(kind)) <= 30
    assert meaning.choices
    assert set(meaning.choices) <= CHOICES.keys()


# --- moved and scrapped


@pytest.mark.requirement("S3")
def test_a_unit_is_where_it_was_put_last(book: Any, floor: Phone) -> None:
    books = book((floor, floor.commission("D1", at=0, to=FL)), (floor, floor.move("D1", at=1, to=WH)))
    assert (books.at(FL), books.at(WH)) == (0, 25_000)


@pytest.mark.requirement("S3")
def test_what_is_spilled_is_scrapped_and_stays_on_the_books_as_such(book: Any, floor: Phone) -> None:
    books = book((floor, floor.commission("D1", at=0, to=FL)), (floor, floor.scrap("D1", 1_000, at=1)))
    assert (books.at(FL), books.at("scrapped")) == (24_000, 1_000)
