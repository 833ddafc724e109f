"""Suppliers' own codes: taught by one example, read on every phone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.refusal import LabelRefused
from labels.supplier_code import Read, Taught, read_supplier_code, teach

pytestmark = pytest.mark.requirement("S2")

VECTORS = json.loads((Path(__file__).parent / "vectors" / "supplier_codes.json").read_text("utf-8"))
RULES = msgspec.convert(VECTORS["rules"], list[Taught])
codes = st.from_regex(r"[A-Z0-9]{2}[A-Za-z0-9/-]{4,40}", fullmatch=True)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_code_means_what_the_vectors_say(case: dict[str, Any]) -> None:
    assert msgspec.to_builtins(read_supplier_code(case["text"], RULES)) == case["expect"]
    assert msgspec.to_builtins(read_supplier_code(case["text"], RULES[::-1])) == case["expect"]


@given(codes, st.data())
def test_the_example_it_was_taught_by_is_read(code: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(3, len(code)))
    last = data.draw(st.integers(first, len(code)))
    rule = teach(code, "X", first, last)
    assert read_supplier_code(code, [rule]) == Read("X", code[first - 1 : last])
    assert read_supplier_code(code + "0", [rule]) is None


@pytest.mark.parametrize(
    ("example", "first", "last", "code"),
    [
        ("", 3, 4, "supplier_code_unusable"),
        ("A" * 65, 3, 4, "supplier_code_unusable"),
        ("ST\x1d0012", 3, 4, "supplier_code_unusable"),
        ("औषधि-12", 3, 4, "supplier_code_unusable"),
        ("ST0012", 3, 7, "supplier_lot_outside"),
        ("ST0012", 5, 4, "supplier_lot_outside"),
        ("ST0012", 2, 6, "supplier_beginning_short"),
        ("ST0012", -1, 6, "supplier_beginning_short"),
    ],
)
def test_what_could_not_be_recognised_is_not_taught(example: str, first: int, last: int, code: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        teach(example, "X", first, last)
    assert refusal.value.code == code
    assert len(refusal.value.detail) <= 140
