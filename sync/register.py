"""Layer 3: holds, and counts of loose stock.

A **register** is a value that people set: *held* or *free*, of a lot or of one unit. Its value is the most careful
among its heads, the events nobody is known to follow: a hold beats a release that did not know of it, a release that
knew of the hold lifts it. So two people apart can never set something free by accident.

A **count** says how much of a lot was seen in a place. It is no event that overwrites: its adjustment is *counted −
sum of what moved before it*, so a movement from before that arrives late changes the adjustment, not the balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sync.clock import interval
from sync.event import (
    Admitted,
    Consumed,
    Counted,
    Decided,
    Dispatched,
    Event,
    Handled,
    Held,
    Released,
    Retired,
    Revoked,
    Unreadable,
)
from sync.movement import Bucket
from sync.order import Stored, followed, in_order, key, knows
from sync.outcome import Ending
from sync.quantity import counted_quantity
from sync.tolerance import Difference

USES = (Consumed, Dispatched)
"""What a hold forbids."""


def register_of(fact: Event | Unreadable) -> str | None:
    """Name the register an event writes; null for all that happens to units and sums."""
    match fact:
        case Held() | Released():
            return f"unit:{fact.unit}" if fact.unit else f"lot:{fact.item}/{fact.batch}"
        case Revoked() | Retired() | Admitted():
            return f"device:{fact.device}"
        case Decided():
            return f"exception:{fact.exception}"
        case Counted(unit=None):
            return f"count:{'/'.join(counted_bucket(fact))}"
        case _:
            return None


def counted_bucket(fact: Counted) -> Bucket:
    """Give the bucket a count of loose stock looked into."""
    material = fact.material
    return Bucket(fact.to, material.item, material.batch, material.owner, material.status)


def registers_read(event: Stored) -> set[str]:
    """Name the registers that bear on an event: revocation of its phone, holds on its lot, counts of what it moves."""
    fact = event.fact
    read = {f"device:{event.device.hex()}"}
    if (written := register_of(fact)) is not None:
        read.add(written)
    if isinstance(fact, Handled) and fact.material is not None:
        if (lot := lot_used(fact)) is not None:
            read.add(f"lot:{lot}")
        if fact.unit is None:
            material = fact.material
            rest = (material.item, material.batch, material.owner, material.status)
            read.update(f"count:{'/'.join((place, *rest))}" for place in (fact.from_, fact.to))
    if isinstance(fact, USES) and fact.unit is not None:
        read.add(f"unit:{fact.unit}")
    return read


def lot_used(fact: Event | Unreadable) -> str | None:
    """Name the lot that an event uses or sends away, "ITEM/BATCH": what a hold forbids."""
    if isinstance(fact, USES) and fact.material is not None:
        return f"{fact.material.item}/{fact.material.batch}"
    return None


def lot_indexed(fact: Event | Unreadable) -> str | None:
    """Name the lot under which holds and counts will look for an event: one that uses it, or moves it loose."""
    if isinstance(fact, Handled) and fact.material is not None and (fact.unit is None or isinstance(fact, USES)):
        return f"{fact.material.item}/{fact.material.batch}"
    return None


class Hold(NamedTuple):
    """Whether something may be used."""

    is_held: bool
    is_disputed: bool
    """A hold and a release stand side by side, each unknown to the other."""
    heads: tuple[Stored, ...]


def hold(events: Sequence[Stored]) -> Hold:
    """Fold the standing holds and releases of one register."""
    behind = followed(events)
    heads = tuple(sorted((event for event in events if event.id not in behind), key=key))
    kinds = {type(event.fact) for event in heads}
    return Hold(Held in kinds, kinds == {Held, Released}, heads)


class Misuse(NamedTuple):
    """A use of what was on hold."""

    use: Stored
    hold: Stored
    was_known: bool


def misuses(register: Sequence[Stored], uses: Sequence[Stored]) -> list[Misuse]:
    """List uses of held material, apart: those whose author knew of the hold, and those who could not have known."""
    holds = sorted((event for event in register if isinstance(event.fact, Held)), key=key)
    releases = [event for event in register if isinstance(event.fact, Released)]
    found = []
    for use in sorted(uses, key=key):
        standing = (h for h in holds if not _is_before(use, h) and not _is_lifted(h, releases, use))
        if (first := next(standing, None)) is not None:
            found.append(Misuse(use, first, knows(use, first)))
    return found


def _is_lifted(held: Stored, releases: Sequence[Stored], use: Stored) -> bool:
    return any(knows(release, held) and _is_before(release, use) for release in releases)


def _is_before(first: Stored, second: Stored) -> bool:
    """Say whether one certainly happened before the other: by knowledge, or because their intervals do not touch."""
    if knows(second, first):
        return True
    if knows(first, second) or isinstance(first.fact, str) or isinstance(second.fact, str):
        return False
    return interval(first.fact.clock)[1] < interval(second.fact.clock)[0]


# --- counts -------------------------------------------------------------------------------------------------------


class Adjustment(NamedTuple):
    """What a count of loose stock comes to: what must be added to the bucket, and how the count ends."""

    counted: Stored
    quantity: int
    ending: Ending | None
    difference: Difference


def adjustments(counts: Sequence[Stored], moved: Sequence[tuple[Stored, int]]) -> list[Adjustment]:
    """Compute what each standing count of one bucket adds, given all movements in it (positive: into the bucket)."""
    found: list[Adjustment] = []
    for count in in_order(counts):
        assert isinstance(count.fact, Counted)
        seen = counted_quantity(count.fact.material.quantity)
        if isinstance(seen, str):
            continue
        expected = sum(quantity for event, quantity in moved if is_counted_in(event, count))
        quantity = seen - expected - sum(earlier.quantity for earlier in found)
        difference = Difference(seen, seen - quantity)
        found.append(Adjustment(count, quantity, _count_ending(count, quantity, found), difference))
    return found


def is_counted_in(event: Stored, count: Stored) -> bool:
    """Say whether a movement was done before a count: by knowledge, else by the clocks; never by arrival."""
    if knows(count, event):
        return True
    return not knows(event, count) and key(event) < key(count)


def _count_ending(count: Stored, quantity: int, earlier: Sequence[Adjustment]) -> Ending | None:
    for other in earlier:
        if not (_is_before(other.counted, count) or _is_before(count, other.counted)):
            return Ending("counts_overlap", other.counted.n)
    return Ending("count_differs") if quantity else None
