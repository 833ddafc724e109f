"""What the books must say, worked out again from nothing: the simulator's judge.

It is given every event a server holds and tells the whole story from the beginning: who counts, in which order things
happened, where every unit went, what is on every shelf. It is written from the rules as people tell them (the model in
`sync/README.md`), slowly and one sentence after the other, and shares no code with `sync/` but the shapes of events:
a mistake would have to be made twice, in two different ways, to go unseen. It knows no increments, no ledger, no
closure and no differences; shelves are simply counted up and down while the story is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from simulation.oracle_grants import Rights, may_take_back, out_of_bounds, rights_of
from simulation.oracle_loose import tell_counts, tell_loose
from simulation.oracle_order import facts_of, groups_of, in_order, is_own, latest_of, undos
from simulation.oracle_troubles import TroubleTold, tell_troubles, words_about
from simulation.oracle_units import Floor, UnitTold, blank
from simulation.oracle_words import TO_LOOK_AT, Apart, Held, Odd, Said, Shelf, Told, gravest, serials_in
from simulation.reading import read_once

from sync.event import Finished, Voided
from sync.event import Held as OnHold


class Story(NamedTuple):
    """All that a set of events comes to."""

    shelves: dict[Shelf, int]
    units: dict[str, UnitTold]
    endings: dict[tuple[bytes, bytes], Said]


class Whole(NamedTuple):
    """The story, what is on hold, and what somebody has to look at."""

    story: Story
    holds: dict[str, tuple[bool, bytes]]
    troubles: dict[tuple[str, str], TroubleTold]


def tell(events: Iterable[Held]) -> Story:
    """Tell the whole story of a set of events."""
    return tell_whole(events).story


def tell_whole(events: Iterable[Held]) -> Whole:
    """Tell the story, and what it leaves for people to look at."""
    told = [Told(held, read_once(held.body)) for held in dict.fromkeys(events)]
    endings: dict[tuple[bytes, bytes], Said] = {}
    odd: Odd = {}
    apart: dict[tuple[bytes, bytes], Apart] = {}
    facts, silenced = facts_of(told, endings)
    rights = rights_of(one for one in facts.values() if one.held.id not in silenced)
    may = {one.held.id for one in facts.values() if isinstance(one.fact, Voided) and may_take_back(one, rights)}
    undone = silenced | undos(facts, silenced, endings, may)
    shelves: defaultdict[Shelf, int] = defaultdict(int)
    units: dict[str, UnitTold] = {serial: blank(b"") for one in told for serial in serials_in(one.fact)}
    in_units = [one for one in facts.values() if serials_in(one.fact)]
    loose = [one for one in facts.values() if not serials_in(one.fact) and one.held.id not in undone]
    for one in loose:
        tell_loose(one, shelves, endings, odd)
    tell_counts(loose, shelves, endings, apart)
    for group in groups_of(in_units):
        ordered = in_order(group)
        floor = Floor(shelves, endings, apart, odd)
        for one in ordered:
            if one.held.id not in undone:
                floor.tell(one)
        for serial in {serial for one in group for serial in serials_in(one.fact)}:
            latest = b"".join(sorted(latest_of([one for one in group if serial in serials_in(one.fact)])))
            thing = floor.things.get(serial)
            units[serial] = blank(latest) if thing is None else thing.as_told(latest)
    _hold_against_rights(facts, undone, rights, endings, odd)
    story = Story({shelf: amount for shelf, amount in shelves.items() if amount}, units, endings)
    return Whole(
        story, _holds(facts, undone), tell_troubles(facts, undone, shelves, (endings, apart), told, odd, rights)
    )


def _hold_against_rights(
    facts: dict[bytes, Told],
    undone: set[bytes],
    rights: Rights,
    endings: dict[tuple[bytes, bytes], Said],
    odd: Odd,
) -> None:
    """Hold what counts against the rights of its author; one's own scan may be taken back without any."""
    for one in facts.values():
        mine = one.held.id, one.held.fingerprint
        said = endings.get(mine)
        if one.held.id in undone or (said is not None and said[0] not in TO_LOOK_AT):
            continue
        if isinstance(one.fact, Voided) and is_own(one, facts[bytes.fromhex(one.fact.target)]):
            continue
        if (beyond := out_of_bounds(one, rights)) is not None:
            code, by = beyond
            odd.setdefault(mine, {})[code] = by
            told = gravest([*([said] if said else []), (code, by, None)])
            assert told is not None
            endings[mine] = told


def tell_holds(events: Iterable[Held]) -> dict[str, tuple[bool, bytes]]:
    """Say of every lot and unit anybody spoke of whether it is on hold, and whose the last words are."""
    return tell_whole(events).holds


def _holds(facts: dict[bytes, Told], undone: set[bytes]) -> dict[str, tuple[bool, bytes]]:
    """The most careful of the last words counts: only a release that knew of a hold lifts it. So with ends of runs."""
    standing = [one for one in facts.values() if one.held.id not in undone]
    return {about: _last_words(said) for about, said in words_about(standing).items()}


def _last_words(said: list[Told]) -> tuple[bool, bytes]:
    last = latest_of(said)
    is_held = any(isinstance(one.fact, OnHold | Finished) for one in said if one.held.id in last)
    return is_held, b"".join(sorted(last))
