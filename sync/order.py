"""In which order the events of one cluster of units are folded: by content alone, never by arrival.

Three things put X before Y, strongest first:

1. *Knowledge*: Y names X in `after`, or X has the lower sequence in Y's incarnation.
2. *The way of things*: a unit is labelled before anything else is done with it, and a transfer is left before it is
   arrived at. This holds between events that did not know each other, so a phone with a slow clock cannot put a
   receipt before its dispatch; it never contradicts knowledge.
3. *The clock*, then device, incarnation, sequence and id: only between what 1 and 2 leave open.

Events that know each other in a circle (a *knot*; no honest phone can tie one) cannot say which of them came first:
among themselves 2 and 3 decide, and what is before or behind one of them is before or behind all. Where the way of
things leads in a circle, it yields there, and only there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby, pairwise, product
from operator import attrgetter, itemgetter

import msgspec

from sync.event import (
    Commissioned,
    Counted,
    Dispatched,
    Event,
    Handled,
    LabelVoided,
    Packed,
    Produced,
    Received,
    Stopped,
    Unpacked,
    Unreadable,
)


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An event as the server holds it. `n` is the shell's handle and never decides anything.

    (A struct and no tuple: it is made in a quarter of the time, and read more often than anything else.)
    """

    n: int
    id: bytes
    fingerprint: bytes
    device: bytes
    inc: bytes
    seq: int
    fact: Event | Unreadable
    units: tuple[str, ...]
    """The units it names, the larger one of a packing last."""
    is_desk: bool = False
    """Made at a desk, which alone may revoke, admit and decide."""


_OF_ONE_UNIT = (Handled, Counted, Stopped, LabelVoided)
_OF_TWO_UNITS = (Packed, Unpacked)
_BIRTHS = (Commissioned, Produced)
_BORN = frozenset(_BIRTHS)
_ID = attrgetter("id")

OrderKey = tuple[int, int, bytes, bytes, int, bytes, bytes]

Edge = tuple[int, int]
"""This place in the order of content comes before that one."""


def stored(
    n: int,
    event_id: bytes,
    fingerprint: bytes,
    device: bytes,
    inc: bytes,
    seq: int,
    fact: Event | Unreadable,
    *,
    is_desk: bool = False,
) -> Stored:
    """Put an event into the form the fold reads."""
    return Stored(n, event_id, fingerprint, device, inc, seq, fact, units_named(fact), is_desk)


def key(event: Stored) -> OrderKey:
    """Give the total order of content: clock, then who, then which."""
    ms, counter = (0, 0) if isinstance(event.fact, str) else event.fact.clock.at
    return ms, counter, event.device, event.inc, event.seq, event.id, event.fingerprint


def units_named(fact: Event | Unreadable) -> tuple[str, ...]:
    """Name the units an event acts on, the larger one of a packing last."""
    if isinstance(fact, _OF_ONE_UNIT):
        return (fact.unit,) if fact.unit is not None else ()
    if isinstance(fact, _OF_TWO_UNITS):
        larger = fact.into if isinstance(fact, Packed) else fact.out_of
        return (fact.unit,) if larger == fact.unit else (fact.unit, larger)
    return ()


def in_order(events: Sequence[Stored]) -> list[Stored]:
    """Give the events of one cluster in the order in which they are folded."""
    if len(events) == 1:
        return list(events)
    by_content = sorted(events, key=key)
    if _is_in_order(by_content):
        return by_content
    knowledge = _knowledge(by_content)
    natural = _natural(by_content)
    order = _smallest_order(len(by_content), knowledge | _not_contradicted(natural, knowledge))
    if len(order) < len(by_content):
        order = _smallest_order(len(by_content), _untied(len(by_content), knowledge, natural))
    return [by_content[index] for index in order]


def _is_in_order(events: Sequence[Stored]) -> bool:
    """Say whether knowledge and the way of things both agree with an order as it stands, as they nearly always do.

    What `_knowledge` and `_natural` would ask for is held against it in one walk, without writing it down.
    """
    if _followed_along(events) is None:
        return False
    handled: set[str] = set()
    arrived: list[Received] = []
    for event in events:
        fact = event.fact
        if type(fact) in _BORN:
            if event.units and event.units[0] in handled:
                return False
            continue
        handled.update(event.units)
        if type(fact) is Received:
            arrived.append(fact)
        elif type(fact) is Dispatched and any(_arrives(fact, receipt) for receipt in arrived):
            return False
    return True


def _knowledge(events: Sequence[Stored]) -> set[Edge]:
    index = {event.id.hex(): i for i, event in enumerate(events)}
    edges: set[Edge] = set()
    chains: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
    for i, event in enumerate(events):
        chains[event.inc].append((event.seq, i))
        if not isinstance(event.fact, str):
            for known in event.fact.after:
                if (j := index.get(known, i)) != i:
                    edges.add((j, i))
    for chain in chains.values():
        if len(chain) > 1:
            chain.sort()
            edges.update(_links(chain))
    return edges


