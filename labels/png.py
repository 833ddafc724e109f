"""A label as a picture with one bit per dot: exactly the dots a thermal printer burns.

No grey, no smoothing, no scaling. The resolution is written into the file, so that a viewer or a print
queue that asks knows the true size.
"""

from __future__ import annotations

import zlib
from io import BytesIO

from PIL import Image, ImageDraw

from labels.layout import Placed, Sheet
from labels.lettering import bitmap

_ANCHOR = {"left": "ls", "center": "ms", "right": "rs"}
_BLACK, _WHITE = 0, 1


def raster(sheet: Sheet) -> Image.Image:
    """Draw a label dot by dot."""
    image = Image.new("1", (sheet.width, sheet.height), _WHITE)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    for area in sheet.areas:
        draw.rectangle(
            (area.x, area.y, area.x + area.width - 1, area.y + area.height - 1),
            fill=_WHITE if area.is_white else _BLACK,
        )
    for line in sheet.lines:
        font = bitmap(line.face, line.size)
        draw.text(
            (line.x, line.y), line.text, font=font, fill=_WHITE if line.is_white else _BLACK, anchor=_ANCHOR[line.align]
        )
    for placed in sheet.symbols:
        image.paste(_modules(placed), (placed.x, placed.y))
    return image


def _modules(placed: Placed) -> Image.Image:
    """Blow a matrix up by a whole factor, which repeats each module and invents nothing."""
    rows, dots = placed.symbol.rows, placed.dots
    if placed.bar_length:
        bars = Image.frombytes("L", (1, len(rows[0])), bytes(0 if module else 255 for module in rows[0]))
        return bars.resize((placed.bar_length, len(rows[0]) * dots), Image.Resampling.NEAREST)
    cells = bytes(0 if module else 255 for row in rows for module in row)
    matrix = Image.frombytes("L", (len(rows[0]), len(rows)), cells)
    return matrix.resize((len(rows[0]) * dots, len(rows) * dots), Image.Resampling.NEAREST)


def png_bytes(image: Image.Image, dpi: int) -> bytes:
    """Write a raster as a PNG file that knows its size in millimetres."""
    file = BytesIO()
    # Run lengths are all there is to find in bars and letters: the size of the default in half the time.
    image.save(file, "PNG", dpi=(dpi, dpi), compress_level=6, compress_type=zlib.Z_RLE)
    return file.getvalue()
