"""Layer 3: holds, ends of runs, and counts of loose stock.

A **register** is a value that people set: *held* or *free*, of a lot or of one unit; *finished* or *going on*, of a
run. Its value is the most careful among its heads, the events nobody is known to follow: a hold beats a release that
did not know of it, a release that knew of the hold lifts it. So two people apart can never set something free by
accident.

A **count** says how much of a lot was seen in a place. It is no event that overwrites: its adjustment is *counted −
sum of what moved before it*, so a movement from before that arrives late changes the adjustment, not the balance. Once
somebody has *approved* what it came to, it adds just that for ever; what arrives later is for people to look at.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence, Set
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from sync.clock import interval
from sync.event import (
    Admitted,
    Allowed,
    Approved,
    Consumed,
    Counted,
    Decided,
    Dispatched,
    Event,
    Finished,
    Granted,
    Handled,
    Held,
    Lent,
    Lost,
    Produced,
    Released,
    Reopened,
    Retired,
    Revoked,
    Unreadable,
    Voided,
)
from sync.movement import Bucket
from sync.order import Stored, followed, in_order, key, knows
from sync.outcome import Ending
from sync.quantity import counted_quantity, signed_quantity
from sync.tolerance import Difference

_AUTHORS_REMEMBERED = 4_096

USES = (Consumed, Dispatched)
"""What a hold forbids."""

FORBIDDING = (Held, Finished)
LIFTING = (Released, Reopened)
"""The two words of a register: the careful one, and the one that lifts those it knows of."""

WORDS = (*FORBIDDING, *LIFTING)
WORDS_OF_HOLDS = (Held, Released)


_USES: frozenset[type] = frozenset(USES)

_WRITING: frozenset[type] = frozenset(
    {*WORDS, Lost, Granted, Revoked, Retired, Admitted, Decided, Counted, Lent, Allowed}
)
"""What writes a register: asked first, as nearly all events write none."""

_READING = frozenset({Consumed, Dispatched, Produced})
"""What of all that is done with a unit reads more registers than those of its author."""


def register_of(fact: Event | Unreadable) -> str | None:
    """Name the register an event writes; null for all that happens to units and sums."""
    register: str | None = None
    if type(fact) not in _WRITING:
        return register
    match fact:
        case Held() | Released():
            register = f"unit:{fact.unit}" if fact.unit else f"lot:{fact.item}/{fact.batch}"
        case Finished() | Reopened():
            register = f"run:{fact.run}"
        case Lost():
            register = f"chain:{fact.inc}"
        case Granted():
            register = f"grant:{fact.person}"
        case Revoked() | Retired() | Admitted():
            register = f"device:{fact.device}"
        case Decided():
            register = f"exception:{fact.exception}"
        case Counted(unit=None):
            register = f"count:{'/'.join(counted_bucket(fact))}"
        case Lent():
            register = f"lending:{fact.lending}"
        case Allowed():
            register = f"telephone:{fact.challenge}"
    return register


def register_of_overrule(fact: Event | Unreadable) -> str | None:
    """Name the register an overrule rests on: what was lent, what was said on the telephone; null: it needs neither."""
    if not isinstance(fact, USES) or not fact.overruled:
        return None
    if fact.challenge is not None:
        return f"telephone:{fact.challenge}"
    return None if fact.lending is None else f"lending:{fact.lending}"


def register_indexed(fact: Event | Unreadable) -> str | None:
    """Name the register under which others will look for an event: one it writes, the output of a run, or what an
    overrule rests on."""
    if type(fact) is Produced:
        return f"output:{fact.run}"
    return register_of_overrule(fact) if type(fact) in _USES else register_of(fact)


def target_of(fact: Event | Unreadable) -> bytes | None:
    """Give the id of the one event that an event speaks of."""
    if type(fact) is Voided:
        return bytes.fromhex(fact.target)
    return bytes.fromhex(fact.count) if type(fact) is Approved else None


def counted_bucket(fact: Counted) -> Bucket:
    """Give the bucket a count of loose stock looked into."""
    material = fact.material
    return Bucket(fact.to, material.item, material.batch, material.owner, material.status)


def registers_read(event: Stored) -> Set[str]:
    """Name the registers that bear on an event: its phone and chain, its author's rights, holds on its lot, its
    run, counts of what it moves."""
    fact = event.fact
    if isinstance(fact, str):
        return _registers_of_author(event.device, event.inc, None)
    author = _registers_of_author(event.device, event.inc, fact.actor)
    if isinstance(fact, Handled) and fact.unit is not None and type(fact) not in _READING:
        return author
    read = set(author)
    if type(fact) is Produced:
        read.add(f"run:{fact.run}")
    if (written := register_of(fact)) is not None:
        read.add(written)
    if isinstance(fact, Handled) and fact.material is not None:
        if (lot := lot_used(fact)) is not None:
            read.add(f"lot:{lot}")
        if fact.unit is None:
            material = fact.material
            rest = (material.item, material.batch, material.owner, material.status)
            read.update(f"count:{'/'.join((place, *rest))}" for place in (fact.from_, fact.to))
    if isinstance(fact, USES):
        read |= {f"unit:{fact.unit}"} if fact.unit is not None else set()
        read |= {word} if (word := register_of_overrule(fact)) is not None else set()
    return read


@lru_cache(_AUTHORS_REMEMBERED)
def _registers_of_author(device: bytes, inc: bytes, actor: str | None) -> frozenset[str]:
    of_phone = frozenset({f"device:{device.hex()}", f"chain:{inc.hex()}"})
    return of_phone if actor is None else of_phone | {f"grant:{actor}"}


def lot_used(fact: Event | Unreadable) -> str | None:
    """Name the lot that an event uses or sends away, "ITEM/BATCH": what a hold forbids."""
    if isinstance(fact, USES) and fact.material is not None:
        return f"{fact.material.item}/{fact.material.batch}"
    return None


def lot_indexed(fact: Event | Unreadable) -> str | None:
    """Name the lot under which holds and counts will look for an event: one that uses it, or moves it loose."""
    if isinstance(fact, Handled) and fact.material is not None and (fact.unit is None or type(fact) in _USES):
        return f"{fact.material.item}/{fact.material.batch}"
    return None


class Hold(NamedTuple):
    """Whether something may be used, or a run go on."""

    is_held: bool
    is_disputed: bool
    """Both words stand side by side, each unknown to the other."""
    heads: tuple[Stored, ...]


def hold(events: Sequence[Stored]) -> Hold:
    """Fold the standing words of one register."""
    behind = followed(events)
    heads = tuple(sorted((event for event in events if event.id not in behind), key=key))
    is_held = any(isinstance(event.fact, FORBIDDING) for event in heads)
    return Hold(is_held, is_held and any(isinstance(event.fact, LIFTING) for event in heads), heads)


class Misuse(NamedTuple):
    """A use of what was on hold, or output of a run that was over."""

    use: Stored
    hold: Stored
    was_known: bool


def misuses(register: Sequence[Stored], uses: Sequence[Stored]) -> list[Misuse]:
    """List what was done against a register's word, with whether its author knew of it."""
    holds = sorted((event for event in register if isinstance(event.fact, FORBIDDING)), key=key)
    releases = [event for event in register if isinstance(event.fact, LIFTING)]
    found = []
    for use in sorted(uses, key=key):
        standing = (h for h in holds if not is_before(use, h) and not _is_lifted(h, releases, use))
        if (first := next(standing, None)) is not None:
            found.append(Misuse(use, first, knows(use, first) or _was_stopped_by_hold(use)))
    return found


