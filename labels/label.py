"""Make labels: the two functions the rest of the product calls.

Nothing leaves here that has not been decoded again.
"""

from __future__ import annotations

from collections.abc import Sequence

from labels.content import LabelContent
from labels.layout import lay_out
from labels.pdf import pdf_bytes
from labels.png import png_bytes, raster
from labels.refusal import LabelRefused
from labels.stock import STOCKS, Stock
from labels.verify import verify_pdf, verify_png

LABELS_MAX = 500


def render_png(content: LabelContent, stock: str, dpi: int) -> bytes:
    """Make one label as a picture of exactly the printer's dots."""
    sheet = lay_out(content, _stock(stock), dpi)
    data = png_bytes(raster(sheet), dpi)
    verify_png(data, sheet)
    return data


def render_pdf(contents: Sequence[LabelContent], stock: str, dpi: int) -> bytes:
    """Make one to five hundred labels as a document with a page for each."""
    if not 1 <= len(contents) <= LABELS_MAX:
        raise LabelRefused("label_count", f"Ask for 1 to {LABELS_MAX} labels at a time, not {len(contents)}.")
    sheets = [lay_out(content, _stock(stock), dpi) for content in contents]
    data = pdf_bytes(sheets)
    verify_pdf(data, sheets)
    return data


def _stock(name: str) -> Stock:
    if (stock := STOCKS.get(name)) is None:
        raise LabelRefused("stock_unknown", f"There is no stock “{name[:40]}”. There is: {', '.join(STOCKS)}.")
    return stock
