"""The black and white of a symbol: QR for cameras, Code 128 for laser handhelds.

The only file that knows a barcode library. What leaves it is a matrix of modules without a quiet zone
and without a size: how many dots a module gets is the layout's business. Nothing here is trusted; every
finished label is decoded again.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from barcode.charsets.code128 import CODES, STOP
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode

from labels.masking import masked

QR_QUIET_MODULES = 4
LINEAR_QUIET_MODULES = 10

_START_B, _START_C, _TO_C, _TO_B, _FNC1 = 104, 105, 99, 100, 102


class Symbol(msgspec.Struct, frozen=True):
    """Rows of modules, 1 for black; a linear symbol is one row to be drawn as tall as there is room."""

    symbology: str
    text: str
    rows: tuple[bytes, ...]
    quiet_modules: int
    level: str = ""
    """Error correction of a QR symbol."""
    is_gs1: bool = False
    """Code 128 that begins with FNC1."""

    @property
    def width(self) -> int:
        """Modules across, without the quiet zone."""
        return len(self.rows[0])

    @property
    def span(self) -> int:
        """Modules across, with the quiet zone on both sides: what a field must hold."""
        return self.width + 2 * self.quiet_modules


def qr(text: str, field_dots: int) -> Symbol:
    """Encode `text` as the QR symbol that reads best in a square field of `field_dots`.

    Module size decides distance, blur and motion, so error correction Q is taken only where it costs
    no dot per module; elsewhere M.
    """
    span_m, span_q = (_qr_width(text, level) + 2 * QR_QUIET_MODULES for level in (ERROR_CORRECT_M, ERROR_CORRECT_Q))
    level = ERROR_CORRECT_Q if field_dots // span_q == field_dots // span_m else ERROR_CORRECT_M
    name = "Q" if level == ERROR_CORRECT_Q else "M"
    return Symbol("QRCode", text, _qr_rows(text, level), QR_QUIET_MODULES, level=name)


@lru_cache(maxsize=4096)
def _qr_width(text: str, level: int) -> int:
    code = QRCode(error_correction=level)
    code.add_data(text, optimize=0)
    return 17 + 4 * int(code.best_fit())


# The large symbol of a label, the small one, the reprint and the other resolution mostly share one matrix.
@lru_cache(maxsize=512)
def _qr_rows(text: str, level: int) -> tuple[bytes, ...]:
    # Upper-case text as one segment is alphanumeric, 5.5 bits a character.
    code = QRCode(version=(_qr_width(text, level) - 17) // 4, error_correction=level, border=0, mask_pattern=0)
    code.add_data(text, optimize=0)
    code.make(fit=False)
    unmasked = tuple(bytes(map(bool, row)) for row in code.modules)
    return masked(unmasked, level)


def code128(text: str, *, is_gs1: bool = False) -> Symbol:
    """Encode `text` as Code 128, or as GS1-128: one element such as `00` with its eighteen digits.

    The code sets are chosen here and only the bar patterns taken from the library, which loses the
    first two digits of a text that begins with 99.
    """
    start, *rest = _code128_values(text)
    values = (start, *(_FNC1 for _ in range(is_gs1)), *rest)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    bars = "".join(CODES[value] for value in (*values, check)) + STOP + "11"
    return Symbol("Code128", text, (bytes(bar == "1" for bar in bars),), LINEAR_QUIET_MODULES, is_gs1=is_gs1)


def _code128_values(text: str) -> tuple[int, ...]:
    """Choose the shortest way through set B, a character per symbol, and set C, two digits per symbol.

    From the end to the front, `in_b[at]` and `in_c[at]` are the best encodings of the rest of the text.
    """
    end: tuple[int, ...] = ()
    in_b, in_c = [end] * (len(text) + 2), [end] * (len(text) + 2)
    for at in reversed(range(len(text))):
        pair = text[at : at + 2]
        by_character = (ord(pair[0]) - 32, *in_b[at + 1])
        by_pair = (int(pair), *in_c[at + 2]) if len(pair) == 2 and pair.isdigit() else None
        in_b[at] = min(by_character, (_TO_C, *by_pair), key=len) if by_pair else by_character
        in_c[at] = min(by_pair, (_TO_B, *by_character), key=len) if by_pair else (_TO_B, *by_character)
    return min((_START_B, *in_b[0]), (_START_C, *in_c[0]), key=len)
