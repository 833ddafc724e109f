"""A batch number as the papers have it, and the code that stands for it in symbols.

A symbol carries A-Z, 0-9, dot and dash, so `MAK/26-27/0142` cannot be printed in one. It is given the code
`MAK-26-27-0142`; the number as written is kept beside it, printed on every label and found by whoever scans
or types it. Two numbers that differ only in punctuation would get one code: the records refuse the second.
"""

from __future__ import annotations

import hashlib
import re

from labels.identity import CODE_LENGTH_MAX, is_code, is_serial_sound
from labels.refusal import LabelRefused

NUMBER_LENGTH_MAX = 32

_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_separators = re.compile(r"[!-,/:-@\[-`{-~ ]+")
_outside = re.compile(r"[^A-Z0-9.-]+")
# Letters only: a code must not read as one of our serials.
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CHECK_LENGTH = 5


def as_written(text: str) -> str:
    """Bring a number to the form it is kept in: no blanks around it, single ones inside."""
    number = " ".join(text.split())
    if not number or len(number) > NUMBER_LENGTH_MAX or not number.isprintable():
        raise LabelRefused(
            "batch_number_unusable",
            f"A batch number has 1 to {NUMBER_LENGTH_MAX} characters that can be printed on one line.",
        )
    return number


def folded(number: str) -> str:
    """Give the form in which two ways of typing a number are the same: the letters a to z in capitals."""
    return " ".join(number.split()).translate(_UPPER)


def batch_code(number: str) -> str:
    """Give the code that stands for a number in symbols: the number itself, if it is one.

    What is only punctuated otherwise keeps its letters and digits. What would lose more (another script, too many
    characters) keeps its end, where numbers differ, and gets five letters computed from all of it; so does what
    reads as a unit's serial.
    """
    text = folded(number)
    if is_code(text) and is_serial_sound(text):
        return text
    code = _separators.sub("-", text).strip("-.")
    if is_code(code) and is_serial_sound(code):
        return code
    end = _outside.sub("-", code)[-(CODE_LENGTH_MAX - _CHECK_LENGTH - 1) :].strip("-.")
    return f"{end or 'B'}-{_computed(text)}"


def _computed(text: str) -> str:
    rest = int.from_bytes(hashlib.sha256(text.encode()).digest())
    characters = ""
    for _ in range(_CHECK_LENGTH):
        rest, digit = divmod(rest, len(_ALPHABET))
        characters += _ALPHABET[digit]
    return characters
