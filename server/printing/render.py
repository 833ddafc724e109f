"""Labels as files, one request at a time: the library that reads them back is not safe in two threads at once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal

from labels.content import LabelContent
from labels.label import render_pdf, render_png

LabelFormat = Literal["pdf", "png"]

_turn = threading.Lock()


def render(contents: Sequence[LabelContent], *, stock: str, dpi: int, to: LabelFormat) -> bytes:
    """Draw labels and read them back; PNG holds one. Call it in a thread: a label takes some 50 ms."""
    with _turn:
        return render_png(contents[0], stock, dpi) if to == "png" else render_pdf(contents, stock, dpi)
