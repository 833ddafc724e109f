"""A label as a picture with one bit per dot: exactly the dots a thermal printer burns.

No grey, no smoothing, no scaling. The resolution is written into the file, so that a viewer or a print
queue that asks knows the true size.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from io import BytesIO

from PIL import Image

from labels.drawing import Placed, Sheet
from labels.lettering import inked, shaped

_BLACK, _WHITE = 0, 1


def raster(sheet: Sheet) -> Image.Image:
    """Draw a label dot by dot."""
    image = Image.new("1", (sheet.width, sheet.height), _WHITE)
    for area in sheet.areas:
        box = (area.x, area.y, area.x + area.width, area.y + area.height)
        image.paste(_WHITE if area.is_white else _BLACK, box)
    for line in sheet.lines:
        mask, left, top = written(line.text, line.face, line.size)
        if mask is not None:
            image.paste(_WHITE if line.is_white else _BLACK, (line.x + left, line.y + top), mask)
    for placed in sheet.symbols:
        image.paste(modules(placed), (placed.x, placed.y))
    return image


@lru_cache(maxsize=512)
def written(text: str, face: str, size: int) -> tuple[Image.Image | None, int, int]:
    """Draw a line of text as a mask; left and top edge from its origin, which is the left end of the baseline.

    Most lines of a run of labels are the same on each: captions, batch, item, owner, site.
    """
    marks = []
    for glyph in shaped(text, face).glyphs:
        mask, left, up = inked(glyph.face, glyph.number, size)
        if mask is not None:
            marks.append((mask, round(glyph.x * size) + left, -round(glyph.y * size) - up))
    if not marks:
        return None, 0, 0
    left, top = min(mark[1] for mark in marks), min(mark[2] for mark in marks)
    width = max(x + mask.width for mask, x, _ in marks) - left
    height = max(y + mask.height for mask, _, y in marks) - top
    line = Image.new("1", (width, height), 0)
    for mask, x, y in marks:
        line.paste(1, (x - left, y - top), mask)
    return line, left, top


def modules(placed: Placed) -> Image.Image:
    """Blow a matrix up by a whole factor, which repeats each module and invents nothing."""
    rows = placed.symbol.rows
    cells = b"".join(rows).translate(_CELLS)
    size = (1, len(rows[0])) if placed.is_upright else (len(rows[0]), len(rows))
    return Image.frombytes("L", size, cells).resize((placed.width, placed.height), Image.Resampling.NEAREST)


_CELLS = bytes.maketrans(b"\x00\x01", b"\xff\x00")


def png_bytes(image: Image.Image, dpi: int) -> bytes:
    """Write a raster as a PNG file that knows its size in millimetres."""
    file = BytesIO()
    # Run lengths are all there is to find in bars and letters: the size of the default in half the time.
    image.save(file, "PNG", dpi=(dpi, dpi), compress_level=6, compress_type=zlib.Z_RLE)
    return file.getvalue()
