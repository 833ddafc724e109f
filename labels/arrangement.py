"""Where things go on a label of a given size, in millimetres from its upper left corner.

On a tall label the linear symbol stands upright along the edge: on a drum its bars then follow the curve, a dead
element of the print head crosses all bars instead of swallowing one, and the long side has room for modules of
0.33 mm and more even for twenty letters. The large and the small QR symbol are the same one twice, side by side, so
that no single tear or dead element takes both. On a wide label the QR symbol takes the left, as high as there is
room, and on a small one it is alone: what a camera reads is worth more than what a person can read up close.
"""

from __future__ import annotations

from typing import Literal

import msgspec

_TALL_MM = (80.0, 110.0)
_PALLET_MM = (95.0, 125.0)
_LINEAR_MM = (90.0, 35.0)


class Box(msgspec.Struct, frozen=True, array_like=True):
    """A rectangle: x, y, width, height."""

    x: float
    y: float
    width: float
    height: float


class QrPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Room for a QR symbol with its quiet zone; `ink` is what side and bottom of it line up with."""

    box: Box
    ink: tuple[float, float] | None = None
    align: Literal["left", "right"] = "left"


class LinearPlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strip for Code 128, quiet zones included: the bars are as long as the strip is wide."""

    box: Box
    is_upright: bool = False


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The places of one stock. What has no place is left off, unless a person must be able to rely on it.

    `band` is black and holds kind, DEMO and site; `title` the first code; `lines` the other codes and below them the
    name; `details` are areas that are cut into cells of at least `cell` (width and height).
    """

    qr: tuple[QrPlace, ...]
    linear: LinearPlace | None = None
    band: Box | None = None
    title: Box | None = None
    lines: Box | None = None
    details: tuple[Box, ...] = ()
    printed: Box | None = None
    rules: tuple[Box, ...] = ()
    cell: tuple[float, float] = (30.0, 9.0)
    caption: float = 2.6
    smallest: float = 2.6
    largest: float = 8.0

    def boxes(self) -> tuple[Box, ...]:
        """List every place."""
        single = (self.band, self.title, self.lines, self.printed, self.linear.box if self.linear else None)
        symbols = tuple(place.box for place in self.qr)
        return (*symbols, *self.details, *self.rules, *(box for box in single if box is not None))


def arranged(width: float, height: float) -> Places:
    """Arrange a label of `width` by `height`."""
    if width >= _TALL_MM[0] and height >= _TALL_MM[1]:
        return _tall(width, height)
    return _wide(width, height) if width >= 1.2 * height else _narrow(width, height)


def arranged_for_pallet(width: float, height: float) -> Places | None:
    """Arrange a pallet's label; None where its bars have no room."""
    return _pallet(width, height) if width >= _PALLET_MM[0] and height >= _PALLET_MM[1] else None


def _tall(width: float, height: float) -> Places:
    inner = width - 10
    column = width - 28
    return Places(
        band=Box(5, 5, inner, 9),
        title=Box(5, 16, inner, 14),
        lines=Box(5, 33, column, height - 115),
        qr=(
            QrPlace(box=Box(0, height - 81, 48, 48), ink=(5, height - 37.5)),
            QrPlace(box=Box(53, height - 60, column - 45, 27), ink=(column + 5, height - 37.5), align="right"),
        ),
        linear=LinearPlace(box=Box(width - 20, 33, 15, height - 35), is_upright=True),
        details=(Box(5, height - 25.5, column, 21.5), Box(50, height - 80.5, column - 45, 19.5)),
        printed=Box(5, height - 30.6, column, 3.6),
        rules=(Box(5, 31, inner, 0.6), Box(5, height - 32, column, 0.4)),
        cell=(27, 9),
        largest=8,
    )


def _pallet(width: float, height: float) -> Places:
    """Give the bars the whole width: modules of 0.5 mm, 32 mm high, as lorry docks read them."""
    inner = width - 10
    bars = height - 39
    side = min(48.0, bars - 47)
    top = bars - 5 - side
    return Places(
        band=Box(5, 5, inner, 9),
        title=Box(5, 16, inner, 14),
        lines=Box(5, 33, inner, top - 34),
        qr=(
            QrPlace(box=Box(1, top, side, side)),
            QrPlace(box=Box(width - 27, bars - 32, 27, 27), align="right"),
        ),
        linear=LinearPlace(box=Box(0, bars, width, 34)),
        details=(Box(side + 2, top + 1, inner - side + 3, side - 28), Box(side + 2, bars - 31, width - side - 30, 26)),
        printed=Box(5, bars - 4.4, inner, 3.6),
        rules=(Box(5, 31, inner, 0.6),),
        cell=(21, 8),
        largest=7,
    )


def _wide(width: float, height: float) -> Places:
    """Put the QR symbol to the left and the words beside it; bars along the foot where they fit."""
    has_bars = width >= _LINEAR_MM[0] and height >= _LINEAR_MM[1]
    foot = height - 10 if has_bars else height
    side = min(foot, 48, 0.52 * width)
    size = min(1.0, max(0.45, foot / 45))
    margin = 1 + size
    left = side + (0.3 if side < 30 else 0)
    right = width - margin - left
    band, title = 5.5 * size, 8 * size
    top = margin + band + 0.5 + title
    twin = 25.0 if right >= 54 and foot - top >= 20 else 0.0
    twin_top = foot - twin
    words = right - twin + (margin if twin else 0)
    printed = 2.6 * size + 0.4
    bottom = foot - printed - (0.4 if has_bars else margin)
    middle = top + 0.4 + (bottom - top) * 0.52
    return Places(
        band=Box(left, margin, right, band),
        title=Box(left, margin + band + 0.5, right, title),
        lines=Box(left, top + 0.4, words, middle - top - 0.7),
        qr=(
            QrPlace(box=Box(0, (foot - side) / 2, side, side)),
            *((QrPlace(box=Box(width - twin, twin_top, twin, twin), align="right"),) if twin else ()),
        ),
        linear=LinearPlace(box=Box(0, height - 9.5, width, 9 - margin / 2)) if has_bars else None,
        details=(Box(left, middle, words, bottom - middle),),
        printed=Box(left, bottom + 0.2, words, printed),
        cell=(7 + 7 * size, 3 + 2.6 * size),
        caption=max(1.3, 2 * size),
        smallest=max(1.4, 2.2 * size),
        largest=max(2.4, 5 * size),
    )


def _narrow(width: float, height: float) -> Places:
    """Put the QR symbol on top and the words below it."""
    side = min(width, 48, height * 0.62)
    size = min(1.0, max(0.45, width / 45))
    margin = 1 + size
    inner = width - 2 * margin
    band, title = 5.5 * size, 7 * size
    top = side + band + title
    printed = 2.6 * size
    bottom = height - margin - printed
    middle = top + (bottom - top) * 0.5
    return Places(
        band=Box(margin, side, inner, band),
        title=Box(margin, side + band + 0.4, inner, title - 0.4),
        lines=Box(margin, top + 0.3, inner, middle - top - 0.6),
        qr=(QrPlace(box=Box((width - side) / 2, 0, side, side)),),
        details=(Box(margin, middle, inner, bottom - middle - 0.2),),
        printed=Box(margin, bottom, inner, printed),
        cell=(7 + 7 * size, 3 + 2.6 * size),
        caption=max(1.3, 2 * size),
        smallest=max(1.4, 2.2 * size),
        largest=max(2.4, 5 * size),
    )
