"""What a decision leads to: proposals that, once a desk has recorded them, have just the effect their button names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from floor import BATCH, FL, ITEM, Books, Phone, single

from server.intake.check import check_connection
from sync.chain import fingerprint
from sync.event import read
from sync.exception import CHOICES
from sync.order import Stored, stored
from sync.outbox import Kept
from sync.remedy import Case, Proposed, remedy

LOT = f"lot:{ITEM}/{BATCH}"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


@pytest.fixture
def floor() -> Phone:
    return Phone(2, "KIRAN-FL")


@pytest.fixture
def desk() -> Phone:
    return Phone(9, "NEEM-FL")


def take(books: Books, *scans: tuple[Phone, Kept]) -> None:
    for phone, kept in scans:
        books.take(single(phone, kept))
    assert check_connection(books.connection) == []


def evidence(*scans: tuple[Phone, Kept]) -> list[Stored]:
    return [
        stored(n, kept.id, fingerprint(kept.body), phone.id, kept.inc, kept.seq, read(kept.body))
        for n, (phone, kept) in enumerate(scans)
    ]


def record(desk: Phone, proposed: Proposed, known: dict[str, Kept], at: int) -> Kept:
    """Record a proposal as the desk does."""
    body = dict(proposed.body)
    return desk.record(body.pop("type"), at=at, after=tuple(known[i] for i in proposed.knows), **body)


@pytest.mark.requirement("S10", "A5")
def test_admitting_lets_the_scans_of_a_phone_switched_off_count(books: Books, floor: Phone, desk: Phone) -> None:
    off, late = desk.revoke(floor, 0), floor.commission("D1", at=1, to=FL)
    take(books, (desk, off), (floor, late))
    assert books.at(FL) == 0
    (proposed,) = remedy("admit", Case(evidence((desk, off), (floor, late)), {}, {}))
    take(books, (desk, record(desk, proposed, {}, at=2)))
    assert (books.at(FL), books.trouble("device_cut_off")) == (25_000, None)


@pytest.mark.requirement("S10", "S5")
@pytest.mark.parametrize(("choice", "is_held"), [("release", False), ("keep_held", True)])
def test_a_disputed_hold_is_settled_by_a_word_that_knows_all_others(
    books: Books, floor: Phone, desk: Phone, choice: str, is_held: bool
) -> None:
    first = floor.hold()
    lifted = desk.release(at=1, after=(first,))
    second = floor.hold(at=2)
    take(books, (floor, first), (desk, lifted), (floor, second))
    assert books.trouble("hold_disputed") is not None
    known = {kept.id.hex(): kept for kept in (lifted, second)}
    (proposed,) = remedy(choice, Case(evidence((desk, lifted), (floor, second)), {}, {LOT: sorted(known)}))
    take(books, (desk, record(desk, proposed, known, at=3)))
    assert (books.holds()[LOT][0], books.trouble("hold_disputed")) == (is_held, None)


@pytest.mark.requirement("S10", "J4")
def test_holding_the_output_holds_what_the_run_has_made(books: Books, floor: Phone, desk: Phone) -> None:
    held, used = desk.hold(), floor.consume("D1", at=1)
    case = Case(evidence((desk, held), (floor, used)), {"R-12": ("MAKE", "MAK-9")}, {})
    (proposed,) = remedy("hold_output", case)
    take(books, (desk, held), (floor, used), (desk, record(desk, proposed, {}, at=2)))
    assert books.holds()["lot:MAKE/MAK-9"][0] is True


@pytest.mark.requirement("F8", "J4")
def test_releasing_the_output_lifts_the_hold_that_came_with_what_was_already_done(
    books: Books, floor: Phone, desk: Phone
) -> None:
    used = floor.consume("D1", stops=["held"], already_done=True, reason="Mixed in before")
    held = floor.record("held", at=1, item="MAKE", batch="MAK-9", reason="Mixed in before")
    lot = "lot:MAKE/MAK-9"
    case = Case(evidence((floor, used)), {"R-12": ("MAKE", "MAK-9")}, {lot: [held.id.hex()]})
    (proposed,) = remedy("release_output", case)
    take(books, (floor, used), (floor, held))
    assert books.holds()[lot][0] is True
    take(books, (desk, record(desk, proposed, {held.id.hex(): held}, at=2)))
    assert books.holds()[lot][0] is False


def test_a_run_nobody_knows_and_a_choice_that_only_takes_note_propose_nothing(floor: Phone) -> None:
    case = Case(evidence((floor, floor.consume("D1"))), {}, {})
    assert [remedy(choice, case) for choice in ("hold_output", "accept", "count_again", "take_back")] == [[]] * 4


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_has_a_label_short_enough_for_a_button(choice: str) -> None:
    meaning: Any = CHOICES[choice]
    assert 0 < len(meaning.label) <= 34
