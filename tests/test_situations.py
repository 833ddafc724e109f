"""What happens on floors, one situation a test: the test's name is the sentence, the vector says what must come of it.

Each set of events is put to `sync.resolve`, to the oracle, and to the real writer on real tables, in every order of
arrival if they are few, else in many random groups with repetitions. All must say what the vector says, and the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from itertools import islice, permutations
from pathlib import Path
from typing import Any

import pytest
from floor import Books, shuffled_runs, single
from played import Made, Story
from simulation.judged import linked, put_together, told
from simulation.oracle import Whole
from simulation.oracle_units import UnitTold
from situations import Situation, situations

from server.intake.check import check_connection

RESOLVED_IN_FULL = 6
"""So many events are resolved in every order; of more, so many orders are drawn."""
ORDERS = 300
BOOKED_IN_FULL = 3
GROUPINGS = 6


def shown(whole: Whole, story: Story) -> dict[str, Any]:
    """Write what came of a set of events as a vector does."""
    (shelves, units, endings), holds, troubles = whole
    stock: dict[str, int] = {}
    for (place, *_), quantity in shelves.items():
        stock[place] = stock.get(place, 0) + quantity
    names = story.names()
    ended = {}
    for body, (code, by, place) in endings.items():
        words = [code, *(["by", story.name_of(by)] if by else []), *(["at", place] if place else [])]
        ended[names[body]] = " ".join(words)
    return {
        "stock": {place: quantity for place, quantity in stock.items() if quantity},
        "units": {serial: UnitTold(*unit)._asdict() for serial, unit in units.items()},
        "endings": ended,
        "holds": {register: is_held for register, (is_held, _) in holds.items()},
        "exceptions": {key: (ids, detail, by) for key, (ids, detail, by) in troubles.items()},
    }


def matches(whole: Whole, story: Story, due: dict[str, Any]) -> None:
    """Hold what came of a set of events against what a vector says must."""
    came = shown(whole, story)
    assert came["stock"] == due["stock"]
    for serial, unit in due.get("units", {}).items():
        assert {key: came["units"][serial][key] for key in unit} == unit, serial
    assert came["endings"] == due.get("endings", {})
    assert came["holds"] == due.get("holds", {})
    expected = {}
    for said in due.get("exceptions", []):
        trouble = story.trouble(said)
        decided = story.made[said["decided"]][1].id if "decided" in said else None
        expected[trouble.kind, trouble.subject] = trouble.participants, trouble.detail, decided
    assert came["exceptions"] == expected


def resolved_in_every_order(made: Made) -> Whole:
    """Resolve a set in every order it can be read in; all must come to the same."""
    events = linked(made)
    if len(events) <= RESOLVED_IN_FULL:
        orders: Sequence[Any] = list(permutations(events))
    else:
        rng = random.Random(len(events))
        orders = [rng.sample(events, k=len(events)) for _ in range(ORDERS)]
    first = put_together(list(orders[0]))
    assert all(put_together(list(order)) == first for order in islice(orders, 1, None))
    return first


def booked_in_every_order(folder: Path, made: Made) -> Whole:
    """Hand a set to the real writer; after every push the books must equal a refold, and all must come to the same."""
    if len(made) <= BOOKED_IN_FULL:
        arrivals = [[[single(phone, kept)] for phone, kept in order] for order in permutations(made)]
    else:
        arrivals = [[[single(phone, kept)] for phone, kept in order] for order in (made, made[::-1])]
        arrivals += [shuffled_runs(random.Random(seed), made) for seed in range(GROUPINGS)]
    pictures = []
    for n, arrival in enumerate(arrivals):
        books = Books(folder, f"{len(made)}-{n}")
        for group in arrival:
            books.take(*group)
            assert check_connection(books.connection) == []
        pictures.append((books.picture(), books.whole()))
        books.throw_away()
    assert all(picture == pictures[0] for picture in pictures)
    return pictures[0][1]  # type: ignore[no-any-return]


def _test_of(situation: Situation) -> Callable[[Path], None]:
    def test(tmp_path: Path) -> None:
        story = Story(situation)
        for left_out, due in situation.moments():
            made = story.without(left_out)
            oracle = told(made)
            matches(oracle, story, due)
            assert resolved_in_every_order(made) == oracle
            assert booked_in_every_order(tmp_path, made) == oracle
        for name, expected in story.judged(situation.told.get("context", {})):
            assert expected == (situation.told["then"]["remarks"][name],) * 2, name

    test.__doc__ = situation.told.get("why", situation.sentence)
    test.__name__ = situation.test
    return pytest.mark.requirement(*situation.requirements)(test)


for _situation in situations():
    assert _situation.test not in globals(), _situation.sentence
    globals()[_situation.test] = _test_of(_situation)


@pytest.mark.requirement("S10")
def test_every_vector_is_a_situation_of_its_own_in_words() -> None:
    """A sentence, and nothing that is asked of no one."""
    told = [situation.told for situation in situations()]
    assert len(told) > 60
    known = {"situation", "why", "requirements", "phones", "events", "then", "before", "context"}
    assert [json.dumps(one) for one in told if set(one) - known] == []
