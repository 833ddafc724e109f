"""The two opinions side by side: what `sync` resolves a history to, and what the oracle tells of it.

Written so that the two can be compared with `==`: shelves, units and endings, by content and never by handle.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from simulation.oracle import Story, tell, tell_holds
from simulation.oracle_units import UnitTold
from simulation.oracle_words import Held

from server.intake.settle import unit_row
from sync import event as event_kinds
from sync.chain import fingerprint
from sync.event import read
from sync.movement import balances
from sync.order import Stored, stored
from sync.outbox import Kept
from sync.register import hold, register_of
from sync.resolve import resolve


def as_told(made: Iterable[tuple[Any, Kept]]) -> Story:
    """Tell what phones made by the oracle."""
    return tell(_held(made))


def as_resolved(made: Iterable[tuple[Any, Kept]]) -> Story:
    """Tell what phones made by `sync.resolve`."""
    return resolved(
        [stored(n, *event[:5], read(event.body), is_desk=event.is_desk) for n, event in enumerate(_held(made), 1)]
    )


def holds_resolved(made: Iterable[tuple[Any, Kept]]) -> dict[str, tuple[bool, bytes]]:
    """Tell the holds of what phones made by `sync`."""
    events = [stored(n, *e[:5], read(e.body), is_desk=e.is_desk) for n, e in enumerate(_held(made), 1)]
    due = resolve(events)
    words: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in due.facts:
        if isinstance(event.fact, event_kinds.Held | event_kinds.Released) and event.n not in due.without_effect:
            words[str(register_of(event.fact))].append(event)
    states = {register: hold(said) for register, said in words.items()}
    return {register: (s.is_held, b"".join(sorted(e.id for e in s.heads))) for register, s in states.items()}


def holds_told(made: Iterable[tuple[Any, Kept]]) -> dict[str, tuple[bool, bytes]]:
    """Tell them by the oracle."""
    return tell_holds(_held(made))


def resolved(events: list[Stored]) -> Story:
    """Put what a set of stored events resolves to into the oracle's form."""
    due = resolve(events)
    by_n = {event.n: event for event in events}
    shelves = balances(movement for movements in due.effects.values() for movement in movements)
    serials = {serial for event in events for serial in event.units}
    units = {s: UnitTold(*unit_row(due.units.get(s), s, due.heads.get(s, []))) for s in serials}
    endings = {
        (by_n[n].id, by_n[n].fingerprint): (ending.code, ending.by and by_n[ending.by].id, ending.place)
        for n, ending in due.endings.items()
    }
    return Story({tuple(bucket): quantity for bucket, quantity in shelves.items()}, units, endings)


def _held(made: Iterable[tuple[Any, Kept]]) -> list[Held]:
    held = [
        Held(kept.id, fingerprint(kept.body), phone.id, kept.inc, kept.seq, kept.body, phone.is_desk)
        for phone, kept in made
    ]
    return list(dict.fromkeys(held))
