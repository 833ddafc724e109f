"""Whole labels: what is asked for is what every printed symbol says, in both outputs."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import msgspec
import pypdfium2
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.content import LabelContent
from labels.identity import LotIdentity, UnitIdentity, is_serial_sound, linear_text, mint_serial, payload
from labels.label import LABELS_MAX, render_pdf, render_png
from labels.refusal import LabelRefused

ORIGIN = "HTTPS://L.EXAMPLE.COM"
CONTENT = LabelContent(
    identity=UnitIdentity("MAK-2026-0142", "PARA-90DC", mint_serial("03K", "4QX", 1), ORIGIN),
    printed_at="22 Nov 2026, 10:23",
    item_name="Paracetamol granules 90 % DC, weiß",
    quantity="25",
    unit_of_measure="kg",
    owner="Makara Pharma Ltd",
    status="QUARANTINE",
    expires="2029-04-30",
    supplier_lot="GRX-88213/4",
    container_number=3,
    container_count=12,
    site_name="Pune Works 2",
    is_demo=True,
)

codes = st.one_of(
    st.from_regex(r"[A-Z0-9][A-Z0-9.-]{0,19}", fullmatch=True),
    st.from_regex(r"99[A-Z0-9.-]{0,18}", fullmatch=True),
    st.text("0123456789", min_size=1, max_size=20),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=20, max_size=20),
    st.text("ABCXYZ0123456789", min_size=1, max_size=1),
).filter(is_serial_sound)
origins = st.none() | st.just(ORIGIN) | st.just("HTTPS://BATCHSPINE.A-RATHER-LONG-COMPANY-NAME.EXAMPLE:8443")
identities = st.builds(LotIdentity, codes, codes, origins) | st.builds(UnitIdentity, codes, codes, codes, origins)


CARRIERS = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128]
)
"""What a phone takes for a label. Looking for retail codes too, a decoder may see one in the modules of a QR symbol
(5425154785279 in `MAK1:0/99/99N88D9C`); a phone leaves such a code alone when a label of ours is in the same frame."""


def symbols_on(picture: Image.Image) -> list[tuple[str, str]]:
    found = zxingcpp.read_barcodes(picture.convert("L"), formats=CARRIERS, text_mode=zxingcpp.TextMode.Plain)
    return sorted((one.symbology_identifier, one.text) for one in found)


def page(pdf: bytes, dpi: int) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as document:
        return document[0].render(scale=dpi / 72, grayscale=True).to_pil()


@pytest.mark.requirement("L1", "L3", "L8")
@settings(deadline=None, max_examples=80)
@given(identities, st.sampled_from([203, 300]))
@example(LotIdentity("990142", "99", ORIGIN), 203)
@example(LotIdentity("99999999999999999999", "99-2026", ORIGIN), 300)
@example(UnitIdentity("W" * 20, "M" * 20, "Q" * 20, ORIGIN), 203)
@example(UnitIdentity("W" * 20, "M" * 20, "Q" * 20, ORIGIN), 300)
@example(LotIdentity("7", "X", None), 203)
@example(UnitIdentity("0", "99", "99N88D9C", None), 203)
def test_every_label_of_the_grammar_reads_back_in_png_and_pdf(identity: LotIdentity | UnitIdentity, dpi: int) -> None:
    content = msgspec.structs.replace(CONTENT, identity=identity)
    symbol = ("]Q1", payload(identity, identity.origin))
    wanted = sorted([("]C0", linear_text(identity)), symbol, symbol])
    assert symbols_on(Image.open(BytesIO(render_png(content, "100x150", dpi)))) == wanted
    assert symbols_on(page(render_pdf([content], "100x150", dpi), dpi)) == wanted


@pytest.mark.parametrize("dpi", [203, 300, 600])
def test_a_png_has_one_bit_per_dot_and_knows_its_resolution(dpi: int) -> None:
    image = Image.open(BytesIO(render_png(CONTENT, "100x150", dpi)))
    assert image.mode == "1"
    assert image.size == (round(100 * dpi / 25.4), round(150 * dpi / 25.4))
    assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.02)


@pytest.mark.requirement("L4")
def test_a_pdf_page_is_as_large_as_the_stock() -> None:
    with pypdfium2.PdfDocument(render_pdf([CONTENT, CONTENT], "100x150", 203)) as document:
        assert len(document) == 2
        for sheet in document:
            assert [side / 72 * 25.4 for side in sheet.get_size()] == pytest.approx([100, 150], abs=0.01)


def test_a_pdf_holds_its_words_as_text_with_the_batch_largest() -> None:
    with pypdfium2.PdfDocument(render_pdf([CONTENT], "100x150", 203)) as document:
        text = document[0].get_textpage().get_text_bounded()
    for words in ("MAK-2026-0142", "U03K4QX-0001E", "PARA-90DC", "25 kg", "Makara Pharma Ltd", "QUARANTINE"):
        assert words in text
    for words in ("As printed on 22 Nov 2026, 10:23", "2029-04-30", "3 of 12", "GRX-88213/4", "DEMO", "weiß"):
        assert words in text


def test_the_same_labels_give_the_same_bytes() -> None:
    assert render_pdf([CONTENT], "100x150", 300) == render_pdf([CONTENT], "100x150", 300)
    assert render_png(CONTENT, "100x150", 300) == render_png(CONTENT, "100x150", 300)


def test_each_page_of_a_document_is_its_own_label() -> None:
    """No state of one label may leak into the next."""
    serials = [mint_serial("03K", "4QX", counter) for counter in range(12)]
    contents = [
        msgspec.structs.replace(CONTENT, identity=UnitIdentity("MAK-2026-0142", "PARA-90DC", serial, ORIGIN))
        for serial in serials
    ]
    with pypdfium2.PdfDocument(render_pdf(contents, "100x150", 203)) as document:
        for number, serial in enumerate(serials):
            picture = document[number].render(scale=203 / 72, grayscale=True).to_pil()
            assert symbols_on(picture)[0] == ("]C0", serial)


def test_a_label_with_nothing_but_its_identity_is_printed() -> None:
    content = LabelContent(identity=LotIdentity("MAK-2026-0142", "PARA-90DC", None), printed_at="today")
    assert symbols_on(Image.open(BytesIO(render_png(content, "100x150", 203))))[1] == (
        "]Q1",
        "MAK1:MAK-2026-0142/PARA-90DC",
    )


@pytest.mark.requirement("D1")
def test_a_demo_label_is_told_from_a_real_one() -> None:
    real = msgspec.structs.replace(CONTENT, is_demo=False)
    with pypdfium2.PdfDocument(render_pdf([CONTENT, real], "100x150", 203)) as document:
        words = [document[number].get_textpage().get_text_bounded() for number in range(2)]
    assert words[0].count("DEMO") == 2
    assert "DEMO" not in words[1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"item_name": "প্যারাসিটামল"}, "glyph_missing"),
        ({"status": "نص"}, "glyph_missing"),
        ({"supplier_lot": "A\u0007B"}, "glyph_missing"),
        ({"quantity": "1" * 60}, "text_too_long"),
        ({"status": "VERY " * 30}, "text_too_long"),
        ({"item_name": "x" * 201}, "text_too_long"),
        ({"identity": LotIdentity("mak", "X", None)}, "code_unprintable"),
        ({"identity": LotIdentity("MAK", "X", "ftp://x")}, "address_unprintable"),
        ({"identity": LotIdentity("MAK", "X", "HTTPS://" + "A." * 140 + "A")}, "address_unprintable"),
        ({"identity": LotIdentity("U03K4QX-0001C", "X", None)}, "reads_as_serial"),
        ({"identity": UnitIdentity("MAK", "X", "U03K4QX-0001C", None)}, "reads_as_serial"),
    ],
)
def test_a_doubtful_label_is_refused_in_a_sentence(change: dict[str, object], code: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        render_png(msgspec.structs.replace(CONTENT, **change), "100x150", 203)
    assert refusal.value.code == code
    assert len(refusal.value.detail) <= 140


def test_the_example_of_the_readme_runs() -> None:
    readme = (Path(__file__).parent.parent / "labels" / "README.md").read_text("utf-8")
    names: dict[str, object] = {}
    exec(readme.split("```python")[1].split("```")[0], names)
    assert bytes(names["png"]).startswith(b"\x89PNG")
    assert bytes(names["pdf"]).startswith(b"%PDF")


@pytest.mark.parametrize(("stock", "dpi", "code"), [("a4", 203, "stock_unknown"), ("100x150", 72, "dpi_unsupported")])
def test_an_unknown_stock_or_resolution_is_refused(stock: str, dpi: int, code: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        render_png(CONTENT, stock, dpi)
    assert refusal.value.code == code


@pytest.mark.parametrize("count", [0, LABELS_MAX + 1])
def test_a_document_holds_one_to_a_thousand_labels(count: int) -> None:
    with pytest.raises(LabelRefused) as refusal:
        render_pdf([CONTENT] * count, "100x150", 203)
    assert refusal.value.code == "label_count"
