"""Who counts, and in which order things happened, as the oracle has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from hashlib import sha256

from simulation.oracle_words import DESK_WORDS, Held, Said, Told, serials_in

from sync.event import Admitted, Commissioned, Dispatched, Event, Produced, Received, Revoked, Voided


def facts_of(told: Collection[Told], endings: dict[tuple[bytes, bytes], Said]) -> tuple[dict[bytes, Told], set[bytes]]:
    """Say which body of every id happened, and which ids stand for nothing that counts.

    What does not count gives way to what does, a floor's word to a desk's, and then a larger fingerprint to a smaller.
    """
    outside = cut_off(told, endings)
    facts: dict[bytes, Told] = {}
    for one in sorted(told, key=lambda one: one.held.fingerprint):
        facts.setdefault(one.held.id, one)
    for one in sorted(told, key=lambda one: one.held.fingerprint, reverse=True):
        if _of(one) not in outside:
            facts[one.held.id] = one
    facts |= _desk_words(told)
    for one in told:
        if facts[one.held.id] is not one and _of(one) not in outside:
            endings[_of(one)] = "same_id_other_content", one.held.id, None
    return facts, {one.held.id for one in facts.values() if _of(one) in outside}


def _of(one: Told) -> tuple[bytes, bytes]:
    return one.held.id, one.held.fingerprint


def _desk_words(told: Collection[Told]) -> dict[bytes, Told]:
    """Of several words of desks under one id the one with the smallest fingerprint was said."""
    said = [one for one in told if isinstance(one.fact, DESK_WORDS) and one.held.is_desk]
    return {one.held.id: one for one in sorted(said, key=lambda one: one.held.fingerprint, reverse=True)}


def cut_off(told: Collection[Told], endings: dict[tuple[bytes, bytes], Said]) -> set[tuple[bytes, bytes]]:
    """Say which bodies do not count: of a phone that was switched off, or desk's words from one that is no desk."""
    outside = {_of(one) for one in told if isinstance(one.fact, DESK_WORDS) and not one.held.is_desk}
    endings |= dict.fromkeys(outside, ("not_a_desk", None, None))
    words = sorted(_desk_words(told).values(), key=lambda one: one.rank)
    spoken = [(word, _lines(word.fact, told)) for word in words if isinstance(word.fact, Admitted | Revoked)]
    for one in told:
        about = [(word, lines) for word, lines in spoken if _is_about(word.fact, one.held)]
        if not about or isinstance(one.fact, DESK_WORDS) or any(_admits(word.fact, one.held) for word, _ in about):
            continue
        cut = next((word for word, lines in about if _cuts_off(word.fact, one.held, lines)), None)
        if cut is not None:
            outside.add(_of(one))
            endings[_of(one)] = "device_cut_off", cut.held.id, None
    return outside


Lines = dict[tuple[str, int], bytes]
"""The hash that stands at a number of a chain, by incarnation, as far as a revocation's ends lead."""


def _lines(word: Event | str, told: Collection[Told]) -> Lines:
    """Walk back from every end: the link before is whichever makes the hash come out."""
    lines: Lines = {}
    if not isinstance(word, Revoked):
        return lines
    held = [one.held for one in told if one.held.device.hex() == word.device]
    for end in word.heads:
        if end.hash is not None:
            lines[end.inc, end.seq] = bytes.fromhex(end.hash)
        there = next((one for one in held if (one.inc.hex(), one.hash.hex()) == (end.inc, end.hash)), None)
        if there is None or there.seq != end.seq:
            continue
        while there is not None:
            lines[end.inc, there.seq] = there.hash
            before = [one for one in held if (one.inc, one.seq) == (there.inc, there.seq - 1)]
            lines.setdefault((end.inc, there.seq - 1), b"another")
            there = next((one for one in before if _follows(there, one)), None)
    return lines


def _follows(one: Held, before: Held) -> bool:
    return sha256(before.hash + one.id + one.seq.to_bytes(8, "big") + one.body).digest() == one.hash


def _is_about(word: Event | str, held: Held) -> bool:
    return isinstance(word, Admitted | Revoked) and word.device == held.device.hex()


def _admits(word: Event | str, held: Held) -> bool:
    return isinstance(word, Admitted) and held.id.hex() in word.events


def _cuts_off(word: Event | str, held: Held, lines: Lines) -> bool:
    """Say whether an event lies behind every end of its phone's chains that a revocation lets stand, or beside one."""
    if not isinstance(word, Revoked):
        return False
    inc = held.inc.hex()
    stands = any(end.inc == inc and held.seq <= end.seq for end in word.heads)
    return not stands or lines.get((inc, held.seq), held.hash) != held.hash


