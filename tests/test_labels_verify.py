"""The last look: a label that says anything but what was asked is not handed out."""

from __future__ import annotations

from io import BytesIO

import barcode
import msgspec
import pytest
from PIL import ImageDraw
from test_labels_label import CONTENT

from labels.drawing import Placed, Sheet
from labels.identity import LotIdentity
from labels.layout import lay_out
from labels.pdf import Feed, Imposed, impose, pdf_bytes
from labels.png import png_bytes, raster
from labels.refusal import LabelRefused
from labels.stock import built_in
from labels.verify import verify_pdf, verify_png

pytestmark = pytest.mark.requirement("L8")
SHEET = lay_out(CONTENT, built_in()["100x150"], 203)


def other(batch: str) -> Sheet:
    return lay_out(msgspec.structs.replace(CONTENT, identity=LotIdentity(batch, "X", None)), built_in()["100x150"], 203)


def pages(count: int) -> Imposed:
    return impose(count, built_in()["100x150"], Feed())


def refused(verify: object, *given: object) -> bool:
    with pytest.raises(LabelRefused) as refusal:
        verify(*given)
    return refusal.value.code == "verification_failed"


def test_a_good_label_passes() -> None:
    verify_png(png_bytes(raster(SHEET), 203), SHEET)
    verify_pdf(pdf_bytes([SHEET, SHEET]), [SHEET, SHEET], pages(2))


def test_the_label_of_another_lot_is_caught() -> None:
    assert refused(verify_png, png_bytes(raster(other("MAK-1")), 203), other("MAK-2"))
    assert refused(verify_pdf, pdf_bytes([SHEET, other("MAK-1")]), [SHEET, other("MAK-2")], pages(2))


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_damaged_symbol_of_the_three_is_caught(which: int) -> None:
    image = raster(SHEET)
    placed = SHEET.symbols[which]
    side = placed.symbol.width * placed.dots
    ImageDraw.Draw(image).rectangle((placed.x, placed.y, placed.x + side, placed.y + side // 3), fill=1)
    assert refused(verify_png, png_bytes(image, 203), SHEET)


def test_a_symbol_too_many_is_caught() -> None:
    image = raster(SHEET)
    placed = SHEET.symbols[2]
    side = placed.symbol.span * placed.dots
    corner = placed.x - 4 * placed.dots, placed.y - 4 * placed.dots
    image.paste(image.crop((*corner, corner[0] + side, corner[1] + side)), (380, 270))
    assert refused(verify_png, png_bytes(image, 203), SHEET)


def test_bars_that_lost_a_leading_99_are_caught() -> None:
    """What the bar code library draws for 990142 scans as 0142."""
    sheet = other("990142")
    linear = sheet.symbols[0]
    bars = bytes(bar == "1" for bar in barcode.get("code128", "990142").build()[0])
    wrong = Placed(
        msgspec.structs.replace(linear.symbol, rows=(bars,)),
        linear.x,
        linear.y,
        linear.dots,
        linear.bar_length,
        is_upright=True,
    )
    spoiled = msgspec.structs.replace(sheet, symbols=(wrong, *sheet.symbols[1:]))
    assert refused(verify_png, png_bytes(raster(spoiled), 203), sheet)
    assert refused(verify_pdf, pdf_bytes([spoiled]), [sheet], pages(1))


def test_a_page_too_few_or_too_many_is_caught() -> None:
    assert refused(verify_pdf, pdf_bytes([SHEET]), [SHEET, SHEET], pages(2))
    assert refused(verify_pdf, pdf_bytes([SHEET, SHEET]), [SHEET], pages(1))


def test_a_label_of_another_size_is_caught() -> None:
    smaller = BytesIO()
    raster(SHEET).resize((SHEET.width - 40, SHEET.height - 60)).save(smaller, "PNG")
    assert refused(verify_png, smaller.getvalue(), SHEET)
    assert refused(verify_pdf, pdf_bytes([msgspec.structs.replace(SHEET, width_mm=120)]), [SHEET], pages(1))
