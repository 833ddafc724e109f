"""Pictures people send in: photos of labels, other people's codes, rubbish and traps."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from test_labels_label import CONTENT

from labels.identity import BareCode, Refused
from labels.label import render_pdf, render_png
from labels.reading import read_image
from labels.refusal import LabelRefused

PNG = render_png(CONTENT, "100x150", 203)


def saved(image: Image.Image, kind: str) -> bytes:
    file = BytesIO()
    image.save(file, kind)
    return file.getvalue()


def refusal_of(data: bytes) -> str:
    with pytest.raises(LabelRefused) as refusal:
        read_image(data)
    assert len(refusal.value.detail) <= 140
    return refusal.value.code


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def test_our_label_reads_as_its_two_qr_symbols_and_its_linear_one() -> None:
    readings = read_image(PNG)
    assert sorted(reading.symbology for reading in readings) == ["Code128", "QRCode", "QRCode"]
    named = [reading.identity for reading in readings if reading.symbology == "QRCode"]
    assert named == [CONTENT.identity, CONTENT.identity]
    assert BareCode("U03K4QX-0001E") in [reading.identity for reading in readings]


def test_a_document_is_read_page_by_page() -> None:
    assert len(read_image(render_pdf([CONTENT, CONTENT], "100x150", 203))) == 6


def test_a_tilted_photo_in_jpeg_is_read() -> None:
    photo = Image.open(BytesIO(PNG)).convert("RGB").rotate(17, expand=True, fillcolor=(120, 120, 130))
    assert CONTENT.identity in [reading.identity for reading in read_image(saved(photo, "JPEG"))]


def test_black_on_nothing_is_read_as_black_on_white() -> None:
    ink = Image.open(BytesIO(PNG)).convert("L").point(lambda value: 255 - value)
    picture = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    picture.putalpha(ink)
    assert len(read_image(saved(picture, "PNG"))) == 3


def test_an_article_number_is_a_reading_that_names_nothing_of_ours() -> None:
    article = zxingcpp.create_barcode("4006381333931", zxingcpp.BarcodeFormat.EAN13)
    picture = Image.fromarray(zxingcpp.write_barcode_to_image(article, scale=4, add_quiet_zones=True))
    (reading,) = read_image(saved(picture, "PNG"))
    assert reading.text == "4006381333931"
    assert isinstance(reading.identity, Refused)
    assert reading.identity.code == "foreign_barcode"


@pytest.mark.requirement("L8")
def test_a_micro_qr_symbol_is_not_read_for_a_piece_of_another_symbol_can_pass_for_one() -> None:
    micro = zxingcpp.create_barcode("5794", zxingcpp.BarcodeFormat.MicroQRCode)
    picture = Image.fromarray(zxingcpp.write_barcode_to_image(micro, scale=8, add_quiet_zones=True))
    assert zxingcpp.read_barcodes(picture)[0].text == "5794"
    assert read_image(saved(picture, "PNG")) == []


def test_a_picture_without_a_symbol_has_no_readings() -> None:
    assert read_image(saved(Image.new("L", (200, 200), 255), "PNG")) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"%PDF-1.7 nothing", PNG[:2000], PNG[:40], saved(Image.new("L", (50, 50)), "GIF"), b"\xff\xd8\xff"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert refusal_of(data) == "image_unreadable"


@pytest.mark.parametrize("size", [(8001, 8000), (12_000, 12_000), (1_000_000, 1_000_000)])
def test_a_picture_beyond_64_megapixels_is_refused_before_it_is_unpacked(size: tuple[int, int]) -> None:
    assert refusal_of(png_claiming(*size)) == "image_too_large"


def test_a_page_as_large_as_a_house_is_refused() -> None:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(14_400, 14_400))
    canvas.showPage()
    canvas.save()
    assert refusal_of(file.getvalue()) == "image_too_large"


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=300), st.sampled_from([0, 8, 33, 200, len(PNG) // 2]), st.sampled_from([PNG, b"%PDF-1.4\n"]))
def test_damaged_bytes_are_read_or_refused_and_nothing_else(noise: bytes, at: int, whole: bytes) -> None:
    with suppress(LabelRefused):
        read_image(whole[:at] + noise + whole[at + len(noise) :])
