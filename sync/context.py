"""What is odd about a scan, given what is known around it: context in, trouble out.

Nothing here changes what a scan comes to: effects never read master data, so that the same events mean the same stock
wherever they are folded. What a rule finds is only shown to people. Each rule is a small function with a sentence;
`RULES` is the whole list, and a rule's name is the kind of exception it opens. Of what the context does not say, no
rule speaks.

The server knows of each unit what its own label said (`sync/unit.py` gives that as context). Bills of materials,
engagements and item records are context for those who have them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

import msgspec

from sync.clock import interval
from sync.event import Consumed, Counted, Dispatched, Event, Handled, Material, Moved, Received, Scrapped
from sync.quantity import counted_quantity

DAY_ENDS_LAST_MINUTES = -12 * 60
"""Where the day ends last on Earth, in minutes east of Greenwich: taken if nobody says in which time zone a site is."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_JUDGED: frozenset[type] = frozenset({Dispatched, Received, Consumed, Moved, Scrapped, Counted})

NO_MEASURES: Mapping[str, Fraction] = MappingProxyType({})


class Context(msgspec.Struct, frozen=True, gc=False):
    """What is known of the material and of the work it goes into."""

    item: str | None = None
    batch: str | None = None
    owner: str | None = None
    status: str | None = None
    expires_on: str | None = None
    """The last day on which it may be used, "2027-03-31"; anything else is text for people."""
    minutes_east: int | None = None
    """The time zone of the site, for where that day ends."""
    per_unit: Mapping[str, Fraction] = NO_MEASURES
    """Smallest units to one unit of measure, as far as known."""
    knows_every_unit: bool = False
    """`per_unit` is all there is, such as an item's record."""
    materials: frozenset[str] | None = None
    """The items the run's bill of materials takes."""
    owners: frozenset[str] | None = None
    """Whose material the work may use; null: that of the owner the scan itself names."""


def used_rejected(fact: Event, context: Context) -> bool:
    """Quality had rejected what was used."""
    return isinstance(fact, Consumed) and context.status == "rejected"


def used_in_quarantine(fact: Event, context: Context) -> bool:
    """What was used still waited for quality."""
    return isinstance(fact, Consumed) and context.status == "quarantine"


def used_expired(fact: Event, context: Context) -> bool:
    """The last day of use was certainly over when it was used, whatever the phone's clock may be off."""
    if not isinstance(fact, Consumed) or (over := _end_of(context.expires_on, context.minutes_east)) is None:
        return False
    return interval(fact.clock)[0] >= over


def used_other_owner(fact: Event, context: Context) -> bool:
    """What was used belongs to somebody whose material this work may not use."""
    if not isinstance(fact, Consumed) or fact.material is None or context.owner is None:
        return False
    return context.owner not in (context.owners or {fact.material.owner})


def used_off_bom(fact: Event, context: Context) -> bool:
    """What was used is not on the run's bill of materials."""
    if not isinstance(fact, Consumed) or fact.material is None or context.materials is None:
        return False
    return (context.item or fact.material.item) not in context.materials


def lot_differs(fact: Event, context: Context) -> bool:
    """The scan names another item or batch than the label carries."""
    material = _named(fact)
    if material is None or context.item is None or context.batch is None:
        return False
    return (material.item, material.batch) != (context.item, context.batch)


def unit_of_measure_differs(fact: Event, context: Context) -> bool:
    """What was entered comes to another quantity by the units of measure known here, or in one nobody knows."""
    material = _named(fact)
    if material is None or not context.per_unit:
        return False
    per_unit, quantity = context.per_unit.get(material.entered.unit_of_measure), counted_quantity(material.quantity)
    if per_unit is None:
        return context.knows_every_unit
    entered = _fraction(material.entered.quantity)
    if entered is None or not isinstance(quantity, int):
        return False
    # In whole numbers: to multiply and shorten fractions takes longer than all other rules together.
    (above, below), (smallest, measures) = entered.as_integer_ratio(), per_unit.as_integer_ratio()
    return above * smallest != quantity * below * measures


Rule = Callable[[Event, Context], bool]

RULES_OF_USE: tuple[Rule, ...] = (used_rejected, used_in_quarantine, used_expired, used_other_owner, used_off_bom)
RULES_OF_MATERIAL: tuple[Rule, ...] = (lot_differs, unit_of_measure_differs)
RULES = (*RULES_OF_USE, *RULES_OF_MATERIAL)


STOPPED_BEFORE: Mapping[str, str] = MappingProxyType(
    {
        "used_rejected": "rejected",
        "used_in_quarantine": "in_quarantine",
        "used_expired": "expired",
        "used_other_owner": "other_owner",
        "used_off_bom": "off_bom",
    }
)
"""The stop (`sync/rules.py`) by which a phone that knows of it keeps a kind of trouble from happening."""


def judge(fact: Event, context: Context) -> list[str]:
    """Name everything that is odd about a scan and that nobody has answered for, by kind."""
    found = []
    for rule in RULES if isinstance(fact, Consumed) else RULES_OF_MATERIAL:
        if rule(fact, context) and not is_answered(rule.__name__, fact):
            found.append(rule.__name__)
    return found


def is_judged(fact: Event) -> bool:
    """Say whether any rule can speak of such a scan: not of one that is the first to say what something is."""
    return type(fact) in _JUDGED


def is_answered(kind: str, fact: Event) -> bool:
    """Say whether just this stopped the author, and was overruled or done already: both are looked at by themselves."""
    if not isinstance(fact, Handled) or not (fact.overruled or fact.already_done):
        return False
    return STOPPED_BEFORE.get(kind) in fact.stops


def measures_of(material: Material | None) -> Mapping[str, Fraction]:
    """Give what somebody took one unit of measure for when the label was made."""
    if material is None:
        return NO_MEASURES
    return _measure(material.entered.unit_of_measure, material.entered.quantity, material.quantity)


@lru_cache(maxsize=4_096)
def _measure(unit_of_measure: str, entered_text: str, quantity_text: str) -> Mapping[str, Fraction]:
    entered, quantity = _fraction(entered_text), counted_quantity(quantity_text)
    return {unit_of_measure: quantity / entered} if entered and isinstance(quantity, int) else NO_MEASURES


def _named(fact: Event) -> Material | None:
    """Give the material a scan speaks of, if it is not the scan that says first what it is."""
    return fact.material if type(fact) in _JUDGED and isinstance(fact, (Handled, Counted)) else None


@lru_cache(maxsize=4_096)
def _fraction(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def _end_of(day: str | None, minutes_east: int | None) -> int | None:
    """Give the moment (ms) at which a day is over; null if the text is no day."""
    if day is None or not _DAY.fullmatch(day):
        return None
    try:
        begins = datetime.fromisoformat(day).replace(tzinfo=UTC)
        ends = begins + timedelta(days=1, minutes=-(DAY_ENDS_LAST_MINUTES if minutes_east is None else minutes_east))
    except (ValueError, OverflowError):
        return None
    return int(ends.timestamp()) * 1000
