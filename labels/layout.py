"""One label as marks at whole dots of one printer: what PNG and PDF draw alike.

A module of a symbol is always a whole number of dots and nothing is scaled afterwards; a symbol that
does not fit that way is refused. Boxes come in millimetres and are rounded to dots once, here.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from labels.content import LabelContent, texts_of
from labels.identity import Identity, UnitIdentity, is_serial_sound, linear_text, payload
from labels.lettering import (
    CAP_HEIGHT,
    CODE,
    LINE_HEIGHT,
    PLAIN,
    Fitted,
    cut_words,
    fit_code,
    fit_words,
    require_glyphs,
)
from labels.refusal import LabelRefused
from labels.stock import LINEAR_MODULE_MM_MAX, MODULE_MM_MIN, Box, Ink, LinearPlace, QrPlace, Stock, Words
from labels.symbol import Symbol, code128, qr

DPI_MIN, DPI_MAX = 200, 600
MM_PER_INCH = 25.4


class Area(msgspec.Struct, frozen=True):
    """A black or white rectangle in dots."""

    x: int
    y: int
    width: int
    height: int
    is_white: bool = False


class Line(msgspec.Struct, frozen=True):
    """One line of text; `x` is its left end, middle or right end as `align` says, `y` its baseline."""

    text: str
    face: str
    size: int
    x: int
    y: int
    align: Literal["left", "center", "right"]
    is_white: bool


class Placed(msgspec.Struct, frozen=True):
    """A symbol with the upper left corner of its ink, its dots per module, and for linear its bar length.

    `bar_length` is 0 for QR. A linear symbol runs downwards.
    """

    symbol: Symbol
    x: int
    y: int
    dots: int
    bar_length: int = 0


class Sheet(msgspec.Struct, frozen=True):
    """Everything on one label, in dots: areas are drawn first, then lines, then symbols."""

    width_mm: float
    height_mm: float
    dpi: int
    width: int
    height: int
    areas: tuple[Area, ...]
    lines: tuple[Line, ...]
    symbols: tuple[Placed, ...]


def lay_out(content: LabelContent, stock: Stock, dpi: int) -> Sheet:
    """Place everything a label says on a stock, for a printer of `dpi` dots to the inch."""
    if not DPI_MIN <= dpi <= DPI_MAX:
        raise LabelRefused(
            "dpi_unsupported", f"Choose a printer resolution from {DPI_MIN} to {DPI_MAX} dpi, not {dpi}."
        )
    identity = content.identity
    _require_readable_back(identity)
    texts = texts_of(content)
    fields = stock.unit if isinstance(identity, UnitIdentity) else stock.lot
    size = _area(Box(0, 0, stock.width_mm, stock.height_mm), dpi)
    return Sheet(
        width_mm=stock.width_mm,
        height_mm=stock.height_mm,
        dpi=dpi,
        width=size.width,
        height=size.height,
        areas=tuple(
            _area(field.box, dpi, is_white=field.is_white)
            for field in fields
            if isinstance(field, Ink) and texts[field.beside]
        ),
        lines=tuple(
            line
            for field in fields
            if isinstance(field, Words) and texts[field.text]
            for line in _words(field, texts[field.text], stock.caption_size, dpi)
        ),
        symbols=tuple(
            _qr(field, payload(identity, identity.origin), dpi)
            if isinstance(field, QrPlace)
            else _linear(field, linear_text(identity), dpi)
            for field in fields
            if isinstance(field, QrPlace | LinearPlace)
        ),
    )


def _require_readable_back(identity: Identity) -> None:
    """Refuse a label whose linear symbol our own scanners would turn away."""
    if not is_serial_sound(linear_text(identity)):
        raise LabelRefused(
            "reads_as_serial",
            f"“{linear_text(identity)}” looks like a unit serial with a wrong check character: check it for a slip.",
        )


def _dots(mm: float, dpi: int) -> int:
    return round(mm * dpi / MM_PER_INCH)


def _area(box: Box, dpi: int, *, is_white: bool = False) -> Area:
    x, y = _dots(box.x, dpi), _dots(box.y, dpi)
    return Area(x, y, _dots(box.x + box.width, dpi) - x, _dots(box.y + box.height, dpi) - y, is_white)


def _qr(place: QrPlace, text: str, dpi: int) -> Placed:
    """Make a QR symbol as large as its field allows, its ink lined up as far as the field allows."""
    field = _area(place.box, dpi)
    symbol = qr(text, min(field.width, field.height))
    dots = min(field.width, field.height) // symbol.span
    _require_printable(dots, text, dpi)
    quiet, ink, outer = symbol.quiet_modules * dots, symbol.width * dots, symbol.span * dots
    edge, bottom = _dots(place.ink_edge, dpi), _dots(place.ink_bottom, dpi)
    x = edge - quiet if place.align == "left" else edge + quiet - outer
    y = bottom - ink - quiet
    x = min(max(x, field.x), field.x + field.width - outer)
    y = min(max(y, field.y), field.y + field.height - outer)
    return Placed(symbol, x + quiet, y + quiet, dots)


def _linear(place: LinearPlace, text: str, dpi: int) -> Placed:
    """Stand a linear symbol on the foot of its strip."""
    field = _area(place.box, dpi)
    symbol = code128(text)
    dots = min(field.height // symbol.span, math.floor(LINEAR_MODULE_MM_MAX * dpi / MM_PER_INCH))
    _require_printable(dots, text, dpi)
    y = field.y + field.height - (symbol.span - symbol.quiet_modules) * dots
    return Placed(symbol, field.x, y, dots, bar_length=field.width)


def _require_printable(dots: int, text: str, dpi: int) -> None:
    if dots * MM_PER_INCH / dpi < MODULE_MM_MIN:
        raise LabelRefused(
            "symbol_too_dense", f"“{text[:40]}” makes a symbol too fine to scan on this stock at {dpi} dpi."
        )


def _words(field: Words, text: str, caption_size: float, dpi: int) -> list[Line]:
    """Set a text in its box, under its caption."""
    require_glyphs(text, field.face, field.text.replace("_", " "))
    box, caption = field.box, []
    if field.caption:
        size = _dots(caption_size, dpi)
        caption = [_line(field, field.caption, PLAIN, size, _area(box, dpi), _dots(box.y, dpi) + _cap(size))]
        used = caption_size * LINE_HEIGHT
        box = Box(box.x, box.y + used, box.width, box.height - used)
    area = _area(box, dpi)
    fitted = _fit(field, text, area, dpi)
    pitch = round(fitted.size * LINE_HEIGHT)
    first = area.y + _cap(fitted.size)
    if field.is_in_band:
        first += (area.height - _cap(fitted.size) - pitch * (len(fitted.lines) - 1)) // 2
    return caption + [
        _line(field, line, field.face, fitted.size, area, first + at * pitch) for at, line in enumerate(fitted.lines)
    ]


def _cap(size: int) -> int:
    return round(size * CAP_HEIGHT)


def _line(field: Words, text: str, face: str, size: int, area: Area, baseline: int) -> Line:
    x = area.x + {"left": 0, "center": area.width // 2, "right": area.width}[field.align]
    return Line(text, face, size, x, baseline, field.align, field.is_white)


def _fit(field: Words, text: str, area: Area, dpi: int) -> Fitted:
    size_max, size_min = _dots(field.size_max, dpi), _dots(field.size_min, dpi)
    if field.face == CODE:
        return fit_code(text, width=area.width, height=area.height, size_max=size_max)
    room = {"width": area.width, "height": area.height}
    fitted = fit_words(text, field.face, size_max=size_max, size_min=size_min, **room)
    if fitted is not None:
        return fitted
    if not field.may_be_cut:
        name = field.text.replace("_", " ")
        raise LabelRefused("text_too_long", f"The {name} “{text[:60]}” does not fit on the label: shorten it.")
    return cut_words(text, field.face, size=size_min, **room)
