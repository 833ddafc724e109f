"""Somebody at a desk: what there is to look at, and what is decided about one case of it.

What a choice leads to is the product's own (`sync/remedy.py`). All of it goes through the desk's outbox and chain, like
any scan; a list may be old when somebody decides by it, and the hub may never hear of the decision, or twice.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from simulation.judged import ToLookAt
from simulation.plan import Dice
from simulation.reading import read_once
from simulation.scans import Body

from sync.event import Voided
from sync.exception import KINDS, Trouble
from sync.order import Stored, stored
from sync.remedy import Case, remedy
from sync.trust import DESK

if TYPE_CHECKING:
    from simulation.hubs import AnyHub

MADE = {"R-1": ("PARA", "MB-1")}


class Cases(NamedTuple):
    """What a desk sees: holds and exceptions as the hub has them, and the scans these rest on, by id."""

    listed: ToLookAt
    scans: dict[bytes, list[Stored]]


class DecidedCase(NamedTuple):
    """What somebody decided: about what, the facts recorded with it, and the decision's own word."""

    about: str
    effects: list[Body]
    word: Body


def cases(hub: AnyHub) -> Cases:
    """Look at the hub's list."""
    scans: defaultdict[bytes, list[Stored]] = defaultdict(list)
    for n, row in enumerate(hub.received(), 1):
        held = row.held
        scans[held.id].append(stored(n, *held[:5], read_once(held.body), is_desk=held.is_desk))
    return Cases(hub.to_look_at(), scans)


def decide(dice: Dice, seen: Cases) -> DecidedCase | None:
    """Decide one of the open cases, the graver ones first; none, if there is none."""
    holds, troubles = seen.listed
    waiting = sorted(key for key, told in troubles.items() if told.decided_by is None)
    with_remedy = [key for key in waiting if set(KINDS[key[0]].choices) & _LEADS_FURTHER]
    if not waiting:
        return None
    kind, subject = dice.choose(with_remedy if with_remedy and dice.chance(600) else waiting)
    told = troubles[kind, subject]
    trouble = Trouble(kind, subject, told.participants, told.detail)
    took_part = [scan for one in told.participants for scan in seen.scans.get(one, ())]
    choice, effects = dice.choose(KINDS[kind].choices), []
    if dice.chance(150) and (wrong := [scan for scan in took_part if not isinstance(scan.fact, (Voided, *DESK))]):
        target = dice.choose(wrong).id.hex()
        choice, effects = "take_back", [{"type": "voided", "target": target, "reason": "wrong", "after": [target]}]
    else:
        heads = {
            register: [ids[at : at + 16].hex() for at in range(0, len(ids), 16)] for register, (_, ids) in holds.items()
        }
        proposed = remedy(choice, Case(took_part, MADE, heads))
        effects = [{**one.body, "after": list(one.knows)} for one in proposed]
    word = {"type": "decided", "exception": trouble.id.hex(), "evidence": trouble.evidence.hex(), "choice": choice}
    return DecidedCase(f"{kind} of {subject}", effects, word)


_LEADS_FURTHER = {"admit", "release", "keep_held", "hold_output", "release_output"}
