"""Labels as files, one request at a time: the library that reads them back is not safe in two threads at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal

from labels.content import Content
from labels.label import render_pdf, render_png, render_svg, render_test_page, render_zpl
from labels.pdf import Feed

LabelFormat = Literal["pdf", "png", "svg", "zpl"]

MEDIA_TYPES: dict[LabelFormat, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "zpl": "application/zpl",
}
PICTURES: frozenset[LabelFormat] = frozenset({"png", "svg"})
"""What holds one label only."""

_turn = threading.Lock()


def render(contents: Sequence[Content], *, stock: str, dpi: int, to: LabelFormat, feed: Feed | None = None) -> bytes:
    """Draw labels and read them back; a picture holds one, and only a PDF minds the `feed`.

    Call it in a thread: a label takes some 20 ms.
    """
    with _turn:
        match to:
            case "png":
                return render_png(contents[0], stock, dpi)
            case "svg":
                return render_svg(contents[0], stock, dpi)
            case "pdf":
                return render_pdf(contents, stock, dpi, feed)
            case "zpl":
                return render_zpl(contents, stock, dpi)


def test_page(*, stock: str, dpi: int, to: LabelFormat, feed: Feed) -> bytes:
    """Draw a page to try a printer with."""
    with _turn:
        return render_test_page(stock, dpi, feed, is_zpl=to == "zpl")
