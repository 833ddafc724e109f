"""The rule table, on the same vectors as the phone's twin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sync.rules import RULES, Act, Known, judge

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rules.json").read_text())


@pytest.mark.requirement("S4")
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["act"]["operation"])
def test_each_vector_gets_its_remarks(case: dict[str, dict[str, object]]) -> None:
    """Phone and server warn of the same things, in the same order."""
    quantity = case["act"]["quantity"]
    known = Known(**case["known"] | {"quantity": int(str(case["known"]["quantity"]))})  # type: ignore[arg-type]
    act = Act(**case["act"] | {"quantity": None if quantity is None else int(str(quantity))})  # type: ignore[arg-type]
    assert [list(remark) for remark in judge(known, act)] == case["remarks"]


def test_the_vectors_name_every_rule_in_order() -> None:
    """A rule added on one side only fails here."""
    assert [rule.__name__ for rule in RULES] == VECTORS["codes"]


def test_every_rule_says_in_a_sentence_what_it_is_for() -> None:
    """A newcomer finds any rule in a minute."""
    assert all(rule.__doc__ and rule.__doc__.strip().endswith(".") for rule in RULES)
