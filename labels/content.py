"""What a person reads on a label, handed over as finished words.

The identity is in the symbols and never changes. Everything else that a label tells (how much, whose,
in which state) was true when it was printed and is shown under the date of printing; the records say
what is true now. Batch, item and unit are deliberately not repeated here: the words on a label cannot
contradict its symbols.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from labels.identity import Identity

TEXT_LENGTH_MAX = 200
COPY_MAX = 9_999

MaterialKind = Literal["lot", "raw_material_lot", "production_lot", "unit", "part_used", "dispensing", "status"]
SignKind = Literal["location", "operator", "command", "scanner"]
LabelKind = MaterialKind | Literal["pallet", "roll"] | SignKind
StatusWord = Literal["UNDER TEST", "SAMPLED", "APPROVED", "REJECTED"]


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What labels of every kind share: when, where and as which copy they were printed."""

    printed_at: str
    site_name: str = ""
    is_demo: bool = False
    copy_number: int = 1
    """A reprint is the same label with the next number; the first one does not show it."""


class LabelContent(Printed, frozen=True, kw_only=True):
    """A label for a lot or a handling unit; a text left empty is left off, together with its caption."""

    identity: Identity
    kind: MaterialKind | None = None
    """None: `lot` or `unit`, whichever the identity is."""
    signature: str = ""
    """What the symbol carries behind its text (`signature.with_signature`); empty: nothing."""
    gtin: str = ""
    """The item's article number under the company's own prefix of GS1, 14 digits: the symbol is GS1's then."""
    internal_id: str = ""
    """The number under which a contract manufacturer keeps this batch in its own books."""
    batch_number: str = ""
    """The batch number as the papers have it, where the symbols carry a code for it."""
    item_name: str = ""
    quantity: str = ""
    unit_of_measure: str = ""
    owner: str = ""
    status: str = ""
    expires: str = ""
    supplier_lot: str = ""
    container_number: int | None = None
    container_count: int | None = None
    gross: str = ""
    tare: str = ""
    net: str = ""
    done_by: str = ""
    checked_by: str = ""
    used_for: str = ""
    """The run or batch that dispensed material is for."""
    report_number: str = ""
    """The analytical report behind a status."""


class PalletContent(Printed, frozen=True, kw_only=True):
    """A label for a pallet; `identity` is its one lot, None if it holds several or nothing yet."""

    unit: str
    """Its number (SSCC, 18 digits), or its serial where the company has no prefix of GS1."""
    identity: Identity | None = None
    gtin: str = ""
    internal_id: str = ""
    batch_number: str = ""
    item_name: str = ""
    quantity: str = ""
    unit_of_measure: str = ""
    units: int = 0
    """Cartons, drums or bags on it."""
    lots: int = 1
    owner: str = ""
    expires: str = ""


class RollContent(Printed, frozen=True, kw_only=True):
    """A label that is there before its unit: the number alone, until a scan says what it is stuck on."""

    unit: str
    """A serial, or a pallet's number (SSCC)."""


class SignContent(Printed, frozen=True, kw_only=True):
    """A label for what is no material: a place, a person's badge, a command, a step of setting up a scanner."""

    kind: SignKind
    code: str
    name: str = ""
    note: str = ""


Content = LabelContent | PalletContent | RollContent | SignContent
