"""Every kind of label, on every stock it has room on: identity in the symbols, everything else as printed."""

from __future__ import annotations

from io import BytesIO

import msgspec
import pypdfium2
import pytest
from PIL import Image
from test_labels_label import ORIGIN, symbols_on
from zpl_printer import burn

from labels.content import Content, LabelContent, PalletContent, RollContent, SignContent
from labels.identity import LotIdentity, Refused, UnitIdentity, mint_serial, parse
from labels.label import render_pdf, render_png, render_zpl
from labels.layout import lay_out
from labels.refusal import LabelRefused
from labels.sign import COMMANDS, SCANNER_STEPS, command_signs, scanner_signs, sign_text
from labels.stock import built_in
from labels.wording import wording

LOT = LotIdentity("MAK-2026-0142", "PARA-90DC", ORIGIN)
UNIT = UnitIdentity("MAK-2026-0142", "PARA-90DC", mint_serial("03K", "4QX", 1), ORIGIN)
AT = "22 Nov 2026 10:23"
SSCC = "340123450000000017"

KINDS: dict[str, Content] = {
    "raw_material_lot": LabelContent(
        identity=LOT, kind="raw_material_lot", printed_at=AT, item_name="Paracetamol", supplier_lot="GRX-88213/4"
    ),
    "production_lot": LabelContent(
        identity=LOT, kind="production_lot", printed_at=AT, item_name="Tablets 500 mg", internal_id="KF/26-27/0"
    ),
    "unit": LabelContent(identity=UNIT, printed_at=AT, quantity="25", unit_of_measure="kg", status="QUARANTINE"),
    "part_used": LabelContent(
        identity=UNIT, kind="part_used", printed_at=AT, quantity="12.5", unit_of_measure="kg", done_by="Anita Rao"
    ),
    "dispensing": LabelContent(
        identity=UNIT,
        kind="dispensing",
        printed_at=AT,
        gross="13.1 kg",
        tare="0.6 kg",
        net="12.5 kg",
        done_by="A. Rao",
        checked_by="S. Nair",
        used_for="R-12",
    ),
    "status": LabelContent(
        identity=LOT, kind="status", printed_at=AT, status="APPROVED", report_number="AR-26-0311", item_name="Starch"
    ),
    "pallet": PalletContent(
        unit=SSCC, identity=LOT, printed_at=AT, item_name="Tablets", units=48, quantity="960", unit_of_measure="box"
    ),
    "mixed_pallet": PalletContent(unit=SSCC, printed_at=AT, units=12, lots=3),
    "gs1_unit": LabelContent(
        identity=UnitIdentity("MAK-2026-0142", "MAK-TAB", "U03K4QX-0001E", "HTTPS://L.EXAMPLE.COM"),
        gtin="08901234000014",
        printed_at=AT,
        item_name="Tablets 500 mg",
    ),
    "roll": RollContent(unit="UL8F3QX-00415", printed_at=AT),
    "pallet_roll": RollContent(unit=SSCC, printed_at=AT),
    "location": SignContent(kind="location", code="K-STORE", name="Quarantine store", printed_at=AT),
    "operator": SignContent(
        kind="operator", code="ANITA-R", name="Anita Rao", note="Kiran Formulations", printed_at=AT
    ),
    "command": SignContent(kind="command", code="UNDO", name="Undo the last scan", printed_at=AT),
    "scanner": scanner_signs(AT)[3],
}
NEEDS_ROOM = {"dispensing"}


def refusal_of(content: Content, stock: str) -> str | None:
    try:
        lay_out(content, built_in()[stock], 203)
    except LabelRefused as refusal:
        return refusal.code
    return None


@pytest.mark.requirement("L1", "L3", "L8")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stock", sorted(built_in()))
def test_a_kind_reads_back_on_every_stock_that_has_room_for_it(kind: str, stock: str) -> None:
    content = KINDS[kind]
    refused = refusal_of(content, stock)
    if refused is not None:
        assert refused == "stock_too_small"
        assert "pallet" in kind or kind in NEEDS_ROOM
        return
    words = wording(content)
    found = symbols_on(Image.open(BytesIO(render_png(content, stock, 203))))
    (printed,) = burn(render_zpl([content], stock, 203).decode())
    assert found == symbols_on(printed)
    assert ("]Q1", words.qr) in found
    assert words.linear is not None
    linear = [("]C1" if words.linear.is_gs1 else "]C0", words.linear.text)]
    assert [one for one in found if one[0] != "]Q1"] in ([], linear)


@pytest.mark.requirement("L3")
@pytest.mark.parametrize("stock", ["100x150", "100x50"])
@pytest.mark.parametrize("kind", ["raw_material_lot", "unit", "location", "operator", "command"])
def test_on_a_roll_of_100_millimetres_bars_stand_beside_the_qr_symbol(kind: str, stock: str) -> None:
    assert any(placed.bar_length for placed in lay_out(KINDS[kind], built_in()[stock], 203).symbols)


@pytest.mark.parametrize("stock", ["100x150", "100x50", "a4-99x68", "a4-99x139"])
def test_weights_and_signatures_of_dispensing_have_room_on_the_usual_stocks(stock: str) -> None:
    text = pdf_text(KINDS["dispensing"], stock)
    for words in ("13.1 kg", "0.6 kg", "12.5 kg", "A. Rao", "S. Nair", "R-12"):
        assert words in text


def pdf_text(content: Content, stock: str) -> str:
    with pypdfium2.PdfDocument(render_pdf([content], stock, 203)) as document:
        return str(document[0].get_textpage().get_text_bounded())


