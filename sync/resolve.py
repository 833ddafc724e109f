"""From a set of facts to what is due: effects, endings, units. And how far one new fact reaches.

`resolve` is a pure function of the set it is given: whatever the order of arrival, grouping or repetition, the same set
gives the same effects. What is booked is then brought to what is due by differences (`sync/movement.py`).

`WorkingSet` finds the set: everything a new event can change is found by closure, never by looking only at the keys it
names. (Booking only on those was wrong in a fifth to nearly half of all arrival orders once cartons and pallets meet.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sync.context import Context, judge
from sync.event import Approved, Counted, Granted, Handled, Revoked, Voided
from sync.grants import Rights, out_of_bounds, rights_of
from sync.movement import Bucket, Movement, balances
from sync.order import Stored, heads, in_order
from sync.outcome import Ending, Outcome, first
from sync.register import (
    WORDS_OF_HOLDS,
    adjustments,
    approvals,
    counted_bucket,
    registers_read,
    target_of,
)
from sync.tolerance import Difference
from sync.trust import Strays, facts, needs_no_right, voids
from sync.unit import ADJUSTED, Unit, Yard, amount, fold, problem_of, said_of


class Resolution(NamedTuple):
    """What a closed set of events comes to. Events without an ending are simply settled."""

    effects: dict[int, list[Movement]]
    without_effect: set[int]
    """Evidence, taken back, cut off: what has no say in holds and counts either."""
    endings: dict[int, Ending]
    units: Yard
    heads: dict[str, list[bytes]]
    cluster: dict[int, int]
    """Which events were folded together: the number of the cluster's first event, by event."""
    facts: Sequence[Stored]
    """The one event of every id that counts."""
    differences: dict[int, Difference]
    """What events say of a quantity, where somebody looked: shown beside an exception, decides nothing."""
    remarks: dict[int, list[Ending]]
    """Everything odd about an event that somebody must look at, also what its ending does not tell."""


Moved = Mapping[Bucket, Sequence[tuple[Stored, int]]]
"""Loose movements per bucket, positive into it: what a count is compared with."""


def resolve(
    events: Sequence[Stored], elsewhere: Moved = MappingProxyType({}), strays: Strays = MappingProxyType({})
) -> Resolution:
    """Settle a closed set of events; `elsewhere` gives, for counted buckets, what is booked by loose events outside,
    `strays` what clones put beside the chains that revocations let stand."""
    chosen, evidence, outside = facts(events, strays)
    endings = evidence | outside
    rights = rights_of(event for event in chosen.values() if event.n not in outside)
    taken_back, refused = voids(chosen, outside, rights)
    endings |= refused
    undone = {chosen[target].n: Ending("undone", void.n) for target, void in taken_back.items()}
    endings |= {n: ending for n, ending in undone.items() if n not in outside}
    resolution = Resolution({}, set(endings), endings, {}, {}, {}, list(chosen.values()), {}, {})
    clusters, loose = _clusters(resolution.facts)
    for event in loose:
        if event.n not in endings:
            _settle_loose(event, resolution)
    for cluster in clusters:
        _settle_cluster(cluster, resolution)
    _settle_counts(loose, elsewhere, resolution)
    if rights:
        _hold_against_rights(chosen, rights, resolution)
    return resolution


def _hold_against_rights(chosen: Mapping[bytes, Stored], rights: Rights, resolution: Resolution) -> None:
    """Remark what was done beyond its author's rights; it counts all the same."""
    for event in resolution.facts:
        ending, fact = resolution.endings.get(event.n), event.fact
        if event.n in resolution.without_effect or (ending and ending.outcome is not Outcome.ATTENTION):
            continue
        if isinstance(fact, Voided) and needs_no_right(event, chosen[bytes.fromhex(fact.target)]):
            continue
        if (beyond := out_of_bounds(event, rights)) is not None:
            resolution.remarks[event.n] = [*resolution.remarks.get(event.n, ()), beyond]
            resolution.endings[event.n] = first(ending, beyond) or beyond


def _settle_loose(event: Stored, resolution: Resolution) -> None:
    """Loose material adds up; a void, and what cannot be understood, moves nothing."""
    if (problem := problem_of(event.fact)) is not None:
        resolution.endings[event.n] = Ending(problem)
    elif isinstance(fact := event.fact, Handled):
        material = fact.material
        assert material is not None
        lot = (material.item, material.batch, material.owner, material.status)
        if fact.from_ != fact.to:
            resolution.effects[event.n] = [Movement(Bucket(fact.from_, *lot), Bucket(fact.to, *lot), amount(material))]
        remarks = [Ending(code) for code in judge(fact, Context(status=material.status))]
        if remarks:
            resolution.remarks[event.n] = remarks
        ending = first(*remarks, said_of(fact))
        if ending is not None:
            resolution.endings[event.n] = ending


