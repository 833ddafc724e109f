"""What two settlements must not work on at the same time, where several processes settle.

A settlement looks at a closed working set (`sync/resolve.py`). Two that share an event have a name of that event in
common, whichever way they came to it; so whoever locks the names of all its events before reading them for good has
nobody beside itself who could book, end or judge one of them differently.
"""

from __future__ import annotations

from collections.abc import Iterable

from sync.event import Admitted, Allowed, Counted, Granted, Handled, Held, Lent, Lost, Released, Retired, Revoked
from sync.order import Stored
from sync.register import register_of, register_of_overrule


def names_of(event: Stored) -> set[str]:
    """Name what an event is settled under: its units and its lot; one that has neither, by its own id.

    The lot is among them because a hold tells phones of all units of its lot, also of those it does not look at; and a
    chain of which somebody says that part of it is lost, because all of that chain is looked at. So with a person whose
    rights are changed and a phone that is switched off: new scans of theirs must not pass by unseen; and with an
    overrule and the word it rests on.
    """
    names = {f"unit:{serial}" for serial in event.units}
    fact = event.fact
    if isinstance(fact, Held | Released):
        names.add(f"lot:{fact.item}/{fact.batch}")
        names |= {f"unit:{fact.unit}"} if fact.unit is not None else set()
    elif isinstance(fact, Handled | Counted):
        names |= {f"lot:{fact.material.item}/{fact.material.batch}"} if fact.material is not None else set()
        names |= {word} if (word := register_of_overrule(fact)) is not None else set()
    elif isinstance(fact, Lent | Allowed):
        names.add(str(register_of(fact)))
    elif isinstance(fact, Lost):
        names.add(chain_name(bytes.fromhex(fact.inc)))
    elif isinstance(fact, Granted):
        names.add(f"person:{fact.person}")
    elif isinstance(fact, Revoked | Retired | Admitted):
        names.add(f"device:{fact.device}")
    return names or {f"event:{event.id.hex()}"}


def names_of_all(events: Iterable[Stored]) -> frozenset[str]:
    """Name what a set of events is settled under."""
    return frozenset(name for event in events for name in names_of(event))


def names_of_new(events: Iterable[Stored]) -> frozenset[str]:
    """Name what new events are settled under: their chains too, as any of them may have been written twice.

    And who made them on which phone, as somebody may be judging just that person or phone.
    """
    new = list(events)
    names = {chain_name(event.inc) for event in new} | {f"device:{event.device.hex()}" for event in new}
    names |= {f"person:{event.fact.actor}" for event in new if not isinstance(event.fact, str)}
    return names_of_all(new) | names


def chain_name(inc: bytes) -> str:
    """Name a chain."""
    return f"chain:{inc.hex()}"
