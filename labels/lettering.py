"""The letters on a label: fonts that come with the package, and how a text is made to fit its box.

Every text is shaped by HarfBuzz into glyphs of the first font that has its characters, so Devanagari, Tamil and
Gujarati come out as they are written, and Chinese, Japanese and Korean names beside them. Codes are set in a typeface
whose zero cannot be taken for the letter O, and are only ever made smaller: a code that is cut or broken is another
code. Words may be made smaller, broken into lines and at last cut with an ellipsis. A character no font has is
refused, because what a printer draws in its place is an empty box that looks like data; so is a vowel sign without
its letter, for which fonts draw a dotted circle.
"""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

import freetype
import msgspec
import uharfbuzz
from PIL import Image

from labels.refusal import LabelRefused

CODE = "DejaVuSansMono-Bold"
PLAIN = "DejaVuSansCondensed"
STRONG = "DejaVuSansCondensed-Bold"
OTHER_SCRIPTS = (
    "NotoSansDevanagari-SemiBold",
    "NotoSansGujarati-SemiBold",
    "NotoSansTamil-SemiBold",
    "NotoSansSC-Medium",
    "NotoSansKR-Medium",
)

CAP_HEIGHT = 0.73
LINE_HEIGHT = 1.16
_ELLIPSIS = "…"
_DOTTED_CIRCLE = 0x25CC
_JOINERS = "\u200c\u200d"
_VIRAMA = 9  # the combining class of the sign that joins two consonants into one

# Lines run from left to right; in a right-to-left script the words would stand in the wrong order.
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})


class Fitted(msgspec.Struct, frozen=True):
    """A text as it will be drawn: its lines, and the size of the letters in dots."""

    lines: tuple[str, ...]
    size: int


class Glyph(NamedTuple):
    """One glyph of a font at its place on the line, in em from the line's left end and upwards from its baseline.

    `text` is what it stands for; of a cluster of several glyphs the first has it all.
    """

    face: str
    number: int
    x: float
    y: float
    text: str


class Shaped(NamedTuple):
    """A line of text as glyphs; `width` in em."""

    glyphs: tuple[Glyph, ...]
    width: float


@cache
def font_file(face: str) -> bytes:
    """Give the bytes of one of the fonts."""
    return (files("labels") / "fonts" / f"{face}.ttf").read_bytes()


@cache
def shaper(face: str) -> uharfbuzz.Font:
    """Open one of the fonts for shaping and outlines, in units of its em."""
    return uharfbuzz.Font(uharfbuzz.Face(font_file(face)))


@lru_cache(maxsize=64)
def _rasteriser(face: str, size: int) -> freetype.Face:
    from_memory = freetype.Face.from_bytes(font_file(face))
    from_memory.set_pixel_sizes(0, size)
    return from_memory


def require_glyphs(text: str, face: str, name: str) -> None:
    """Refuse a text that the fonts cannot draw as it is meant."""
    for character, its_face in _faces_of(text, face):
        if its_face is None:
            known_as = unicodedata.name(character, f"U+{ord(character):04X}")
            raise LabelRefused("glyph_missing", f"The label cannot show “{character}” ({known_as}) in the {name}.")
    circles = {its_face: shaper(its_face).get_nominal_glyph(_DOTTED_CIRCLE) for its_face in (face, *OTHER_SCRIPTS)}
    for glyph in shaped(text, face).glyphs:
        is_invented = glyph.number == circles[glyph.face] and "◌" not in text
        if glyph.number == 0 or is_invented:
            raise LabelRefused(
                "glyph_missing", f"The label cannot show “{text[:60]}” in the {name}: a letter is missing."
            )


def _faces_of(text: str, face: str) -> Iterator[tuple[str, str | None]]:
    """Give each character with the font that draws it: marks and joiners stay with the letter before them."""
    before = face
    for character in text:
        if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT or unicodedata.category(character) == "Cc":
            yield character, None
        elif character in _JOINERS:
            yield character, before
        else:
            is_mark = unicodedata.category(character).startswith("M")
            chain = (before, face, *OTHER_SCRIPTS) if is_mark else (face, *OTHER_SCRIPTS)
            found = next((one for one in chain if shaper(one).get_nominal_glyph(ord(character))), None)
            before = found or face
            yield character, found


@lru_cache(maxsize=8192)
def shaped(text: str, face: str) -> Shaped:
    """Turn a line of text into glyphs."""
    glyphs: list[Glyph] = []
    x = 0.0
    for its_face, run in groupby(_faces_of(text, face), key=lambda pair: pair[1]):
        x = _shape_run("".join(character for character, _ in run), its_face or face, x, glyphs)
    # A J hangs out to the left, into whatever stands there.
    hung = max(0.0, -min((glyph.x + _edges(glyph).left for glyph in glyphs), default=0.0))
    return Shaped(tuple(glyph._replace(x=glyph.x + hung) for glyph in glyphs), x + hung)


