"""The two opinions side by side: what `sync` resolves a history to, and what the oracle tells of it.

Written so that the two can be compared with `==`: shelves, units, endings, holds and troubles, by content and never by
handle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from simulation.oracle import Story, Whole, tell_whole
from simulation.oracle_troubles import TroubleTold
from simulation.oracle_units import UnitTold
from simulation.oracle_words import Held
from simulation.people import ROLES

from server.intake.settle import unit_row
from sync.chain import fingerprint
from sync.event import Decided, read
from sync.exception import decision
from sync.movement import balances
from sync.order import Stored, stored
from sync.outbox import Kept
from sync.oversight import hold_registers, troubles
from sync.register import hold
from sync.resolve import Resolution, resolve
from sync.trust import Linked, strays_in

ToLookAt: TypeAlias = "tuple[dict[str, tuple[bool, bytes]], dict[tuple[str, str], TroubleTold]]"
"""Holds by register, and troubles by kind and subject."""


def told(made: Iterable[tuple[Any, Kept]]) -> Whole:
    """Tell what phones made by the oracle."""
    return tell_whole(held_of(made))


def resolved(made: Iterable[tuple[Any, Kept]]) -> Whole:
    """Tell what phones made by `sync`."""
    return put_together(linked(made))


def linked(made: Iterable[tuple[Any, Kept]]) -> list[Linked]:
    """Put what phones made into the form `sync` reads."""
    return [
        Linked(stored(n, *one[:5], read(one.body), is_desk=one.is_desk), one.hash, one.body)
        for n, one in enumerate(held_of(made), 1)
    ]


def put_together(held: list[Linked]) -> Whole:
    """Put what a set of stored events resolves to into the oracle's form."""
    events, due = _resolved(held)
    return Whole(_story(due, events), _holds(due), _troubles(due, events))


def to_look_at(held: list[Linked]) -> ToLookAt:
    """Give holds and troubles of a set of stored events in the oracle's form."""
    events, due = _resolved(held)
    return _holds(due), _troubles(due, events)


def _resolved(held: list[Linked]) -> tuple[list[Stored], Resolution]:
    events = [one.event for one in held]
    return events, resolve(events, strays=strays_in(held))


def _holds(due: Resolution) -> dict[str, tuple[bool, bytes]]:
    return {
        register: (state.is_held, b"".join(sorted(event.id for event in state.heads)))
        for register, said in hold_registers(due.facts, due.without_effect).items()
        if (state := hold(said)).heads
    }


def _story(due: Resolution, events: list[Stored]) -> Story:
    by_n = {event.n: event for event in events}
    shelves = balances(movement for movements in due.effects.values() for movement in movements)
    serials = {serial for event in events for serial in event.units}
    units = {s: UnitTold(*unit_row(due.units.get(s), s, due.heads.get(s, []))) for s in serials}
    endings = {
        (by_n[n].id, by_n[n].fingerprint): (ending.code, ending.by and by_n[ending.by].id, ending.place)
        for n, ending in due.endings.items()
    }
    return Story({tuple(bucket): quantity for bucket, quantity in shelves.items()}, units, endings)


def _troubles(due: Resolution, events: list[Stored]) -> dict[tuple[str, str], TroubleTold]:
    decisions: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in due.facts:
        if isinstance(event.fact, Decided):
            decisions[event.fact.exception].append(event)
    found = {}
    for trouble in troubles(due, {event.n: event for event in events}, ROLES):
        decided = decision(trouble, decisions[trouble.id.hex()])
        shown = TroubleTold(trouble.participants, trouble.detail, decided and decided.id)
        found[trouble.kind, trouble.subject] = shown
    return found


def held_of(made: Iterable[tuple[Any, Kept]]) -> list[Held]:
    """Put what phones made into the form of what a server holds."""
    held = [
        Held(kept.id, fingerprint(kept.body), phone.id, kept.inc, kept.seq, kept.body, phone.is_desk, kept.hash)
        for phone, kept in made
    ]
    return list(dict.fromkeys(held))
