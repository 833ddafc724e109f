"""Who counts, and in which order things happened, as the oracle has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from simulation.oracle_words import DESK_WORDS, Held, Said, Told, serials_in

from sync.event import Admitted, Commissioned, Dispatched, Event, Produced, Received, Revoked, Voided


def one_fact_per_id(told: Iterable[Told], endings: dict[tuple[bytes, bytes], Said]) -> dict[bytes, Told]:
    """Of several bodies under one id the one with the smallest fingerprint happened."""
    facts: dict[bytes, Told] = {}
    for one in sorted(told, key=lambda one: one.held.fingerprint):
        first = facts.setdefault(one.held.id, one)
        if first is not one:
            endings[one.held.id, one.held.fingerprint] = "same_id_other_content", first.held.id, None
    return facts


def cut_off(facts: dict[bytes, Told], endings: dict[tuple[bytes, bytes], Said]) -> set[bytes]:
    """Say which facts do not count: of a phone that was switched off, or desk's words from one that is no desk."""
    by_rank = sorted(facts.values(), key=lambda one: one.rank)
    silenced = {one.held.id for one in by_rank if isinstance(one.fact, DESK_WORDS) and not one.held.is_desk}
    for one in by_rank:
        if one.held.id in silenced:
            endings[one.held.id, one.held.fingerprint] = "not_a_desk", None, None
    spoken = [one for one in by_rank if one.held.id not in silenced and isinstance(one.fact, Admitted | Revoked)]
    for one in by_rank:
        about = [word for word in spoken if _is_about(word.fact, one.held)]
        if not about or isinstance(one.fact, DESK_WORDS) or any(_admits(word.fact, one.held) for word in about):
            continue
        cut = next((word for word in about if _cuts_off(word.fact, one.held)), None)
        if cut is not None:
            silenced.add(one.held.id)
            endings[one.held.id, one.held.fingerprint] = "device_cut_off", cut.held.id, None
    return silenced


def _is_about(word: Event | str, held: Held) -> bool:
    return isinstance(word, Admitted | Revoked) and word.device == held.device.hex()


def _admits(word: Event | str, held: Held) -> bool:
    return isinstance(word, Admitted) and held.id.hex() in word.events


def _cuts_off(word: Event | str, held: Held) -> bool:
    """Say whether an event lies behind every end of its phone's chains that a revocation lets stand."""
    if not isinstance(word, Revoked):
        return False
    return not any(end.inc == held.inc.hex() and held.seq <= end.seq for end in word.heads)


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
    """Name the events nobody else is known to have followed."""
    behind = set().union(*_knew(facts).values())
    return {one.held.id for one in facts} - behind
