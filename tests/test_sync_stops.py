"""What became of a stop: overruled, already done, or walked away from; the same in every order of arrival."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from floor import FL, OPERATOR, SUPERVISOR, WH, Books, Phone, material, single

from server.intake.books import UnitRow
from server.intake.check import check_connection
from sync.outbox import Kept

Scan = tuple[Phone, Kept]
LOT = "lot:PARA-API/MAK-2026-0142"


@pytest.fixture
def book(tmp_path: Path) -> Any:
    """Book scans in every order of arrival; give the books, which must all agree."""

    def booked(*scans: Scan) -> Books:
        all_books = []
        for n, arrival in enumerate(permutations(scans)):
            books = Books(tmp_path, f"{n}")
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


@pytest.mark.requirement("S5")
def test_a_stop_somebody_walked_away_from_is_in_the_units_history_and_moves_nothing(book: Any, floor: Phone) -> None:
    born = floor.commission("D1", to=FL)
    stopped = floor.record("stopped", operation="consume", unit="D1", stops=["held"], after=(born,))
    books = book((floor, born), (floor, stopped))
    assert books.code(stopped) is None
    assert books.at(FL) == 25_000
    assert books.troubles() == {}
    assert books.units()["D1"][-1] == stopped.id


@pytest.mark.requirement("S5", "F8")
def test_what_was_already_done_against_a_stop_counts_and_a_person_must_look(book: Any, floor: Phone) -> None:
    born = floor.commission("D1", to=FL)
    done = floor.consume("D1", stops=["in_quarantine"], already_done=True, reason="Mixed in before", after=(born,))
    books = book((floor, born), (floor, done))
    assert books.code(done) == "done_against_stop"
    assert books.at("run:R-12") == 5_000
    assert list(books.troubles()) == [("done_against_stop", "unit:D1")]


@pytest.mark.requirement("S5", "F8")
def test_what_was_already_done_with_loose_material_is_looked_at_too(book: Any, floor: Phone) -> None:
    done = floor.consume(None, stops=["rejected"], already_done=True, reason="Mixed in before")
    books = book((floor, done))
    assert books.code(done) == "done_against_stop"
    assert ("done_against_stop", f"event:{done.id.hex()}") in books.troubles()


@pytest.mark.requirement("F8", "S6")
def test_taking_back_what_was_done_against_a_stop_takes_the_question_back_too(book: Any, floor: Phone) -> None:
    born = floor.commission("D1", to=FL)
    done = floor.consume("D1", stops=["held"], already_done=True, reason="Mixed in before", after=(born,))
    void = floor.void(done)
    books = book((floor, born), (floor, done), (floor, void))
    assert books.code(done) == "undone"
    assert books.troubles() == {}


@pytest.mark.requirement("S5", "F13")
def test_an_overrule_by_a_supervisor_lets_the_scan_settle(book: Any, floor: Phone) -> None:
    born = floor.commission("D1", to=FL)
    used = floor.consume("D1", stops=["other_owner"], overruled=True, second=SUPERVISOR, reason="Agreed", after=(born,))
    books = book((floor, born), (floor, used))
    assert books.code(used) is None
    assert books.troubles() == {}


@pytest.mark.requirement("S5", "F13", "J4")
@pytest.mark.parametrize(("stops", "kinds"), [(["in_quarantine"], []), (["held"], ["used_in_quarantine"])])
def test_an_overrule_answers_for_what_it_was_asked_about_and_nothing_else(
    book: Any, floor: Phone, stops: list[str], kinds: list[str]
) -> None:
    waiting = material(status="quarantine")
    born = floor.record("commissioned", unit="D1", kind="drum", material=waiting, from_="supplier", to=FL)
    used = floor.consume("D1", stops=stops, overruled=True, second=SUPERVISOR, reason="Agreed", after=(born,))
    assert [kind for kind, _ in book((floor, born), (floor, used)).troubles()] == kinds


@pytest.mark.requirement("S5", "F13")
@pytest.mark.parametrize("second", [OPERATOR, None, "self"], ids=["an operator", "nobody", "the same person"])
def test_an_overrule_by_somebody_who_may_not_counts_and_is_looked_at(
    book: Any, floor: Phone, second: str | None
) -> None:
    born = floor.commission("D1", to=FL)
    said = floor.actor.hex() if second == "self" else second
    used = floor.consume("D1", stops=["other_owner"], overruled=True, second=said, reason="Agreed", after=(born,))
    books = book((floor, born), (floor, used))
    assert books.at("run:R-12") == 5_000
    assert list(books.troubles()) == [("overruled_without_right", "unit:D1")]


@pytest.mark.requirement("S5", "J4")
def test_a_supervisor_who_is_the_one_stopped_cannot_overrule_alone(book: Any) -> None:
    floor = Phone(2, "KIRAN-FL")
    floor.actor = bytes.fromhex(SUPERVISOR)
    used = floor.consume("D1", stops=["held"], overruled=True, second=SUPERVISOR, reason="Agreed")
    assert ("overruled_without_right", "unit:D1") in book((floor, used)).troubles()


@pytest.mark.requirement("S5", "S10", "J4")
@pytest.mark.parametrize("stops", [["held"], ["in_quarantine"]])
def test_who_was_stopped_by_a_hold_knew_of_it(book: Any, floor: Phone, night: Phone, stops: list[str]) -> None:
    born = floor.commission("D1", to=FL)
    hold = night.hold(at=5_000)
    used = floor.consume("D1", stops=stops, overruled=True, second=SUPERVISOR, reason="Agreed", at=90_000)
    books = book((floor, born), (night, hold), (floor, used))
    kind = "used_while_held" if stops == ["held"] else "used_hold_unknown"
    assert [key for key in books.troubles() if key[0].startswith("used_")] == [(kind, f"hold:{LOT}")]


@pytest.mark.requirement("S5", "F5")
@pytest.mark.parametrize("type_", ["commissioned", "produced"])
def test_a_unit_keeps_the_last_day_its_label_says(book: Any, floor: Phone, type_: str) -> None:
    phone = Phone(1)
    born = phone.record(
        type_, unit="D1", kind="drum", from_="made", to=WH, expires_on="2026-11-30", material=material()
    )
    sent = phone.dispatch("D1", after=(born,))
    books = book((phone, born), (phone, sent), (floor, floor.receive("D1")))
    assert books.units()["D1"][UnitRow._fields.index("expires_on")] == "2026-11-30"
