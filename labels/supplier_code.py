"""A supplier's own code, taught once by an example: which item it is, and which of its characters are the lot.

Most suppliers' labels follow no standard, but each follows its own: the same beginning, then the lot, always as
long. So a code is recognised by its length and by everything that stands in front of the lot. The phone does the
same in `pwa/src/scan/supplier-code.ts`, and both are held to `tests/vectors/supplier_codes.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from labels.refusal import LabelRefused

CODE_LENGTH_MAX = 64
BEGINNING_LENGTH_MIN = 2
"""A shorter beginning would take the codes of others for this supplier's."""

_printable = re.compile(r"[!-~](?:[ -~]*[!-~])?")
# Not every blank of Unicode, on which the two languages differ.
_TRIMMED = " \t\r\n"
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Taught(msgspec.Struct, frozen=True, kw_only=True):
    """What codes of `length` characters that begin with `beginning` mean; the lot goes from one character to another.

    Characters are counted from 1, and the lot begins right behind the beginning.
    """

    beginning: str
    length: int
    item: str
    lot_to: int


class Read(msgspec.Struct, frozen=True):
    """The item that a code is of, and the lot in it."""

    item: str
    lot: str


def teach(example: str, item: str, lot_from: int, lot_to: int) -> Taught:
    """Make a rule of an example; refuse one that could not tell this supplier's codes from others."""
    code = example.strip(_TRIMMED).translate(_UPPER)
    if len(code) > CODE_LENGTH_MAX or not _printable.fullmatch(code):
        raise LabelRefused(
            "supplier_code_unusable",
            f"A supplier's code has 1 to {CODE_LENGTH_MAX} letters, digits and marks.",
        )
    if not lot_from <= lot_to <= len(code):
        raise LabelRefused(
            "supplier_lot_outside", f"The code has {len(code)} characters. Say from which to which of them is the lot."
        )
    if lot_from <= BEGINNING_LENGTH_MIN:
        raise LabelRefused(
            "supplier_beginning_short",
            f"At least {BEGINNING_LENGTH_MIN} characters must stand before the lot, by which the code is recognised.",
        )
    return Taught(beginning=code[: lot_from - 1], length=len(code), item=item, lot_to=lot_to)


def read_supplier_code(text: str, rules: Iterable[Taught]) -> Read | None:
    """Read a scanned code by what has been taught; of rules that fit, the one that says most of the code."""
    code = text.strip(_TRIMMED)
    folded = code.translate(_UPPER)
    fitting = [rule for rule in rules if len(code) == rule.length and folded.startswith(rule.beginning)]
    if not fitting:
        return None
    rule = max(fitting, key=lambda each: len(each.beginning))
    lot = code[len(rule.beginning) : rule.lot_to].strip(_TRIMMED)
    return Read(rule.item, lot) if lot else None
