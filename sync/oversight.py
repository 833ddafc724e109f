"""Layers 3 and 4 of a whole set of events: every hold there is, and everything a person must look at.

The server keeps both up to date by differences (`server/intake/exceptions.py`); this says what they have to come to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sync.event import Held, Released
from sync.exception import Trouble, of_balance, of_endings, of_hold
from sync.movement import balances
from sync.order import Stored
from sync.outcome import Outcome
from sync.register import USES, hold, lot_used, misuses, register_of
from sync.resolve import Resolution


def hold_registers(due: Resolution) -> dict[str, list[Stored]]:
    """Gather the standing holds and releases of each register that was ever spoken of."""
    registers: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in due.facts:
        if isinstance(event.fact, Held | Released):
            registers[str(register_of(event.fact))] += [] if event.n in due.without_effect else [event]
    return registers


def troubles(due: Resolution, events: Mapping[int, Stored]) -> Iterator[Trouble]:
    """Give everything a person must look at; `events` are all of the set by number."""
    yield from of_endings(due.endings, events, due.differences)
    for shelf, quantity in balances(m for movements in due.effects.values() for m in movements).items():
        if (below := of_balance(shelf, quantity)) is not None:
            yield below
    uses = [event for event in due.facts if isinstance(event.fact, USES) and has_effect(event, due)]
    for register, standing in hold_registers(due).items():
        kind, _, name = register.partition(":")
        of_register = [use for use in uses if (name in use.units if kind == "unit" else lot_used(use.fact) == name)]
        yield from of_hold(register, hold(standing), misuses(standing, of_register))


def has_effect(event: Stored, due: Resolution) -> bool:
    """Say whether an event counts: it was understood, stands inside, and was not taken back."""
    ending = due.endings.get(event.n)
    return ending is None or ending.outcome not in (Outcome.NO_EFFECT, Outcome.VOIDED)
