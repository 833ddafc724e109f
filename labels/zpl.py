"""A label in the language of thermal printers (ZPL II): as one compressed picture, or in the printer's own words.

The picture is the default: its dots are those that were decoded, in any script, on every printer. In the printer's
own words a label is a tenth as long and its symbols are made by the printer, which nobody has read back here; words
the printer's font may not have are sent as pictures. A text is data and never a command: `^`, `~` and everything
else outside printable ASCII is written as its hexadecimal value.
"""

from __future__ import annotations

import binascii
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

from PIL import Image

from labels.drawing import Line, Placed, Sheet
from labels.png import modules, raster, written

Packing = Literal["z64", "acs"]

# Run lengths of alternative compression: G to Y are 1 to 19, g to z are 20 to 400 in steps of twenty.
_ONES, _TWENTIES = "GHIJKLMNOPQRSTUVWXY", "ghijklmnopqrstuvwxyz"
_LATIN = re.compile(r"[ -~]*")
_NARROWER = 0.85  # the printer's own letters are wider than ours
_MAGNIFICATION_MAX = 10
_INK = "1;I"  # a set bit is black


def zpl_picture(sheet: Sheet, packing: Packing = "z64") -> str:
    """Write a label as one picture."""
    return _format(sheet, [_graphic(raster(sheet), 0, 0, packing)])


def zpl_native(sheet: Sheet) -> str:
    """Write a label in the printer's own words: its QR, Code 128, rectangles and Latin letters."""
    return _format(
        sheet,
        [
            *(_rectangle(area.x, area.y, area.width, area.height, is_white=area.is_white) for area in sheet.areas),
            *(_line(line, sheet) for line in sheet.lines),
            *map(_symbol, sheet.symbols),
        ],
    )


def _format(sheet: Sheet, fields: list[str]) -> str:
    # ^CI28: texts are UTF-8. ^PQ1: a label with a serial is printed once, whatever the printer was told before.
    head = f"^XA^CI28^LH0,0^LS0^LT0^PW{sheet.width}^LL{sheet.height}"
    return "\n".join((head, *fields, "^PQ1,0,1,Y^XZ")) + "\n"


def _graphic(picture: Image.Image, x: int, y: int, packing: Packing) -> str:
    """Send a picture; a set bit is black."""
    data = picture.tobytes("raw", _INK)
    per_row = (picture.width + 7) // 8
    packed = _z64(data) if packing == "z64" else _acs(data, per_row)
    return f"^FO{x},{y}^GFA,{len(data)},{len(data)},{per_row},{packed}^FS"


def _z64(data: bytes) -> str:
    text = b64encode(zlib.compress(data, 6))
    return f":Z64:{text.decode('ascii')}:{binascii.crc_hqx(text, 0):04X}"


def _acs(data: bytes, per_row: int) -> str:
    """Write hexadecimal digits with run lengths; `,` and `!` fill a row with white or black, `:` repeats the row."""
    rows = [data[at : at + per_row].hex().upper() for at in range(0, len(data), per_row)]
    return "".join(":" if at and row == rows[at - 1] else _acs_row(row) for at, row in enumerate(rows))


def _acs_row(row: str) -> str:
    for digit, fill in (("0", ","), ("F", "!")):
        if row.endswith(digit):
            return "".join(_acs_runs(row.rstrip(digit))) + fill
    return "".join(_acs_runs(row))


def _acs_runs(row: str) -> Iterator[str]:
    for digit, group in groupby(row):
        count = len(list(group))
        while count:
            step = min(count, 419)
            count -= step
            if step == 1:
                yield digit
                continue
            twenties, ones = divmod(step, 20)
            yield (_TWENTIES[twenties - 1] if twenties else "") + (_ONES[ones - 1] if ones else "") + digit


def _rectangle(x: int, y: int, width: int, height: int, *, is_white: bool) -> str:
    colour = "W" if is_white else "B"
    return f"^FO{x},{y}^GB{width},{height},{min(width, height)},{colour},0^FS"


