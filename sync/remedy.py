"""What a decision leads to: ordinary facts, proposed to the desk, which records them together with the decision.

A proposal carries everything its effect needs, like any event, so it stays in force whatever becomes of the exception.
Nothing here is applied: only what a desk has signed counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sync.event import AFTER_MAX, Consumed, Held, Released, Revoked
from sync.exception import CHOICES
from sync.order import Stored
from sync.register import register_of


class Case(NamedTuple):
    """What an exception rests on."""

    participants: Sequence[Stored]
    made: Mapping[str, tuple[str, str]]
    """What each run makes, as (item, batch)."""
    heads: Mapping[str, Sequence[str]]
    """The latest holds and releases of registers, as ids."""


class Proposed(NamedTuple):
    """One fact for the desk to record: its body, and the events it must say it knew."""

    body: dict[str, Any]
    knows: tuple[str, ...] = ()


def remedy(choice: str, case: Case) -> list[Proposed]:
    """Give what a choice leads to; nothing for one that only takes note."""
    effect = CHOICES[choice].effect
    return _REMEDIES[effect](case) if effect in _REMEDIES else []


def _admit(case: Case) -> list[Proposed]:
    """The scans of a phone that was switched off count after all."""
    by_phone: dict[bytes, list[str]] = {}
    for event in case.participants:
        if not isinstance(event.fact, Revoked):
            by_phone.setdefault(event.device, []).append(event.id.hex())
    return [
        Proposed({"type": "admitted", "device": phone.hex(), "events": ids[at : at + AFTER_MAX]})
        for phone, ids in by_phone.items()
        for at in range(0, len(ids), AFTER_MAX)
    ]


def _release(case: Case) -> list[Proposed]:
    """A release that knows of every word spoken so far is the last word."""
    return _last_word("released", case)


def _keep_held(case: Case) -> list[Proposed]:
    """A hold that knows of every word spoken so far is the last word."""
    return _last_word("held", case)


def _last_word(kind: str, case: Case) -> list[Proposed]:
    registers: dict[str, Held | Released] = {
        str(register_of(event.fact)): event.fact
        for event in case.participants
        if isinstance(event.fact, Held | Released)
    }
    return [
        Proposed(
            {"type": kind, "item": fact.item, "batch": fact.batch, "unit": fact.unit},
            tuple(case.heads.get(register, ())),
        )
        for register, fact in registers.items()
    ]


def _hold_output(case: Case) -> list[Proposed]:
    """What the runs made that used the material is put on hold."""
    return _word_on_output("held", case)


def _release_output(case: Case) -> list[Proposed]:
    """What the runs made that used the material is free again, whoever put it on hold."""
    return _word_on_output("released", case)


def _word_on_output(kind: str, case: Case) -> list[Proposed]:
    runs = {e.fact.run for e in case.participants if isinstance(e.fact, Consumed) and e.fact.run is not None}
    lots = sorted({case.made[run] for run in runs if run in case.made})
    return [
        Proposed(
            {"type": kind, "item": item, "batch": batch, "unit": None},
            tuple(case.heads.get(f"lot:{item}/{batch}", ())),
        )
        for item, batch in lots
    ]


_REMEDIES: dict[str, Callable[[Case], list[Proposed]]] = {
    "admit": _admit,
    "release": _release,
    "keep_held": _keep_held,
    "hold_output": _hold_output,
    "release_output": _release_output,
}