class _Edges(NamedTuple):
    """How far the ink of a glyph reaches from its origin, in em: to the left (mostly not below 0), and downwards."""

    left: float
    below: float


@lru_cache(maxsize=8192)
def _edges_of(face: str, number: int) -> _Edges:
    font = shaper(face)
    reach = font.get_glyph_extents(number)
    if reach is None:
        return _Edges(0.0, 0.0)
    em = font.face.upem
    return _Edges(min(0, reach.x_bearing) / em, -(reach.y_bearing + reach.height) / em)


def _edges(glyph: Glyph) -> _Edges:
    return _edges_of(glyph.face, glyph.number)


def _depth(text: str, face: str) -> float:
    """Say how far a line reaches below its baseline, in em."""
    return max((_edges(glyph).below - glyph.y for glyph in shaped(text, face).glyphs), default=0.0)


def _shape_run(text: str, face: str, x: float, glyphs: list[Glyph]) -> float:
    font = shaper(face)
    em = font.face.upem
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "ltr"
    uharfbuzz.shape(font, buffer, {})
    starts = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(starts, (*starts[1:], len(text)), strict=True))
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        end = ends.pop(info.cluster, info.cluster)
        place = x + position.x_offset / em
        glyphs.append(Glyph(face, info.codepoint, place, position.y_offset / em, text[info.cluster : end]))
        x += position.x_advance / em
    return x


class Inked(NamedTuple):
    """A glyph as dots: a mask, and its upper left corner from the origin, `up` counted upwards."""

    mask: Image.Image | None
    left: int
    up: int


@lru_cache(maxsize=16384)
def inked(face: str, number: int, size: int) -> Inked:
    """Draw one glyph in whole dots, each black or white, hinted for just this size."""
    font = _rasteriser(face, size)
    font.load_glyph(number, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
    slot = font.glyph
    bitmap = slot.bitmap
    if not bitmap.width or not bitmap.rows:
        return Inked(None, 0, 0)
    data = ctypes.string_at(bitmap._FT_Bitmap.buffer, bitmap.rows * bitmap.pitch)
    mask = Image.frombytes("1", (bitmap.width, bitmap.rows), data, "raw", "1", bitmap.pitch)
    return Inked(mask, slot.bitmap_left, slot.bitmap_top)


def fit_code(text: str, *, width: int, height: int, size_max: int) -> Fitted:
    """Set a code on one line, as large as its box allows."""
    size = min(size_max, int(height / (CAP_HEIGHT + max(0.0, _depth(text, CODE)))))
    while size > 1 and _width(text, CODE, size) > width:
        size = min(size - 1, int(size * width / _width(text, CODE, size)))
    return Fitted((text,), size)


def fit_words(text: str, face: str, *, width: int, height: int, size_max: int, size_min: int) -> Fitted | None:
    """Set words on as many lines as the box holds, at the largest size that shows them all, if there is one."""
    step = max(1, (size_max - size_min) // 12)
    for size in (*range(size_max, size_min, -step), size_min):
        lines = _broken(text, face, size, width)
        if len(lines) <= _lines_in(height, size) and all(_width(line, face, size) <= width for line in lines):
            return Fitted(lines, size)
    return None


def cut_words(text: str, face: str, *, width: int, height: int, size: int) -> Fitted:
    """Fill the box with the beginning of a text, breaking words that are wider, and end in an ellipsis."""
    lines: list[str] = []
    rest = text
    for _ in range(_lines_in(height, size) - 1):
        line = _broken(rest, face, size, width)[0]
        while _width(line, face, size) > width and _without_last(line):
            line = _without_last(line)
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    if _width(rest, face, size) > width:
        while rest and _width(rest + _ELLIPSIS, face, size) > width:
            rest = _without_last(rest)
        rest = rest.rstrip() + _ELLIPSIS
    return Fitted(tuple(line for line in (*lines, rest) if line), size)


def _without_last(text: str) -> str:
    """Take off the last syllable whole: cut between a letter and its marks it would read as another one."""
    while True:
        end = len(text) - 1
        while end > 0 and (text[end] in _JOINERS or unicodedata.category(text[end]).startswith("M")):
            end -= 1
        text = text[: max(end, 0)]
        if not text or (text[-1] not in _JOINERS and unicodedata.combining(text[-1]) != _VIRAMA):
            return text


def _lines_in(height: int, size: int) -> int:
    return max(1, 1 + int((height - size) / (size * LINE_HEIGHT)))


def _broken(text: str, face: str, size: int, width: int) -> tuple[str, ...]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and _width(longer, face, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return tuple(lines)


def _width(text: str, face: str, size: int) -> int:
    return int(shaped(text, face).width * size) + 2
