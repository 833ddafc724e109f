"""Layers 3 and 4 of a whole set of events: every hold there is, and everything a person must look at.

The server keeps both up to date by differences (`server/intake/exceptions.py`); this says what they have to come to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType

from sync.event import Lost, Produced
from sync.exception import (
    Trouble,
    of_balance,
    of_endings,
    of_grants,
    of_hold,
    of_losses,
    of_twins,
)
from sync.grants import contradicting, rights_of
from sync.movement import balances
from sync.order import Stored
from sync.outcome import Outcome
from sync.overrule import WORDS_OF_OVERRULES, is_overruled, of_overrules
from sync.register import USES, WORDS, hold, lot_used, misuses, register_of
from sync.resolve import Resolution


def hold_registers(events: Iterable[Stored], without_effect: Container[int]) -> dict[str, list[Stored]]:
    """Gather the standing words of each hold and run these speak of; one whose every word was taken back is empty."""
    registers: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in events:
        if isinstance(event.fact, WORDS):
            registers[str(register_of(event.fact))] += [] if event.n in without_effect else [event]
    return registers


def troubles(
    due: Resolution, events: Mapping[int, Stored], roles: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Trouble]:
    """Give everything a person must look at; `events` are all of the set by number, `roles` people's by their id."""
    yield from of_endings(due.endings, events, due.differences, due.remarks)
    counting = [event for event in due.facts if has_effect(event, due)]
    words = (event for event in counting if isinstance(event.fact, WORDS_OF_OVERRULES))
    yield from of_overrules((event for event in counting if is_overruled(event.fact)), words, roles)
    for shelf, quantity in balances(m for movements in due.effects.values() for m in movements).items():
        if (below := of_balance(shelf, quantity)) is not None:
            yield below
    acts = [event for event in counting if isinstance(event.fact, (*USES, Produced))]
    for register, standing in hold_registers(due.facts, due.without_effect).items():
        against = [act for act in acts if bears_on(register, act)]
        yield from of_hold(register, hold(standing), misuses(standing, against))
    yield from _of_chains(due, events.values())
    for person, versions in rights_of(event for event in due.facts if event.n not in due.without_effect).items():
        yield from of_grants(person, contradicting(versions))


def bears_on(register: str, act: Stored) -> bool:
    """Say whether a hold or the end of a run forbids an act."""
    kind, _, name = register.partition(":")
    fact = act.fact
    if kind == "run":
        return isinstance(fact, Produced) and fact.run == name
    return isinstance(fact, USES) and (name in act.units if kind == "unit" else lot_used(fact) == name)


def first_twins(at: Mapping[int, set[bytes]]) -> set[bytes]:
    """Give the ids at the first number of a chain that was given twice; none if none was."""
    return next((at[seq] for seq in sorted(at) if len(at[seq]) > 1), set())


def _of_chains(due: Resolution, events: Iterable[Stored]) -> Iterator[Trouble]:
    """Report chains that were written twice, and what of them is lost."""
    ids: defaultdict[bytes, defaultdict[int, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for event in events:
        ids[event.inc][event.seq].add(event.id)
    for chain, at in ids.items():
        yield from of_twins(chain, first_twins(at))
    losses: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in due.facts:
        if isinstance(event.fact, Lost) and event.n not in due.without_effect:
            losses[event.fact.inc].append(event)
    for inc, said in losses.items():
        yield from of_losses(inc, said, ids.get(bytes.fromhex(inc), {}))


def has_effect(event: Stored, due: Resolution) -> bool:
    """Say whether an event counts: it was understood, stands inside, and was not taken back."""
    ending = due.endings.get(event.n)
    return ending is None or ending.outcome not in (Outcome.NO_EFFECT, Outcome.VOIDED)
