"""A phone's camera looking at a printed label, simulated: from a label's dots to one frame of grey pixels.

The label lies on grey, turned by any angle and shifted by parts of a pixel; the frame is averaged down to so many
pixels per millimetre. A phone with 1080 lines sees some 11 per millimetre at 15 cm and 5.5 at 30 cm.
"""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist
from typing import Literal, NamedTuple

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from labels.drawing import MM_PER_INCH, Placed, Sheet
from labels.png import raster

TABLE = 150
"""The grey that labels lie on."""
_SCENE_PER_MM = 11.5
_MARGIN_MM = 3

FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.QRCodeModel2,
        zxingcpp.BarcodeFormat.DataMatrix,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.EANUPC,
        zxingcpp.BarcodeFormat.ITF,
        zxingcpp.BarcodeFormat.Code39,
    ]
)
"""Everything a phone looks for."""


class Harm(NamedTuple):
    """What happened to a label: torn or stained by so much of each QR symbol, or so many dead dots across each."""

    kind: Literal["torn", "stained", "dead dots"]
    amount: float


class View(NamedTuple):
    """How a label is seen: pixels per millimetre, blur and noise as standard deviations in pixels and in greys, and
    the greys of black and white."""

    per_mm: float = 8.0
    blur: float = 0.0
    noise: float = 0.0
    greys: tuple[int, int] = (0, 255)
    harm: Harm | None = None


def photographed(sheet: Sheet, view: View, chance: Random) -> Image.Image:
    """Take a picture of a label that was printed as laid out."""
    label = raster(sheet).convert("L")
    if view.harm is not None:
        for placed in sheet.symbols:
            if not placed.bar_length:
                _harm(label, placed, view.harm, chance)
    frame = _seen(label, sheet.dpi / MM_PER_INCH, view.per_mm, chance)
    if view.blur:
        frame = frame.filter(ImageFilter.GaussianBlur(view.blur))
    black, white = view.greys
    if view.greys != (0, 255):
        frame = frame.point([round(black + (white - black) * grey / 255) for grey in range(256)])
    if view.noise:
        grain = Image.frombytes("L", frame.size, chance.randbytes(frame.width * frame.height))
        frame = ImageChops.add(frame, grain.point(_grains(view.noise)), 1, -128)
    return frame


def _grains(deviation: float) -> list[int]:
    """Turn even chances of 256 values into normal ones around 128."""
    normal = NormalDist(128, deviation)
    return [min(255, max(0, round(normal.inv_cdf((value + 0.5) / 256)))) for value in range(256)]


def _seen(label: Image.Image, dots_per_mm: float, per_mm: float, chance: Random) -> Image.Image:
    times = math.ceil(_SCENE_PER_MM / dots_per_mm)
    if times > 1:
        label = label.resize((label.width * times, label.height * times), Image.Resampling.NEAREST)
    elif dots_per_mm >= 2 * _SCENE_PER_MM:
        label, times = label.reduce(2), 1
        dots_per_mm /= 2
    scene = dots_per_mm * times
    margin = round(_MARGIN_MM * scene)
    laid = Image.new("L", (label.width + 2 * margin, label.height + 2 * margin), TABLE)
    laid.paste(label, (margin, margin))
    turned = laid.rotate(chance.uniform(0, 360), Image.Resampling.BILINEAR, expand=True, fillcolor=TABLE)
    step = scene / per_mm
    left, top = chance.uniform(0, step), chance.uniform(0, step)
    size = (int((turned.width - left) / step), int((turned.height - top) / step))
    box = (left, top, left + size[0] * step, top + size[1] * step)
    return turned.resize(size, Image.Resampling.BOX, box=box)


def _harm(label: Image.Image, placed: Placed, harm: Harm, chance: Random) -> None:
    left, top, side = placed.x, placed.y, placed.width
    draw = ImageDraw.Draw(label)
    if harm.kind == "dead dots":
        for _ in range(round(harm.amount)):
            x = left + chance.randrange(side)
            draw.line((x, top - side, x, top + 2 * side), fill=255)
        return
    # A ragged piece of just that area, anywhere on the symbol.
    spokes = sorted(chance.uniform(0, math.tau) for _ in range(9))
    reach = [chance.uniform(0.5, 1) for _ in spokes]
    corners = [(math.cos(angle) * far, math.sin(angle) * far) for angle, far in zip(spokes, reach, strict=True)]
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True))) / 2
    size = side * math.sqrt(harm.amount / area)
    x, y = left + chance.uniform(0, side), top + chance.uniform(0, side)
    draw.polygon([(x + size * a, y + size * b) for a, b in corners], fill=255 if harm.kind == "torn" else 0)


def texts_in(frame: Image.Image) -> set[tuple[str, str]]:
    """Read everything a phone would find in one frame: symbology identifiers and texts."""
    found = zxingcpp.read_barcodes(frame, formats=FORMATS, text_mode=zxingcpp.TextMode.Plain)
    return {(code.symbology_identifier, code.text) for code in found}
