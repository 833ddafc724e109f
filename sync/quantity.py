"""Exact quantities: how much of an item, without a single rounded digit.

Inside, a quantity is an integer count of the item's *smallest unit* (milligrams, tablets, millilitres …), which never
changes for an item. On the wire it is a decimal string, because JSON numbers are floats in too many places. What the
operator entered ("25 kg") stands beside it as entered; it is evidence, the base quantity is what counts.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

QUANTITY_MAX = 10**15
"""The largest base quantity of one event: 1,000 t in milligrams, and far from the 2^63 of a database column."""

_DIGITS_SAFE = 15
"""A whole number of so many digits is below `QUANTITY_MAX`: nearly every quantity, read without further ado."""

_DIGITS_MAX = 30

_TEXTS_REMEMBERED = 4_096
"""A plant's drums hold the same few quantities again and again."""

_DECIMAL = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,12})?")

QuantityProblem = Literal[
    "quantity_not_understood", "quantity_not_positive", "quantity_too_precise", "quantity_too_large"
]


@lru_cache(_TEXTS_REMEMBERED)
def base_quantity(text: str) -> int | QuantityProblem:
    """Read a base quantity as an exact integer, or say by code why it cannot count.

    A fraction of the smallest unit is *too precise* rather than rounded: rounding would make two phones disagree.
    """
    if text.isdigit() and text.isascii() and len(text) <= _DIGITS_SAFE and (plain := int(text)):
        return plain
    if not _DECIMAL.fullmatch(text):
        return "quantity_not_understood"
    value = Decimal(text)
    if value <= 0:
        return "quantity_not_positive"
    if value != value.to_integral_value():
        return "quantity_too_precise"
    if value > QUANTITY_MAX:
        return "quantity_too_large"
    return int(value)


@lru_cache(_TEXTS_REMEMBERED)
def counted_quantity(text: str) -> int | QuantityProblem:
    """Read what was counted: as a base quantity, but nothing at all is an answer too."""
    quantity = base_quantity(text)
    return 0 if quantity == "quantity_not_positive" and not Decimal(text) else quantity


def signed_quantity(text: str) -> int | QuantityProblem:
    """Read what is to be added: a whole base quantity, nothing, or less than nothing."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS_MAX):
        return "quantity_not_understood"
    return int(text) if int(digits) <= QUANTITY_MAX else "quantity_too_large"


def to_base(entered: str, per_unit: int) -> int | QuantityProblem:
    """Convert what was entered into the smallest unit, `per_unit` smallest units to one unit of measure."""
    try:
        value = Decimal(entered)
    except InvalidOperation:
        return "quantity_not_understood"
    if not value.is_finite():
        return "quantity_not_understood"
    return base_quantity(format((value * per_unit).normalize(), "f"))


def shown(base: int, per_unit: int) -> str:
    """Write a base quantity in a unit of measure, exactly, without trailing zeros ("24.5")."""
    sign, magnitude = ("-" if base < 0 else ""), abs(base)
    whole, rest = divmod(magnitude, per_unit)
    if not rest:
        return f"{sign}{whole}"
    digits = len(str(per_unit)) - 1
    if per_unit != 10**digits:
        return f"{sign}{Decimal(magnitude) / Decimal(per_unit):f}"
    return f"{sign}{whole}.{rest:0{digits}d}".rstrip("0")
