"""The labels that are on the roll: their size, and where everything goes, in millimetres.

A stock is data. The layout turns it into dots for one printer, and the same fields serve PNG and PDF.
The linear symbol stands upright along the edge: on a drum its bars then follow the curve, a dead
element of the print head crosses all bars instead of swallowing one, and the long side has room for
modules of 0.33 mm and more even for twenty letters. The large and the small QR symbol are the same
one twice, side by side, so that no single tear or dead element takes both.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from labels.lettering import CODE, PLAIN, STRONG

MODULE_MM_MIN = 0.33
LINEAR_MODULE_MM_MAX = 0.51


class Box(msgspec.Struct, frozen=True):
    """A rectangle from the upper left corner of the label."""

    x: float
    y: float
    width: float
    height: float


class Ink(msgspec.Struct, frozen=True):
    """A black (or within a black one, white) rectangle, drawn only if the text called `beside` is on the label."""

    box: Box
    beside: str = "batch"
    is_white: bool = False


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A text of the content in its box, under a caption if it has one.

    Only a text whose cut form misleads nobody `may_be_cut`: half a quantity is another quantity.
    """

    text: str
    box: Box
    face: str = STRONG
    size_max: float
    size_min: float = 2.6
    caption: str = ""
    align: Literal["left", "right", "center"] = "left"
    is_white: bool = False
    is_in_band: bool = False
    may_be_cut: bool = False


class QrPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Room for a QR symbol with its quiet zone, its ink lined up with the text around it."""

    box: Box
    ink_edge: float
    ink_bottom: float
    align: Literal["left", "right"]


class LinearPlace(msgspec.Struct, frozen=True):
    """An upright strip for Code 128: the bars are as long as the strip is wide."""

    box: Box


Field = Ink | Words | QrPlace | LinearPlace


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of label material with its two layouts."""

    name: str
    width_mm: float
    height_mm: float
    caption_size: float
    lot: tuple[Field, ...]
    unit: tuple[Field, ...]


def _code(text: str, box: Box, size_max: float, caption: str = "") -> Words:
    return Words(text=text, box=box, face=CODE, size_max=size_max, caption=caption)


_HEAD: tuple[Field, ...] = (
    Ink(Box(5, 5, 90, 9)),
    Words(text="kind", box=Box(7, 5, 38, 9), size_max=6, is_white=True, is_in_band=True),
    Ink(Box(46, 6, 16, 7), "demo", is_white=True),
    Words(text="demo", box=Box(46, 6, 16, 7), size_max=4.6, align="center", is_in_band=True),
    Words(
        text="site",
        box=Box(63, 5, 30, 9),
        size_max=4.6,
        size_min=2.8,
        align="right",
        is_white=True,
        is_in_band=True,
        may_be_cut=True,
    ),
    _code("batch", Box(5, 16, 90, 14), 14, "MASTER BATCH"),
    Words(text="batch_number", box=Box(29, 15.4, 66, 3.6), size_max=3.4, size_min=1.6, align="right"),
    Ink(Box(5, 31, 90, 0.6)),
    LinearPlace(Box(80, 33, 15, 115)),
)

_SYMBOLS: tuple[Field, ...] = (
    QrPlace(box=Box(0, 69, 48, 48), ink_edge=5, ink_bottom=112.5, align="left"),
    QrPlace(box=Box(53, 90, 27, 27), ink_edge=77, ink_bottom=112.5, align="right"),
    Words(text="container", box=Box(50, 69.5, 27, 10), size_max=7.5, caption="CONTAINER"),
    Words(text="supplier_lot", box=Box(50, 80, 27, 9), size_max=5, caption="SUPPLIER LOT", may_be_cut=True),
)

_FOOT: tuple[Field, ...] = (
    Ink(Box(5, 118, 72, 0.4)),
    Words(text="printed", box=Box(5, 119.4, 55, 3.6), face=PLAIN, size_max=3.2, size_min=2),
    Ink(Box(62, 118, 15, 5), "demo"),
    Words(text="demo", box=Box(62, 118, 15, 5), size_max=4, align="center", is_white=True, is_in_band=True),
    Words(text="quantity", box=Box(5, 124.5, 35, 10.5), size_max=7.5, caption="QUANTITY"),
    Words(text="status", box=Box(42, 124.5, 35, 10.5), size_max=7.5, caption="STATUS"),
    Words(text="owner", box=Box(5, 136, 35, 9), size_max=5, caption="OWNER", may_be_cut=True),
    Words(text="expires", box=Box(42, 136, 35, 9), size_max=5, caption="EXPIRES"),
)

_LABEL_100X150 = Stock(
    name="100x150",
    width_mm=100,
    height_mm=150,
    caption_size=2.6,
    lot=(
        *_HEAD,
        _code("item", Box(5, 33, 72, 11), 9, "ITEM"),
        Words(text="item_name", box=Box(5, 46.5, 72, 21), size_max=8, may_be_cut=True),
        *_SYMBOLS,
        *_FOOT,
    ),
    unit=(
        *_HEAD,
        _code("unit", Box(5, 33, 72, 11), 9, "UNIT"),
        _code("item", Box(5, 45.5, 72, 7.5), 5.6, "ITEM"),
        Words(text="item_name", box=Box(5, 55, 72, 13.5), size_max=6, may_be_cut=True),
        *_SYMBOLS,
        *_FOOT,
    ),
)

STOCKS = {stock.name: stock for stock in (_LABEL_100X150,)}
"""Every stock by the name the command line and the server know it by."""
