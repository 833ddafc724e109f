"""What somebody has to look at, as the oracle has it: every trouble by kind and subject, who took part, who decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from simulation.oracle_grants import Rights, contradicting
from simulation.oracle_loose import names, surely, when
from simulation.oracle_order import latest_of
from simulation.oracle_words import NO_EFFECT, TO_LOOK_AT, Apart, Odd, Said, Shelf, Told, lot_of, serials_in
from simulation.people import ROLES

from sync.event import (
    Allowed,
    Consumed,
    Decided,
    Dispatched,
    Event,
    Finished,
    Handled,
    Held,
    Lent,
    Lost,
    Produced,
    Released,
    Reopened,
)

Ids = tuple[bytes, ...]


class TroubleTold(NamedTuple):
    """Who took part in a trouble, what else is known of it, and the decision made on just this evidence."""

    participants: Ids
    detail: str
    decided_by: bytes | None


Troubles = dict[tuple[str, str], tuple[Ids, str]]
Endings = Mapping[tuple[bytes, bytes], Said]
ABOUT_HOW_MUCH = {"quantity_differs", "count_differs", "count_disturbed", "more_than_was_there", "rest_after_emptied"}


def tell_troubles(
    facts: Mapping[bytes, Told],
    undone: set[bytes],
    shelves: Mapping[Shelf, int],
    ends: tuple[Endings, Mapping[tuple[bytes, bytes], Apart]],
    everything: Collection[Told],
    odd: Odd,
    rights: Rights,
) -> dict[tuple[str, str], TroubleTold]:
    """Tell all troubles a story leaves behind; those somebody has decided as they stand say so."""
    endings, apart = ends
    troubles = _of_endings(endings, apart, odd, everything)
    troubles |= {
        ("below_zero", f"bucket:{'/'.join(shelf)}"): ((), str(amount))
        for shelf, amount in shelves.items()
        if amount < 0 and ":" in shelf[0]
    }
    standing = [one for one in facts.values() if one.held.id not in undone]
    took_place = [one for one in standing if _took_place(one, endings)]
    troubles |= _of_words(standing, took_place) | _of_overrules(took_place)
    troubles |= {
        ("grant_disputed", f"grant:{person}"): (tuple(sorted(ids)), "") for person, ids in contradicting(rights).items()
    }
    troubles |= _of_twins(everything) | _of_losses(standing, everything)
    return {key: TroubleTold(*trouble, _decided(key, trouble, facts.values())) for key, trouble in troubles.items()}


def _about(one: Told) -> str:
    serials = serials_in(one.fact)
    return f"unit:{serials[0]}" if serials else f"event:{one.held.id.hex()}"


def _of_endings(
    endings: Endings,
    apart: Mapping[tuple[bytes, bytes], Apart],
    odd: Odd,
    everything: Iterable[Told],
) -> Troubles:
    """One trouble for each thing somebody has to look at and each unit; without a unit, each scan by itself.

    What was odd about a use is looked at also where the scan ended with something graver.
    """
    found: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    amounts: defaultdict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for one in everything:
        mine = one.held.id, one.held.fingerprint
        for kind, whose in odd.get(mine, {}).items():
            found[kind, _about(one)] |= {one.held.id} if whose is None else {one.held.id, whose}
        code, by, _ = endings.get(mine, ("", None, None))
        if code in TO_LOOK_AT:
            about = _about(one)
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


# --- holds, and ends of runs --------------------------------------------------------------------------------------


def words_about(standing: Iterable[Told]) -> dict[str, list[Told]]:
    """Gather who held and who released, who ended and who reopened, by what."""
    words: defaultdict[str, list[Told]] = defaultdict(list)
    for one in standing:
        fact = one.fact
        if isinstance(fact, Held | Released):
            words[f"unit:{fact.unit}" if fact.unit else f"lot:{fact.item}/{fact.batch}"].append(one)
        elif isinstance(fact, Finished | Reopened):
            words[f"run:{fact.run}"].append(one)
    return words


def _of_words(standing: Iterable[Told], took_place: Collection[Told]) -> Troubles:
    """Tell of words that contradict each other, and of what was done against them."""
    found: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for about, said in words_about(standing).items():
        is_run = about.startswith("run:")
        subject = about if is_run else f"hold:{about}"
        last = latest_of(said)
        if len({type(one.fact) for one in said if one.held.id in last}) > 1:
            found["finish_disputed" if is_run else "hold_disputed", subject] = last
        for act in took_place:
            if about in _forbidden(act.fact) and (word := _in_force(said, act)) is not None:
                knew = "used_while_held" if _knew(act, word) else "used_hold_unknown"
                found["output_after_finish" if is_run else knew, subject] |= {act.held.id, word.held.id}
    return {key: (tuple(sorted(ids)), "") for key, ids in found.items()}


def _knew(act: Told, word: Told) -> bool:
    """Say whether somebody knew of a hold: had heard of it, or was stopped by one and says so."""
    return names(act, word) or (isinstance(act.fact, Handled) and "held" in act.fact.stops)


def _forbidden(fact: Event | str) -> set[str]:
    """Name what forbids an act: a hold of the unit or the lot it takes from, the end of the run it comes out of."""
    if isinstance(fact, Produced):
        return {f"run:{fact.run}"}
    if not isinstance(fact, Consumed | Dispatched):
        return set()
    unit = set() if fact.unit is None else {f"unit:{fact.unit}"}
    return unit if fact.material is None else unit | {f"lot:{'/'.join(lot_of(fact.material)[:2])}"}


def _in_force(said: list[Told], act: Told) -> Told | None:
    """Give the first word against an act: not surely spoken later, nor lifted surely before by who knew of it."""
    for one in sorted(said, key=lambda one: one.rank):
        if isinstance(one.fact, Held | Finished) and not surely(act, one):
            lifted = (r for r in said if isinstance(r.fact, Released | Reopened) and names(r, one) and surely(r, act))
            if next(lifted, None) is None:
                return one
    return None


# --- overrules ----------------------------------------------------------------------------------------------------

LEADING = ("supervisor", "quality")


def _of_overrules(took_place: Collection[Told]) -> Troubles:
    """Tell of scans that went on against a stop by the word of one who may not give it, or has not said so."""
    found: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    answered: set[str] = set()
    for one in sorted(took_place, key=lambda one: one.rank):
        fact = one.fact
        if not isinstance(fact, Handled) or not fact.overruled:
            continue
        second = fact.second
        leads = ROLES.get(second or "") in LEADING and second != fact.actor
        about: list[Told] = []
        heard = True
        if isinstance(fact, Consumed | Dispatched) and fact.challenge is not None:
            about = [w for w in took_place if isinstance(w.fact, Allowed) and w.fact.challenge == fact.challenge]
            heard = second in {w.fact.actor for w in about if isinstance(w.fact, Allowed)}
            leads = leads and fact.challenge not in answered
            answered.add(fact.challenge)
        elif isinstance(fact, Consumed | Dispatched) and fact.lending is not None:
            about = [w for w in took_place if isinstance(w.fact, Lent) and w.fact.lending == fact.lending]
            mine = [w for w in about if isinstance(w.fact, Lent) and w.fact.person == second]
            heard = mine != []
            leads = second != fact.actor and (not heard or any(_reaches(w, one) for w in mine))
        if not leads or not heard:
            kind = "overrule_unconfirmed" if leads else "overruled_without_right"
            found[kind, _about(one)] |= {one.held.id, *(w.held.id for w in about)}
    return {key: (tuple(sorted(ids)), "") for key, ids in found.items()}


def _reaches(lent: Told, act: Told) -> bool:
    """Say whether what was lent can have been in force: by a leading person, there, neither surely over nor to come."""
    word, fact = lent.fact, act.fact
    assert isinstance(word, Lent)
    assert isinstance(fact, Handled)
    earliest, _ = when(fact.clock)
    in_time = earliest <= word.until and not surely(act, lent)
    return ROLES.get(word.actor) in LEADING and word.site == fact.site and in_time


# --- chains -------------------------------------------------------------------------------------------------------


def _of_twins(everything: Iterable[Told]) -> Troubles:
    """One number of one chain under two ids: two phones wrote it. The first such number is the evidence."""
    ids: defaultdict[tuple[bytes, int], set[bytes]] = defaultdict(set)
    for one in everything:
        ids[one.held.inc, one.held.seq].add(one.held.id)
    found: Troubles = {}
    for (inc, _), twins in sorted(ids.items(), reverse=True):
        if len(twins) > 1:
            found["device_cloned", f"chain:{inc.hex()}"] = tuple(sorted(twins)), ""
    return found


def _of_losses(standing: Iterable[Told], everything: Iterable[Told]) -> Troubles:
    """What was given up for lost and is not there; if all of it came after all, nothing is lost."""
    there = {(one.held.inc.hex(), one.held.seq) for one in everything}
    missing: defaultdict[str, set[int]] = defaultdict(set)
    said: defaultdict[str, set[bytes]] = defaultdict(set)
    for one in standing:
        if isinstance(one.fact, Lost):
            missing[one.fact.inc] |= set(range(one.fact.first, min(one.fact.last, one.fact.first + 9_999) + 1))
            said[one.fact.inc].add(one.held.id)
    gone = {inc: sum((inc, seq) not in there for seq in numbers) for inc, numbers in missing.items()}
    return {
        ("announced_but_lost", f"chain:{inc}"): (tuple(sorted(said[inc])), str(count))
        for inc, count in gone.items()
        if count
    }


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
