"""Where things go: whole dots, quiet zones, and words that stay in their place."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image
from test_labels_label import CONTENT, identities

from labels.arrangement import Box, LinearPlace, Places, QrPlace
from labels.batch_number import NUMBER_LENGTH_MAX
from labels.content import LabelContent
from labels.drawing import Line, Placed, Sheet
from labels.identity import LotIdentity, UnitIdentity
from labels.layout import lay_out
from labels.lettering import CODE
from labels.png import raster, written
from labels.refusal import LabelRefused
from labels.stock import Stock, built_in

Edges = tuple[int, int, int, int]
STOCK = built_in()["100x150"]
stocks = st.sampled_from(list(built_in().values()))
scripts = st.sampled_from(
    ["पैरासिटामोल क्षार गुणवत्ता", "பாராசிட்டமால் மூலப்பொருள்", "પેરાસીટામોલ ક્ષાર", "对乙酰氨基酚颗粒", "과립"]
)
words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120) | scripts
contents = st.builds(
    LabelContent,
    identity=identities,
    printed_at=st.just("22 Nov 2026, 10:23"),
    batch_number=st.sampled_from(["", "MAK/26-27/0142"]),
    item_name=words,
    quantity=st.sampled_from(["", "25", "1234567.123456"]),
    unit_of_measure=st.sampled_from(["kg", "pieces"]),
    owner=words,
    status=st.sampled_from(["", "QUARANTINE", "UNDER TEST", "REJECTED"]),
    expires=st.sampled_from(["", "2029-04-30"]),
    supplier_lot=words,
    container_number=st.none() | st.integers(1, 99_999),
    container_count=st.none() | st.integers(1, 99_999),
    site_name=words,
    is_demo=st.booleans(),
)


def ink_box(placed: Placed) -> Edges:
    return placed.x, placed.y, placed.x + placed.width, placed.y + placed.height


def quiet_box(placed: Placed) -> Edges:
    left, top, right, bottom = ink_box(placed)
    quiet = placed.symbol.quiet_modules * placed.dots
    across = 0 if placed.is_upright else quiet
    down = 0 if placed.bar_length and not placed.is_upright else quiet
    return left - across, top - down, right + across, bottom + down


def text_box(line: Line) -> Edges:
    mask, left, top = written(line.text, line.face, line.size)
    assert mask is not None
    return line.x + left, line.y + top, line.x + left + mask.width, line.y + top + mask.height


def overlap(one: Edges, other: Edges) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def is_inside(box: Edges, sheet: Sheet) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= sheet.width and box[3] <= sheet.height


@pytest.mark.requirement("L4")
@settings(deadline=None, max_examples=100)
@given(contents, stocks, st.sampled_from([203, 300, 600]))
def test_symbols_keep_their_module_width_and_quiet_zone(content: LabelContent, stock: Stock, dpi: int) -> None:
    sheet = lay_out(content, stock, dpi)
    assert [placed.symbol.symbology for placed in sheet.symbols].count("QRCode") == len(stock.places.qr) > 0
    for placed in sheet.symbols:
        assert placed.dots * 25.4 / dpi >= 0.33
        assert placed.symbol.quiet_modules >= (10 if placed.bar_length else 4)
        assert is_inside(quiet_box(placed), sheet)
    for one, other in combinations(sheet.symbols, 2):
        assert not overlap(quiet_box(one), ink_box(other))
        assert not overlap(quiet_box(other), ink_box(one))


@settings(deadline=None, max_examples=100)
@given(contents, stocks, st.sampled_from([203, 300]))
def test_words_touch_neither_each_other_nor_a_symbol_nor_the_edge(
    content: LabelContent, stock: Stock, dpi: int
) -> None:
    sheet = lay_out(content, stock, dpi)
    boxes = [(line, text_box(line)) for line in sheet.lines]
    for line, box in boxes:
        assert is_inside(box, sheet), line
        assert not any(overlap(box, quiet_box(placed)) for placed in sheet.symbols), line
    for (line, box), (other_line, other_box) in combinations(boxes, 2):
        assert not overlap(box, other_box), (line, other_line)


@settings(deadline=None, max_examples=30)
@given(contents, stocks, st.sampled_from([203, 300]))
def test_on_the_raster_every_module_is_a_whole_square_of_dots_with_white_around(
    content: LabelContent, stock: Stock, dpi: int
) -> None:
    sheet = lay_out(content, stock, dpi)
    image = raster(sheet).convert("L")
    for placed in sheet.symbols:
        symbol, ink = image.crop(ink_box(placed)), quiet_box(placed)
        around = image.crop(ink)
        around.paste(
            255,
            (ink_box(placed)[0] - ink[0], ink_box(placed)[1] - ink[1], *map(int.__sub__, ink_box(placed)[2:], ink[:2])),
        )
        assert around.getextrema() == (255, 255)
        rows = placed.symbol.rows
        size = (1, len(rows[0])) if placed.is_upright else (len(rows[0]), len(rows))
        modules = symbol.resize(size, Image.Resampling.NEAREST)
        assert bytes(0 if value else 1 for value in modules.tobytes()) == b"".join(rows)
        assert modules.resize(symbol.size, Image.Resampling.NEAREST).tobytes() == symbol.tobytes()


@pytest.mark.requirement("L1")
@given(identities)
@settings(deadline=None)
def test_the_master_batch_is_whole_and_no_text_stands_out_more(identity: LotIdentity | UnitIdentity) -> None:
    sheet = lay_out(replace(CONTENT, identity=identity), STOCK, 203)
    batch, *others = sorted(sheet.lines, key=lambda line: line.y - line.size if line.face == CODE else sheet.height)
    assert batch.text == identity.batch
    width = text_box(batch)[2] - text_box(batch)[0]
    for line in others:
        assert line.size < batch.size or text_box(line)[2] - text_box(line)[0] <= width


@settings(deadline=None)
@given(contents, st.sampled_from([203, 300, 600]))
def test_the_large_symbol_of_a_100_by_150_label_fills_40_millimetres(content: LabelContent, dpi: int) -> None:
    widest = max(placed.symbol.span * placed.dots for placed in lay_out(content, STOCK, dpi).symbols[1:])
    assert widest * 25.4 / dpi >= 40


@pytest.mark.parametrize("dpi", [200, 203, 300, 406, 600])
def test_the_longest_address_and_codes_still_make_modules_a_scanner_can_rely_on(dpi: int) -> None:
    host = ".".join(["A" * 50] * 5)[:253]
    identity = UnitIdentity("M" * 20, "I" * 20, "W" * 20, f"HTTPS://{host}:65535")
    sheet = lay_out(replace(CONTENT, identity=identity), STOCK, dpi)
    assert min(placed.dots for placed in sheet.symbols) * 25.4 / dpi >= 0.33


def test_a_place_too_small_for_its_qr_symbol_is_refused() -> None:
    """Whoever adds a stock learns it from the first label, not from the floor."""
    places = Places(qr=(QrPlace(box=Box(0, 0, 12, 12)),))
    with pytest.raises(LabelRefused) as refusal:
        lay_out(CONTENT, replace(STOCK, places=places), 203)
    assert refusal.value.code == "symbol_too_dense"


def test_bars_that_would_be_too_fine_are_left_off_where_the_qr_symbol_says_more() -> None:
    narrow = replace(STOCK.places, linear=LinearPlace(box=Box(0, 0, 30, 10)))
    sheet = lay_out(CONTENT, replace(STOCK, places=narrow), 203)
    assert [placed.symbol.symbology for placed in sheet.symbols] == ["QRCode", "QRCode"]


def test_a_unit_label_shows_its_serial_and_a_lot_label_has_none() -> None:
    unit = {line.text for line in lay_out(CONTENT, STOCK, 203).lines}
    lot = {
        line.text
        for line in lay_out(
            replace(CONTENT, identity=LotIdentity("MAK-2026-0142", "PARA-90DC", None)), STOCK, 203
        ).lines
    }
    assert {"HANDLING UNIT", "UNIT", "U03K4QX-0001E"} <= unit
    assert "LOT" in lot
    assert "UNIT" not in lot


@pytest.mark.requirement("L1")
@pytest.mark.parametrize("stock", built_in().values(), ids=list(built_in()))
def test_the_number_on_the_papers_is_beside_its_code_on_every_stock(stock: Stock) -> None:
    """The longest with the widest letters is refused where it would be too small to read, never left off."""
    usual, longest = (replace(CONTENT, batch_number=number) for number in ("MAK/26-27/0142", "W" * NUMBER_LENGTH_MAX))
    assert usual.batch_number in {line.text for line in lay_out(usual, stock, 203).lines}
    if stock.name in {"100x150", "100x50", "a4-99x38", "a4-99x139"}:
        assert longest.batch_number in {line.text for line in lay_out(longest, stock, 203).lines}
    else:
        with pytest.raises(LabelRefused, match="text_too_long"):
            lay_out(longest, stock, 203)


@pytest.mark.requirement("L1")
def test_a_status_sticker_has_the_number_on_the_papers_too() -> None:
    content = replace(CONTENT, kind="status", status="APPROVED", batch_number="MAK/26-27/0142")
    assert "MAK/26-27/0142" in {line.text for line in lay_out(content, STOCK, 203).lines}
