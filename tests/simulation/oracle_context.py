"""What is odd about a use, as the oracle has it, by what is known of the thing and its surroundings."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from simulation.oracle_loose import when
from simulation.oracle_words import amount_of

from sync.event import Commissioned, Consumed, Counted, Event, Handled, Material, Produced

FIRST_DAY = date(1970, 1, 1)
LAST_PLACE_ON_EARTH = -12 * 60
"""The day ends there last, twelve hours after Greenwich."""


class Known(NamedTuple):
    """What is known; what is not known is None."""

    item: str | None = None
    batch: str | None = None
    owner: str | None = None
    status: str | None = None
    expires_on: str | None = None
    minutes_east: int | None = None
    per_unit: dict[str, Fraction] | None = None
    knows_every_unit: bool = False
    materials: frozenset[str] | None = None
    owners: frozenset[str] | None = None


def what_is_odd(fact: Event, known: Known) -> set[str]:
    """Tell everything that is odd about what somebody did."""
    odd: set[str] = set()
    if not isinstance(fact, Handled | Counted) or isinstance(fact, Commissioned | Produced) or fact.material is None:
        return odd
    material = fact.material
    said = (material.item, material.batch)
    if known.item is not None and known.batch is not None and said != (known.item, known.batch):
        odd.add("lot_differs")
    if _is_measured_otherwise(material, known):
        odd.add("unit_of_measure_differs")
    if isinstance(fact, Consumed):
        odd |= _odd_use(fact, material, known) - _answered_for(fact)
    return odd


def _answered_for(fact: Consumed) -> set[str]:
    """Tell what somebody was stopped by and went on all the same, saying why: that is a case of its own."""
    return {f"used_{stop}" for stop in fact.stops} if fact.overruled or fact.already_done else set()


def _odd_use(fact: Consumed, material: Material, known: Known) -> set[str]:
    odd = set()
    if known.status == "quarantine":
        odd.add("used_in_quarantine")
    if known.status == "rejected":
        odd.add("used_rejected")
    if known.owner is not None and known.owner not in (known.owners or {material.owner}):
        odd.add("used_other_owner")
    if known.materials is not None and (known.item or material.item) not in known.materials:
        odd.add("used_off_bom")
    last_day = _day(known.expires_on)
    if last_day is not None:
        east = LAST_PLACE_ON_EARTH if known.minutes_east is None else known.minutes_east
        over = ((last_day - FIRST_DAY).days + 1) * 24 * 60 - east
        if when(fact.clock)[0] >= over * 60_000:
            odd.add("used_expired")
    return odd


def _day(text: str | None) -> date | None:
    parts = (text or "").split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(letter in "0123456789" for letter in "".join(parts)):
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def _is_measured_otherwise(material: Material, known: Known) -> bool:
    unit, amount = material.entered.unit_of_measure, amount_of(material)
    if known.per_unit is None or isinstance(amount, str):
        return False
    if unit not in known.per_unit:
        return known.knows_every_unit
    try:
        return Fraction(material.entered.quantity) * known.per_unit[unit] != amount
    except (ValueError, ZeroDivisionError):
        return False


def measure_of(material: Material) -> dict[str, Fraction] | None:
    """Tell how much of the smallest unit somebody took for one of the unit of measure."""
    amount = amount_of(material)
    try:
        entered = Fraction(material.entered.quantity)
        return None if isinstance(amount, str) else {material.entered.unit_of_measure: amount / entered}
    except (ValueError, ZeroDivisionError):
        return None
