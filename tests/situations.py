"""Situations from `tests/vectors/situations/`: who scanned what, knowing of what, and what must come of it.

A vector is one situation. `phones` names who takes part; `events` tells in the order in which things were done what
each of them recorded (`by`), when (`at`, ms after the start), and what of the others' scans they knew (`knows`); `then`
says what must come of the whole set, and `before` of the set without some of them. Ids, clocks and chains are made by
phones as always (`played.py`). Names stand for what is not known when a vector is written: an event's id, a phone's id,
a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parent / "vectors" / "situations"

Said = dict[str, Any]


class Situation(NamedTuple):
    """One vector."""

    sentence: str
    told: Said
    file: str

    @property
    def test(self) -> str:
        """Name its test: the sentence."""
        return "test_" + re.sub(r"[^a-z0-9]+", "_", self.sentence.lower()).strip("_")

    @property
    def requirements(self) -> list[str]:
        """Name the requirements it shows."""
        return list(self.told.get("requirements", ["S10"]))

    def moments(self) -> Iterator[tuple[list[str], Said]]:
        """Give each set of events by what is left out of it, and what must come of it."""
        for moment in self.told.get("before", []):
            yield moment["without"], moment
        yield [], self.told["then"]


def situations() -> Iterator[Situation]:
    """Read every vector."""
    for path in sorted(FOLDER.glob("*.json")):
        for told in json.loads(path.read_text("utf-8")):
            yield Situation(told["situation"], told, path.name)
