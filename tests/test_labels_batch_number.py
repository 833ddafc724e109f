"""Numbers on papers, and the codes that stand for them in symbols."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.batch_number import NUMBER_LENGTH_MAX, as_written, batch_code, folded
from labels.identity import BareCode, is_code, parse
from labels.refusal import LabelRefused

pytestmark = pytest.mark.requirement("L1")

numbers = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=NUMBER_LENGTH_MAX
).filter(str.isprintable)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("MAK-2026-0142", "MAK-2026-0142"),
        ("mak-2026-0142", "MAK-2026-0142"),
        ("MAK/26-27/0142", "MAK-26-27-0142"),
        ("MAK / 26-27 / 0142", "MAK-26-27-0142"),
        ("B_12 (A)", "B-12-A"),
        ("#7", "7"),
    ],
)
def test_a_number_keeps_its_letters_and_digits(number: str, code: str) -> None:
    assert batch_code(number) == code


@given(numbers)
def test_every_number_gets_a_code_that_scans(number: str) -> None:
    code = batch_code(number)
    assert is_code(code)
    assert parse(code, "typed") == BareCode(code)


def test_a_number_like_a_wrong_serial_of_ours_gets_a_code_that_is_none() -> None:
    code = batch_code("U03K4QX-0001C")
    assert code != "U03K4QX-0001C"
    assert parse(code, "typed") == BareCode(code)


@given(numbers, numbers)
def test_numbers_that_lose_more_than_punctuation_are_told_apart(one: str, other: str) -> None:
    """A number of another script or of more than twenty characters gets five computed ones."""
    prefix = "औषधि-2026-"
    if folded(one) != folded(other):
        assert batch_code(prefix + one) != batch_code(prefix + other)


def test_a_long_number_keeps_its_end() -> None:
    code = batch_code("MAKERS OF MEDICINES/2026/0142")
    assert len(code) == 20
    assert code.startswith("INES-2026-0142-")
    assert code != batch_code("MAKERS OF VACCINES/2026/0142")


@given(numbers)
def test_a_number_is_the_same_in_small_letters_and_with_more_blanks(number: str) -> None:
    assert batch_code(number) == batch_code(f"  {number} ")
    if number.isascii():
        assert batch_code(number.lower()) == batch_code(number.upper())


@pytest.mark.parametrize("text", ["", " ", "\t", "A\u200b1", "A" * 33])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        as_written(text)
    assert refusal.value.code == "batch_number_unusable"
    assert len(refusal.value.detail) <= 140


def test_a_number_is_kept_as_it_was_written() -> None:
    assert as_written("  MAK/26-27  /0142 ") == "MAK/26-27 /0142"
