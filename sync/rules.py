"""What may be done with what: the table a scan meets before it is saved.

The phone judges with what it knows, early enough to stop a mistake: it *stops* (only a second person's word or the
plain truth that it is already done leads on), *asks* once, or *notes*. What physically happened is never refused: a
receipt, a return, a count, a loss are never stopped. `TABLE` says all of it, condition by condition; each condition is
a small function with a sentence, and its name is the code. The phone has a twin (`pwa/src/core/rules.ts`);
`tests/vectors/rules.json` binds the two, and `docs/stops.md` shows the table to people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, get_args

import msgspec

Operation = Literal[
    "consume", "dispatch", "receive", "return", "move", "count", "scrap", "goods_in", "produce", "pack", "unpack"
]
"""What an operator is about to do; a *return* is a dispatch that takes material back where it came from."""
Level = Literal["stop", "ask", "note"]

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
LEVELS: tuple[Level, ...] = get_args(Level)

OVERRULERS = frozenset({"supervisor", "quality"})
"""The roles whose word, as a second person's, leads past a stop."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone knows of the scanned unit; quantities in smallest units."""

    known: bool
    place: str | None = None
    item: str | None = None
    quantity: int = 0
    owner: str | None = None
    status: str | None = None
    is_held: bool = False
    """It, or its whole lot, is on hold."""
    expires_on: str | None = None
    """The last day it may be used on, YYYY-MM-DD, as its label says."""
    is_ended: bool = False
    parent: str | None = None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator is about to record, and what the work allows."""

    operation: Operation
    here: str
    """The place scanning happens at, "location:…"."""
    today: str
    """The date here, YYYY-MM-DD."""
    quantity: int | None = None
    """What was entered or counted; null: the whole unit, unseen."""
    owner: str
    """Whose material this work uses."""
    items: tuple[str, ...] | None = None
    """The items this work takes; null: nobody has said."""
    tolerance: int = 0
    """By how much a count may differ before it is asked about."""
    most: int | None = None
    """What this work may still take or make, its tolerance included; null: nobody has said."""


Condition = Callable[[Known, Act], bool]


class Remark(NamedTuple):
    """What to tell the operator: a stop, a question to answer once, or a note."""

    level: Level
    code: str


def held(known: Known, act: Act) -> bool:
    """It, or its whole lot, is on hold."""
    return known.is_held


def rejected(known: Known, act: Act) -> bool:
    """Quality has rejected it."""
    return known.status == "rejected"


def in_quarantine(known: Known, act: Act) -> bool:
    """It waits for quality."""
    return known.status == "quarantine"


def expired(known: Known, act: Act) -> bool:
    """Its last day has passed; that day itself still counts."""
    last_day = known.expires_on or ""
    return _DATE.fullmatch(last_day) is not None and last_day < act.today


def other_owner(known: Known, act: Act) -> bool:
    """It belongs to somebody else than the material this work uses."""
    return known.owner is not None and known.owner != act.owner


def off_bom(known: Known, act: Act) -> bool:
    """This work does not take its item."""
    return act.items is not None and known.item is not None and known.item not in act.items


def serial_taken(known: Known, act: Act) -> bool:
    """The label's number is on something that exists already."""
    return known.known


def unit_unknown(known: Known, act: Act) -> bool:
    """Nobody has reported this unit yet."""
    return not known.known


def was_emptied(known: Known, act: Act) -> bool:
    """It was reported empty."""
    return known.is_ended


def not_here(known: Known, act: Act) -> bool:
    """The books have it in another place."""
    return known.known and known.place is not None and known.place != act.here


def more_than_known(known: Known, act: Act) -> bool:
    """It is more than the unit is known to hold."""
    return known.known and act.quantity is not None and act.quantity > known.quantity


def over_tolerance(known: Known, act: Act) -> bool:
    """It is more than the work was to take or make, its tolerance included."""
    return act.most is not None and act.quantity is not None and act.quantity > act.most


def quantity_differs(known: Known, act: Act) -> bool:
    """What was counted differs from the books by more than the tolerance."""
    return known.known and act.quantity is not None and abs(act.quantity - known.quantity) > act.tolerance


def already_here(known: Known, act: Act) -> bool:
    """It was received here before."""
    return known.known and known.place == act.here


def inside_another(known: Known, act: Act) -> bool:
    """It is packed in a larger unit."""
    return known.parent is not None


TABLE: Mapping[Condition, Mapping[Operation, Level]] = {
    held: {"consume": "stop", "dispatch": "stop", "receive": "note", "return": "note", "move": "note", "pack": "note"},
    rejected: {
        "consume": "stop",
        "dispatch": "stop",
        "receive": "note",
        "return": "note",
        "move": "note",
        "pack": "note",
    },
    in_quarantine: {"consume": "stop", "dispatch": "stop"},
    expired: {
        "consume": "stop",
        "dispatch": "stop",
        "receive": "note",
        "return": "note",
        "move": "note",
        "pack": "note",
    },
    other_owner: {"consume": "stop", "dispatch": "stop", "pack": "ask"},
    off_bom: {"consume": "stop", "dispatch": "stop"},
    serial_taken: {"goods_in": "ask", "produce": "ask"},
    unit_unknown: {
        "consume": "ask",
        "dispatch": "ask",
        "receive": "note",
        "return": "ask",
        "move": "note",
        "count": "note",
        "scrap": "note",
        "pack": "note",
        "unpack": "note",
    },
    was_emptied: {
        "consume": "ask",
        "dispatch": "ask",
        "receive": "ask",
        "return": "ask",
        "move": "ask",
        "scrap": "ask",
        "pack": "ask",
        "unpack": "ask",
    },
    not_here: {"consume": "ask", "dispatch": "ask", "return": "ask", "scrap": "ask"},
    more_than_known: {"consume": "ask", "scrap": "ask"},
    over_tolerance: {"consume": "ask", "produce": "ask"},
    quantity_differs: {"receive": "ask", "count": "ask"},
    already_here: {"receive": "note"},
    inside_another: {
        "consume": "note",
        "dispatch": "note",
        "receive": "note",
        "return": "note",
        "move": "note",
        "scrap": "note",
        "pack": "note",
    },
}
"""Operation × condition, in the order in which an operator hears them; what is not here is done without a word."""


def judge(known: Known, act: Act) -> list[Remark]:
    """Give every remark on an act: stops first, then questions, then notes."""
    remarks = [
        Remark(row[act.operation], condition.__name__)
        for condition, row in TABLE.items()
        if act.operation in row and condition(known, act)
    ]
    return sorted(remarks, key=lambda remark: LEVELS.index(remark.level))


def may_overrule(role: str, *, second: str, actor: str) -> bool:
    """Say whether a second person's word leads past a stop: of a role that may, and not the person stopped."""
    return role in OVERRULERS and second != actor
