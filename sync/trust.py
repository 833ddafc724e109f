"""Layer 0: which scans count at all.

A *void* names its target. Undoing one's own scan on the same phone needs no right, nor does undoing it from another
phone as the same person; at a desk anybody's scan can be taken back. Only floor facts can be voided: an undo cannot
(record the scan again), nor what a desk decided (a newer word corrects it).

A *revocation* names how far the chains of a phone stand, as held by the server when the phone was reported lost. What
lies behind is kept and does not count until somebody at a desk admits it; there is no grace period that could end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Literal, get_args

from sync.event import Admitted, Desk, Retired, Revoked, Voided
from sync.grants import Rights, may_correct
from sync.order import Stored, key
from sync.outcome import Ending

DESK: tuple[type, ...] = get_args(Desk)


def cut_off(events: Mapping[bytes, Stored]) -> dict[int, Ending]:
    """Give the endings of scans behind a revocation, and of desk's words spoken from a floor phone."""
    endings = {e.n: Ending("not_a_desk") for e in events.values() if isinstance(e.fact, DESK) and not e.is_desk}
    revocations: defaultdict[bytes, list[Stored]] = defaultdict(list)
    admitted: set[tuple[bytes, bytes]] = set()
    spoken = [e for e in events.values() if isinstance(e.fact, Revoked | Admitted) and e.n not in endings]
    for event in sorted(spoken, key=key):
        if isinstance(event.fact, Revoked):
            revocations[bytes.fromhex(event.fact.device)].append(event)
        elif isinstance(event.fact, Admitted):
            phone = bytes.fromhex(event.fact.device)
            admitted.update((phone, bytes.fromhex(named)) for named in event.fact.events)
    if not revocations:
        return endings
    for event in events.values():
        if (event.device, event.id) in admitted or isinstance(event.fact, DESK):
            continue
        behind = next((r for r in revocations[event.device] if _is_behind(event, r)), None)
        if behind is not None:
            endings[event.n] = Ending("device_cut_off", behind.n)
    return endings


Standing = Literal["active", "revoked", "retired"]


def standing(words: Iterable[Stored]) -> Standing:
    """Say from what was spoken about a phone whether it is in use, switched off, or given back in good order."""
    spoken = {type(event.fact) for event in words if event.is_desk}
    if Revoked in spoken:
        return "revoked"
    return "retired" if Retired in spoken else "active"


def _is_behind(event: Stored, revocation: Stored) -> bool:
    """Say whether an event lies behind the chain ends a revocation names; of a chain not named nothing stands."""
    assert isinstance(revocation.fact, Revoked)
    ends = {bytes.fromhex(end.inc): end.seq for end in revocation.fact.heads}
    return event.seq > ends.get(event.inc, 0)


def voids(
    events: Mapping[bytes, Stored], outside: Container[int], rights: Rights
) -> tuple[dict[bytes, Stored], dict[int, Ending]]:
    """Give the void that took back each voided event, by the target's id, and the endings of voids that did nothing.

    A void that does not count (`outside`) takes nothing back; a scan that does not count may still be taken back, so
    that it stays undone should somebody admit it.
    """
    taken_back: dict[bytes, Stored] = {}
    endings: dict[int, Ending] = {}
    for void in sorted((event for event in events.values() if isinstance(event.fact, Voided)), key=key):
        if void.n in outside:
            continue
        assert isinstance(void.fact, Voided)
        target = events.get(bytes.fromhex(void.fact.target))
        ending = _refusal(void, target, rights)
        if ending is None and target is not None:
            earlier = taken_back.setdefault(target.id, void)
            if earlier is not void:
                ending = Ending("already_undone", earlier.n)
        if ending is not None:
            endings[void.n] = ending
    return taken_back, endings


def _refusal(void: Stored, target: Stored | None, rights: Rights) -> Ending | None:
    if target is None:
        return Ending("undo_unknown")
    if isinstance(target.fact, (Voided, *DESK)):
        return Ending("undo_of_undo", target.n)
    if not needs_no_right(void, target) and not may_correct(void, rights):
        return Ending("undo_not_yours", target.n)
    return None


def needs_no_right(void: Stored, target: Stored) -> bool:
    """Say whether a scan is undone on its own phone, by its own author, or at a desk."""
    assert isinstance(void.fact, Voided)
    same_person = not isinstance(target.fact, str) and target.fact.actor == void.fact.actor
    return void.device == target.device or same_person or void.is_desk


def facts(events: Sequence[Stored]) -> tuple[dict[bytes, Stored], dict[int, Ending]]:
    """Give the one fact of every id: of two bodies the smaller fingerprint counts, the other is evidence."""
    chosen: dict[bytes, Stored] = {}
    for event in events:
        known = chosen.get(event.id)
        if known is None or event.fingerprint < known.fingerprint:
            chosen[event.id] = event
    evidence = {
        event.n: Ending("same_id_other_content", chosen[event.id].n)
        for event in events
        if chosen[event.id] is not event
    }
    return chosen, evidence
