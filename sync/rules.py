"""What may be done with what: the checks a scan meets before it is saved.

The phone judges with what it knows, early enough to stop a mistake; what physically happened is never refused, so a
rule asks once or notes, and the scan is saved. Each rule is a small function with a sentence; `RULES` is the whole
list. The phone has a twin (`pwa/src/core/rules.ts`); `tests/vectors/rules.json` binds the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import msgspec

Operation = Literal["goods_in", "receive", "consume", "produce", "dispatch"]
Level = Literal["ask", "note"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone knows of the scanned unit; quantities in smallest units."""

    known: bool
    place: str | None = None
    quantity: int = 0
    owner: str | None = None
    status: str | None = None
    is_ended: bool = False
    parent: str | None = None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator is about to record."""

    operation: Operation
    here: str
    """The place scanning happens at, "location:…"."""
    quantity: int | None = None
    """What was entered or counted; null: the whole unit, unseen."""
    owner: str
    """Whose material this work uses."""


class Remark(NamedTuple):
    """What to tell the operator: a question to answer once, or a note."""

    level: Level
    code: str


def unit_unknown(known: Known, act: Act) -> Level | None:
    """A label nobody has reported yet: an arrival is only noted, a use or a dispatch asks."""
    if known.known or act.operation in ("goods_in", "produce"):
        return None
    return "note" if act.operation == "receive" else "ask"


def serial_taken(known: Known, act: Act) -> Level | None:
    """A new label must not carry the serial of a unit that exists."""
    return "ask" if known.known and act.operation in ("goods_in", "produce") else None


def was_emptied(known: Known, act: Act) -> Level | None:
    """The unit was reported empty: ask before anything more is done with it."""
    return "ask" if known.is_ended and act.operation in ("receive", "consume", "dispatch") else None


def already_here(known: Known, act: Act) -> Level | None:
    """The unit was received here before: a second receipt changes nothing."""
    return "note" if act.operation == "receive" and known.known and known.place == act.here else None


def not_here(known: Known, act: Act) -> Level | None:
    """The books have the unit somewhere else: perhaps it is the wrong label."""
    if not known.known or act.operation not in ("consume", "dispatch"):
        return None
    return "ask" if known.place is not None and known.place != act.here else None


def inside_another(known: Known, act: Act) -> Level | None:
    """The unit is packed in a larger one: handling it alone takes it out."""
    return "note" if known.parent is not None and act.operation in ("receive", "consume", "dispatch") else None


def other_owner(known: Known, act: Act) -> Level | None:
    """The material belongs to somebody else."""
    if known.owner is None or act.operation not in ("consume", "dispatch"):
        return None
    return "ask" if known.owner != act.owner else None


def rejected(known: Known, act: Act) -> Level | None:
    """Quality has rejected this material."""
    return "ask" if known.status == "rejected" and act.operation in ("consume", "dispatch") else None


def in_quarantine(known: Known, act: Act) -> Level | None:
    """The material waits for quality: a use asks, a dispatch is noted."""
    if known.status != "quarantine":
        return None
    return {"consume": "ask", "dispatch": "note"}.get(act.operation)  # type: ignore[return-value]


def more_than_known(known: Known, act: Act) -> Level | None:
    """More is to be used than the unit is known to hold."""
    if act.operation != "consume" or not known.known or act.quantity is None:
        return None
    return "ask" if act.quantity > known.quantity else None


def quantity_differs(known: Known, act: Act) -> Level | None:
    """What was counted on arrival is not what was sent."""
    if act.operation != "receive" or not known.known or act.quantity is None:
        return None
    return "ask" if act.quantity != known.quantity else None


RULES: tuple[Callable[[Known, Act], Level | None], ...] = (
    serial_taken,
    unit_unknown,
    was_emptied,
    not_here,
    rejected,
    other_owner,
    in_quarantine,
    more_than_known,
    quantity_differs,
    already_here,
    inside_another,
)
"""In the order in which an operator hears them; the function's name is the code."""


def judge(known: Known, act: Act) -> list[Remark]:
    """Give every remark on an act, questions first."""
    remarks = [Remark(level, rule.__name__) for rule in RULES if (level := rule(known, act)) is not None]
    return sorted(remarks, key=lambda remark: remark.level)
