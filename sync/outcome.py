"""What became of a scan: settled, or one of the ways in which it is not simply settled.

Every code stands here once, with its outcome and the sentence an operator reads. The order is precedence: if several
fit, the first in the list is the answer. `attention` keeps its effect and asks for a person; `superseded` is evidence
that changes nothing because another event already says the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """Every way an event can end that is not simply settled."""

    NO_EFFECT = "no_effect"
    VOIDED = "voided"
    SUPERSEDED = "superseded"
    ATTENTION = "attention"


class Code(NamedTuple):
    """One reason: how the event ends, and what a person at the phone is told (at most 140 characters filled in)."""

    outcome: Outcome
    sentence: str


_NO, _VOID, _SUPER, _LOOK = Outcome.NO_EFFECT, Outcome.VOIDED, Outcome.SUPERSEDED, Outcome.ATTENTION

CODES: dict[str, Code] = {
    # The scan could not be understood, or cannot count as it stands.
    "body_unreadable": Code(_NO, "This scan could not be read. It is kept. Show it to your supervisor."),
    "unknown_type": Code(_NO, "This scan is of a newer kind. It is kept and counts after the server is updated."),
    "unknown_version": Code(_NO, "This scan is of a newer version. It is kept and counts after the server is updated."),
    "same_id_other_content": Code(_NO, "Two scans carry one number. One counts, this one is kept. Tell the office."),
    "quantity_not_understood": Code(_NO, "The quantity is not a number. Undo this scan and enter it again."),
    "quantity_not_positive": Code(_NO, "The quantity is zero or less. Undo this scan and enter it again."),
    "quantity_too_precise": Code(_NO, "The quantity has too many decimals. Undo this scan and enter it again."),
    "quantity_too_large": Code(_NO, "The quantity is too large to be true. Undo this scan and enter it again."),
    "material_missing": Code(_NO, "The scan does not say what was handled. Record it again with item and quantity."),
    "nothing_to_use": Code(_NO, "{unit} holds other units. Scan the carton or drum you used."),
    "too_small_to_hold": Code(_NO, "{unit} cannot go into a unit of its own size. Scan the pallet it stands on."),
    "nothing_to_approve": Code(_NO, "The count to approve is not there: it has not arrived, or was taken back."),
    "undo_unknown": Code(_NO, "The scan to undo has not arrived yet. This settles itself when it does."),
    "undo_not_yours": Code(_NO, "Only who made a scan may undo it. Ask {who} or your supervisor."),
    "undo_of_undo": Code(_NO, "An undo cannot be undone. Record the scan again."),
    "device_cut_off": Code(_NO, "This phone was switched off by the office. Its scan is kept; the office decides."),
    "not_a_desk": Code(_NO, "Only the office can do this, at a desk. Ask the office."),
    # The scan was taken back.
    "undone": Code(_VOID, "Undone by {who} at {when}. It no longer counts."),
    # Somebody already said the same.
    "already_undone": Code(_SUPER, "{who} undid this at {when} already. Carry on."),
    "already_commissioned": Code(_SUPER, "{unit} was labelled by {who} at {when} already. Carry on."),
    "already_dispatched": Code(_SUPER, "{who} dispatched {unit} at {when}. Your scan is kept as evidence. Carry on."),
    "already_received": Code(_SUPER, "{who} received {unit} at {when}. Your scan is kept as evidence. Carry on."),
    "already_moved": Code(_SUPER, "{who} put {unit} there at {when}. Your scan is kept as evidence. Carry on."),
    "already_packed": Code(_SUPER, "{who} packed {unit} at {when}. Your scan is kept as evidence. Carry on."),
    "already_unpacked": Code(_SUPER, "{unit} was taken out already. Your scan is kept as evidence. Carry on."),
    "already_emptied": Code(_SUPER, "{who} emptied {unit} at {when}. Nothing was left to use. Carry on."),
    "already_approved": Code(_SUPER, "{who} approved this count at {when} already. Carry on."),
    # The scan counts, and a person must look.
    "serial_used_twice": Code(
        _LOOK, "{unit} was given to something else by {who}. Stop using this label, tell the office."
    ),
    "voided_label_scanned": Code(
        _LOOK, "That label of {unit} was taken out of use. Put it aside, find the newest one, tell the office."
    ),
    "done_against_stop": Code(
        _LOOK, "Done against a stop. It counts; the office will look. Tell your supervisor what happened."
    ),
    "used_rejected": Code(_LOOK, "{unit} was rejected by quality. Put aside what it went into; tell your supervisor."),
    "used_in_quarantine": Code(
        _LOOK, "{unit} still waits for quality. Put aside what it went into; tell your supervisor."
    ),
    "used_expired": Code(
        _LOOK, "{unit} was past its last day of use. Put aside what it went into; tell your supervisor."
    ),
    "used_other_owner": Code(
        _LOOK, "{unit} belongs to somebody else than this work. Stop using it; tell your supervisor."
    ),
    "lot_differs": Code(_LOOK, "{unit} was labelled as another item or batch than you recorded. Check the label."),
    "unit_of_measure_differs": Code(
        _LOOK, "The quantity of {unit} was converted otherwise than on its label. Enter it again in the same unit."
    ),
    "used_after_empty": Code(_LOOK, "{unit} was emptied by {who} at {when}. Check which drum you used."),
    "more_than_was_there": Code(_LOOK, "More was used than {unit} held. Check the quantity or the label."),
    "rest_after_emptied": Code(_LOOK, "{unit} was emptied though the books had some left. The office will look."),
    "dispatched_twice": Code(_LOOK, "{who} sent {unit} on another transfer at {when}. Check which truck it is on."),
    "received_elsewhere": Code(_LOOK, "{who} received {unit} at {place} at {when}. Check which label this is."),
    "quantity_differs": Code(_LOOK, "The quantity differs from what was sent or recorded. The office will look."),
    "counts_overlap": Code(_LOOK, "{who} counted here at the same time. Count once more, one person alone."),
    "count_disturbed": Code(
        _LOOK, "After this count was approved, scans from before it arrived. The office will look."
    ),
    "count_differs": Code(_LOOK, "The count of {unit} differs from the books. The books now follow the count."),
    "seen_elsewhere": Code(_LOOK, "The books had {unit} at {place}. It now counts here. Check the label."),
    "unit_unknown": Code(_LOOK, "{unit} is not known yet. It counts, and settles itself when its record arrives."),
    "receipt_without_dispatch": Code(_LOOK, "{unit} arrived before its dispatch was reported. You can use it now."),
    "outside_grant": Code(_LOOK, "Your rights do not reach here. It counts, and the office will look."),
    "grant_narrowed_unseen": Code(
        _LOOK, "Your rights had been changed, which this phone could not know. It counts, and the office will look."
    ),
    "signed_in_past_lease": Code(
        _LOOK, "Scanned after the offline sign-in had run out. It counts; the office reviews it."
    ),
}


PRECEDENCE: dict[str, int] = {code: rank for rank, code in enumerate(CODES)}


class Ending(NamedTuple):
    """How one event ended: the code, the event that got there first (if any), the place the sentence names."""

    code: str
    by: int | None = None
    place: str | None = None

    @property
    def outcome(self) -> Outcome:
        """Name how the event ends."""
        return CODES[self.code].outcome


def first(*endings: Ending | None) -> Ending | None:
    """Give the one that takes precedence; None means simply settled."""
    foremost: Ending | None = None
    for ending in endings:
        if ending is not None and (foremost is None or PRECEDENCE[ending.code] < PRECEDENCE[foremost.code]):
            foremost = ending
    return foremost


def sentence(code: str, *, unit: str = "", who: str = "", when: str = "", place: str = "") -> str:
    """Say it to the operator; names unknown to the reader become plain words."""
    return CODES[code].sentence.format(
        unit=unit or "This unit", who=who or "somebody", when=when or "another time", place=place or "another place"
    )
