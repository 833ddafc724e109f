"""A page to try a printer with: its marks are where a ruler laid on it has them."""

from __future__ import annotations

import pytest

from labels.label import render_test_page
from labels.png import raster
from labels.ruler import ruler
from labels.stock import Stock, built_in


@pytest.mark.requirement("L4")
@pytest.mark.parametrize("stock", built_in().values(), ids=list(built_in()))
@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_every_tenth_millimetre_has_a_longer_mark_just_there(stock: Stock, dpi: int) -> None:
    picture = raster(ruler(stock, dpi)).convert("L")
    mm = dpi / 25.4
    for at in range(10, int(stock.width_mm), 10):
        assert picture.getpixel((round(at * mm), round(3 * mm))) == 0
        assert picture.getpixel((round((at - 0.5) * mm), round(3 * mm))) == 255
    for at in range(10, int(stock.height_mm), 10):
        assert picture.getpixel((round(3 * mm), round(at * mm))) == 0


@pytest.mark.requirement("L4")
def test_a_test_page_of_a_sheet_has_an_edge_for_every_label() -> None:
    assert render_test_page("a4-63x38", 203).startswith(b"%PDF-")
    assert render_test_page("100x50", 203, is_zpl=True).startswith(b"^XA")
