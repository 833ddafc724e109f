"""What carries no label, as the oracle has it: movements that add up, and counts that say what was really there."""

from __future__ import annotations

from collections import defaultdict

from simulation.oracle_order import in_order
from simulation.oracle_words import (
    Apart,
    Odd,
    Said,
    Shelf,
    Told,
    gravest,
    held_in,
    lot_of,
    seen_in,
    settled_by,
    told_of_itself,
    why_not,
)

from sync.clock import Reading
from sync.event import Approved, Consumed, Counted, Event, Handled, Voided

HALF_A_DAY = 43_200_000


def tell_loose(
    one: Told,
    shelves: defaultdict[Shelf, int],
    endings: dict[tuple[bytes, bytes], Said],
    odd: Odd,
) -> None:
    """Loose material goes from one place to another, whatever there was."""
    fact, mine = one.fact, (one.held.id, one.held.fingerprint)
    if isinstance(fact, Voided):
        return
    if problem := why_not(fact):
        endings[mine] = problem, None, None
        return
    if not isinstance(fact, Handled):
        return
    assert fact.material is not None
    amount = held_in(fact.material)
    shelves[fact.from_, *lot_of(fact.material)] -= amount
    shelves[fact.to, *lot_of(fact.material)] += amount
    odd[mine] = dict.fromkeys(_odd_by_itself(fact))
    if ending := gravest([(code, None, None) for code in (*odd[mine], *told_of_itself(fact))]):
        endings[mine] = ending


def _odd_by_itself(fact: Handled) -> set[str]:
    """What carries no label says itself in which state it is."""
    assert fact.material is not None
    words = {"quarantine": "used_in_quarantine", "rejected": "used_rejected"}
    status = fact.material.status
    return {words[status]} if isinstance(fact, Consumed) and status in words else set()


def tell_counts(
    loose: list[Told],
    shelves: defaultdict[Shelf, int],
    endings: dict[tuple[bytes, bytes], Said],
    apart: dict[tuple[bytes, bytes], Apart],
) -> None:
    """Every count sets its shelf to what was seen; what was moved before it, whenever that arrives, is part of that.

    Unless somebody has approved what it came to: then it adds just that for ever, and what comes late is for people.
    """
    by_shelf: defaultdict[Shelf, list[Told]] = defaultdict(list)
    for one in loose:
        if isinstance(one.fact, Counted) and why_not(one.fact) is None:
            by_shelf[one.fact.to, *lot_of(one.fact.material)].append(one)
    moves = [one for one in loose if isinstance(one.fact, Handled) and why_not(one.fact) is None]
    approvals = _approvals(loose, {one.held.id for counts in by_shelf.values() for one in counts}, endings)
    for shelf, counts in by_shelf.items():
        told: list[Told] = []
        added = 0
        for count in in_order(counts):
            assert isinstance(count.fact, Counted)
            expected = added + sum(_moved_on(shelf, one.fact) for one in moves if _is_part_of(one, count))
            seen = seen_in(count.fact.material)
            assert isinstance(seen, int)
            said: list[Said] = []
            adds = seen - expected
            if (approved := approvals.get(count.held.id)) is not None:
                by, settled = approved
                if adds != settled:
                    said.append(("count_disturbed", by, None))
                expected, adds = expected + settled, settled
            elif adds:
                said.append(("count_differs", None, None))
            apart[count.held.id, count.held.fingerprint] = seen, expected, None
            shelves[shelf] += adds
            shelves["adjusted", shelf[1], shelf[2], shelf[3], shelf[4]] -= adds
            added += adds
            said += [("counts_overlap", o.held.id, None) for o in told if not (surely(o, count) or surely(count, o))]
            if ending := gravest(said):
                endings[count.held.id, count.held.fingerprint] = ending
            told.append(count)


def _approvals(
    loose: list[Told], counts: set[bytes], endings: dict[tuple[bytes, bytes], Said]
) -> dict[bytes, tuple[bytes, int]]:
    """Give the first approval of each count there is, with what it settled."""
    approvals: dict[bytes, tuple[bytes, int]] = {}
    for one in sorted(loose, key=lambda one: one.rank):
        if not isinstance(one.fact, Approved) or why_not(one.fact) is not None:
            continue
        count, settled = bytes.fromhex(one.fact.count), settled_by(one.fact)
        assert isinstance(settled, int)
        if count not in counts:
            endings[one.held.id, one.held.fingerprint] = "nothing_to_approve", None, None
        elif count in approvals:
            endings[one.held.id, one.held.fingerprint] = "already_approved", approvals[count][0], None
        else:
            approvals[count] = one.held.id, settled
    return approvals


def _moved_on(shelf: Shelf, fact: Event | str) -> int:
    """Say how much a loose movement brought onto a shelf."""
    assert isinstance(fact, Handled)
    lot = lot_of(fact.material) if fact.material else None
    amount = held_in(fact.material)
    return amount * (((fact.to, *(lot or ())) == shelf) - ((fact.from_, *(lot or ())) == shelf))


def names(later: Told, earlier: Told) -> bool:
    """Say whether the author of one event knew the other: named it, or made it before on the same chain."""
    if later.held.inc == earlier.held.inc:
        return later.held.seq > earlier.held.seq
    return not isinstance(later.fact, str) and earlier.held.id.hex() in later.fact.after


def _is_part_of(move: Told, count: Told) -> bool:
    return names(count, move) or (not names(move, count) and move.rank < count.rank)


def surely(first: Told, second: Told) -> bool:
    """Say whether one was certainly done before the other: known, or their times do not touch."""
    if names(second, first):
        return True
    if names(first, second) or isinstance(first.fact, str) or isinstance(second.fact, str):
        return False
    return when(first.fact.clock)[1] < when(second.fact.clock)[0]


def when(clock: Reading) -> tuple[int, int]:
    """Give the earliest and the latest moment at which something can have happened, by what the clocks said."""
    if clock.offset is None:
        return clock.wall - HALF_A_DAY, clock.wall + HALF_A_DAY
    doubt = (clock.round_trip or 0) // 2 + (clock.offset_age or 0) // 5000
    return clock.wall + clock.offset - doubt, clock.wall + clock.offset + doubt
