"""Make labels: the functions the rest of the product calls.

Nothing leaves here that has not been decoded again.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from labels.content import Content
from labels.drawing import Sheet
from labels.layout import lay_out
from labels.pdf import Feed, impose, pdf_bytes
from labels.png import png_bytes, raster
from labels.refusal import LabelRefused
from labels.ruler import ruler
from labels.stock import Stock, built_in
from labels.svg import svg_text
from labels.verify import verify_pdf, verify_picture, verify_png, verify_svg, verify_zpl
from labels.zpl import Packing, zpl_native, zpl_picture

LABELS_MAX = 1000


def render_png(content: Content, stock: str | Stock, dpi: int) -> bytes:
    """Make one label as a picture of exactly the printer's dots."""
    sheet = lay_out(content, _stock(stock), dpi)
    data = png_bytes(raster(sheet), dpi)
    verify_png(data, sheet)
    return data


def render_svg(content: Content, stock: str | Stock, dpi: int) -> bytes:
    """Make one label as a drawing."""
    sheet = lay_out(content, _stock(stock), dpi)
    text = svg_text(sheet)
    verify_svg(text, sheet)
    return text.encode("utf-8")


def render_pdf(contents: Sequence[Content], stock: str | Stock, dpi: int, feed: Feed | None = None) -> bytes:
    """Make one to a thousand labels as a document: a page for each, or pages that are cut into labels."""
    found = _stock(stock)
    sheets = _sheets(contents, found, dpi)
    imposed = impose(len(sheets), found, feed or Feed())
    data = pdf_bytes(sheets, imposed)
    verify_pdf(data, sheets, imposed)
    return data


def render_zpl(
    contents: Sequence[Content], stock: str | Stock, dpi: int, *, packing: Packing = "z64", native: bool = False
) -> bytes:
    """Make one to a thousand labels for a thermal printer: each one picture, or in the printer's own words.

    A picture is unpacked and decoded again. Of a label in the printer's own words only the same label drawn by us is.
    """
    sheets = _sheets(contents, _stock(stock), dpi)
    return "".join(_zpl(sheet, packing, native=native) for sheet in sheets).encode("utf-8")


def render_test_page(stock: str | Stock, dpi: int, feed: Feed | None = None, *, is_zpl: bool = False) -> bytes:
    """Make a page to try a printer with: edges and rulers in the place of every label. It has no symbol to decode."""
    found = _stock(stock)
    sheet = ruler(found, dpi)
    if is_zpl:
        return zpl_picture(sheet).encode("utf-8")
    count = found.page.columns * found.page.rows if found.page else 1
    imposed = impose(count, found, msgspec.structs.replace(feed or Feed(), first_position=1))
    return pdf_bytes([sheet] * count, imposed)


def _zpl(sheet: Sheet, packing: Packing, *, native: bool) -> str:
    if native:
        verify_picture(raster(sheet).convert("L"), sheet)
        return zpl_native(sheet)
    text = zpl_picture(sheet, packing)
    verify_zpl(text, sheet)
    return text


def _sheets(contents: Sequence[Content], stock: Stock, dpi: int) -> list[Sheet]:
    if not 1 <= len(contents) <= LABELS_MAX:
        raise LabelRefused("label_count", f"Ask for 1 to {LABELS_MAX} labels at a time, not {len(contents)}.")
    return [lay_out(content, stock, dpi) for content in contents]


def _stock(stock: str | Stock) -> Stock:
    if isinstance(stock, Stock):
        return stock
    stocks = built_in()
    if (found := stocks.get(stock)) is None:
        raise LabelRefused("stock_unknown", f"There is no stock “{stock[:40]}”. There is: {', '.join(stocks)}.")
    return found
