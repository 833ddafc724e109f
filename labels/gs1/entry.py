"""One line of GS1's dictionary: what an application identifier (AI) such as 10 stands in front of.

In lists of other AIs an `n` stands for any digit: `31nn` is every measure from 3100 to 3199.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Component(NamedTuple):
    """A part of a value: digits (N), the 82 characters (X), capitals (Y) or base64url (Z), in characters."""

    character_set: Literal["N", "X", "Y", "Z"]
    length_min: int
    length_max: int
    is_optional: bool
    checks: tuple[str, ...]


class Entry(NamedTuple):
    """One AI, or a range of AIs that share everything.

    `is_fixed`: no separator follows it. `is_attribute`: it may stand in the query of a Digital Link.
    `needs`: of each list, one group of AIs must be there, all of the group. `key_paths`: None unless it is a
    Digital Link's key; then the qualifiers that may follow it in the path, in order, as alternatives.
    """

    first: str
    last: str
    is_fixed: bool
    is_attribute: bool
    components: tuple[Component, ...]
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]
    key_paths: tuple[tuple[str, ...], ...] | None
