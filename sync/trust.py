"""Layer 0: which scans were taken back.

A void names its target. Undoing one's own scan on the same phone needs no right, nor does undoing it from another phone
as the same person. Only floor facts can be voided: an undo cannot (record the scan again).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.event import Voided
from sync.order import Stored, key
from sync.outcome import Ending


def voids(events: Mapping[bytes, Stored]) -> tuple[dict[bytes, Stored], dict[int, Ending]]:
    """Give the void that took back each voided event, by the target's id, and the endings of voids that did nothing."""
    taken_back: dict[bytes, Stored] = {}
    endings: dict[int, Ending] = {}
    for void in sorted((event for event in events.values() if isinstance(event.fact, Voided)), key=key):
        assert isinstance(void.fact, Voided)
        target = events.get(bytes.fromhex(void.fact.target))
        ending = _refusal(void, void.fact, target)
        if ending is None and target is not None:
            earlier = taken_back.setdefault(target.id, void)
            if earlier is not void:
                ending = Ending("already_undone", earlier.n)
        if ending is not None:
            endings[void.n] = ending
    return taken_back, endings


def _refusal(void: Stored, fact: Voided, target: Stored | None) -> Ending | None:
    if target is None:
        return Ending("undo_unknown")
    if isinstance(target.fact, Voided):
        return Ending("undo_of_undo", target.n)
    same_person = not isinstance(target.fact, str) and target.fact.actor == fact.actor
    if void.device != target.device and not same_person:
        return Ending("undo_not_yours", target.n)
    return None


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
