"""A page to try a printer with: the edge of every label, and a ruler along its top and left.

Whoever lays a ruler on it sees how far the printer is off, and by how much too small or large it prints.
"""

from __future__ import annotations

from labels.arrangement import Box
from labels.drawing import Drawing, Sheet, Style
from labels.lettering import PLAIN
from labels.stock import Stock

_EDGE_MM = 0.25
_CAPTION_MM = 2.0
_LENGTHS_MM = {10: 3.4, 5: 2.2, 1: 1.2}
"""How long the mark of every tenth, fifth and single millimetre is."""


def ruler(stock: Stock, dpi: int) -> Sheet:
    """Draw one label of a stock as edge and rulers, its name and the printer's `dpi` inside."""
    drawing = Drawing(dpi, _CAPTION_MM)
    width, height = stock.width_mm, stock.height_mm
    for edge in (
        Box(0, 0, width, _EDGE_MM),
        Box(0, height - _EDGE_MM, width, _EDGE_MM),
        Box(0, 0, _EDGE_MM, height),
        Box(width - _EDGE_MM, 0, _EDGE_MM, height),
    ):
        drawing.ink(edge)
    for at in range(1, int(width)):
        drawing.ink(Box(at - _EDGE_MM / 2, 0, _EDGE_MM, _length(at)))
    for at in range(1, int(height)):
        drawing.ink(Box(0, at - _EDGE_MM / 2, _length(at), _EDGE_MM))
    for at in range(10, int(width) - 3, 10):
        drawing.text(f"{at}", Box(at - 3, 4, 6, _CAPTION_MM), _CAPTION_MM, Style(PLAIN, align="center"))
    for at in range(10, int(height) - 3, 10):
        drawing.text(f"{at}", Box(4, at - 0.7, 6, _CAPTION_MM), _CAPTION_MM, Style(PLAIN))
    drawing.text(f"{stock.title} · {dpi} dpi", Box(9, 9, width - 11, 3), 2.6, Style())
    size = drawing.area(Box(0, 0, width, height))
    return Sheet(
        width_mm=width,
        height_mm=height,
        dpi=dpi,
        width=size.width,
        height=size.height,
        areas=tuple(drawing.areas),
        lines=tuple(drawing.lines),
        symbols=(),
    )


def _length(at: int) -> float:
    return next(length for step, length in _LENGTHS_MM.items() if at % step == 0)
