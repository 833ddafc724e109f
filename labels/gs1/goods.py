"""What a GS1 code says about the goods it stands on, in the words of the floor.

Ours or a supplier's: which article, whose lot, good until when, how much. A code that only names a web page
or a coupon says nothing of goods. Rules between elements are left out on purpose: a pallet spreads them over
two symbols, and a supplier's slip is no reason to type what can be read. Twin of `pwa/src/scan/gs1/goods.ts`.
"""

from __future__ import annotations

import re

import msgspec

from labels.gs1.associations import repeat_fault
from labels.gs1.checks import check_digit, last_day_of
from labels.gs1.digital_link import is_link, read_link
from labels.gs1.elements import Elements, Fault, read_bracketed, read_elements
from labels.gs1.scan_data import read_scan

# The first three digits of a measure's AI; the fourth says how many of the six digits are decimals.
_MEASURES = {"310": "kg", "311": "m", "314": "m2", "315": "l", "316": "m3"}
_LAST_DAYS = ("17", "7003", "15")
_COUNTS = ("30", "37")
_ARTICLES = ("01", "02")

# A scanner that sends no symbology identifier: only what begins with a key and its check digit is taken for GS1.
_keyed = re.compile(r"00[0-9]{18}|0[12][0-9]{14}")
_number = re.compile(r"(?:[0-9]{8}|[0-9]{12,14})")
_TRIMMED = " \t\r\n"


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the goods; an empty text is not said. `expires_on` is YYYY-MM-DD, the last day of use."""

    sscc: str = ""
    gtin: str = ""
    lot: str = ""
    serial: str = ""
    expires_on: str = ""
    count: str = ""
    measure: str = ""
    unit_of_measure: str = ""


def read_goods(text: str, year: int) -> Goods | Fault | None:
    """Read a scanned or typed text; None if it is no GS1 code at all. `year` is the present one."""
    elements = _elements_in(text.strip(_TRIMMED))
    if elements is None or isinstance(elements, Fault):
        return elements
    fault = repeat_fault(elements)
    if fault is not None:
        return fault
    goods = goods_of(elements, year)
    return goods if goods.gtin or goods.sscc or goods.lot or goods.serial else Fault("gs1_no_goods", elements[0].ai)


def _elements_in(text: str) -> Elements | Fault | None:
    if text.startswith("]"):
        found = read_scan(text)
        return found if isinstance(found, Fault) else found.elements
    if is_link(text):
        return read_link(text)
    if text.startswith("("):
        return read_bracketed(text)
    if _number.fullmatch(text) and check_digit(text) is None:
        return read_elements("01" + text.rjust(14, "0"))
    return read_elements(text) if _keyed.match(text) else None


def goods_of(elements: Elements, year: int) -> Goods:
    """Say what elements mean for goods."""
    values = dict(elements)

    def first(ais: tuple[str, ...]) -> str:
        return next((values[ai] for ai in ais if ai in values), "")

    day = first(_LAST_DAYS)
    measured = next(((ai, value) for ai, value in elements if len(ai) == 4 and ai[:3] in _MEASURES), None)
    return Goods(
        sscc=values.get("00", ""),
        gtin=first(_ARTICLES),
        lot=values.get("10", ""),
        serial=values.get("21", ""),
        expires_on=_day(day[:6], year) if day else "",
        count=first(_COUNTS).lstrip("0"),
        measure=_decimal(measured[1], int(measured[0][3])) if measured else "",
        unit_of_measure=_MEASURES[measured[0][:3]] if measured else "",
    )


def _day(yymmdd: str, year: int) -> str:
    """Write a date in full: of the years that end so the nearest, and day 00 is the last of its month."""
    full = year - year % 100 + int(yymmdd[:2])
    if full - year > 50:
        full -= 100
    elif full - year < -49:
        full += 100
    month = int(yymmdd[2:4])
    return f"{full:04}-{month:02}-{int(yymmdd[4:]) or last_day_of(full, month):02}"


def _decimal(digits: str, decimals: int) -> str:
    """Write six digits with so many decimals, without needless zeros."""
    whole, fraction = digits[: 6 - decimals].lstrip("0"), digits[6 - decimals :].rstrip("0")
    return (whole or "0") + (f".{fraction}" if fraction else "")
