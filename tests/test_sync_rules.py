"""The table of stops, questions and notes, on the same vectors as the phone's twin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import rule_table

from sync.rules import OPERATIONS, OVERRULERS, TABLE, Act, Known, judge, may_overrule

VECTORS = json.loads((Path(__file__).parent / "vectors" / "rules.json").read_text())
NEVER_STOPPED = ("receive", "return", "move", "count", "scrap", "goods_in", "produce", "pack", "unpack")
STOPPING = {"held", "rejected", "in_quarantine", "expired", "other_owner", "off_bom"}


def known(said: dict[str, Any]) -> Known:
    """Give what the phone knows: a sound unit, unless a vector says otherwise."""
    whole = VECTORS["plain"]["known"] | said
    return Known(**whole | {"quantity": int(whole["quantity"])})


def act(said: dict[str, Any], **more: str) -> Act:
    """Give what is about to be recorded."""
    whole = VECTORS["plain"]["act"] | said | more
    numbers = {name: None if whole[name] is None else int(whole[name]) for name in ("quantity", "most", "tolerance")}
    items = None if whole["items"] is None else tuple(whole["items"])
    return Act(**whole | numbers | {"items": items})


@pytest.mark.requirement("S4", "S5")
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["act"]["operation"])
def test_each_vector_gets_its_remarks(case: dict[str, Any]) -> None:
    """Phone and server warn of the same things, in the same order."""
    assert [list(remark) for remark in judge(known(case["known"]), act(case["act"]))] == case["remarks"]


@pytest.mark.requirement("S5")
@pytest.mark.parametrize("scene", VECTORS["scenes"], ids=lambda scene: scene["name"])
def test_in_each_scene_just_its_conditions_hold_and_every_operation_hears_of_them(scene: dict[str, Any]) -> None:
    unit, plain = known(scene["known"]), act(scene["act"], operation="consume")
    assert [condition.__name__ for condition in TABLE if condition(unit, plain)] == scene["holds"]
    for operation in OPERATIONS:
        heard = judge(unit, act(scene["act"], operation=operation))
        due = {code: row[operation] for code, row in VECTORS["table"].items() if operation in row}
        assert {remark.code: remark.level for remark in heard} == {
            code: level for code, level in due.items() if code in scene["holds"]
        }


@pytest.mark.requirement("S5")
def test_the_table_is_the_one_the_vectors_say() -> None:
    """A rule added, or a level changed, on one side only fails here."""
    assert {condition.__name__: dict(row) for condition, row in TABLE.items()} == VECTORS["table"]
    assert [condition.__name__ for condition in TABLE] == [*VECTORS["table"]]
    assert [*OPERATIONS] == VECTORS["operations"]
    assert sorted(OVERRULERS) == VECTORS["overrulers"]


@pytest.mark.requirement("S5", "J4", "N5")
def test_what_must_not_go_into_product_stops_use_and_dispatch_and_nothing_else_ever_stops() -> None:
    rows = {condition.__name__: row for condition, row in TABLE.items()}
    stopped = {code: {operation for operation in row if row[operation] == "stop"} for code, row in rows.items()}
    assert {code: operations for code, operations in stopped.items() if operations} == {
        code: {"consume", "dispatch"} for code in STOPPING
    }
    assert set(OPERATIONS) == {"consume", "dispatch", *NEVER_STOPPED}


@pytest.mark.requirement("S5")
def test_every_condition_has_a_scene_of_its_own() -> None:
    shown = {code for scene in VECTORS["scenes"] for code in scene["holds"]}
    assert shown == {condition.__name__ for condition in TABLE}


@pytest.mark.requirement("S5", "F13")
def test_only_another_person_of_a_role_that_may_overrules() -> None:
    assert may_overrule("supervisor", second="b" * 32, actor="a" * 32)
    assert may_overrule("quality", second="b" * 32, actor="a" * 32)
    assert not may_overrule("operator", second="b" * 32, actor="a" * 32)
    assert not may_overrule("supervisor", second="a" * 32, actor="a" * 32)


def test_every_condition_says_in_a_sentence_when_it_holds() -> None:
    """A newcomer finds any rule in a minute."""
    assert all(condition.__doc__ and condition.__doc__.strip().endswith(".") for condition in TABLE)


@pytest.mark.requirement("S5")
def test_the_printed_table_is_not_stale() -> None:
    assert rule_table.PAGE.read_text("utf-8") == rule_table.page(), "Run: make docs"
