"""Labels as a document: a page for each of exactly the size of the stock, or pages that are cut into labels.

Everything is on the dot grid of the printer it was laid out for, and a symbol is one path, so that no viewer shows
seams between modules. Glyphs are placed where the layout measured them, and their fonts are in the document, reduced
to what it uses; their text can be searched and copied. The same labels give the same bytes.

The document is put together here and not by a library, because HarfBuzz shapes and gives glyphs by number, which a
writer that takes characters would undo.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
import uharfbuzz

from labels.drawing import MM_PER_INCH, Line, Placed, Sheet
from labels.lettering import font_file, shaped, shaper
from labels.refusal import LabelRefused
from labels.stock import Stock
from labels.svg import module_runs

POINTS_PER_INCH = 72
OFFSET_MM_MAX = 20.0
SCALE_MIN, SCALE_MAX = 0.95, 1.05
_LAYOUT_TABLES = ("GSUB", "GPOS", "GDEF", "name", "post", "gasp")


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """How a page goes through one printer: which label of a started page is the first that is free (from 1), how far
    the printer prints to the right and down of where it should (millimetres), and by how much too large it should be
    drawn to come out true."""

    first_position: int = 1
    offset_x_mm: float = 0.0
    offset_y_mm: float = 0.0
    scale: float = 1.0


class Slot(NamedTuple):
    """Where a label stands: its page, and its upper left corner there in millimetres, before scaling."""

    page: int
    x_mm: float
    y_mm: float


class Imposed(NamedTuple):
    """Labels on pages: the size of a page in millimetres, and the slot of each label."""

    width_mm: float
    height_mm: float
    slots: tuple[Slot, ...]
    feed: Feed


def impose(count: int, stock: Stock, feed: Feed) -> Imposed:
    """Say where each of `count` labels goes."""
    _require_feed(stock, feed)
    page = stock.page
    if page is None:
        slots = tuple(Slot(number, 0.0, 0.0) for number in range(count))
        return Imposed(stock.width_mm, stock.height_mm, slots, feed)
    per_page = page.columns * page.rows
    places = [divmod(number, per_page) for number in range(feed.first_position - 1, feed.first_position - 1 + count)]
    return Imposed(
        page.width,
        page.height,
        tuple(
            Slot(number, page.left + at % page.columns * page.pitch_x, page.top + at // page.columns * page.pitch_y)
            for number, at in places
        ),
        feed,
    )


def _require_feed(stock: Stock, feed: Feed) -> None:
    places = stock.page.columns * stock.page.rows if stock.page else 1
    if not 1 <= feed.first_position <= places:
        raise LabelRefused(
            "feed_wrong",
            f"“{stock.name}” has {places} labels on a page: begin at 1 to {places}, not {feed.first_position}.",
        )
    if max(abs(feed.offset_x_mm), abs(feed.offset_y_mm)) > OFFSET_MM_MAX or not SCALE_MIN <= feed.scale <= SCALE_MAX:
        raise LabelRefused(
            "feed_wrong",
            f"A printer is corrected by up to {OFFSET_MM_MAX:g} mm and by {SCALE_MIN:g} to {SCALE_MAX:g} in size.",
        )


def pdf_bytes(sheets: Sequence[Sheet], imposed: Imposed | None = None) -> bytes:
    """Write labels as one PDF, in the order given; without `imposed`, a page for each."""
    first = sheets[0]
    if imposed is None:
        slots = tuple(Slot(number, 0.0, 0.0) for number in range(len(sheets)))
        imposed = Imposed(first.width_mm, first.height_mm, slots, Feed())
    file = _File()
    fonts = _fonts(file, sheets)
    resources = " ".join(f"/{name} {number} 0 R" for name, number in fonts.values())
    tree = file.reserve()
    pages = []
    for number in range(imposed.slots[-1].page + 1):
        here = [(sheet, slot) for sheet, slot in zip(sheets, imposed.slots, strict=True) if slot.page == number]
        content = file.stream("\n".join(_label(sheet, slot, imposed, fonts) for sheet, slot in here).encode("ascii"))
        pages.append(
            file.add(
                f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {_points(imposed.width_mm)} {_points(imposed.height_mm)}]"
                f"/Contents {content} 0 R/Resources<</Font<<{resources}>>>>>>"
            )
        )
    kids = " ".join(f"{page} 0 R" for page in pages)
    file.put(tree, f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode())
    # Scaling is the enemy of whole dots: viewers that listen print at 100 %.
    root = file.add(f"<</Type/Catalog/Pages {tree} 0 R/ViewerPreferences<</PrintScaling/None>>>>")
    return file.finish(root, file.add("<</Title(Labels)>>"))


def _points(mm: float) -> str:
    return f"{mm * POINTS_PER_INCH / MM_PER_INCH:.4f}".rstrip("0").rstrip(".")


def _label(sheet: Sheet, slot: Slot, imposed: Imposed, fonts: dict[str, tuple[str, int]]) -> str:
    """Draw one label in dots, counted from its upper left corner downwards as on the raster."""
    feed = imposed.feed
    dot = POINTS_PER_INCH / sheet.dpi * feed.scale
    x = _points(slot.x_mm * feed.scale - feed.offset_x_mm)
    y = _points(imposed.height_mm - slot.y_mm * feed.scale + feed.offset_y_mm)
    parts = [f"q {dot:.6f} 0 0 {-dot:.6f} {x} {y} cm"]
    for area in sheet.areas:
        parts.append(f"{int(area.is_white)} g {area.x} {area.y} {area.width} {area.height} re f")
    for line in sheet.lines:
        parts += _text(line, fonts)
    parts.append("0 g")
    parts += map(_symbol, sheet.symbols)
    parts.append("Q")
    return "\n".join(parts)


def _symbol(placed: Placed) -> str:
    return " ".join(f"{x} {y} {width} {height} re" for x, y, width, height in module_runs(placed)) + " f"


def _text(line: Line, fonts: dict[str, tuple[str, int]]) -> Iterator[str]:
    yield f"BT {int(line.is_white)} g 1 0 0 -1 {line.x} {line.y} Tm"
    for face, rise, shown in _shown(line.text, line.face, line.size):
        yield f"/{fonts[face][0]} {line.size} Tf {rise} Ts {shown} TJ"
    yield "ET"


@lru_cache(maxsize=512)
def _shown(text: str, face: str, size: int) -> tuple[tuple[str, str, str], ...]:
    """Write a line's glyphs: for each stretch of one font and height its font, its rise in dots, and the glyphs.

    The pen of a PDF moves on by a glyph's own width; what shaping decided otherwise stands between the glyphs.
    """
    stretches: list[tuple[str, str, list[str]]] = []
    pen = 0.0
    for glyph in shaped(text, face).glyphs:
        rise = f"{glyph.y * size:.2f}".rstrip("0").rstrip(".")
        if not stretches or stretches[-1][:2] != (glyph.face, rise):
            stretches.append((glyph.face, rise, []))
        moved = round((pen - glyph.x) * 1000)
        if moved:
            stretches[-1][2].append(f"{moved}")
        stretches[-1][2].append(f"<{glyph.number:04X}>")
        pen += -moved / 1000 + _advance(glyph.face, glyph.number) / 1000
    return tuple((face, rise, f"[{''.join(_joined(items))}]") for face, rise, items in stretches)


def _joined(items: list[str]) -> str:
    return "".join(items).replace("><", "")


@lru_cache(maxsize=16384)
def _advance(face: str, index: int) -> int:
    font = shaper(face)
    units: int = font.get_glyph_h_advance(index)
    return round(units * 1000 / int(font.face.upem))


def _fonts(file: _File, sheets: Sequence[Sheet]) -> dict[str, tuple[str, int]]:
    """Put every font the labels use into the document; gives its name on the pages and its object."""
    used: dict[str, dict[int, str]] = {}
    lines = {(line.text, line.face): sheet for sheet in sheets for line in sheet.lines}
    for text, line_face in lines:
        for glyph in shaped(text, line_face).glyphs:
            known = used.setdefault(glyph.face, {})
            known[glyph.number] = known.get(glyph.number) or glyph.text
    return {
        face: (f"F{number}", _font(file, face, glyphs)) for number, (face, glyphs) in enumerate(sorted(used.items()))
    }


def _font(file: _File, face: str, glyphs: dict[int, str]) -> int:
    font = shaper(face)
    data = _reduced(face, tuple(sorted(glyphs)))
    program = file.stream(data, f"/Length1 {len(data)}")
    extents = font.get_font_extents("ltr")
    em = 1000 / font.face.upem
    descriptor = file.add(
        f"<</Type/FontDescriptor/FontName/LABELS+{face}/Flags 4/FontBBox[-1000 -1000 3000 2000]/ItalicAngle 0"
        f"/Ascent {round(extents.ascender * em)}/Descent {round(extents.descender * em)}/CapHeight 730/StemV 80"
        f"/FontFile2 {program} 0 R>>"
    )
    widths = "".join(f"{index}[{_advance(face, index)}]" for index in sorted(glyphs))
    descendant = file.add(
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/LABELS+{face}/CIDToGIDMap/Identity/DW 0/W[{widths}]"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor {descriptor} 0 R>>"
    )
    meaning = file.stream(_meanings(glyphs).encode("ascii"))
    return file.add(
        f"<</Type/Font/Subtype/Type0/BaseFont/LABELS+{face}/Encoding/Identity-H"
        f"/DescendantFonts[{descendant} 0 R]/ToUnicode {meaning} 0 R>>"
    )


@lru_cache(maxsize=64)
def _reduced(face: str, indexes: tuple[int, ...]) -> bytes:
    """Reduce a font to some glyphs, their numbers kept."""
    asked = uharfbuzz.SubsetInput()
    asked.sets(uharfbuzz.SubsetInputSets.GLYPH_INDEX).update(indexes)
    asked.sets(uharfbuzz.SubsetInputSets.DROP_TABLE_TAG).update(
        int.from_bytes(tag.encode("ascii"), "big") for tag in _LAYOUT_TABLES
    )
    asked.flags = uharfbuzz.SubsetFlags.RETAIN_GIDS | uharfbuzz.SubsetFlags.NOTDEF_OUTLINE
    reduced: bytes = uharfbuzz.subset(uharfbuzz.Face(font_file(face)), asked).blob.data
    return reduced


def _meanings(glyphs: dict[int, str]) -> str:
    """Say for copying and searching what each glyph stands for."""
    pairs = [
        f"<{index:04X}><{text.encode('utf-16-be').hex().upper()}>" for index, text in sorted(glyphs.items()) if text
    ]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    listed = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapName/L def/CMapType 2 def\n"
        f"1 begincodespacerange<0000><FFFF>endcodespacerange\n{listed}endcmap end end"
    )


class _File:
    """A PDF file in the making: numbered objects, and at the end the table of where they are."""

    def __init__(self) -> None:
        self.objects: list[bytes] = []

    def reserve(self) -> int:
        """Give the number of an object that comes later."""
        self.objects.append(b"")
        return len(self.objects)

    def put(self, number: int, data: bytes) -> None:
        """Write an object that was reserved."""
        self.objects[number - 1] = data

    def add(self, text: str) -> int:
        """Write an object and give its number."""
        self.objects.append(text.encode("ascii"))
        return len(self.objects)

    def stream(self, data: bytes, more: str = "") -> int:
        """Write a compressed stream and give its number."""
        packed = zlib.compress(data, 6)
        head = f"<</Length {len(packed)}/Filter/FlateDecode{more}>>stream\n".encode("ascii")
        self.objects.append(head + packed + b"\nendstream")
        return len(self.objects)

    def finish(self, root: int, info: int) -> bytes:
        """Give the whole file."""
        parts = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"]
        at, places = len(parts[0]), []
        for number, data in enumerate(self.objects, 1):
            part = b"%d 0 obj\n%b\nendobj\n" % (number, data)
            places.append(at)
            at += len(part)
            parts.append(part)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(self.objects) + 1
        parts.append(b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, table))
        parts.append(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, root, info, at)
        )
        return b"".join(parts)