def _settle_counts(loose: Sequence[Stored], elsewhere: Moved, resolution: Resolution) -> None:
    """Compute what counts of loose stock add, from all that moved there before them or from what was approved."""
    standing = [event for event in loose if event.n not in resolution.endings]
    counts: defaultdict[Bucket, list[Stored]] = defaultdict(list)
    for event in standing:
        if isinstance(event.fact, Counted):
            counts[counted_bucket(event.fact)].append(event)
    approved, refused = approvals(
        [event for event in standing if isinstance(event.fact, Approved)],
        {event.id for events in counts.values() for event in events},
    )
    resolution.endings.update(refused)
    if not counts:
        return
    moved: defaultdict[Bucket, list[tuple[Stored, int]]] = defaultdict(list)
    for event in loose:
        for shelf, quantity in balances(resolution.effects.get(event.n, [])).items():
            moved[shelf].append((event, quantity))
    for shelf, events in counts.items():
        for counted, quantity, ending, difference in adjustments(
            events, [*elsewhere.get(shelf, ()), *moved[shelf]], approved
        ):
            beyond = shelf._replace(place=ADJUSTED)
            resolution.differences[counted.n] = difference
            resolution.effects[counted.n] = (
                [Movement(beyond, shelf, quantity) if quantity > 0 else Movement(shelf, beyond, -quantity)]
                if quantity
                else []
            )
            if ending is not None:
                resolution.endings[counted.n] = ending


def _settle_cluster(cluster: list[Stored], resolution: Resolution) -> None:
    ordered = in_order(cluster)
    number, without_effect = ordered[0].n, resolution.without_effect
    yard: Yard = {}
    for event in ordered:
        resolution.cluster[event.n] = number
    live = [event for event in ordered if event.n not in without_effect] if without_effect else ordered
    for n, effect in fold(live, yard).items():
        resolution.effects[n] = effect.movements
        if effect.difference is not None:
            resolution.differences[n] = effect.difference
        if effect.remarks:
            resolution.remarks[n] = effect.remarks
        ending = first(effect.ending, resolution.endings.get(n))
        if ending is not None:
            resolution.endings[n] = ending
    for serial, named in _by_unit(ordered).items():
        resolution.units[serial] = yard.get(serial) or Unit(serial)
        resolution.heads[serial] = heads(named)


def _by_unit(events: Sequence[Stored]) -> dict[str, list[Stored]]:
    of_unit: dict[str, list[Stored]] = {}
    for event in events:
        for serial in event.units:
            of_unit.setdefault(serial, []).append(event)
    return of_unit


def _clusters(events: Sequence[Stored]) -> tuple[list[list[Stored]], list[Stored]]:
    """Part the events into clusters of units ever packed into each other, voided or not; the rest is loose."""
    root: dict[str, str] = {}
    """Leads from a unit that was packed with another towards the one its cluster is named after."""

    def find(serial: str) -> str:
        while (parent := root.get(serial, serial)) != serial:
            serial = parent
        return serial

    loose: list[Stored] = []
    for event in events:
        for other in event.units[1:]:
            root[find(other)] = find(event.units[0])
    clusters: dict[str, list[Stored]] = {}
    for event in events:
        if event.units:
            clusters.setdefault(find(event.units[0]), []).append(event)
        else:
            loose.append(event)
    return list(clusters.values()), loose


class Wanted(NamedTuple):
    """What the shell must still read: all events that name these units, all with these ids, all voids of these ids,
    all that write these registers, what lies behind these revocations, and what these grants bear on."""

    units: set[str]
    ids: set[bytes]
    targets: set[bytes]
    registers: set[str]
    revocations: list[Revoked]
    grants: list[Stored]

    def __bool__(self) -> bool:
        return any(self)


_REACHING_FURTHER = frozenset({Voided, Approved, Revoked, Granted, *WORDS_OF_HOLDS})
"""What leads to more than its own units, id and registers."""


class WorkingSet:
    """The set of events that a push can change, grown until nothing is missing.

    Ask for `add(...)` until it wants nothing more; on a database with several writers, lock the wanted keys in sorted
    order and start again with the larger set before reading.
    """

    def __init__(self) -> None:
        self.events: dict[int, Stored] = {}
        self._of_kind: defaultdict[type, list[Stored]] = defaultdict(list)
        self.strays: dict[bytes, frozenset[int]] = {}
        self._units: set[str] = set()
        self._ids: set[bytes] = set()
        self._targets: set[bytes] = set()
        self.registers: set[str] = set()

    def add(self, events: Iterable[Stored]) -> Wanted:
        """Take in events and say what they lead to that has not been asked for yet."""
        # What leads to an event from two sides may be given twice at once.
        found = {event.n: event for event in events if event.n not in self.events}
        self.events |= found
        new = found.values()
        units = {serial for event in new for serial in event.units}
        targets = {event.id for event in new}
        ids = set(targets)
        registers: set[str] = set()
        revocations: list[Revoked] = []
        grants: list[Stored] = []
        for event in new:
            fact = event.fact
            registers |= registers_read(event)
            self._of_kind[type(fact)].append(event)
            if type(fact) not in _REACHING_FURTHER:
                continue
            if (target := target_of(fact)) is not None:
                ids.add(target)
            elif isinstance(fact, Revoked):
                revocations.append(fact)
            elif isinstance(fact, Granted):
                grants.append(event)
            elif isinstance(fact, WORDS_OF_HOLDS) and fact.unit is not None:
                units.add(fact.unit)  # for what was done with it while on hold
        wanted = Wanted(
            units - self._units,
            ids - self._ids,
            targets - self._targets,
            registers - self.registers,
            revocations,
            grants,
        )
        self._units |= wanted.units
        self._ids |= wanted.ids
        self._targets |= wanted.targets
        self.registers |= wanted.registers
        return wanted

    def of_kind(self, *kinds: type) -> list[Stored]:
        """Give the events of some kinds: most are looked for in every set and found in hardly any."""
        return [event for kind in kinds for event in self._of_kind.get(kind, ())]

    def has_read_ids(self, ids: Iterable[bytes]) -> None:
        """Note ids known to have been read with all their bodies, so that they are not asked for again."""
        self._ids.update(ids)
