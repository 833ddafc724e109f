"""The last look at a label before anybody gets it: decode the finished bytes and compare every symbol.

What is compared is exactly what the layout was asked to place: a label of the right size with as many
symbols, of the same kind, with the same text, and nothing else. A label that fails is a fault of ours,
and nobody gets to stick it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import groupby

from PIL import Image

from labels.drawing import MM_PER_INCH, Sheet
from labels.pdf import Imposed, Slot
from labels.reading import pdf_pages, symbols_in
from labels.refusal import LabelRefused
from labels.svg import symbols_drawn
from labels.zpl import picture_sent


def verify_png(data: bytes, sheet: Sheet) -> None:
    """Refuse a PNG that does not read back as its sheet, dot for dot as large."""
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        verify_picture(image.convert("L"), sheet)


def verify_picture(picture: Image.Image, sheet: Sheet) -> None:
    """Refuse a picture that does not read back as its sheet, dot for dot as large."""
    if picture.size != (sheet.width, sheet.height) or not _reads_back(picture, sheet):
        raise _failed(sheet)


def verify_svg(text: str, sheet: Sheet) -> None:
    """Refuse a drawing whose symbols, drawn from its own text, do not read back as its sheet."""
    verify_picture(symbols_drawn(text, (sheet.width, sheet.height)), sheet)


def verify_zpl(text: str, sheet: Sheet) -> None:
    """Refuse a label for a thermal printer whose picture does not unpack to its sheet and read back."""
    picture = picture_sent(text, (sheet.width, sheet.height))
    if picture is None:
        raise _failed(sheet)
    verify_picture(picture.convert("L"), sheet)


def verify_pdf(data: bytes, sheets: Sequence[Sheet], imposed: Imposed) -> None:
    """Refuse a PDF any label of which does not read back as its sheet at the printer's resolution."""
    labels = iter(zip(sheets, imposed.slots, strict=True))
    pages = pdf_pages(data, sheets[0].dpi)
    for _, here in groupby(labels, key=lambda label: label[1].page):
        page = next(pages, None)
        for sheet, slot in here:
            if page is None or not _is_as_large(page, imposed, sheet.dpi):
                raise _failed(sheet)
            if not _reads_back(_cut_out(page, sheet, slot, imposed), sheet):
                raise _failed(sheet)
    if next(pages, None) is not None:
        raise _failed(sheets[-1])


def _is_as_large(page: Image.Image, imposed: Imposed, dpi: int) -> bool:
    # A page is drawn on whole pixels, rounded up.
    wide, high = imposed.width_mm * dpi / MM_PER_INCH, imposed.height_mm * dpi / MM_PER_INCH
    return -1 < page.width - wide < 1.5 and -1 < page.height - high < 1.5


def _cut_out(page: Image.Image, sheet: Sheet, slot: Slot, imposed: Imposed) -> Image.Image:
    """Cut one label out of a page, as the printer would have put it there."""
    feed = imposed.feed
    dots = sheet.dpi / MM_PER_INCH
    left = round((slot.x_mm * feed.scale - feed.offset_x_mm) * dots)
    # A page is fed from its foot in PDF: what scaling leaves over is at its foot too.
    top = round((slot.y_mm * feed.scale - feed.offset_y_mm) * dots)
    right, bottom = left + round(sheet.width * feed.scale), top + round(sheet.height * feed.scale)
    return page.crop((max(0, left), max(0, top), min(page.width, right), min(page.height, bottom)))


def _reads_back(picture: Image.Image, sheet: Sheet) -> bool:
    return symbols_in(picture) == sorted((placed.symbol.symbology, placed.symbol.text) for placed in sheet.symbols)


def _failed(sheet: Sheet) -> LabelRefused:
    text = min(placed.symbol.text for placed in sheet.symbols)
    return LabelRefused("verification_failed", f"The label for “{text[:60]}” did not read back right: print nothing.")
