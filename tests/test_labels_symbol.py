"""The two symbols by themselves, decoded by a library that shares nothing with the encoders."""

from __future__ import annotations

import barcode
import pytest
import zxingcpp
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from labels.symbol import Symbol, code128, qr

codes = st.from_regex(r"[A-Z0-9][A-Z0-9.-]{0,19}", fullmatch=True)
digits = st.text("0123456789", min_size=1, max_size=20)


def read(symbol: Symbol, dots: int) -> list[tuple[str, str, str]]:
    """Draw a symbol with its quiet zone and decode it."""
    tall = symbol.rows * (1 if len(symbol.rows) > 1 else 30)
    quiet = symbol.quiet_modules
    blank = [bytes(symbol.span)] * quiet
    rows = [*blank, *(bytes(quiet) + row + bytes(quiet) for row in tall), *blank]
    image = Image.frombytes(
        "L", (symbol.span, len(rows)), bytes(0 if module else 255 for row in rows for module in row)
    )
    image = image.resize((image.width * dots, image.height * dots), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.Plain)
    return [(one.format.name, one.symbology_identifier, one.text) for one in found]


@pytest.mark.requirement("L3")
@settings(deadline=None)
@given(codes | digits)
@example("990142")
@example("99-2026")
@example("99")
@example("9")
@example("99999999999999999999")
@example("A9999")
@example("1A2345B6")
def test_code_128_carries_every_code_of_the_grammar(text: str) -> None:
    assert read(code128(text), 2) == [("Code128", "]C0", text)]


def test_code_128_takes_two_digits_in_one_symbol_where_that_is_shorter() -> None:
    """Start, data, check are eleven modules each, the stop pattern thirteen."""
    assert code128("123456").width == 11 * (1 + 3 + 1) + 13
    assert code128("AB12").width == 11 * (1 + 4 + 1) + 13
    assert code128("AB1234").width == 11 * (1 + 2 + 1 + 2 + 1) + 13
    assert code128("W" * 20).width == 11 * (1 + 20 + 1) + 13


@settings(deadline=None)
@given(codes | digits)
def test_code_128_is_never_longer_than_the_library_makes_it(text: str) -> None:
    assume(not text.startswith("99"))
    assert code128(text).width <= len(barcode.get("code128", text).build()[0])


@settings(deadline=None)
@given(st.text("ABCXYZ0123456789 $%*+-./:", min_size=1, max_size=150))
def test_a_qr_symbol_carries_its_text(text: str) -> None:
    assert [found[2] for found in read(qr(text, 400), 3)] == [text]


def test_a_qr_symbol_also_carries_a_link_for_a_screen() -> None:
    assert [found[2] for found in read(qr("https://mak.lan:8443/enrol#Ab3_x-9", 400), 3)] == [
        "https://mak.lan:8443/enrol#Ab3_x-9"
    ]


def error_correction(symbol: Symbol) -> str:
    image = Image.frombytes(
        "L", (symbol.width,) * 2, bytes(0 if module else 255 for row in symbol.rows for module in row)
    )
    framed = Image.new("L", (symbol.span,) * 2, 255)
    framed.paste(image, (symbol.quiet_modules,) * 2)
    found = zxingcpp.read_barcodes(framed.resize((symbol.span * 4,) * 2, Image.Resampling.NEAREST))
    return str(found[0].ec_level)


def test_error_correction_is_q_where_it_costs_no_dot_per_module_and_m_elsewhere() -> None:
    """37 characters make 25 modules at M and 29 at Q, 33 and 37 with the quiet zone."""
    text = "HTTPS://L.EXAMPLE.COM/B/MAK-0142/I/A1"
    assert error_correction(qr(text, 37 * 5)) == "Q"
    assert error_correction(qr(text, 33 * 6)) == "M"