def _links(chain: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give each event of a chain its predecessors; twins of one sequence number did not know of each other."""
    seqs = [[i for _, i in twins] for _, twins in groupby(chain, key=itemgetter(0))]
    for before, behind in pairwise(seqs):
        yield from product(before, behind)


def _natural(events: Sequence[Stored]) -> set[Edge]:
    """Pair births with all else done to their unit, and dispatches with their receipts."""
    births = [(i, e.units) for i, e in enumerate(events) if e.units and isinstance(e.fact, _BIRTHS)]
    departures = [(i, event.fact) for i, event in enumerate(events) if isinstance(event.fact, Dispatched)]
    edges: set[Edge] = set()
    if not births and not departures:
        return edges
    born_at = {i for i, _ in births}
    for j, event in enumerate(events):
        if j not in born_at:
            edges.update([(i, j) for i, units in births if units[0] in event.units])
        if isinstance(event.fact, Received):
            edges.update([(i, j) for i, left in departures if _arrives(left, event.fact)])
    return edges


def _arrives(left: Dispatched, fact: Received) -> bool:
    """Say whether a receipt is the arrival of a dispatch: same transfer, or, unnamed, same unit at its destination."""
    if fact.transfer is None:
        return fact.unit == left.unit and fact.to == left.destination
    return fact.transfer == left.transfer


def _not_contradicted(natural: set[Edge], knowledge: set[Edge]) -> set[Edge]:
    """Keep the way of things where knowledge does not say the contrary."""
    before = _ancestors({a for a, _ in natural}, knowledge)
    return {(a, b) for a, b in natural if b not in before[a]}


def _ancestors(asked: set[int], edges: set[Edge]) -> dict[int, set[int]]:
    """Give, for each event asked for, all that come before it by knowledge."""
    before: dict[int, set[int]] = {}
    parents: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        parents[b].append(a)
    for start in asked:
        found = before[start] = set()
        stack = [start]
        while stack:
            for parent in parents[stack.pop()]:
                if parent not in found:
                    found.add(parent)
                    stack.append(parent)
    return before


def _smallest_order(count: int, edges: set[Edge]) -> list[int]:
    """Give the smallest order that respects the edges; events in a circle, and what is behind one, are left out."""
    waiting = [0] * count
    followers: defaultdict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        waiting[b] += 1
        followers[a].append(b)
    ready = [i for i in range(count) if not waiting[i]]
    heapify(ready)
    done: list[int] = []
    while ready:
        i = heappop(ready)
        done.append(i)
        for follower in followers[i]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(ready, follower)
    return done


def _untied(count: int, knowledge: set[Edge], natural: set[Edge]) -> set[Edge]:
    """Give the edges that are left when knots are cut, each inside and nowhere else."""
    knot_of = _knots(count, knowledge)
    tied: defaultdict[int, list[int]] = defaultdict(list)
    for i, knot in enumerate(knot_of):
        tied[knot].append(i)
    between = {(knot_of[a], knot_of[b]) for a, b in knowledge}
    known = {edge for a, b in between if a != b for edge in product(tied[a], tied[b])}
    natural = _not_contradicted(natural, known)
    circle_of = _knots(count, known | natural)
    return known | {(a, b) for a, b in natural if circle_of[a] != circle_of[b]}


def _knots(count: int, edges: set[Edge]) -> list[int]:
    """Give each event a number that it shares with those it reaches in a circle (Kosaraju's two walks)."""
    behind: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        behind[a].append(b)
        before[b].append(a)
    left: list[int] = []
    seen: set[int] = set()
    for start in range(count):
        left += _walk(start, behind, seen)
    knot_of = [0] * count
    seen = set()
    for start in reversed(left):
        for i in _walk(start, before, seen):
            knot_of[i] = start
    return knot_of


def _walk(start: int, ways: Sequence[Sequence[int]], seen: set[int]) -> list[int]:
    """Go everywhere that was not seen yet; give the events in the order in which they were left for good."""
    if start in seen:
        return []
    seen.add(start)
    left: list[int] = []
    path = [(start, iter(ways[start]))]
    while path:
        at, onward = path[-1]
        further = next((i for i in onward if i not in seen), None)
        if further is None:
            left.append(at)
            path.pop()
        else:
            seen.add(further)
            path.append((further, iter(ways[further])))
    return left


def knows(later: Stored, earlier: Stored) -> bool:
    """Say whether the author of one event knew the other: named it, or made it earlier on the same chain."""
    if later.inc == earlier.inc:
        return later.seq > earlier.seq
    return not isinstance(later.fact, str) and earlier.id.hex() in later.fact.after


def followed(events: Sequence[Stored]) -> set[bytes]:
    """Give the ids of the events that another of them is known to follow, and that do not follow it in turn."""
    behind = _followed_along(events)
    if behind is None:  # ids grow with time, so this is the order of nearly all that did not come in order
        behind = _followed_along(sorted(events, key=_ID))
    return _followed_past_knots(events) if behind is None else behind


def _followed_along(events: Sequence[Stored]) -> set[bytes] | None:
    """Give the ids of the events that a later one is known to follow; null if an earlier one is known to follow any.

    Where all knowledge leads one way there are no knots.
    """
    index = {event.id.hex(): i for i, event in enumerate(events)}
    behind: set[bytes] = set()
    last: dict[bytes, int] = {}
    for i, event in enumerate(events):
        if event.seq < last.get(event.inc, 0):
            return None
        last[event.inc] = event.seq
        if not isinstance(event.fact, str):
            for known in event.fact.after:
                if (j := index.get(known, i)) > i:
                    return None
                if j < i:
                    behind.add(events[j].id)
    if len(last) < len(events):
        behind.update(event.id for event in events if event.seq < last[event.inc])
    return behind


def _followed_past_knots(events: Sequence[Stored]) -> set[bytes]:
    """Give the same of events that may be in knots: what is behind one event of a knot is behind all of it."""
    by_content = sorted(events, key=key)
    knowledge = _knowledge(by_content)
    knot_of = _knots(len(by_content), knowledge)
    behind = {knot_of[a] for a, b in knowledge if knot_of[a] != knot_of[b]}
    return {event.id for event, knot in zip(by_content, knot_of, strict=True) if knot in behind}


def heads(events: Sequence[Stored]) -> list[bytes]:
    """Give the ids of the events that nothing in the set is known to follow: what the next scan names as `after`."""
    if len(events) == 1:
        return [events[0].id]
    behind = followed(events)
    return [event.id for event in events if event.id not in behind]
