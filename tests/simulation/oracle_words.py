"""Events as the oracle reads them: who said what, in what words, and whether it can be so at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sync.event import (
    RANK,
    Admitted,
    Approved,
    Commissioned,
    Consumed,
    Counted,
    Decided,
    Event,
    Granted,
    Handled,
    LabelVoided,
    Material,
    Packed,
    Produced,
    Retired,
    Revoked,
    Scrapped,
    Stopped,
    Unpacked,
)

LARGEST = 10**15
HOLDS_OTHERS = RANK["pallet"]
DESK_WORDS = (Revoked, Retired, Admitted, Granted, Approved, Decided)

_WORDS = (
    "body_unreadable unknown_type unknown_version same_id_other_content quantity_not_understood "
    "quantity_not_positive quantity_too_precise quantity_too_large material_missing nothing_to_use "
    "too_small_to_hold nothing_to_approve undo_unknown undo_not_yours undo_of_undo device_cut_off not_a_desk undone "
    "already_undone already_commissioned already_dispatched already_received already_moved already_packed "
    "already_unpacked already_emptied already_approved serial_used_twice voided_label_scanned done_against_stop "
    "used_rejected used_in_quarantine used_expired used_other_owner lot_differs unit_of_measure_differs "
    "used_after_empty more_than_was_there "
    "rest_after_emptied dispatched_twice received_elsewhere quantity_differs counts_overlap count_disturbed "
    "count_differs seen_elsewhere unit_unknown receipt_without_dispatch outside_grant "
    "grant_narrowed_unseen signed_in_past_lease "
)
RANKED = _WORDS.split()
"""If several things are to be said of a scan, the first of these is said."""

NO_EFFECT = frozenset(RANKED[: RANKED.index("already_undone")])
"""Said of what has no effect: not understood, not possible, kept outside, taken back."""

TO_LOOK_AT = frozenset({"same_id_other_content", "device_cut_off", *RANKED[RANKED.index("serial_used_twice") :]})
"""Said of what a person has to look at."""

Shelf = tuple[str, str, str, str, str]
Lot = tuple[str, str, str, str]
Said = tuple[str, bytes | None, str | None]
Apart = tuple[int, int, bytes | None]
"""How much was found, how much was expected, and whose word the second is."""


Odd = dict[tuple[bytes, bytes], dict[str, bytes | None]]
"""All that is odd about each scan, with whose word it goes against."""


class Held(NamedTuple):
    """One event as a server holds it."""

    id: bytes
    fingerprint: bytes
    device: bytes
    inc: bytes
    seq: int
    body: bytes
    is_desk: bool = False
    hash: bytes = b""
    """Of the chain up to here."""


class Told(NamedTuple):
    """A held event whose body has been read."""

    held: Held
    fact: Event | str

    @property
    def rank(self) -> tuple[object, ...]:
        """Where it stands when nothing but content decides."""
        at = (0, 0) if isinstance(self.fact, str) else tuple(self.fact.clock.at)
        held = self.held
        return (*at, held.device, held.inc, held.seq, held.id, held.fingerprint)


def serials_in(fact: Event | str) -> tuple[str, ...]:
    match fact:
        case Packed():
            return fact.unit, fact.into
        case Unpacked():
            return fact.unit, fact.out_of
        case Handled() | Counted() | Stopped() | LabelVoided() if fact.unit is not None:
            return (fact.unit,)
    return ()


def held_in(material: Material | None) -> int:
    """Give the quantity an event speaks of; nothing if it speaks of none."""
    amount = 0 if material is None else amount_of(material)
    assert isinstance(amount, int)
    return amount


def is_counted(material: Material | None) -> bool:
    """Say whether somebody looked how much it is; what was only assumed counts nothing."""
    return material is not None and material.obtained != "assumed"


def amount_of(material: Material) -> int | str:
    """Read a quantity, or say what is wrong with it."""
    text = material.quantity
    digits = text.removeprefix("-")
    whole, point, part = digits.partition(".")
    if not (_is_number(whole, 30) and (not point or _is_number(part, 12))):
        return "quantity_not_understood"
    if text.startswith("-") or not (whole + part).strip("0"):
        return "quantity_not_positive"
    if part.strip("0"):
        return "quantity_too_precise"
    return int(whole) if int(whole) <= LARGEST else "quantity_too_large"


def seen_in(material: Material) -> int | str:
    """Read what was counted: nothing at all is an answer too."""
    is_zero = set(material.quantity) <= set("0.") and amount_of(material) == "quantity_not_positive"
    return 0 if is_zero else amount_of(material)


def _is_number(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and all(letter in "0123456789" for letter in text)


def settled_by(fact: Approved) -> int | str:
    """Read what an approval says a count adds; nothing and less than nothing are answers too."""
    digits = fact.quantity.removeprefix("-")
    if not _is_number(digits, 30):
        return "quantity_not_understood"
    amount = int(fact.quantity)
    return amount if abs(amount) <= LARGEST else "quantity_too_large"


def why_not(fact: Event | str) -> str | None:
    """Say why a fact cannot have an effect, whatever else happened."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, Approved):
        settled = settled_by(fact)
        return settled if isinstance(settled, str) else None
    if isinstance(fact, Counted):
        counted = seen_in(fact.material)
        return counted if isinstance(counted, str) else None
    if isinstance(fact, Handled):
        if fact.material is not None:
            amount = amount_of(fact.material)
            return amount if isinstance(amount, str) else None
        if fact.unit is None:
            return "material_missing"
        if isinstance(fact, Commissioned | Produced) and RANK.get(fact.kind or "", 0) < HOLDS_OTHERS:
            return "material_missing"
        if isinstance(fact, Consumed | Scrapped):
            return "nothing_to_use"
    return None


def told_of_itself(fact: Event) -> list[str]:
    """Say what has to be said because the author said so: done against a stop, or long without word from a server."""
    done = isinstance(fact, Handled) and fact.already_done
    return ["done_against_stop"] * done + ["signed_in_past_lease"] * fact.for_review


def lot_of(material: Material) -> Lot:
    return material.item, material.batch, material.owner, material.status


def gravest(codes: Collection[Said]) -> Said | None:
    return min(codes, key=lambda said: RANKED.index(said[0])) if codes else None