def _was_stopped_by_hold(use: Stored) -> bool:
    """Say whether the phone told the author of a hold: then it was known, by whatever way the phone had heard of it."""
    return isinstance(use.fact, Handled) and "held" in use.fact.stops


def _is_lifted(held: Stored, releases: Sequence[Stored], use: Stored) -> bool:
    return any(knows(release, held) and is_before(release, use) for release in releases)


def is_before(first: Stored, second: Stored) -> bool:
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


class Approval(NamedTuple):
    """The first word that settled what a count came to."""

    approved: Stored
    quantity: int


def approvals(events: Sequence[Stored], counts: Container[bytes]) -> tuple[dict[bytes, Approval], dict[int, Ending]]:
    """Give the approval of each count there is, by the count's id, and the endings of approvals that settle nothing."""
    found: dict[bytes, Approval] = {}
    endings: dict[int, Ending] = {}
    for event in sorted(events, key=key):
        assert isinstance(event.fact, Approved)
        count, quantity = bytes.fromhex(event.fact.count), signed_quantity(event.fact.quantity)
        assert isinstance(quantity, int)
        if count not in counts:
            endings[event.n] = Ending("nothing_to_approve")
        elif count in found:
            endings[event.n] = Ending("already_approved", found[count].approved.n)
        else:
            found[count] = Approval(event, quantity)
    return found, endings


def adjustments(
    counts: Sequence[Stored],
    moved: Sequence[tuple[Stored, int]],
    approved: Mapping[bytes, Approval] = MappingProxyType({}),
) -> list[Adjustment]:
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
        usual = Ending("count_differs") if quantity else None
        if (approval := approved.get(count.id)) is not None:
            usual = Ending("count_disturbed", approval.approved.n) if quantity != approval.quantity else None
            quantity, difference = approval.quantity, Difference(seen, seen - quantity + approval.quantity)
        found.append(Adjustment(count, quantity, _overlap(count, found) or usual, difference))
    return found


def is_counted_in(event: Stored, count: Stored) -> bool:
    """Say whether a movement was done before a count: by knowledge, else by the clocks; never by arrival."""
    if knows(count, event):
        return True
    return not knows(event, count) and key(event) < key(count)


def _overlap(count: Stored, earlier: Sequence[Adjustment]) -> Ending | None:
    """Name the first count that may have been taken at the same time."""
    for other in earlier:
        if not (is_before(other.counted, count) or is_before(count, other.counted)):
            return Ending("counts_overlap", other.counted.n)
    return None
