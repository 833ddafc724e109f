"""The last look at a label before anybody gets it: decode the finished bytes and compare every symbol.

What is compared is exactly what the layout was asked to place: a page of the right size with as many
symbols, of the same kind, with the same text, and nothing else. A label that fails is a fault of ours,
and nobody gets to stick it on.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import zip_longest

from PIL import Image

from labels.layout import Sheet
from labels.reading import pdf_pages, symbols_in
from labels.refusal import LabelRefused


def verify_png(data: bytes, sheet: Sheet) -> None:
    """Refuse a PNG that does not read back as its sheet, dot for dot as large."""
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        if image.size != (sheet.width, sheet.height) or not _reads_back(image.convert("L"), sheet):
            raise _failed(sheet)


def verify_pdf(data: bytes, sheets: Sequence[Sheet]) -> None:
    """Refuse a PDF any page of which does not read back as its sheet at the printer's resolution."""
    for page, sheet in zip_longest(pdf_pages(data, sheets[0].dpi), sheets):
        if page is None or sheet is None or not _is_as_large(page, sheet) or not _reads_back(page, sheet):
            raise _failed(sheet or sheets[-1])


def _is_as_large(page: Image.Image, sheet: Sheet) -> bool:
    # A page is drawn on whole pixels, rounded up.
    return 0 <= page.width - sheet.width <= 1 and 0 <= page.height - sheet.height <= 1


def _reads_back(picture: Image.Image, sheet: Sheet) -> bool:
    return symbols_in(picture) == sorted((placed.symbol.symbology, placed.symbol.text) for placed in sheet.symbols)


def _failed(sheet: Sheet) -> LabelRefused:
    text = min(placed.symbol.text for placed in sheet.symbols)
    return LabelRefused("verification_failed", f"The label for “{text[:60]}” did not read back right: print nothing.")
