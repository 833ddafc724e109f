"""Decode pictures of labels: our own before they are handed out, and any a person sends in.

The decoder shares no line with what draws the symbols. Text is always asked for plain: the decoder's
other modes put brackets and separators into it that are not in the symbol.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from io import BytesIO

import msgspec
import pypdfium2
import zxingcpp
from PIL import Image

from labels.identity import Scanned, parse
from labels.refusal import LabelRefused

PIXELS_MAX = 64_000_000
PAGES_MAX = 1000

# Not the whole family of QR: the smallest Micro QR has no correction, and a piece of another symbol can pass for one.
_OURS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCodeModel2, zxingcpp.BarcodeFormat.Code128])
_ANY = zxingcpp.BarcodeFormats([*_OURS, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.EANUPC])
_PAGE_DPI = 300
_POINTS_PER_INCH = 72


class Reading(msgspec.Struct, frozen=True):
    """One symbol in a picture, and what it names."""

    text: str
    symbology: str
    identity: Scanned


def read_image(data: bytes) -> list[Reading]:
    """Read every symbol in a PNG, JPEG or PDF.

    A symbol of somebody else's is a reading too, one whose identity is refused.
    """
    pictures = pdf_pages(data, _PAGE_DPI) if data.startswith(b"%PDF-") else iter((_picture(data),))
    return [
        # The symbology identifier goes in front as a wedge puts it, so that an article number is told from a lot.
        Reading(found.text, found.symbology.name, parse(found.symbology_identifier + found.text, "wedge"))
        for picture in pictures
        for found in zxingcpp.read_barcodes(picture, formats=_ANY, text_mode=zxingcpp.TextMode.Plain)
    ]


def symbols_in(picture: Image.Image) -> list[tuple[str, str]]:
    """List (symbology, text) of every symbol of our kinds in a finished label.

    The decoder's rescues for poor photos stay off: what needs them is not a good label, whose dots are black or white.
    """
    found = zxingcpp.read_barcodes(
        picture,
        formats=_OURS,
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=zxingcpp.Binarizer.FixedThreshold,
        try_downscale=False,
        try_invert=False,
    )
    return sorted((barcode.symbology.name, barcode.text) for barcode in found)


def pdf_pages(data: bytes, dpi: int) -> Iterator[Image.Image]:
    """Draw each page of a PDF in grey at `dpi`.

    PDFium is not safe in two threads at once: whoever calls this from threads takes turns.
    """
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise LabelRefused("image_unreadable", "The file is no PDF that can be opened.") from error
    try:
        if len(document) > PAGES_MAX:
            raise LabelRefused("image_too_large", f"The PDF has more than {PAGES_MAX} pages: send fewer at a time.")
        for number in range(len(document)):
            yield _page(document, number, dpi / _POINTS_PER_INCH)
    finally:
        document.close()


def _page(document: pypdfium2.PdfDocument, number: int, scale: float) -> Image.Image:
    try:
        page = document[number]
        width, height = page.get_size()
        _require_bounded(width * scale, height * scale)
        picture: Image.Image = page.render(scale=scale, grayscale=True).to_pil()
    except pypdfium2.PdfiumError as error:
        raise LabelRefused("image_unreadable", f"Page {number + 1} of the PDF cannot be read.") from error
    return picture


def _picture(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a bomb that our own limit refuses two lines below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=("PNG", "JPEG"))
            _require_bounded(*image.size)
            return _on_white(image)
    except Image.DecompressionBombError as error:
        raise LabelRefused("image_too_large", _TOO_LARGE) from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise LabelRefused("image_unreadable", "The file is no PNG, JPEG or PDF that can be opened.") from error


def _on_white(image: Image.Image) -> Image.Image:
    """Turn a picture grey, with white where it is transparent: black on nothing is black on black to a decoder."""
    if not image.has_transparency_data:
        return image.convert("L")
    paper = Image.new("LA", image.size, (255, 255))
    paper.alpha_composite(image.convert("LA"))
    return paper.getchannel("L")


_TOO_LARGE = f"The picture has more than {PIXELS_MAX // 1_000_000} megapixels: send a smaller one."


def _require_bounded(width: float, height: float) -> None:
    if width * height > PIXELS_MAX:
        raise LabelRefused("image_too_large", _TOO_LARGE)
