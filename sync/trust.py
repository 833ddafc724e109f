"""Layer 0: which scans count at all.

A *void* names its target. Undoing one's own scan on the same phone needs no right, nor does undoing it from another
phone as the same person; at a desk anybody's scan can be taken back. Only floor facts can be voided: an undo cannot
(record the scan again), nor what a desk decided (a newer word corrects it).

A *revocation* names how far the chains of a phone stand, as held by the server when the phone was reported lost, by
the hash of their last event. What lies behind, or on another history beside them, is kept and does not count until
somebody at a desk admits it; there is no grace period that could end.

Trust speaks first: what does not count displaces nothing that does, whatever id it carries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from sync.chain import link
from sync.event import Admitted, Desk, Retired, Revoked, Voided
from sync.grants import Rights, may_correct
from sync.order import Stored, key
from sync.outcome import Ending

DESK: tuple[type, ...] = get_args(Desk)
_DESK = frozenset(DESK)
"""To look for a type in a set is many times as quick as to ask of what kind something is, and nearly nothing is."""


Strays = Mapping[bytes, Container[int]]
"""What stands beside the chain that ends in a hash, at or before that end: another history's, by a clone."""

_NO_STRAYS: Strays = MappingProxyType({})


class Linked(NamedTuple):
    """An event with what ties it to its predecessor."""

    event: Stored
    hash: bytes
    body: bytes


def behind(revocation: Revoked, held: Iterable[Linked]) -> tuple[list[Stored], dict[bytes, frozenset[int]]]:
    """Give, of all that is held of a phone, what a revocation cuts off, and what of it are strays of which end."""
    chains: defaultdict[bytes, defaultdict[int, list[Linked]]] = defaultdict(lambda: defaultdict(list))
    for one in held:
        chains[one.event.inc][one.event.seq].append(one)
    beyond: dict[int, Stored] = {}
    strays: dict[bytes, frozenset[int]] = {}
    ends = {bytes.fromhex(end.inc): end for end in revocation.heads}
    for inc, at in chains.items():
        end = ends.get(inc)
        last = 0 if end is None else end.seq
        beyond |= {one.event.n: one.event for seq, there in at.items() if seq > last for one in there}
        if end is not None and end.hash is not None:
            beside = {event.n: event for event in _beside(bytes.fromhex(end.hash), end.seq, at)}
            strays[bytes.fromhex(end.hash)] = frozenset(beside)
            beyond |= beside
    return list(beyond.values()), strays


def strays_in(held: Sequence[Linked]) -> dict[bytes, frozenset[int]]:
    """Give the strays of all ends that revocations name, from everything that is held."""
    strays: dict[bytes, frozenset[int]] = {}
    for one in held:
        if isinstance(revocation := one.event.fact, Revoked):
            of_phone = (other for other in held if other.event.device.hex() == revocation.device)
            strays |= behind(revocation, of_phone)[1]
    return strays


def _beside(end: bytes, seq: int, at: Mapping[int, Sequence[Linked]]) -> Iterator[Stored]:
    """Follow a chain down from its end as far as it is held without a hole; give what stands beside it.

    At the first number where nothing of the line is held, all that is there belongs to another one.
    """
    line = [one for one in at.get(seq, ()) if one.hash == end]
    while line:
        yield from (one.event for one in at.get(seq, ()) if one not in line)
        seq -= 1
        line = [
            one
            for one in at.get(seq, ())
            if any(link(one.hash, next_.event.id, next_.event.seq, next_.body) == next_.hash for next_ in line)
        ]
    if seq > 0:
        yield from (one.event for one in at.get(seq, ()))


def facts(
    events: Sequence[Stored], strays: Strays = _NO_STRAYS
) -> tuple[dict[bytes, Stored], dict[int, Ending], dict[int, Ending]]:
    """Give the one fact of every id, the endings of what is evidence only, and of what does not count (`cut_off`).

    Of the bodies under one id that count the one with the smaller fingerprint is the fact, and a desk's word before
    what anybody else says.
    """
    outside = cut_off(events, strays)
    chosen: dict[bytes, Stored] = {}
    for event in events:
        known = chosen.setdefault(event.id, event)
        if known is not event and _precedence(event, outside) < _precedence(known, outside):
            chosen[event.id] = event
    evidence = {
        event.n: Ending("same_id_other_content", chosen[event.id].n)
        for event in events
        if chosen[event.id] is not event and event.n not in outside
    }
    return chosen, evidence, outside


def _precedence(event: Stored, outside: Container[int]) -> tuple[bool, bool, bytes]:
    return event.n in outside, not (event.is_desk and isinstance(event.fact, DESK)), event.fingerprint


def cut_off(events: Sequence[Stored], strays: Strays = _NO_STRAYS) -> dict[int, Ending]:
    """Give the endings of scans behind a revocation, and of desk's words spoken from a floor phone."""
    endings: dict[int, Ending] = {}
    words: dict[bytes, Stored] = {}
    for event in events:
        if type(event.fact) not in _DESK:
            continue
        if not event.is_desk:
            endings[event.n] = Ending("not_a_desk")
        elif event.id not in words or event.fingerprint < words[event.id].fingerprint:
            words[event.id] = event
    revocations: defaultdict[bytes, list[Stored]] = defaultdict(list)
    admitted: set[tuple[bytes, bytes]] = set()
    for event in sorted(words.values(), key=key):
        if isinstance(event.fact, Revoked):
            revocations[bytes.fromhex(event.fact.device)].append(event)
        elif isinstance(event.fact, Admitted):
            phone = bytes.fromhex(event.fact.device)
            admitted.update((phone, bytes.fromhex(named)) for named in event.fact.events)
    if not revocations:
        return endings
    for event in events:
        if (event.device, event.id) in admitted or type(event.fact) in _DESK:
            continue
        cut = next((r for r in revocations[event.device] if _is_behind(event, r, strays)), None)
        if cut is not None:
            endings[event.n] = Ending("device_cut_off", cut.n)
    return endings


Standing = Literal["active", "revoked", "retired"]


def standing(words: Iterable[Stored]) -> Standing:
    """Say from what was spoken about a phone whether it is in use, switched off, or given back in good order."""
    spoken = {type(event.fact) for event in words if event.is_desk}
    if Revoked in spoken:
        return "revoked"
    return "retired" if Retired in spoken else "active"


def _is_behind(event: Stored, revocation: Stored, strays: Strays) -> bool:
    """Say whether an event lies behind the chain ends a revocation names; of a chain not named nothing stands."""
    assert isinstance(revocation.fact, Revoked)
    ends = {bytes.fromhex(end.inc): end for end in revocation.fact.heads}
    end = ends.get(event.inc)
    if end is None or event.seq > end.seq:
        return True
    return end.hash is not None and event.n in strays.get(bytes.fromhex(end.hash), ())


def voids(
    events: Mapping[bytes, Stored], outside: Container[int], rights: Rights
) -> tuple[dict[bytes, Stored], dict[int, Ending]]:
    """Give the void that took back each voided event, by the target's id, and the endings of voids that did nothing.

    A void that does not count (`outside`) takes nothing back; a scan that does not count may still be taken back, so
    that it stays undone should somebody admit it.
    """
    taken_back: dict[bytes, Stored] = {}
    endings: dict[int, Ending] = {}
    for void in sorted((event for event in events.values() if type(event.fact) is Voided), key=key):
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
