"""The letters on a label: three fonts that come with the package, and how a text is made to fit its box.

Codes are set in a typeface whose zero cannot be taken for the letter O, and are only ever made smaller:
a code that is cut or broken is another code. Words may be made smaller, broken into lines and at last
cut with an ellipsis. A character the font does not have is refused, because what a printer draws in its
place is an empty box that looks like data.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO

import msgspec
from PIL import ImageFont
from reportlab.pdfbase.ttfonts import TTFont

from labels.refusal import LabelRefused

CODE = "DejaVuSansMono-Bold"
PLAIN = "DejaVuSansCondensed"
STRONG = "DejaVuSansCondensed-Bold"

CAP_HEIGHT = 0.73
LINE_HEIGHT = 1.16
_ELLIPSIS = "…"

# Right-to-left and combining characters need shaping, which neither output does: drawn one after the
# other they would read as something else.
_SHAPED = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "NSM"})


class Fitted(msgspec.Struct, frozen=True):
    """A text as it will be drawn: its lines, and the size of the letters in dots."""

    lines: tuple[str, ...]
    size: int


@cache
def outlines(face: str) -> TTFont:
    """Open one of the three fonts for measuring and for PDF."""
    return TTFont(face, BytesIO(_font_file(face)))


@lru_cache(maxsize=48)
def bitmap(face: str, size: int) -> ImageFont.FreeTypeFont:
    """Open one of the three fonts for drawing at `size` dots."""
    return ImageFont.truetype(BytesIO(_font_file(face)), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _font_file(face: str) -> bytes:
    return (files("labels") / "fonts" / f"{face}.ttf").read_bytes()


def require_glyphs(text: str, face: str, name: str) -> None:
    """Refuse a text that the font cannot draw as it is meant."""
    glyphs = outlines(face).face.charToGlyph
    for character in text:
        if not glyphs.get(ord(character)) or unicodedata.bidirectional(character) in _SHAPED:
            known_as = unicodedata.name(character, f"U+{ord(character):04X}")
            raise LabelRefused("glyph_missing", f"The label cannot show “{character}” ({known_as}) in the {name}.")


def fit_code(text: str, *, width: int, height: int, size_max: int) -> Fitted:
    """Set a code on one line, as large as its box allows."""
    size = min(size_max, int(height / CAP_HEIGHT))
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
        while _width(line, face, size) > width:
            line = line[:-1]
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    if _width(rest, face, size) > width:
        while _width(rest + _ELLIPSIS, face, size) > width:
            rest = rest[:-1]
        rest = rest.rstrip() + _ELLIPSIS
    return Fitted(tuple(line for line in (*lines, rest) if line), size)


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


@lru_cache(maxsize=4096)
def _width(text: str, face: str, size: int) -> int:
    """Measure the wider of what the raster and the page will draw; hinting makes them differ a little."""
    drawn = bitmap(face, size).getlength(text)
    return int(max(drawn, outlines(face).stringWidth(text, size))) + 1
