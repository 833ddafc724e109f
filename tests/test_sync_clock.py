"""A device's clock never runs backwards, and nobody else's clock raises it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.clock import Reading, interval, tick

VECTORS = json.loads((Path(__file__).parent / "vectors" / "clock.json").read_text())


@pytest.mark.parametrize("case", VECTORS["tick"])
def test_ticks_agree_with_the_phone(case: dict[str, object]) -> None:
    """The phone's twin reads the same vectors."""
    assert list(tick(tuple(case["last"]), case["wall"], case["offset"])) == case["next"]  # type: ignore[arg-type]


@pytest.mark.parametrize("case", VECTORS["interval"])
def test_intervals_agree_with_the_phone(case: dict[str, object]) -> None:
    """The phone's twin reads the same vectors."""
    reading = Reading(at=(1, 0), mono=1, boot="b", **case["reading"])  # type: ignore[arg-type]
    assert list(interval(reading)) == case["interval"]


@given(st.lists(st.tuples(st.integers(0, 2**42), st.none() | st.integers(-(2**40), 2**40)), min_size=1))
def test_the_clock_rises_whatever_the_wall_clock_does(readings: list[tuple[int, int | None]]) -> None:
    """Somebody sets the phone back an hour, or learns that it was a year ahead: scans keep their order."""
    last = (0, 0)
    for wall, offset in readings:
        following = tick(last, wall, offset)
        assert following > last
        last = following