def _line(line: Line, sheet: Sheet) -> str:
    """Write Latin letters in the printer's scalable font, other scripts and white letters as pictures."""
    mask, left, top = written(line.text, line.face, line.size)
    if mask is None:
        return ""
    if line.is_white or not _LATIN.fullmatch(line.text):
        return _letters(line, mask, line.x + left, line.y + top, sheet)
    width = max(1, round(line.size * _NARROWER))
    return f"^FT{line.x},{line.y}^A0N,{line.size},{width}^FH_^FD{escaped(line.text)}^FS"


def _letters(line: Line, mask: Image.Image, x: int, y: int, sheet: Sheet) -> str:
    picture = Image.new("1", mask.size, 0 if line.is_white else 1)
    picture.paste(1 if line.is_white else 0, (0, 0), mask)
    left, top = max(0, -x), max(0, -y)
    inside = picture.crop((left, top, min(picture.width, sheet.width - x), min(picture.height, sheet.height - y)))
    return _graphic(inside, x + left, y + top, "z64")


def _symbol(placed: Placed) -> str:
    """Let the printer make a symbol; one that it cannot make as large or would misread is sent as a picture.

    The letter of error correction and the `A` for automatic input stand before the data of a QR symbol, or the
    printer would take the data's own first characters for them.
    """
    text, dots, level = placed.symbol.text, placed.dots, placed.symbol.level
    is_linear = bool(placed.bar_length)
    if ">" in text if is_linear else dots > _MAGNIFICATION_MAX:
        return _graphic(modules(placed).convert("1"), placed.x, placed.y, "z64")
    if not is_linear:
        # Printers put this symbol ten dots below where they are told to.
        place = f"^FO{placed.x},{max(0, placed.y - 10)}"
        return f"{place}^BQN,2,{dots},{level},7^FH_^FD{level}A,{escaped(text)}^FS"
    turn = "R" if placed.is_upright else "N"
    code = f"^FO{placed.x},{placed.y}^BY{dots}^BC{turn},{placed.bar_length},N,N,N"
    # `>;` begins in set C and `>8` is FNC1; mode A chooses the sets itself and keeps a leading 99.
    return f"{code}^FD>;>8{text}^FS" if placed.symbol.is_gs1 else f"{code},A^FH_^FD{escaped(text)}^FS"


def escaped(text: str) -> str:
    """Write a text as data: what could be a command, or is no printable ASCII, by the value of its bytes."""
    return "".join(
        chr(byte) if 0x20 <= byte <= 0x7E and chr(byte) not in "^~_\\" else f"_{byte:02X}"
        for byte in text.encode("utf-8")
    )


_GRAPHIC = re.compile(r"\^FO0,0\^GFA,\d+,(\d+),(\d+),(:Z64:[A-Za-z0-9+/=]+:[0-9A-F]{4}|[0-9A-Yg-z,!:]*)\^FS")


def picture_sent(text: str, size: tuple[int, int]) -> Image.Image | None:
    """Unpack the picture of a finished label, for reading back; None if it does not hold together."""
    match = _GRAPHIC.search(text)
    if match is None:
        return None
    total, per_row = int(match[1]), int(match[2])
    data = _z64_unpacked(match[3]) if match[3].startswith(":Z64:") else _acs_unpacked(match[3], per_row)
    if len(data) != total or total != per_row * size[1] or per_row != (size[0] + 7) // 8:
        return None
    return Image.frombytes("1", size, data, "raw", _INK)


def _z64_unpacked(packed: str) -> bytes:
    text, check = packed[5:-5].encode("ascii"), int(packed[-4:], 16)
    return zlib.decompress(b64decode(text)) if binascii.crc_hqx(text, 0) == check else b""


def _acs_unpacked(packed: str, per_row: int) -> bytes:
    rows: list[str] = []
    row, count = "", 0
    for sign in packed:
        if sign == ":":
            rows.append(rows[-1])
        elif sign in ",!":
            row = row.ljust(2 * per_row, "0" if sign == "," else "F")
        elif sign in _ONES or sign in _TWENTIES:
            count += _ONES.index(sign) + 1 if sign in _ONES else 20 * (_TWENTIES.index(sign) + 1)
        else:
            row, count = row + sign * max(1, count), 0
        if len(row) == 2 * per_row:
            rows.append(row)
            row = ""
    return bytes.fromhex("".join(rows))
