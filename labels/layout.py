"""One label as marks at whole dots of one printer: what every output draws alike.

A module of a symbol is always a whole number of dots and nothing is scaled afterwards; a symbol that
does not fit that way is refused. Boxes come in millimetres and are rounded to dots once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from labels.arrangement import Box, LinearPlace, Places, QrPlace
from labels.content import Content
from labels.drawing import MM_PER_INCH, Area, Drawing, Placed, Sheet, Style
from labels.lettering import LINE_HEIGHT, PLAIN, STRONG, shaped
from labels.refusal import LabelRefused
from labels.stock import Stock
from labels.symbol import Symbol, code128, qr
from labels.wording import UNIT, Detail, Linear, Wording, wording

DPI_MIN, DPI_MAX = 200, 600
MODULE_MM_MIN = 0.33
LINEAR_MODULE_MM_MAX = 0.51
_SITE_MM_MIN = 48
_FOOT_DEMO_MM_MIN = 60
_BATCH_NUMBER_MM_MIN = 1.3


def lay_out(content: Content, stock: Stock, dpi: int) -> Sheet:
    """Place everything a label says on a stock, for a printer of `dpi` dots to the inch."""
    if not DPI_MIN <= dpi <= DPI_MAX:
        raise LabelRefused(
            "dpi_unsupported", f"Choose a printer resolution from {DPI_MIN} to {DPI_MAX} dpi, not {dpi}."
        )
    words = wording(content)
    places = stock.pallet_places if words.kind == "pallet" else stock.places
    if places is None:
        raise _too_small(stock, "the bars of a pallet label")
    drawn = _Layout(places, dpi)
    drawn.symbols_of(words, stock)
    drawn.words_of(words, stock)
    size = drawn.area(Box(0, 0, stock.width_mm, stock.height_mm))
    return Sheet(
        width_mm=stock.width_mm,
        height_mm=stock.height_mm,
        dpi=dpi,
        width=size.width,
        height=size.height,
        areas=tuple(drawn.areas),
        lines=tuple(drawn.lines),
        symbols=tuple(drawn.symbols),
    )


def _too_small(stock: Stock, what: str) -> LabelRefused:
    return LabelRefused(
        "stock_too_small", f"The label stock “{stock.name}” has no room for {what}: choose a larger one."
    )


class _Layout(Drawing):
    """One label as it is laid out on the places of its stock."""

    def __init__(self, places: Places, dpi: int) -> None:
        super().__init__(dpi, places.caption)
        self.places = places
        self.most = places.largest

    # Symbols

    def symbols_of(self, words: Wording, stock: Stock) -> None:
        if words.linear is not None:
            linear = self.linear(words.linear)
            if linear is not None:
                self.symbols.append(linear)
            elif words.linear.is_needed:
                raise _too_small(stock, "its bar code")
        self.symbols += [self.qr(place, words.qr) for place in self.places.qr]

    def qr(self, place: QrPlace, text: str) -> Placed:
        """Make a QR symbol as large as its field allows, its ink lined up as far as the field allows."""
        field = self.area(place.box)
        symbol = qr(text, min(field.width, field.height))
        dots = min(field.width, field.height) // symbol.span
        if dots * MM_PER_INCH / self.dpi < MODULE_MM_MIN:
            raise LabelRefused(
                "symbol_too_dense", f"“{text[:40]}” makes a symbol too fine to scan on this stock at {self.dpi} dpi."
            )
        quiet, ink, outer = symbol.quiet_modules * dots, symbol.width * dots, symbol.span * dots
        if place.ink is None:
            x = field.x if place.align == "left" else field.x + field.width - outer
            y = field.y + (field.height - outer) // 2
        else:
            edge, bottom = self.dots(place.ink[0]), self.dots(place.ink[1])
            x = edge - quiet if place.align == "left" else edge + quiet - outer
            y = bottom - ink - quiet
        x = min(max(x, field.x), field.x + field.width - outer)
        y = min(max(y, field.y), field.y + field.height - outer)
        return Placed(symbol, x + quiet, y + quiet, dots)

    def linear(self, wanted: Linear) -> Placed | None:
        """Make a linear symbol if its modules can be wide enough; an upright one stands on the foot of its strip."""
        place = self.places.linear
        if place is None:
            return None
        field = self.area(place.box)
        symbol = code128(wanted.text, is_gs1=wanted.is_gs1)
        room = field.height if place.is_upright else field.width
        dots = min(room // symbol.span, math.floor(LINEAR_MODULE_MM_MAX * self.dpi / MM_PER_INCH))
        if dots * MM_PER_INCH / self.dpi < MODULE_MM_MIN:
            return None
        return self.linear_at(place, symbol, field, dots)

    def linear_at(self, place: LinearPlace, symbol: Symbol, field: Area, dots: int) -> Placed:
        if place.is_upright:
            y = field.y + field.height - (symbol.span - symbol.quiet_modules) * dots
            return Placed(symbol, field.x, y, dots, bar_length=field.width, is_upright=True)
        x = field.x + (field.width - symbol.width * dots) // 2
        return Placed(symbol, x, field.y, dots, bar_length=field.height)

    # Words

    def words_of(self, words: Wording, stock: Stock) -> None:
        places = self.places
        for rule in places.rules:
            self.ink(rule)
        if places.band is not None:
            self.band(words, places.band)
        codes = words.codes
        if places.title is not None:
            codes = self.title(words, places.title)
        self.make_room([detail for detail in words.details if detail.is_needed])
        if self.places.lines is not None:
            self.stack(codes, words.name, self.places.lines)
        self.details(words.details, stock)
        if places.printed is not None:
            self.printed(words, places.printed)

    def band(self, words: Wording, box: Box) -> None:
        """Set the kind to the left, DEMO in the middle, the site to the right; on a short one the site is left off."""
        self.ink(box)
        pad = box.height * 0.2
        is_long = box.width >= _SITE_MM_MIN
        right = box.x + box.width - pad
        if words.demo:
            width = box.height * 1.8
            left = box.x + box.width * 0.455 if is_long else right - width
            self.ink(Box(left, box.y + pad / 2, width, box.height - pad), is_white=True)
            inside = Box(left + 0.3, box.y + pad / 2, width - 0.6, box.height - pad)
            self.text("DEMO", inside, 0.52 * box.height, Style(align="center", is_in_band=True))
            right = left - pad
        if words.site and is_long:
            site = Box(box.x + box.width * 0.645, box.y, box.width * 0.355 - pad, box.height)
            sizes = (0.31 * box.height, 0.51 * box.height)
            style = Style(align="right", is_white=True, is_in_band=True)
            self.words("site", words.site, site, sizes, style, may_be_cut=True)
            right = min(right, box.x + box.width * 0.44)
        heading = Box(box.x + pad, box.y, right - box.x - pad, box.height)
        self.text(words.heading, heading, 0.67 * box.height, Style(is_white=True, is_in_band=True))

    def title(self, words: Wording, box: Box) -> tuple[tuple[str, str], ...]:
        """Set what stands out: the headline if there is one, else the first code. Gives the codes that are left."""
        if words.headline:
            self.ink(box)
            inside = Box(box.x + 1, box.y, box.width - 2, box.height)
            style = Style(align="center", is_white=True, is_in_band=True)
            self.words("status", words.headline, inside, (self.places.smallest, box.height), style)
            self.most = 0.9 * self.lines[-1].size * MM_PER_INCH / self.dpi
            papers = (("NUMBER ON THE PAPERS", words.batch_number),) if words.batch_number else ()
            return (*words.codes[:1], *papers, *words.codes[1:])
        if words.codes:
            self.code(*words.codes[0], Box(box.x, box.y, box.width, box.height * 0.96), box.height)
        if words.batch_number:
            self.batch_number(words, box)
        return words.codes[1:]

    def batch_number(self, words: Wording, box: Box) -> None:
        """Set the number on the papers at the end of the line of the title's caption."""
        caption = words.codes[0][0]
        taken = (shaped(caption, PLAIN).width + 1) * self.places.caption
        room = Box(box.x + taken, box.y, box.width - taken, self.places.caption)
        sizes = (min(_BATCH_NUMBER_MM_MIN, self.places.caption), self.places.caption)
        self.words("batch number", words.batch_number, room, sizes, Style(align="right", is_in_band=True))

    def make_room(self, needed: Sequence[Detail]) -> None:
        """Move the edge between codes and details up as far as what is needed must have it."""
        places = self.places
        if places.lines is None or not places.details:
            return
        lines, (area, *others) = places.lines, places.details
        foot, step = area.y + area.height, places.cell[1] / 4
        while self.cells(needed) is None and lines.height - step >= self.code_height() and area.x == lines.x:
            lines = msgspec.structs.replace(lines, height=lines.height - step)
            area = Box(area.x, area.y - step, area.width, foot - area.y + step)
            self.places = msgspec.structs.replace(places, lines=lines, details=(area, *others))

    def code_height(self) -> float:
        """Say how many millimetres a code takes at the least, its caption and the gap below it included."""
        return self.places.caption * LINE_HEIGHT + self.places.smallest * 1.25

    def stack(self, codes: Sequence[tuple[str, str]], name: str, box: Box) -> None:
        """Stack codes and below them the name; what has no room is left off from the end, the name last but a unit's
        serial."""
        places = self.places
        head = places.caption * LINE_HEIGHT
        gap = 0.4 * places.smallest
        code_min, name_min = self.code_height(), places.smallest * 1.25 if name else 0.0
        least = int(codes[:1] != () and codes[0][0] == UNIT and box.height + 1e-6 >= code_min)
        count = min(len(codes), max(least, int((box.height - name_min + 1e-6) // code_min)))
        spare = box.height - count * code_min - name_min
        best = [head + gap + places.largest * (0.92 if at == 0 else 0.62) for at in range(count)]
        grown = sum(max(0.0, height - code_min) for height in best)
        share = min(1.0, max(0.0, spare * (0.6 if name else 1.0) / grown)) if grown else 0.0
        y = box.y
        for (caption, code), height in zip(codes, best, strict=False):
            tall = code_min + max(0.0, height - code_min) * share
            self.code(caption, code, Box(box.x, y, box.width, tall - gap), tall)
            y += tall
        rest = box.y + box.height - y
        if name and rest >= name_min - 1e-6:
            below = Box(box.x, y + gap, box.width, rest - gap)
            self.words(
                "name", name, below, (places.smallest, min(places.largest, rest - gap)), Style(), may_be_cut=True
            )

    def details(self, details: Sequence[Detail], stock: Stock) -> None:
        """Cut the areas into cells; without room, what nobody must rely on is left off from the end."""
        shown = list(details)
        while (cells := self.cells(shown)) is None:
            left = next((at for at in reversed(range(len(shown))) if not shown[at].is_needed), None)
            if left is None:
                raise _too_small(stock, f"all of {', '.join(detail.caption.lower() for detail in shown)}")
            del shown[left]
        for detail, cell in zip(shown, cells, strict=True):
            self.detail(detail, cell)

    def cells(self, details: Sequence[Detail]) -> list[Box] | None:
        """Give each detail its cell, or more than one side by side if it is long; None if they do not all fit."""
        rest = list(details)
        cells: list[Box] = []
        for box in self.places.details:
            rows = self.rows(rest, box)
            rest = rest[sum(len(row) for row in rows) :]
            height = min(box.height / len(rows), 1.4 * self.places.cell[1]) if rows else 0.0
            for at, row in enumerate(rows):
                x = box.x
                # The last one of a row has what is left of it.
                for place, width in enumerate(row, 1):
                    wide = box.x + box.width - x if place == len(row) else width
                    cells.append(Box(x, box.y + at * height, wide * 0.96, height * 0.96))
                    x += wide
        return None if rest else cells

    def rows(self, details: Sequence[Detail], box: Box) -> list[list[float]]:
        """Give the widths of the cells of each row of an area, for as many details as it holds."""
        columns = max(1, int((box.width + 1e-6) / self.places.cell[0]))
        most = int((box.height + 1e-6) / self.places.cell[1])
        rows: list[list[float]] = []
        free = 0
        for detail in details:
            needs = min(columns, math.ceil(self.narrowest(detail) / (box.width / columns * 0.96)))
            if needs > free:
                if len(rows) == most:
                    break
                rows.append([])
                free = columns
            rows[-1].append(needs * box.width / columns)
            free -= needs
        return rows

    def narrowest(self, detail: Detail) -> float:
        """Say how many millimetres wide a detail is at the least, if it may not be cut."""
        if detail.may_be_cut:
            return 0.01
        return (shaped(detail.text, STRONG).width + 0.2) * self.places.smallest

    def detail(self, detail: Detail, cell: Box) -> None:
        box = self.captioned(detail.caption, cell)
        sizes = (self.places.smallest, min(self.most, self.places.largest, box.height))
        name = detail.caption.lower()
        self.words(name, detail.text, box, sizes, Style(), may_be_cut=detail.may_be_cut, is_one_line_better=True)

    def printed(self, words: Wording, box: Box) -> None:
        width = box.width
        if words.demo and box.width >= _FOOT_DEMO_MM_MIN:
            tag = Box(box.x + box.width - 15, box.y - 0.8, 15, box.height + 1.2)
            self.ink(tag)
            self.text("DEMO", tag, box.height, Style(align="center", is_white=True, is_in_band=True))
            width -= 17
        sizes = (min(self.caption_size * 0.75, box.height), min(self.caption_size * 1.25, box.height))
        self.words("date of printing", words.printed, Box(box.x, box.y, width, box.height), sizes, Style(PLAIN))
