"""A printer of the tests' own: reads the ZPL that a label is sent as, and burns the dots that a real one would.

It shares nothing with what writes labels: pictures are unpacked from the language's description, and the symbols a
printer makes itself are made by segno and zxing.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zlib
from collections.abc import Callable

import segno
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFont

QR_OFFSET = 10
"""Printers put a QR symbol this many dots below its field."""

_COMMAND = re.compile(r"([\^~])([A-Z][A-Z0-9@])([^\^~]*)")


class Unprintable(AssertionError):  # noqa: N818 - named for what is wrong
    """The printer would not have understood."""


def burn(zpl: str) -> list[Image.Image]:
    """Print every label of a stream; a burnt dot is black."""
    labels: list[Image.Image] = []
    label: _Label | None = None
    for mark, name, rest in _COMMAND.findall(zpl.replace("\n", "")):
        if mark == "~":
            raise Unprintable(f"a control command in a label: ~{name}")
        if name == "XA":
            label = _Label()
        elif label is None:
            raise Unprintable(f"^{name} outside a label")
        elif name == "XZ":
            labels.append(label.finished())
            label = None
        else:
            label.obey(name, rest)
    if label is not None:
        raise Unprintable("a label without an end")
    return labels


class _Label:
    def __init__(self) -> None:
        self.width = self.height = 0
        self.image: Image.Image | None = None
        self.at, self.is_typeset = (0, 0), False
        self.module = 2
        self.field: Callable[[str], None] | None = None
        self.is_hexadecimal = False
        self.quantity = 0

    def obey(self, name: str, rest: str) -> None:
        known = {
            "PW": lambda: setattr(self, "width", int(rest)),
            "LL": lambda: self._paper(int(rest)),
            "LH": lambda: self._expect(rest, "0,0"),
            "LS": lambda: self._expect(rest, "0"),
            "LT": lambda: self._expect(rest, "0"),
            "CI": lambda: self._expect(rest, "28"),
            "PQ": lambda: setattr(self, "quantity", int(rest.split(",", maxsplit=1)[0])),
            "FO": lambda: self._place(rest, is_typeset=False),
            "FT": lambda: self._place(rest, is_typeset=True),
            "FH": lambda: setattr(self, "is_hexadecimal", True),
            "GF": lambda: self._graphic(rest),
            "GB": lambda: self._box(rest),
            "BY": lambda: setattr(self, "module", int(rest.split(",", maxsplit=1)[0])),
            "BQ": lambda: setattr(self, "field", self._qr(rest)),
            "BC": lambda: setattr(self, "field", self._code128(rest)),
            "A0": lambda: setattr(self, "field", self._text(rest)),
            "FD": lambda: self._data(rest),
            "FS": self._end,
        }
        if name not in known:
            raise Unprintable(f"^{name}")
        known[name]()

    def finished(self) -> Image.Image:
        if self.image is None or self.quantity != 1:
            raise Unprintable("a label without a size, or not one")
        return ImageChops.invert(self.image)

    def _expect(self, rest: str, wanted: str) -> None:
        if rest != wanted:
            raise Unprintable(rest)

    def _paper(self, length: int) -> None:
        self.height = length
        # White on black paper while it is put together: a burnt dot is 255.
        self.image = Image.new("L", (self.width, self.height), 0)

    def _place(self, rest: str, *, is_typeset: bool) -> None:
        x, y = (int(part) for part in rest.split(",")[:2])
        self.at, self.is_typeset = (x, y), is_typeset

    def _end(self) -> None:
        self.field, self.is_hexadecimal = None, False

    def _ink(self, picture: Image.Image, at: tuple[int, int]) -> None:
        """Burn what is 255 in a picture; it must be on the paper."""
        assert self.image is not None
        box = (*at, at[0] + picture.width, at[1] + picture.height)
        if min(at) < 0 or box[2] > self.width or box[3] > self.height:
            raise Unprintable(f"{box} is off the label")
        self.image.paste(255, box, picture)

    def _graphic(self, rest: str) -> None:
        kind, total, count, per_row, data = rest.split(",", 4)
        if kind != "A" or total != count:
            raise Unprintable(rest[:40])
        raw = _unpacked(data, int(per_row))
        if len(raw) != int(total):
            raise Unprintable(f"{len(raw)} bytes instead of {total}")
        rows = len(raw) // int(per_row)
        picture = Image.frombytes("1", (int(per_row) * 8, rows), raw).convert("L")
        self._ink(picture.crop((0, 0, min(picture.width, self.width - self.at[0]), rows)), self.at)

    def _box(self, rest: str) -> None:
        width, height, thick, colour, _ = rest.split(",")
        if int(thick) < min(int(width), int(height)):
            raise Unprintable("a frame")
        assert self.image is not None
        x, y = self.at
        self.image.paste(0 if colour == "W" else 255, (x, y, x + int(width), y + int(height)))

    def _data(self, rest: str) -> None:
        if self.field is None:
            raise Unprintable("data without a field")
        self.field(_unescaped(rest) if self.is_hexadecimal else rest)

    def _qr(self, rest: str) -> Callable[[str], None]:
        turn, model, magnification, level, mask = rest.split(",")
        if (turn, model, mask) != ("N", "2", "7") or not 1 <= int(magnification) <= 10:
            raise Unprintable(rest)

        def draw(data: str) -> None:
            if data[1:3] != "A," or data[0] != level:
                raise Unprintable(f"the printer would eat the beginning of {data}")
            file = io.BytesIO()
            code = segno.make(data[3:], error=level, micro=False, boost_error=False)
            code.save(file, kind="png", scale=int(magnification), border=0)
            picture = Image.open(file).convert("L")
            self._ink(ImageChops.invert(picture), (self.at[0], self.at[1] + QR_OFFSET))

        return draw

    def _code128(self, rest: str) -> Callable[[str], None]:
        turn, height, *more = rest.split(",")
        mode = more[3] if len(more) > 3 else "N"

        def draw(data: str) -> None:
            if mode == "A":
                code = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.Code128)
            elif data.startswith(">;>8"):
                code = zxingcpp.create_barcode(f"({data[4:6]}){data[6:]}", zxingcpp.BarcodeFormat.Code128, gs1=True)
            else:
                raise Unprintable(data)
            bars = Image.fromarray(code.to_image(scale=1, add_hrt=False, add_quiet_zones=False))
            row = bars.crop((0, 0, bars.width, 1)).resize((bars.width * self.module, int(height)), 0)
            inked = ImageChops.invert(row)
            self._ink(inked.transpose(Image.Transpose.ROTATE_270) if turn == "R" else inked, self.at)

        return draw

    def _text(self, rest: str) -> Callable[[str], None]:
        _, height, _ = rest.split(",")

        def draw(data: str) -> None:
            assert self.image is not None
            if not self.is_typeset:
                raise Unprintable("text that is not on a baseline")
            font = ImageFont.load_default(int(height) * 0.8)
            ImageDraw.Draw(self.image).text(self.at, data, fill=255, font=font, anchor="ls")
            self.texts = [*getattr(self, "texts", []), data]

        return draw


def _unescaped(text: str) -> str:
    raw = re.sub(rb"_([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), text.encode("ascii"))
    return raw.decode("utf-8")


def _unpacked(data: str, per_row: int) -> bytes:
    if data.startswith(":Z64:"):
        body, check = data[5:].split(":")
        if binascii.crc_hqx(body.encode(), 0) != int(check, 16):
            raise Unprintable("the checksum of the picture is wrong")
        return zlib.decompress(base64.b64decode(body))
    out, row, count = [], "", 0
    for sign in data:
        if sign == ":":
            out.append(out[-1])
        elif sign == ",":
            out.append(row.ljust(per_row * 2, "0"))
            row = ""
        elif sign == "!":
            out.append(row.ljust(per_row * 2, "F"))
            row = ""
        elif "G" <= sign <= "Y":
            count += ord(sign) - ord("F")
        elif "g" <= sign <= "z":
            count += 20 * (ord(sign) - ord("f"))
        else:
            row += sign * (count or 1)
            count = 0
            if len(row) >= per_row * 2:
                out.append(row[: per_row * 2])
                row = row[per_row * 2 :]
    return bytes.fromhex("".join(out))