def undos(
    facts: dict[bytes, Told], silenced: set[bytes], endings: dict[tuple[bytes, bytes], Said], may: Collection[bytes]
) -> set[bytes]:
    """Say which facts somebody took back, and how every undo ended; `may` are undos by somebody with the right to."""
    undone: dict[bytes, Told] = {}
    for one in sorted(facts.values(), key=lambda one: one.rank):
        if not isinstance(one.fact, Voided) or one.held.id in silenced:
            continue
        mine = one.held.id, one.held.fingerprint
        wanted = bytes.fromhex(one.fact.target)
        target = facts.get(wanted)
        if target is None:
            endings[mine] = "undo_unknown", None, None
        elif isinstance(target.fact, (Voided, *DESK_WORDS)):
            endings[mine] = "undo_of_undo", target.held.id, None
        elif not is_own(one, target) and one.held.id not in may:
            endings[mine] = "undo_not_yours", target.held.id, None
        elif wanted in undone:
            endings[mine] = "already_undone", undone[wanted].held.id, None
        else:
            undone[wanted] = one
            if wanted not in silenced:
                endings[wanted, target.held.fingerprint] = "undone", one.held.id, None
    return set(undone)


def is_own(undo: Told, target: Told) -> bool:
    """Say whether an undo needs no right: on the phone of the scan, by its author, or at a desk."""
    assert isinstance(undo.fact, Voided)
    is_author = not isinstance(target.fact, str) and target.fact.actor == undo.fact.actor
    return undo.held.is_desk or target.held.device == undo.held.device or is_author


# --- in which order -----------------------------------------------------------------------------------------------


def groups_of(facts: list[Told]) -> list[list[Told]]:
    """Part the facts by the units they speak of; units that were ever packed together belong together."""
    group_of: dict[str, set[str]] = {}
    for one in facts:
        together = set().union(*(group_of.get(serial, {serial}) for serial in serials_in(one.fact)))
        for serial in together:
            group_of[serial] = together
    parts: defaultdict[str, list[Told]] = defaultdict(list)
    for one in facts:
        parts[min(group_of[serials_in(one.fact)[0]])].append(one)
    return list(parts.values())


def _knew(facts: list[Told]) -> dict[bytes, set[bytes]]:
    """Say for each event which of these its author knew at first hand: those it names, and the phone's one before."""
    here = {one.held.id for one in facts}
    knew: dict[bytes, set[bytes]] = {one.held.id: set() for one in facts}
    of_chain: defaultdict[bytes, list[Held]] = defaultdict(list)
    for one in facts:
        of_chain[one.held.inc].append(one.held)
    for one in facts:
        if not isinstance(one.fact, str):
            knew[one.held.id] |= {bytes.fromhex(name) for name in one.fact.after} & here - {one.held.id}
        before = [other for other in of_chain[one.held.inc] if other.seq < one.held.seq]
        last = max((other.seq for other in before), default=0)
        knew[one.held.id] |= {other.id for other in before if other.seq == last}
    return knew


def _all_behind(knew: dict[bytes, set[bytes]]) -> dict[bytes, set[bytes]]:
    """Say of every event what its author knew at first hand or through what was known."""
    behind = {event: set(first_hand) for event, first_hand in knew.items()}
    has_grown = True
    while has_grown:
        has_grown = False
        for known in behind.values():
            more = set().union(*(behind[one] for one in known)) - known
            known.update(more)
            has_grown = has_grown or bool(more)
    return behind


def _one_sided(behind: dict[bytes, set[bytes]]) -> dict[bytes, set[bytes]]:
    """Leave out what knows an event in turn: whoever knew each other in a circle cannot say who came first."""
    return {event: {one for one in known if event not in behind[one]} for event, known in behind.items()}


def _way_of_things(facts: list[Told]) -> set[tuple[bytes, bytes]]:
    """Pair what cannot but come first with what follows: a label before its use, a departure before its arrival."""
    pairs = set()
    for first in facts:
        if not isinstance(first.fact, Commissioned | Produced | Dispatched):
            continue
        for then in facts:
            if first is not then and (_is_birth_of(first.fact, then.fact) or _is_departure_of(first.fact, then.fact)):
                pairs.add((first.held.id, then.held.id))
    return pairs


def _is_birth_of(first: Event | str, then: Event | str) -> bool:
    return (
        isinstance(first, Commissioned | Produced)
        and not isinstance(then, Commissioned | Produced)
        and first.unit in serials_in(then)
    )


def _is_departure_of(first: Event | str, then: Event | str) -> bool:
    if not (isinstance(first, Dispatched) and isinstance(then, Received)):
        return False
    if then.transfer is not None:
        return first.transfer == then.transfer
    return first.unit == then.unit and first.destination == then.to


def in_order(facts: list[Told]) -> list[Told]:
    """Put the facts of one group in the order in which they happened: knowledge, the way of things, then the clock.

    The way of things counts where knowledge does not say the contrary, and where it does not lead in a circle.
    """
    before = _one_sided(_all_behind(_knew(facts)))
    usual = [(first, then) for first, then in _way_of_things(facts) if then not in before[first]]
    together = {event: set(known) for event, known in before.items()}
    for first, then in usual:
        together[then].add(first)
    if usual:
        together = _all_behind(together)
    for first, then in usual:
        if then not in together[first]:
            before[then].add(first)
    waiting = {one.held.id: one for one in sorted(facts, key=lambda one: one.rank)}
    ordered = []
    while waiting:
        ordered.append(waiting.pop(next(i for i in waiting if before[i].isdisjoint(waiting))))
    return ordered


def latest_of(facts: list[Told]) -> set[bytes]:
    """Name the events nobody is known to have followed whom they did not follow themselves."""
    behind = set().union(*_one_sided(_all_behind(_knew(facts))).values())
    return {one.held.id for one in facts} - behind
