"""What somebody has to look at, as the oracle has it: every trouble by kind and subject, who took part, who decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from simulation.oracle_loose import names, surely
from simulation.oracle_order import latest_of
from simulation.oracle_words import NO_EFFECT, TO_LOOK_AT, Apart, Said, Shelf, Told, lot_of, serials_in

from sync.event import Consumed, Decided, Dispatched, Event, Held, Released

Ids = tuple[bytes, ...]


class TroubleTold(NamedTuple):
    """Who took part in a trouble, what else is known of it, and the decision made on just this evidence."""

    participants: Ids
    detail: str
    decided_by: bytes | None


Troubles = dict[tuple[str, str], tuple[Ids, str]]
Endings = Mapping[tuple[bytes, bytes], Said]
ABOUT_HOW_MUCH = {"quantity_differs", "count_differs", "more_than_was_there", "rest_after_emptied"}


def tell_troubles(
    facts: Mapping[bytes, Told],
    undone: set[bytes],
    shelves: Mapping[Shelf, int],
    ends: tuple[Endings, Mapping[tuple[bytes, bytes], Apart]],
    everything: Iterable[Told],
) -> dict[tuple[str, str], TroubleTold]:
    """Tell all troubles a story leaves behind; those somebody has decided as they stand say so."""
    endings, apart = ends
    troubles = _of_endings(endings, apart, everything)
    troubles |= {
        ("below_zero", f"bucket:{'/'.join(shelf)}"): ((), str(amount))
        for shelf, amount in shelves.items()
        if amount < 0 and ":" in shelf[0]
    }
    standing = [one for one in facts.values() if one.held.id not in undone]
    troubles |= _of_holds(standing, [one for one in standing if _took_place(one, endings)])
    return {key: TroubleTold(*trouble, _decided(key, trouble, facts.values())) for key, trouble in troubles.items()}


def _of_endings(endings: Endings, apart: Mapping[tuple[bytes, bytes], Apart], everything: Iterable[Told]) -> Troubles:
    """One trouble for each thing somebody has to look at and each unit; without a unit, each scan by itself."""
    found: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    amounts: defaultdict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for one in everything:
        mine = one.held.id, one.held.fingerprint
        code, by, _ = endings.get(mine, ("", None, None))
        if code in TO_LOOK_AT:
            serials = serials_in(one.fact)
            about = f"unit:{serials[0]}" if serials else f"event:{one.held.id.hex()}"
            found[code, about] |= {one.held.id} if by is None else {one.held.id, by}
            if code in ABOUT_HOW_MUCH and mine in apart:
                here, expected, whose = apart[mine]
                found[code, about] |= set() if whose is None else {whose}
                amounts[code, about].append((abs(here - expected), here, expected))
    return {key: (tuple(sorted(ids)), _how_much(amounts[key])) for key, ids in found.items()}


def _how_much(amounts: list[tuple[int, int, int]]) -> str:
    """Of several differences the largest is told."""
    if not amounts:
        return ""
    _, here, expected = max(amounts)
    return f"{here}/{expected}"


def _took_place(one: Told, endings: Mapping[tuple[bytes, bytes], Said]) -> bool:
    code, _, _ = endings.get((one.held.id, one.held.fingerprint), ("", None, None))
    return code not in NO_EFFECT


# --- holds --------------------------------------------------------------------------------------------------------


def words_about(standing: Iterable[Told]) -> dict[str, list[Told]]:
    """Gather who held and who released, by what."""
    words: defaultdict[str, list[Told]] = defaultdict(list)
    for one in standing:
        if isinstance(one.fact, Held | Released):
            fact = one.fact
            words[f"unit:{fact.unit}" if fact.unit else f"lot:{fact.item}/{fact.batch}"].append(one)
    return words


def _of_holds(standing: Iterable[Told], took_place: Iterable[Told]) -> Troubles:
    uses = [one for one in took_place if isinstance(one.fact, Consumed | Dispatched)]
    found: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for about, said in words_about(standing).items():
        last = latest_of(said)
        if len({type(one.fact) for one in said if one.held.id in last}) > 1:
            found["hold_disputed", f"hold:{about}"] = last
        for use in uses:
            if about in _used(use.fact) and (hold := _in_force(said, use)) is not None:
                kind = "used_while_held" if names(use, hold) else "used_hold_unknown"
                found[kind, f"hold:{about}"] |= {use.held.id, hold.held.id}
    return {key: (tuple(sorted(ids)), "") for key, ids in found.items()}


def _used(fact: Event | str) -> set[str]:
    """Name what a use takes from: its unit, its lot."""
    assert isinstance(fact, Consumed | Dispatched)
    unit = set() if fact.unit is None else {f"unit:{fact.unit}"}
    return unit if fact.material is None else unit | {f"lot:{'/'.join(lot_of(fact.material)[:2])}"}


def _in_force(said: list[Told], use: Told) -> Told | None:
    """Give the first hold under which a use fell: not surely made later, nor lifted surely before by who knew of it."""
    for one in sorted(said, key=lambda one: one.rank):
        if isinstance(one.fact, Held) and not surely(use, one):
            lifted = (r for r in said if isinstance(r.fact, Released) and names(r, one) and surely(r, use))
            if next(lifted, None) is None:
                return one
    return None


# --- decisions ----------------------------------------------------------------------------------------------------


def _decided(key: tuple[str, str], trouble: tuple[Ids, str], facts: Iterable[Told]) -> bytes | None:
    """Give the last decision a desk made on a trouble as it stands."""
    participants, detail = trouble
    number = sha256("\0".join(key).encode()).digest()[:16]
    evidence = sha256(b"\0".join((number, detail.encode(), *participants))).hexdigest()[:32]
    fitting = [
        one
        for one in facts
        if isinstance(one.fact, Decided) and one.held.is_desk and one.fact.evidence == evidence
        and one.fact.exception == number.hex()
    ]  # fmt: skip
    return max(fitting, key=lambda one: one.rank).held.id if fitting else None
