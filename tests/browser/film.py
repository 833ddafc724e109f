"""What a camera sees when somebody holds printed labels in front of it: a film for Chromium's make-believe camera.

The labels are the real PDF, turned into pixels, shown a little askew on a grey bench. Chromium plays one file over and
over, so several labels follow each other with a look at the empty bench in between.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2
from PIL import Image

WIDTH, HEIGHT = 1280, 720
FRAMES_PER_SECOND = 30
"""What Chromium takes an .mjpeg to have."""

_BENCH = (118, 120, 117)
_LABEL_HEIGHT = 660
_POINTS_PER_INCH = 72


def pages_of(pdf: bytes) -> list[Image.Image]:
    """Turn each page of a PDF into the picture it prints."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=203 / _POINTS_PER_INCH).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def make_film(labels: Sequence[Image.Image], path: Path, *, held: float = 2.0, between: float = 0.7) -> Path:
    """Film the labels one after the other: each is held for a while, then the bench is empty."""
    bench = _jpeg(Image.new("RGB", (WIDTH, HEIGHT), _BENCH))
    with path.open("wb") as film:
        for number, label in enumerate(labels):
            film.write(_jpeg(_seen(label, number)) * round(held * FRAMES_PER_SECOND))
            film.write(bench * round(between * FRAMES_PER_SECOND))
    return path


def _seen(label: Image.Image, number: int) -> Image.Image:
    """Lay a label on the bench as a hand would: not quite straight, its far edge a little smaller."""
    height = _LABEL_HEIGHT - 14 * (number % 3)
    width = round(label.width * height / label.height)
    near = label.resize((width, height), Image.Resampling.LANCZOS)
    lean = 0.03 + 0.01 * (number % 3)
    corners = (-lean * width, 0, 0, height, width, height, (1 + lean) * width, -lean * height)
    askew = near.transform(near.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=_BENCH)
    turned = askew.rotate(3 - 2 * (number % 4), Image.Resampling.BICUBIC, expand=True, fillcolor=_BENCH)
    frame = Image.new("RGB", (WIDTH, HEIGHT), _BENCH)
    frame.paste(turned, ((WIDTH - turned.width) // 2 + 40 * (number % 3 - 1), (HEIGHT - turned.height) // 2))
    return frame


def _jpeg(frame: Image.Image) -> bytes:
    file = io.BytesIO()
    frame.save(file, "JPEG", quality=85)
    return file.getvalue()
