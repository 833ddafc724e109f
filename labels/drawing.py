"""The marks of a label, and how one is put down: a rectangle or a text in its box, in dots of one printer."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import msgspec

from labels.arrangement import Box
from labels.lettering import (
    CAP_HEIGHT,
    CODE,
    LINE_HEIGHT,
    OTHER_SCRIPTS,
    PLAIN,
    STRONG,
    Fitted,
    cut_words,
    fit_code,
    fit_words,
    require_glyphs,
    shaped,
)
from labels.refusal import LabelRefused
from labels.symbol import Symbol

MM_PER_INCH = 25.4
_RISE = 0.2


class Area(msgspec.Struct, frozen=True):
    """A black or white rectangle in dots."""

    x: int
    y: int
    width: int
    height: int
    is_white: bool = False


class Line(msgspec.Struct, frozen=True):
    """One line of text; `x` is its left end, `y` its baseline, `size` its em, all in dots."""

    text: str
    face: str
    size: int
    x: int
    y: int
    is_white: bool = False


class Placed(msgspec.Struct, frozen=True):
    """A symbol with the upper left corner of its ink and its dots per module.

    `bar_length` is 0 for QR. A linear symbol runs to the right, or downwards if it `is_upright`.
    """

    symbol: Symbol
    x: int
    y: int
    dots: int
    bar_length: int = 0
    is_upright: bool = False

    @property
    def width(self) -> int:
        """Dots of ink across."""
        return self.bar_length if self.is_upright else self.symbol.width * self.dots

    @property
    def height(self) -> int:
        """Dots of ink downwards."""
        return self.bar_length if self.bar_length and not self.is_upright else self.symbol.width * self.dots


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


class Style(NamedTuple):
    """How a text looks; one `is_in_band` stands on one line in the middle of its box."""

    face: str = STRONG
    align: Literal["left", "center", "right"] = "left"
    is_white: bool = False
    is_in_band: bool = False


class Drawing:
    """The marks of one label as they are put down; `caption_size` in millimetres."""

    def __init__(self, dpi: int, caption_size: float) -> None:
        self.dpi = dpi
        self.caption_size = caption_size
        self.areas: list[Area] = []
        self.lines: list[Line] = []
        self.symbols: list[Placed] = []

    def dots(self, mm: float) -> int:
        """Give the nearest whole number of dots."""
        return round(mm * self.dpi / MM_PER_INCH)

    def area(self, box: Box, *, is_white: bool = False) -> Area:
        """Give a box in dots, rounded so that boxes that touch still do."""
        x, y = self.dots(box.x), self.dots(box.y)
        return Area(x, y, self.dots(box.x + box.width) - x, self.dots(box.y + box.height) - y, is_white)

    def ink(self, box: Box, *, is_white: bool = False) -> None:
        """Put down a rectangle."""
        self.areas.append(self.area(box, is_white=is_white))

    def captioned(self, caption: str, box: Box) -> Box:
        """Set a caption at the top of a box and give the room below it."""
        if not caption:
            return box
        size = self.caption_size
        used = size * LINE_HEIGHT
        self.text(caption, Box(box.x, box.y, box.width, size), size, Style(PLAIN))
        return Box(box.x, box.y + used, box.width, box.height - used)

    def code(self, caption: str, code: str, box: Box, size_max: float) -> None:
        """Set a code under its caption, as large as its box allows."""
        require_glyphs(code, CODE, caption.lower())
        area = self.area(self.captioned(caption, box))
        fitted = fit_code(code, width=area.width, height=area.height, size_max=self.dots(size_max))
        self._put(fitted, area, Style(CODE))

    def text(self, text: str, box: Box, size: float, style: Style) -> None:
        """Set a word of our own on one line, smaller if it must be."""
        area = self.area(box)
        dots = self.dots(size)
        while dots > 1 and shaped(text, style.face).width * dots > area.width:
            dots -= 1
        self._put(Fitted((text,), dots), area, style)

    def words(
        self,
        name: str,
        text: str,
        box: Box,
        sizes: tuple[float, float],
        style: Style,
        *,
        may_be_cut: bool = False,
        is_one_line_better: bool = False,
    ) -> None:
        """Set somebody's words, from the smaller to the larger of `sizes` in millimetres.

        Half a quantity is another quantity, so only what `may_be_cut` is cut.
        """
        require_glyphs(text, style.face, name)
        area = self.area(box)
        rise = _RISE if _is_of_other_script(text, style.face) else 0.0
        smallest = self.dots(sizes[0])
        largest = max(smallest, self.dots(sizes[1] * (1 - rise)))
        fitted = None
        room = int(area.height * (1 - rise))
        heights = (0,) if style.is_in_band else (0, room) if is_one_line_better else (room,)
        for height in heights:
            fitted = fitted or fit_words(
                text, style.face, width=area.width, height=height, size_max=largest, size_min=smallest
            )
        if fitted is None and not may_be_cut:
            raise LabelRefused("text_too_long", f"The {name} “{text[:60]}” does not fit on the label: shorten it.")
        fitted = fitted or cut_words(text, style.face, width=area.width, height=heights[-1], size=smallest)
        self._put(fitted, area, style)

    def _put(self, fitted: Fitted, area: Area, style: Style) -> None:
        cap = round(fitted.size * CAP_HEIGHT)
        pitch = round(fitted.size * LINE_HEIGHT)
        first = area.y + cap
        if style.is_in_band:
            first += (area.height - cap - pitch * (len(fitted.lines) - 1)) // 2
        elif any(_is_of_other_script(line, style.face) for line in fitted.lines):
            # Their letters and signs rise above our capitals.
            first += round(fitted.size * _RISE)
        for at, line in enumerate(fitted.lines):
            spare = area.width - math.ceil(shaped(line, style.face).width * fitted.size)
            x = area.x + {"left": 0, "center": spare // 2, "right": spare}[style.align]
            self.lines.append(Line(line, style.face, fitted.size, x, first + at * pitch, style.is_white))


def _is_of_other_script(text: str, face: str) -> bool:
    return any(glyph.face in OTHER_SCRIPTS for glyph in shaped(text, face).glyphs)
