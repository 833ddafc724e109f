"""Differences small enough that nobody need look at them, per item and place.

A tolerance never changes what a scan comes to: books, endings and exceptions are the same with and without it. It says
only which exceptions an inbox shows folded away and leaves out of its count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HUNDREDTHS_OF_ALL = 10_000
"""Hundredths of a percent that make the whole."""


class Difference(NamedTuple):
    """A quantity somebody found where the books expected another one; smallest units."""

    found: int
    expected: int
    against: int | None = None
    """The shell's handle of the event whose word it contradicts, if that is one event."""

    @property
    def size(self) -> int:
        """Give how far apart they are."""
        return abs(self.found - self.expected)

    @property
    def detail(self) -> str:
        """Write it as the detail of an exception: it is part of what a decision is made on."""
        return f"{self.found}/{self.expected}"


def difference_in(detail: str) -> Difference | None:
    """Read the difference out of an exception's detail; what is below zero was expected to be nothing at least."""
    if not detail:
        return None
    found, _, expected = detail.partition("/")
    return Difference(int(found), int(expected or 0))


class Tolerance(NamedTuple):
    """How far a quantity of an item at a place may be off; null stands for any item, or any place."""

    item: str | None
    place: str | None
    percent_hundredths: int | None
    """Of what was expected, in hundredths of a percent; null: no such limit."""
    quantity: int | None
    """Smallest units; null: no such limit."""


def winner(tolerances: Sequence[Tolerance], item: str | None, place: str | None) -> Tolerance | None:
    """Give the one that counts: the most specific; a row for the item is more specific than one for the place."""
    fitting = [t for t in tolerances if t.item in (None, item) and t.place in (None, place)]
    return max(fitting, key=lambda t: (t.item is not None, t.place is not None), default=None)


def is_within(tolerances: Sequence[Tolerance], difference: Difference, item: str | None, place: str | None) -> bool:
    """Say whether a difference is small enough: within every limit that the most specific row sets."""
    chosen = winner(tolerances, item, place)
    if chosen is None or (chosen.percent_hundredths is None and chosen.quantity is None):
        return False
    allowed = []
    if chosen.quantity is not None:
        allowed.append(difference.size <= chosen.quantity)
    if chosen.percent_hundredths is not None:
        share = chosen.percent_hundredths * abs(difference.expected)
        allowed.append(difference.size * HUNDREDTHS_OF_ALL <= share)
    return all(allowed)
