"""Which differences nobody need look at: the most specific row counts, and every limit it sets."""

import pytest

from sync.tolerance import Difference, Tolerance, difference_in, is_within

ANY = Tolerance(None, None, 100, None)
STARCH = Tolerance("STARCH", None, 50, 5_000)
AT_KIRAN = Tolerance(None, "KIRAN-FL", 1_000, None)
STARCH_AT_KIRAN = Tolerance("STARCH", "KIRAN-FL", None, 0)
ALL = (ANY, STARCH, AT_KIRAN, STARCH_AT_KIRAN)


def apart(size: int, expected: int = 1_000_000) -> Difference:
    return Difference(expected - size, expected)


@pytest.mark.requirement("S10")
@pytest.mark.parametrize(
    ("item", "place", "largest"),
    [
        ("SUGAR", "PUNE", 10_000),
        ("SUGAR", "KIRAN-FL", 100_000),
        ("STARCH", "PUNE", 5_000),
        ("STARCH", "KIRAN-FL", 0),
        (None, None, 10_000),
    ],
)
def test_the_most_specific_row_says_how_large_a_difference_may_be(
    item: str | None, place: str | None, largest: int
) -> None:
    assert is_within(ALL, apart(largest), item, place)
    assert is_within(ALL, apart(-largest), item, place)
    assert not is_within(ALL, apart(largest + 1), item, place)


@pytest.mark.requirement("S10")
def test_both_limits_of_a_row_must_be_kept() -> None:
    assert is_within((STARCH,), apart(5_000), "STARCH", None)
    assert not is_within((STARCH,), apart(5_001), "STARCH", None), "more than the quantity allowed"
    assert not is_within((STARCH,), apart(600, 100_000), "STARCH", None), "more than half a percent"


@pytest.mark.requirement("S10")
def test_without_a_row_that_fits_or_a_limit_in_it_every_difference_is_looked_at() -> None:
    assert not is_within((), apart(0), "STARCH", None)
    assert not is_within((STARCH,), apart(0), "SUGAR", None)
    assert not is_within((Tolerance(None, None, None, None),), apart(0), "STARCH", None)


def test_what_is_written_as_a_detail_is_read_back() -> None:
    assert difference_in(Difference(-3, 10**15, 7).detail) == Difference(-3, 10**15)
    assert difference_in("-500") == Difference(-500, 0), "a bucket below zero was expected to hold nothing at least"
    assert difference_in("") is None