@pytest.mark.requirement("L3")
@pytest.mark.parametrize("dpi", [203, 300, 600])
@pytest.mark.parametrize("stock", ["100x150", "a4-99x139"])
@pytest.mark.parametrize("kind", ["pallet", "mixed_pallet"])
def test_a_pallet_label_carries_gs1_128_as_lorry_docks_read_it(kind: str, stock: str, dpi: int) -> None:
    """GS1 General Specifications 5.4.4: modules of 0.495 to 0.940 mm, quiet zones of ten, bars of 31.75 mm and more."""
    sheet = lay_out(KINDS[kind], built_in()[stock], dpi)
    (bars,) = [placed for placed in sheet.symbols if placed.bar_length]
    assert (bars.symbol.text, bars.symbol.is_gs1, bars.is_upright) == (f"00{SSCC}", True, False)
    assert 0.495 <= bars.dots * 25.4 / dpi <= 0.940
    assert bars.bar_length * 25.4 / dpi >= 31.75
    assert bars.x >= 10 * bars.dots
    assert bars.x + bars.width + 10 * bars.dots <= sheet.width


@pytest.mark.requirement("L3")
@pytest.mark.parametrize("sscc", ["340123450000000018", "34012345000000001", ""])
def test_a_pallet_number_with_a_wrong_check_digit_gets_no_label(sscc: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        wording(PalletContent(unit=sscc, printed_at=AT, units=1))
    assert refusal.value.code == "sscc_wrong"


@pytest.mark.requirement("L1")
def test_a_status_stands_out_more_than_anything_else_and_names_its_report() -> None:
    for status in ("UNDER TEST", "SAMPLED", "APPROVED", "REJECTED"):
        content = msgspec.structs.replace(KINDS["status"], status=status)
        for stock in built_in():
            lines = lay_out(content, built_in()[stock], 203).lines
            largest = max(lines, key=lambda line: line.size)
            assert largest.text == status
            assert "AR-26-0311" in {line.text for line in lines}


@pytest.mark.requirement("L6")
@pytest.mark.parametrize("stock", sorted(built_in()))
def test_a_contract_manufacturers_own_number_stands_beside_the_master_batch(stock: str) -> None:
    said = {line.text for line in lay_out(KINDS["production_lot"], built_in()[stock], 203).lines}
    assert {"MAK-2026-0142", "KF/26-27/0"} <= said


@pytest.mark.requirement("L5")
def test_a_reprint_says_which_copy_it_is_and_carries_the_same_identity() -> None:
    first = KINDS["unit"]
    second = msgspec.structs.replace(first, copy_number=2)
    assert f"As printed on {AT} · copy 2" in pdf_text(second, "100x150")
    assert "copy" not in pdf_text(first, "100x150")
    assert wording(first).qr == wording(second).qr
    with pytest.raises(LabelRefused) as refusal:
        wording(msgspec.structs.replace(first, copy_number=0))
    assert refusal.value.code == "copy_number"


@pytest.mark.requirement("L1", "F11")
@pytest.mark.parametrize("stock", sorted(built_in()))
@pytest.mark.parametrize("kind", ["unit", "part_used", "dispensing"])
def test_a_units_serial_can_be_typed_from_its_label_when_its_symbols_are_damaged(kind: str, stock: str) -> None:
    content = msgspec.structs.replace(KINDS[kind], item_name="Paracetamol granules 90 % DC", owner="Asha Pharma")
    if refusal_of(content, stock) is None:
        assert UNIT.unit in {line.text for line in lay_out(content, built_in()[stock], 203).lines}


@pytest.mark.requirement("L1")
def test_what_can_change_is_never_in_a_symbol() -> None:
    changing = {"quantity": "999", "status": "REJECTED", "owner": "SOMEBODY", "expires": "2031-01-01", "net": "777 kg"}
    for kind in ("raw_material_lot", "unit", "part_used", "dispensing", "status"):
        content = KINDS[kind]
        changed = msgspec.structs.replace(content, **changing)
        assert (wording(content).qr, wording(content).linear) == (wording(changed).qr, wording(changed).linear)


@pytest.mark.parametrize("kind", ["unit", "part_used", "dispensing"])
def test_a_label_for_one_unit_needs_its_serial(kind: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        wording(LabelContent(identity=LOT, kind=kind, printed_at=AT))
    assert refusal.value.code == "kind_needs_unit"


@pytest.mark.requirement("S2")
@pytest.mark.parametrize("source", ["camera", "wedge", "typed"])
def test_no_sign_can_be_taken_for_a_batch_or_a_unit(source: str) -> None:
    texts = [sign_text("location", "K-STORE"), sign_text("operator", "U03K4QX-0001E")]
    texts += [sign_text("command", code) for code in COMMANDS]
    for text in texts:
        assert isinstance(parse(text, source), Refused)


def test_signs_of_different_kinds_never_share_a_text() -> None:
    assert len({sign_text(kind, "X1") for kind in ("location", "operator", "command")}) == 3
    assert [sign.name for sign in command_signs(AT)] == list(COMMANDS.values())


def test_the_set_up_sheet_shows_a_scanner_every_character_a_label_may_have() -> None:
    shown = "".join(text for _, _, text in SCANNER_STEPS)
    assert set(shown) >= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-./:?=_%+")
    with pytest.raises(LabelRefused):
        sign_text("scanner", "STEP-9")


@pytest.mark.parametrize("code", ["k-store", "", "A/B", "A" * 21])
def test_a_sign_outside_the_grammar_is_refused(code: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        sign_text("location", code)
    assert refusal.value.code == "code_unprintable"
