"""A label as a drawing: letters as outlines, so that it looks the same without our fonts, one unit for each dot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from labels.drawing import Line, Placed, Sheet
from labels.lettering import shaped, shaper

_EM = 1000


def svg_text(sheet: Sheet) -> str:
    """Write a label as SVG, its size in millimetres, its words as description for those who cannot see it."""
    said = escape(" · ".join(dict.fromkeys(line.text for line in sheet.lines)))
    outlines: dict[str, str] = {}
    body = [*_areas(sheet), *(_line(line, outlines) for line in sheet.lines), *map(_symbol, sheet.symbols)]
    glyphs = "".join(f'<path id="{name}" d="{path}"/>' for name, path in outlines.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{sheet.width_mm:g}mm" height="{sheet.height_mm:g}mm" '
        f'viewBox="0 0 {sheet.width} {sheet.height}" role="img"><desc>{said}</desc><defs>{glyphs}</defs>'
        f'<path fill="#fff" d="M0 0h{sheet.width}v{sheet.height}H0z"/>{"".join(body)}</svg>\n'
    )


def _areas(sheet: Sheet) -> Iterator[str]:
    for area in sheet.areas:
        fill = ' fill="#fff"' if area.is_white else ""
        yield f'<path{fill} d="M{area.x} {area.y}h{area.width}v{area.height}h-{area.width}z"/>'


def _line(line: Line, outlines: dict[str, str]) -> str:
    """Place each glyph by reference; the outline is written once."""
    text, face, size = line.text, line.face, line.size
    uses = []
    for glyph in shaped(text, face).glyphs:
        path = outline(glyph.face, glyph.number)
        if not path:
            continue
        name = outlines_name(glyph.face, glyph.number)
        outlines[name] = path
        uses.append(f'<use href="#{name}" x="{round(glyph.x * _EM)}" y="{-round(glyph.y * _EM)}"/>')
    fill = ' fill="#fff"' if line.is_white else ""
    place = f"translate({line.x} {line.y}) scale({size / _EM:g})"
    return f'<g{fill} transform="{place}">{"".join(uses)}</g>'


def outlines_name(face: str, index: int) -> str:
    """Name an outline within one drawing."""
    return f"{''.join(filter(str.isupper, face))}{index}"


@lru_cache(maxsize=4096)
def outline(face: str, index: int) -> str:
    """Give a glyph's outline as path data in thousandths of its em, downwards."""
    font = shaper(face)
    scale = _EM / font.face.upem
    pen = _Pen(scale)
    font.draw_glyph_with_pen(index, pen)
    return "".join(pen.path)


class _Pen:
    """Collects an outline, in the words that HarfBuzz's pens have."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self.path: list[str] = []

    def _put(self, letter: str, *points: tuple[float, float]) -> None:
        numbers = " ".join(f"{round(x * self.scale)} {-round(y * self.scale)}" for x, y in points)
        self.path.append(letter + numbers)

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._put("M", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._put("L", point)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._put("Q", *points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._put("C", *points)

    def closePath(self) -> None:  # noqa: N802
        self.path.append("z")

    def endPath(self) -> None:  # noqa: N802
        self.path.append("z")


def _symbol(placed: Placed) -> str:
    """Draw a symbol as one path of whole dots, so that no viewer shows seams between modules."""
    path = "".join(f"M{x} {y}h{width}v{height}h-{width}z" for x, y, width, height in module_runs(placed))
    return f'<path class="symbol" shape-rendering="crispEdges" d="{path}"/>'


def module_runs(placed: Placed) -> Iterator[tuple[int, int, int, int]]:
    """Give the black rectangles of a symbol in dots: x, y, width, height."""
    dots = placed.dots
    for down, row in enumerate(placed.symbol.rows):
        for start, length in runs(row):
            if placed.is_upright:
                yield placed.x, placed.y + start * dots, placed.bar_length, length * dots
            else:
                yield placed.x + start * dots, placed.y + down * dots, length * dots, placed.bar_length or dots


def runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Give start and length of each run of black modules."""
    at = 0
    for module, group in groupby(row):
        length = sum(1 for _ in group)
        if module:
            yield at, length
        at += length


_PATH = re.compile(r'<path class="symbol"[^>]* d="([^"]*)"/>')
_RECTANGLE = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")


def symbols_drawn(text: str, size: tuple[int, int]) -> Image.Image:
    """Draw the symbols of a finished drawing from its own text, for reading back."""
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    for path in _PATH.findall(text):
        for x, y, width, height in (map(int, found) for found in _RECTANGLE.findall(path)):
            draw.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    return picture
