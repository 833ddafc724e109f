"""Labels as a document: one page for each, of exactly the size of the stock.

Symbols are outlines on the dot grid of the printer they were laid out for, one path each, so that no
viewer shows seams between modules. The same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from labels.layout import Placed, Sheet
from labels.lettering import CODE, PLAIN, STRONG, outlines

_POINTS_PER_INCH = 72


def pdf_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Write labels as one PDF, in the order given."""
    for face in (CODE, PLAIN, STRONG):
        pdfmetrics.registerFont(outlines(face))
    file = BytesIO()
    canvas = Canvas(file, invariant=1, pageCompression=1)
    canvas.setTitle("Labels")
    for sheet in sheets:
        canvas.setPageSize((sheet.width_mm * mm, sheet.height_mm * mm))
        _page(canvas, sheet)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _page(canvas: Canvas, sheet: Sheet) -> None:
    """Draw one label in dots, counted from the upper left corner as on the raster."""
    dot = _POINTS_PER_INCH / sheet.dpi
    top = sheet.height_mm * mm
    for area in sheet.areas:
        canvas.setFillGray(1 if area.is_white else 0)
        canvas.rect(area.x * dot, top - (area.y + area.height) * dot, area.width * dot, area.height * dot, 0, 1)
    for line in sheet.lines:
        canvas.setFillGray(1 if line.is_white else 0)
        canvas.setFont(line.face, line.size * dot)
        draw = {"left": canvas.drawString, "center": canvas.drawCentredString, "right": canvas.drawRightString}
        draw[line.align](line.x * dot, top - line.y * dot, line.text)
    canvas.setFillGray(0)
    for placed in sheet.symbols:
        canvas.saveState()
        scale = placed.dots * dot
        canvas.transform(scale, 0, 0, -scale, placed.x * dot, top - placed.y * dot)
        canvas.doForm(_form(canvas, placed))
        canvas.restoreState()


def _form(canvas: Canvas, placed: Placed) -> str:
    """Draw a symbol in modules, once per document however often and large it is shown."""
    symbol = placed.symbol
    bar_length = placed.bar_length / placed.dots if placed.bar_length else 0
    name = sha256(repr((symbol.rows, bar_length)).encode()).hexdigest()[:24]
    if not canvas.hasForm(name):
        canvas.beginForm(name, 0, 0, bar_length or symbol.width, symbol.width)
        path = canvas.beginPath()
        if bar_length:
            for start, length in _runs(symbol.rows[0]):
                path.rect(0, start, bar_length, length)
        else:
            for y, row in enumerate(symbol.rows):
                for start, length in _runs(row):
                    path.rect(start, y, length, 1)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.endForm()
    return name


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    start, length = 0, 0
    for at, module in enumerate((*row, 0)):
        if module:
            start, length = (start, length + 1) if length else (at, 1)
        elif length:
            yield start, length
            length = 0
