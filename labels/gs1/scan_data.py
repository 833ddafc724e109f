"""What a scanner sends: a symbology identifier of ISO/IEC 15424, such as `]C1`, and the symbol's text.

The identifier says what the text is: plain, an element string, or an article number. Twin of
`pwa/src/scan/gs1/scan-data.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from labels.gs1.checks import check_digit, check_digit_of
from labels.gs1.digital_link import is_link, read_link
from labels.gs1.elements import Element, Elements, Fault, element_string, read_elements

Content = Literal["plain", "elements", "article"]

# Rectangular DataMatrix (]d7, ]d8), plain Code 128 (]C0) and ITF-14 (]I0, ]I1) are beyond GS1's own engine, but
# stand on suppliers' goods.
_CARRIERS: dict[str, Content] = {
    "]C0": "plain",
    "]C1": "elements",
    "]E0": "article",
    "]E4": "article",
    "]I0": "article",
    "]I1": "article",
    "]J0": "plain",
    "]J1": "elements",
    "]Q1": "plain",
    "]Q3": "elements",
    "]d1": "plain",
    "]d2": "elements",
    "]d4": "plain",
    "]d7": "plain",
    "]d8": "elements",
    "]e0": "elements",
}
_DIGITS = {"]E0": 13, "]E4": 8, "]I0": 14, "]I1": 14}
_COMPOSITE = "|]e0"
_digits = re.compile(r"[0-9]+")


class ScanData(msgspec.Struct, frozen=True):
    """What came: `elements` is None for a plain text that is no Digital Link."""

    carrier: str
    text: str
    elements: Elements | None


def read_scan(scanned: str) -> ScanData | Fault:
    """Read what a scanner sent, with its symbology identifier."""
    carrier, text = scanned[:3], scanned[3:]
    elements = _content_of(carrier, text)
    return elements if isinstance(elements, Fault) else ScanData(carrier, text, elements)


def _content_of(carrier: str, text: str) -> Elements | Fault | None:
    match _CARRIERS.get(carrier):
        case None:
            return Fault("gs1_symbology_unknown")
        case "plain":
            return read_link(text) if is_link(text) else None
        case "elements":
            return read_elements(text)
        case "article":
            return _read_article(carrier, text)


def _read_article(carrier: str, text: str) -> Elements | Fault:
    """Take an article number as the GTIN it is, and the composite symbol above it, if one was read too."""
    digits, has_composite, composite = text.partition(_COMPOSITE)
    if len(digits) != _DIGITS[carrier] or check_digit(digits) is not None:
        return Fault("gs1_article_number_wrong", "01")
    article = (Element("01", digits.rjust(14, "0")),)
    above = read_elements(composite) if has_composite else ()
    return above if isinstance(above, Fault) else article + above


Symbology = Literal[
    "qr",
    "data_matrix",
    "dotcode",
    "gs1_128",
    "databar_expanded",
    "databar",
    "databar_limited",
    "ean13",
    "ean8",
    "upc",
]


class _Kind(NamedTuple):
    """How a symbology sends plain text and element strings; `digits` if it holds nothing but an article number."""

    plain: str
    elements: str
    digits: int = 0


_KINDS: dict[Symbology, _Kind] = {
    "qr": _Kind("]Q1", "]Q3"),
    "data_matrix": _Kind("]d1", "]d2"),
    "dotcode": _Kind("]J0", "]J1"),
    "gs1_128": _Kind("", "]C1"),
    "databar_expanded": _Kind("", "]e0"),
    "databar": _Kind("", "]e0", 14),
    "databar_limited": _Kind("", "]e0", 14),
    "ean13": _Kind("]E0", "", 13),
    "ean8": _Kind("]E4", "", 8),
    "upc": _Kind("]E0", "", 12),
}


def plain_scan(symbology: Symbology, text: str) -> str | Fault:
    """Write what a scanner sends for a symbol with a plain text."""
    kind = _KINDS[symbology]
    return Fault("gs1_symbology_elements_only") if kind.plain == "" or kind.digits else kind.plain + text


def element_scan(symbology: Symbology, elements: Sequence[Element], composite: Sequence[Element] = ()) -> str | Fault:
    """Write what a scanner sends for a symbol of elements, with the composite symbol above a linear one."""
    kind = _KINDS[symbology]
    if kind.digits:
        return _not_an_article(elements) or article_scan(symbology, elements[0].value, composite)
    if symbology == "gs1_128" and composite:
        kind = _KINDS["databar_expanded"]
    return kind.elements + element_string([*elements, *composite])


def _not_an_article(elements: Sequence[Element]) -> Fault | None:
    is_one = len(elements) == 1 and elements[0].ai == "01"
    return None if is_one else Fault("gs1_article_number_wrong", "01")


def article_scan(symbology: Symbology, digits: str, composite: Sequence[Element] = ()) -> str | Fault:
    """Write what a scanner sends for an article number, given with or without its check digit."""
    kind = _KINDS[symbology]
    number = _article_number(digits, kind.digits)
    if number is None or (symbology == "databar_limited" and number[0] not in "01"):
        return Fault("gs1_article_number_wrong", "01")
    if kind.digits == 14:
        return kind.elements + element_string([Element("01", number), *composite])
    above = _COMPOSITE + element_string(composite) if composite else ""
    return kind.plain + number.rjust(8 if kind.digits == 8 else 13, "0") + above


def _article_number(digits: str, length: int) -> str | None:
    """Bring an article number to the digits a symbology has room for, if they are one."""
    if len(digits) == length - 1 and _digits.fullmatch(digits):
        digits += check_digit_of(digits)
    if len(digits) > length and not digits[:-length].strip("0"):
        digits = digits[-length:]
    return digits if len(digits) == length and check_digit(digits) is None else None
