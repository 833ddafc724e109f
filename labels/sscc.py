"""Numbers of pallets (SSCC) under a company's own prefix: extension digit, prefix, serial reference, check digit.

GS1 General Specifications, 3.2 and 7.9. The extension digit is the first digit of our running number: it only makes
room for more pallets.
"""

from __future__ import annotations

import re

from labels.gs1.checks import check_digit_of

SSCC_LENGTH = 18
PREFIX_MIN, PREFIX_MAX = 4, 12
"""Digits of a GS1 company prefix."""

_prefix = re.compile(rf"[0-9]{{{PREFIX_MIN},{PREFIX_MAX}}}")


def is_prefix(text: str) -> bool:
    """Say that a text can be a company's prefix."""
    return _prefix.fullmatch(text) is not None


def pallets_of(prefix: str) -> int:
    """Tell how many pallets a prefix has numbers for."""
    return int(10 ** (SSCC_LENGTH - 1 - len(prefix)))


def sscc(prefix: str, number: int) -> str:
    """Write the SSCC of pallet `number` (0 to `pallets_of(prefix)` - 1); ValueError beyond."""
    if not is_prefix(prefix) or not 0 <= number < pallets_of(prefix):
        raise ValueError(f"no pallet {number} under the prefix {prefix!r}")
    running = f"{number:0{SSCC_LENGTH - 1 - len(prefix)}d}"
    digits = running[0] + prefix + running[1:]
    return digits + check_digit_of(digits)
