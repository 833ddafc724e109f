"""Quantities are exact, or refused by a code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.quantity import QUANTITY_MAX, base_quantity, counted_quantity, shown, to_base


@pytest.mark.requirement("S9", "F15")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25000000", 25_000_000),
        ("1", 1),
        ("5.000", 5),
        (str(QUANTITY_MAX), QUANTITY_MAX),
        ("0", "quantity_not_positive"),
        ("0.0", "quantity_not_positive"),
        ("-5", "quantity_not_positive"),
        ("1.5", "quantity_too_precise"),
        (str(QUANTITY_MAX + 1), "quantity_too_large"),
        ("9" * 30, "quantity_too_large"),
        ("", "quantity_not_understood"),
        ("1e3", "quantity_not_understood"),
        ("١٢", "quantity_not_understood"),
        ("NaN", "quantity_not_understood"),
        (" 5", "quantity_not_understood"),
        ("9" * 31, "quantity_not_understood"),
    ],
)
def test_a_base_quantity_is_an_exact_integer_or_a_reason(text: str, expected: int | str) -> None:
    """Nothing is rounded: two phones would round differently."""
    assert base_quantity(text) == expected


@given(st.integers(1, 10**12), st.sampled_from([1, 12, 144, 1_000, 1_000_000]))
def test_what_is_shown_is_what_was_entered(base: int, per_unit: int) -> None:
    """Writing a quantity in its unit of measure and reading it back loses nothing, where it can be written at all."""
    text = shown(base, per_unit)
    if per_unit in (1, 1_000, 1_000_000):
        assert to_base(text, per_unit) == base
    assert not text.endswith(".")


@pytest.mark.parametrize(("base", "per_unit", "text"), [(24_500, 1_000, "24.5"), (-1, 1_000, "-0.001"), (7, 1, "7")])
def test_trailing_zeros_are_left_off(base: int, per_unit: int, text: str) -> None:
    """An operator reads 24.5 kg, not 24.500000 kg."""
    assert shown(base, per_unit) == text


@pytest.mark.parametrize(("text", "expected"), [("0", 0), ("0.0000", 0), ("7", 7), ("-1", "quantity_not_positive")])
def test_nothing_at_all_can_be_counted(text: str, expected: int | str) -> None:
    """An empty shelf is an answer; less than nothing is not."""
    assert counted_quantity(text) == expected
