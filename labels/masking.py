"""The mask of a QR symbol, chosen as ISO/IEC 18004 says, on whole matrices at once.

The library spends nine tenths of a label on this choice, module by module. Here a matrix is one integer with a bit
for each module, and a rule of the standard is a few shifts over all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q

Rows = tuple[bytes, ...]

_CONDITIONS: tuple[Callable[[int, int], bool], ...] = (
    lambda y, x: (y + x) % 2 == 0,
    lambda y, x: y % 2 == 0,
    lambda y, x: x % 3 == 0,
    lambda y, x: (y + x) % 3 == 0,
    lambda y, x: (y // 2 + x // 3) % 2 == 0,
    lambda y, x: y * x % 2 + y * x % 3 == 0,
    lambda y, x: (y * x % 2 + y * x % 3) % 2 == 0,
    lambda y, x: ((y + x) % 2 + y * x % 3) % 2 == 0,
)
_LEVEL_BITS = {ERROR_CORRECT_M: 0b00, ERROR_CORRECT_Q: 0b11}
_FORMAT_GENERATOR, _FORMAT_MASK = 0b10100110111, 0b101010000010010
_DIGITS = bytes.maketrans(b"\x00\x01", b"01")
_BITS = bytes.maketrans(b"01", b"\x00\x01")


class _Frame(NamedTuple):
    """What all symbols of one size share.

    Modules are bits, one row after the other from the highest, with a zero behind each row. `masks` are the eight
    patterns on the modules that carry data, `turned` the same with rows and columns exchanged, `cells` every module.
    """

    size: int
    cells: int
    masks: tuple[int, ...]
    turned: tuple[int, ...]


def masked(rows: Rows, level: int) -> Rows:
    """Take a matrix with mask 0 and error correction `level`; give it with the mask of the lowest penalty."""
    frame = _frame(len(rows))
    upright = _packed(rows)
    turned = _packed(tuple(bytes(column) for column in zip(*rows, strict=True)))
    best, lowest, choice = upright, -1, 0
    for pattern in range(8):
        formed, formed_turned = _format_change(frame.size, level, pattern)
        one = upright ^ frame.masks[0] ^ frame.masks[pattern] ^ formed
        other = turned ^ frame.turned[0] ^ frame.turned[pattern] ^ formed_turned
        penalty = _penalty(one, other, frame)
        if lowest < 0 or penalty < lowest:
            best, lowest, choice = one, penalty, pattern
    return rows if choice == 0 else _unpacked(best, frame.size)


def penalty(rows: Rows) -> int:
    """Give the penalty of a finished matrix by the four rules of ISO/IEC 18004, 7.8.3."""
    turned = tuple(bytes(column) for column in zip(*rows, strict=True))
    return _penalty(_packed(rows), _packed(turned), _frame(len(rows)))


def _penalty(upright: int, turned: int, frame: _Frame) -> int:
    lines = sum(_runs(matrix, frame) + _finder_likes(matrix, frame) for matrix in (upright, turned))
    return lines + _blocks(upright, frame) + _imbalance(upright, frame)


def _runs(matrix: int, frame: _Frame) -> int:
    """Rule 1: three for five modules of one colour in a row, one for each more."""
    total = 0
    for colour in (matrix, ~matrix & frame.cells):
        pairs = colour & colour >> 1
        fives = pairs & pairs >> 2 & colour >> 4
        total += fives.bit_count() + 2 * (fives & ~(fives << 1)).bit_count()
    return total


def _blocks(matrix: int, frame: _Frame) -> int:
    """Rule 2: three for each square of two by two of one colour."""
    step = frame.size + 1
    total = 0
    for colour in (matrix, ~matrix & frame.cells):
        pairs = colour & colour >> 1
        total += (pairs & pairs >> step).bit_count()
    return 3 * total


def _finder_likes(matrix: int, frame: _Frame) -> int:
    """Rule 3: forty for each 1:1:3:1:1 with four light modules on a side."""
    light = ~matrix & frame.cells
    finder = matrix & light >> 1 & matrix >> 2 & matrix >> 3 & matrix >> 4 & light >> 5 & matrix >> 6
    four = light & light >> 1
    four &= four >> 2
    return 40 * ((finder & four >> 7).bit_count() + (four & finder >> 4).bit_count())


def _imbalance(matrix: int, frame: _Frame) -> int:
    """Rule 4: ten for each five per cent that the dark modules are away from half."""
    return 10 * int(abs(matrix.bit_count() * 20 / frame.size**2 - 10))


def _packed(rows: Rows) -> int:
    return int(b"\x00".join((*rows, b"")).translate(_DIGITS), 2)


def _unpacked(matrix: int, size: int) -> Rows:
    digits = format(matrix, f"0{size * (size + 1)}b").encode().translate(_BITS)
    return tuple(digits[at : at + size] for at in range(0, len(digits), size + 1))


@lru_cache(maxsize=40)
def _frame(size: int) -> _Frame:
    data = _data_modules(size)
    masks = [
        tuple(bytes(data[y][x] and condition(y, x) for x in range(size)) for y in range(size))
        for condition in _CONDITIONS
    ]
    return _Frame(
        size,
        _packed((b"\x01" * size,) * size),
        tuple(_packed(mask) for mask in masks),
        tuple(_packed(tuple(bytes(column) for column in zip(*mask, strict=True))) for mask in masks),
    )


def _data_modules(size: int) -> list[bytearray]:
    """Mark the modules that are neither finder, timing, alignment nor format or version information."""
    version = (size - 17) // 4
    free = [bytearray(b"\x01" * size) for _ in range(size)]

    def take(top: int, left: int, height: int, width: int) -> None:
        for y in range(top, top + height):
            free[y][left : left + width] = bytes(width)

    take(0, 0, 9, 9)
    take(0, size - 8, 9, 8)
    take(size - 8, 0, 8, 9)
    take(6, 0, 1, size)
    take(0, 6, size, 1)
    centres = _alignment_centres(version)
    for y in centres:
        for x in centres:
            if (y, x) not in {(6, 6), (6, size - 7), (size - 7, 6)}:
                take(y - 2, x - 2, 5, 5)
    if version >= 7:
        take(0, size - 11, 6, 3)
        take(size - 11, 0, 3, 6)
    return free


def _alignment_centres(version: int) -> tuple[int, ...]:
    from qrcode.util import pattern_position  # noqa: PLC0415 - a table of the standard, nothing else of that module

    return tuple(pattern_position(version))


@lru_cache(maxsize=512)
def _format_change(size: int, level: int, pattern: int) -> tuple[int, int]:
    """Give the format modules that differ between mask 0 and `pattern`, upright and turned."""
    change = _format_bits(level, 0) ^ _format_bits(level, pattern)
    rows = [bytearray(size) for _ in range(size)]
    for place, bit in enumerate(change >> at & 1 for at in range(15)):
        down = place if place < 6 else place + 1 if place < 8 else size - 15 + place
        across = size - 1 - place if place < 8 else 15 - place if place < 9 else 14 - place
        rows[down][8] ^= bit
        rows[8][across] ^= bit
    upright = tuple(bytes(row) for row in rows)
    return _packed(upright), _packed(tuple(bytes(column) for column in zip(*upright, strict=True)))


def _format_bits(level: int, pattern: int) -> int:
    data = _LEVEL_BITS[level] << 3 | pattern
    rest = data << 10
    while rest.bit_length() > 10:
        rest ^= _FORMAT_GENERATOR << rest.bit_length() - 11
    return (data << 10 | rest) ^ _FORMAT_MASK
