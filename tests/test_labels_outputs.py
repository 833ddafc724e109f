"""One layout, four outputs: whatever a label is sent as, every symbol on it says what was asked for."""

from __future__ import annotations

from io import BytesIO

import msgspec
import pypdfium2
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from test_labels_label import CONTENT, identities, symbols_on
from zpl_printer import Unprintable, burn

from labels.content import LabelContent
from labels.identity import LotIdentity, UnitIdentity, linear_text, mint_serial, payload
from labels.label import render_pdf, render_png, render_svg, render_zpl
from labels.layout import lay_out
from labels.pdf import Feed
from labels.png import raster
from labels.refusal import LabelRefused
from labels.stock import built_in
from labels.svg import symbols_drawn
from labels.zpl import escaped

ROLLS = ("100x150", "100x50", "50x25")
SHEETS = tuple(name for name, stock in built_in().items() if stock.page)
stocks = st.sampled_from(sorted(built_in()))


def pages(pdf: bytes, dpi: int) -> list[Image.Image]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil() for page in document]


def burnt(zpl: bytes) -> Image.Image:
    (label,) = burn(zpl.decode("utf-8"))
    return label


def drawn(svg: bytes, size: tuple[int, int]) -> Image.Image:
    return symbols_drawn(svg.decode("utf-8"), size)


@pytest.mark.requirement("L1", "L3", "L4", "L8")
@settings(deadline=None, max_examples=12)
@given(identities, stocks, st.sampled_from([203, 203, 300, 600]))
@example(LotIdentity("990142", "99", None), "50x25", 203)
@example(UnitIdentity("W" * 20, "M" * 20, "Q" * 20, "HTTPS://L.EXAMPLE.COM"), "100x50", 203)
def test_every_output_says_what_was_asked_for(identity: LotIdentity | UnitIdentity, stock: str, dpi: int) -> None:
    content = LabelContent(identity=identity, printed_at="22 Nov 2026, 10:23", quantity="25", unit_of_measure="kg")
    sheet = lay_out(content, built_in()[stock], dpi)
    symbol = ("]Q1", payload(identity, identity.origin))
    bars = [("]C0", linear_text(identity))] if sheet.symbols[0].bar_length else []
    wanted = sorted([*bars, *([symbol] * len(built_in()[stock].places.qr))])
    png = Image.open(BytesIO(render_png(content, stock, dpi)))
    assert symbols_on(png) == wanted
    assert symbols_on(drawn(render_svg(content, stock, dpi), (sheet.width, sheet.height))) == wanted
    assert symbols_on(burnt(render_zpl([content], stock, dpi))) == wanted
    assert symbols_on(burnt(render_zpl([content], stock, dpi, native=True))) == wanted
    (page,) = pages(render_pdf([content], stock, dpi), 203 if dpi == 600 else dpi)
    assert symbols_on(page) == wanted


@pytest.mark.requirement("L4")
@pytest.mark.parametrize("stock", sorted(built_in()))
@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("packing", ["z64", "acs"])
def test_a_thermal_printer_burns_the_very_dots_of_the_picture(stock: str, dpi: int, packing: str) -> None:
    picture = Image.open(BytesIO(render_png(CONTENT, stock, dpi))).convert("L")
    printed = burnt(render_zpl([CONTENT], stock, dpi, packing=packing))
    assert ImageChops.difference(printed, picture).getbbox() is None


def test_each_label_for_a_thermal_printer_is_its_own() -> None:
    """No state of one label may leak into the next."""
    serials = [mint_serial("03K", "4QX", counter) for counter in range(8)]
    contents = [
        msgspec.structs.replace(CONTENT, identity=UnitIdentity("MAK-2026-0142", "PARA-90DC", serial, None))
        for serial in serials
    ]
    for native in (False, True):
        printed = burn(render_zpl(contents, "100x50", 203, native=native).decode())
        assert [symbols_on(label)[0] for label in printed] == [("]C0", serial) for serial in serials]


@pytest.mark.requirement("L4")
def test_a_text_is_never_a_command_of_the_printer() -> None:
    attack = "^XZ^XA^FO0,0^GB800,800,800^FS~JA^XZ _5E \\ é 試"
    content = msgspec.structs.replace(CONTENT, item_name=attack)
    for native in (False, True):
        (label,) = burn(render_zpl([content], "100x150", 203, native=native).decode())
        assert len(symbols_on(label)) == 3
    assert not set("^~") & set(escaped(attack))


