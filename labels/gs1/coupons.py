"""The two coupon values of North American retail (AI 8110 and 8112), field by field.

Nobody pays with a coupon on a factory floor; they are here because the dictionary has them, and a symbol
that carries one is to be told apart from goods. Each field is a row: how it is read, what it is called,
what it may be. Twin of `pwa/src/scan/gs1/coupons.ts`.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

_digits = re.compile(r"[0-9]*")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Field(NamedTuple):
    """One field: `length` characters, or as many as its first digit says on top of `length`."""

    kind: Literal["sized", "fixed", "choice", "any", "date"]
    name: str
    length: int = 0
    allowed: str = ""
    size_name: str = ""


def _purchase(which: str) -> tuple[Field, ...]:
    return (
        Field("sized", f"{which}_purchase_requirement", 0, "12345"),
        Field("choice", f"{which}_purchase_requirement_code", 1, "012349"),
        Field("fixed", f"{which}_purchase_family_code", 3),
    )


_REQUIRED = (
    Field("sized", "gcp", 6, "0123456"),
    Field("fixed", "offer_code", 6),
    Field("sized", "save_value", 0, "12345"),
    *_purchase("1st"),
)

# In this order only, each behind its own digit.
_OPTIONAL: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "1",
        (
            Field("choice", "additional_purchase_rules_code", 1, "0123"),
            *_purchase("2nd"),
            Field("sized", "2nd_purchase_gcp", 6, "01234569"),
        ),
    ),
    ("2", (*_purchase("3rd"), Field("sized", "3rd_purchase_gcp", 6, "01234569"))),
    # The misspelling is the suite's own name for it.
    ("3", (Field("date", "expiration_date", 6, "", "exipiration_date"),)),
    ("4", (Field("date", "start_date", 6, "", "start_date"),)),
    ("5", (Field("sized", "serial_number", 6, "0123456789"),)),
    ("6", (Field("sized", "retailer_gcp_or_gln", 6, "1234567"),)),
    (
        "9",
        (
            Field("choice", "save_value_code", 1, "01256"),
            Field("choice", "save_value_applies_to_item", 1, "012"),
            Field("any", "store_coupon_flag", 1),
            Field("choice", "dont_multiply_flag", 1, "01"),
        ),
    ),
)

_POSITIVE_OFFER = (
    Field("choice", "format_code", 1, "01"),
    Field("sized", "funder", 6, "0123456"),
    Field("fixed", "offer_code", 6),
    Field("sized", "serial_number", 6, "0123456789"),
)

# No company prefix follows this size.
_NONE = "9"


def coupon_code(data: str) -> str | None:
    """A coupon of AI 8110: what it takes off, for what, until when."""
    if not _digits.fullmatch(data):
        return "non_digit_character"
    read: dict[str, str] = {}
    at, fault = _read(data, 0, _REQUIRED, read)
    for digit, fields in _OPTIONAL:
        if fault is None and data[at : at + 1] == digit:
            at, fault = _read(data, at + 1, fields, read)
    if fault is not None:
        return fault
    if "start_date" in read and read.get("expiration_date", read["start_date"]) < read["start_date"]:
        return "coupon_expiration_before_start"
    return None if at == len(data) else "coupon_excess_data"


def positive_offer_file(data: str) -> str | None:
    """A coupon of AI 8112, which stands in a file of valid offers."""
    if not _digits.fullmatch(data):
        return "non_digit_character"
    at, fault = _read(data, 0, _POSITIVE_OFFER, {})
    return fault or (None if at == len(data) else "coupon_excess_data")


def _read(data: str, at: int, fields: tuple[Field, ...], read: dict[str, str]) -> tuple[int, str | None]:
    """Read `fields` from `at` on; give where they end, and what is wrong with the first that is."""
    for field in fields:
        end, fault = _end_of(data, at, field)
        if fault is not None:
            return at, fault
        read[field.name] = data[at:end]
        at = end
    return at, None


def _end_of(data: str, at: int, field: Field) -> tuple[int, str | None]:
    end = at + field.length
    match field.kind:
        case "sized":
            return _sized(data, at, field)
        case "fixed":
            return end, None if end <= len(data) else f"coupon_truncated_{field.name}"
        case "date":
            if end > len(data):
                return end, f"coupon_too_short_for_{field.name}"
            return end, None if _is_date(data[at:end]) else f"coupon_invalid_{field.size_name}"
        case "choice" | "any":
            if end > len(data):
                return end, f"coupon_missing_{field.name}"
            is_allowed = field.kind == "any" or data[at] in field.allowed
            return end, None if is_allowed else f"coupon_invalid_{field.name}"


def _sized(data: str, at: int, field: Field) -> tuple[int, str | None]:
    if at >= len(data):
        return at, f"coupon_missing_{field.name}_vli"
    size = data[at]
    if size not in field.allowed:
        return at, f"coupon_invalid_{field.name}_length"
    has_none = size == _NONE and field.name.endswith("_purchase_gcp")
    end = at + 1 + (0 if has_none else field.length + int(size))
    return end, None if end <= len(data) else f"coupon_truncated_{field.name}"


def _is_date(text: str) -> bool:
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= _DAYS[month - 1] and not (month == 2 and day == 29 and year % 4)