def test_the_tests_printer_refuses_what_a_real_one_would() -> None:
    good = render_zpl([CONTENT], "50x25", 203).decode()
    for bad in (
        good.replace("^XZ", ""),
        good.replace(":Z64:e", ":Z64:f"),
        "~JA" + good,
        good.replace("^PQ1", "^PQ2"),
    ):
        with pytest.raises(Unprintable):
            burn(bad)


@pytest.mark.requirement("L4")
@pytest.mark.parametrize("stock", SHEETS)
def test_a_page_of_labels_holds_each_at_its_place(stock: str) -> None:
    """The ink of every label is where the vendor's page has a label, within a tenth of a millimetre."""
    page = built_in()[stock].page
    assert page is not None
    per_page = page.columns * page.rows
    serials = [mint_serial("03K", "4QX", counter) for counter in range(per_page)]
    contents = [
        msgspec.structs.replace(CONTENT, identity=UnitIdentity("MAK-2026-0142", "X", serial, None))
        for serial in serials
    ]
    dpi = 300
    (picture,) = pages(render_pdf(contents, stock, dpi), dpi)
    dots = dpi / 25.4
    for number, content in enumerate(contents):
        sheet = lay_out(content, built_in()[stock], dpi)
        left = (page.left + number % page.columns * page.pitch_x) * dots
        top = (page.top + number // page.columns * page.pitch_y) * dots
        label = picture.crop((round(left), round(top), round(left) + sheet.width, round(top) + sheet.height))
        assert {("]Q1", f"MAK1:MAK-2026-0142/X/{serials[number]}")} <= set(symbols_on(label))
        printed = ImageChops.invert(label.point(lambda value: 255 * (value > 127))).getbbox()
        meant = ImageChops.invert(raster(sheet).convert("L")).getbbox()
        assert printed is not None
        assert meant is not None
        # Letters are smoothed on the page and not in the picture: a dot more or less.
        assert max(abs(one - other) for one, other in zip(printed, meant, strict=True)) <= 3


@pytest.mark.requirement("L4")
def test_a_started_page_is_used_from_its_first_free_label_and_goes_on_with_the_next() -> None:
    stock = "a4-99x139"
    first, second = pages(render_pdf([CONTENT] * 3, stock, 203, Feed(first_position=3)), 203)
    half = first.height // 2
    assert not symbols_on(first.crop((0, 0, first.width, half)))
    assert len(symbols_on(first.crop((0, half, first.width, first.height)))) == 6
    assert len(symbols_on(second)) == 3


@pytest.mark.requirement("L4")
def test_a_printer_is_corrected_by_its_offset_and_scale() -> None:
    def ink(feed: Feed) -> tuple[float, ...]:
        (picture,) = pages(render_pdf([CONTENT], "a4-99x139", 600, feed), 600)
        box = ImageChops.invert(picture.point(lambda value: 255 * (value > 127))).getbbox()
        assert box is not None
        return tuple(edge / 600 * 25.4 for edge in box)

    true = ink(Feed())
    moved = ink(Feed(offset_x_mm=1.5, offset_y_mm=-2))
    assert moved == pytest.approx([true[0] - 1.5, true[1] + 2, true[2] - 1.5, true[3] + 2], abs=0.06)
    larger = ink(Feed(scale=1.01))
    assert larger == pytest.approx([edge * 1.01 for edge in true], abs=0.09)


@pytest.mark.parametrize(
    "feed",
    [Feed(first_position=0), Feed(first_position=5), Feed(offset_x_mm=21), Feed(scale=0.9), Feed(scale=float("nan"))],
)
def test_a_page_that_cannot_be_fed_so_is_refused(feed: Feed) -> None:
    with pytest.raises(LabelRefused) as refusal:
        render_pdf([CONTENT], "a4-99x139", 203, feed)
    assert refusal.value.code == "feed_wrong"


@pytest.mark.requirement("L8")
def test_five_hundred_labels_decode_to_exactly_the_set_that_was_asked_for() -> None:
    serials = [mint_serial("03K", "4QX", counter) for counter in range(500)]
    contents = [
        msgspec.structs.replace(CONTENT, identity=UnitIdentity("MAK-2026-0142", "PARA-90DC", serial, None))
        for serial in serials
    ]
    read: list[str] = []
    for picture in pages(render_pdf(contents, "a4-70x37", 203), 203):
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
        read += [code.text for code in found]
    assert sorted(read) == sorted(f"MAK1:MAK-2026-0142/PARA-90DC/{serial}" for serial in serials)
