"""Knowledge comes before the way of things, the way of things before the clock, and arrival never counts."""

from __future__ import annotations

import random

import msgspec
import pytest
from floor import Phone
from histories import history

from sync.chain import fingerprint
from sync.event import read
from sync.order import Stored, heads, in_order, stored
from sync.outbox import Kept
from sync.register import hold


def put(n: int, phone: Phone, kept: Kept) -> Stored:
    """Store an event under the handle `n`."""
    return stored(n, kept.id, fingerprint(kept.body), phone.id, kept.inc, kept.seq, read(kept.body))


@pytest.mark.requirement("S10")
def test_what_a_phone_knew_comes_first_even_if_its_clock_says_otherwise() -> None:
    """The receiver's clock is a day slow; it had seen the dispatch."""
    dock, floor = Phone(1), Phone(2, skew_ms=-86_400_000)
    sent = dock.dispatch("D1", at=0)
    used = floor.consume("D1", at=10, after=(sent,))
    assert [e.id for e in in_order([put(1, floor, used), put(2, dock, sent)])] == [sent.id, used.id]


@pytest.mark.requirement("S10")
def test_a_transfer_is_left_before_it_is_arrived_at_whatever_the_clocks_say() -> None:
    """Neither phone knew of the other; the receiver's clock is slow."""
    dock, floor = Phone(1), Phone(2, skew_ms=-86_400_000)
    sent, arrived = dock.dispatch("D1", at=0), floor.receive("D1", at=10)
    assert [e.id for e in in_order([put(1, floor, arrived), put(2, dock, sent)])] == [sent.id, arrived.id]


@pytest.mark.requirement("S10")
def test_the_way_of_things_never_contradicts_knowledge() -> None:
    """A transfer number used again for the way back: who dispatched it had seen the first receipt."""
    dock, floor = Phone(1), Phone(2)
    first = dock.dispatch("D1", at=0)
    arrived = floor.receive("D1", at=10, after=(first,))
    back = floor.dispatch("D1", at=20, from_="location:KIRAN-FL", to="location:ASHA-WH", after=(arrived,))
    events = [put(1, floor, back), put(2, floor, arrived), put(3, dock, first)]
    assert [e.id for e in in_order(events)] == [first.id, arrived.id, back.id]


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("seed", range(60))
def test_the_order_is_the_same_from_any_arrival_and_respects_knowledge(seed: int) -> None:
    """Also with knots that no honest phone can tie: order is total, content only."""
    made = [put(n, phone, kept) for n, (phone, kept) in enumerate(history(seed, 20))]
    made = list({event.id: event for event in reversed(made)}.values())  # of two bodies under one id, the first
    ordered = [event.id for event in in_order(made)]
    for _ in range(5):
        shuffled = [
            msgspec.structs.replace(event, n=1000 - event.n) for event in random.Random(seed).sample(made, len(made))
        ]
        assert [event.id for event in in_order(shuffled)] == ordered
    at = {event_id: position for position, event_id in enumerate(ordered)}
    known = links(made)
    for earlier, later in known:
        assert at[earlier] < at[later] or later in behind(earlier, known), "only events inside one knot are excused"


def links(made: list[Stored]) -> set[tuple[bytes, bytes]]:
    """Give (known, knowing) for all that events say they know, and each chain's own succession."""
    ids = {event.id for event in made}
    named = {(bytes.fromhex(k), e.id) for e in made if not isinstance(e.fact, str) for k in e.fact.after}
    own = {(a.id, b.id) for a in made for b in made if a.inc == b.inc and a.seq < b.seq}
    return {(known, knowing) for known, knowing in named | own if known in ids and known != knowing}


def behind(event: bytes, known: set[tuple[bytes, bytes]]) -> set[bytes]:
    """Give all that an event goes back to."""
    reached: set[bytes] = set()
    wave = {event}
    while wave := {a for a, b in known if b in wave} - reached:
        reached |= wave
    return reached


@pytest.mark.requirement("S10")
@pytest.mark.parametrize("seed", range(60))
def test_the_latest_are_those_whom_nobody_followed_that_they_do_not_follow_in_turn(seed: int) -> None:
    """Also with knots, and however ids grow: the quick way, for ids that grow with knowledge, says the same."""
    made = [put(n, phone, kept) for n, (phone, kept) in enumerate(history(seed, 20))]
    made = list({event.id: event for event in reversed(made)}.values())
    known = links(made)
    past = {event.id: behind(event.id, known) for event in made}
    latest = {one for one in past if not any(one in past[other] and other not in past[one] for other in past)}
    assert set(heads(made)) == latest
    assert latest, "of several events there is always a latest"


@pytest.mark.requirement("S10")
def test_a_hold_and_its_release_that_know_each_other_leave_the_lot_on_hold() -> None:
    """No honest phone can say so. Neither word was the latest once, and so the lot was free."""
    quality, floor = Phone(1), Phone(2)
    back = bytes([7]) * 16
    held = quality.hold(at=0, after_=[back.hex()])
    released = floor.release(at=1, event_id=back, after=(held,))
    words = [put(1, quality, held), put(2, floor, released)]
    assert (hold(words).is_held, hold(words).is_disputed) == (True, True)


@pytest.mark.requirement("S10")
def test_what_is_only_behind_a_knot_waits_for_the_knot() -> None:
    """Two events name each other, as no honest phone can; a use with a slow clock knew of one of them.

    The knot was once cut at the smallest event that was left: the use came before what its author had seen.
    """
    dock, gate, floor = Phone(1), Phone(2), Phone(3, skew_ms=-86_400_000)
    back = bytes([7]) * 16
    sent = dock.dispatch("D1", at=1, after_=[back.hex()])
    arrived = gate.receive("D1", at=0, event_id=back, after=(sent,))
    used = floor.consume("D1", at=2, after=(arrived,))
    events = [put(1, floor, used), put(2, gate, arrived), put(3, dock, sent)]
    assert [e.id for e in in_order(events)] == [sent.id, arrived.id, used.id]


@pytest.mark.requirement("S10")
def test_what_came_before_a_knot_comes_before_all_of_it() -> None:
    """A chain goes into a knot: what the chain had before knew nothing of it, whichever end of the knot is smaller."""
    dock, gate = Phone(1), Phone(2, skew_ms=-86_400_000)
    back = bytes([7]) * 16
    born = dock.commission("D1", at=0)
    sent = dock.dispatch("D1", at=1, after_=[back.hex()])
    arrived = gate.receive("D1", at=2, event_id=back, after=(sent,))
    events = [put(1, gate, arrived), put(2, dock, sent), put(3, dock, born)]
    assert [e.id for e in in_order(events)] == [born.id, sent.id, arrived.id]


@pytest.mark.requirement("S10")
def test_the_way_of_things_yields_only_where_it_leads_in_a_circle() -> None:
    """One transfer number on the way there and back, told by phones that each knew half; a third receipt is outside.

    Each return knew an arrival, and by the way of things each arrival follows both departures: that is a circle. The
    third receipt, by a phone with a slow clock, is in no circle and comes after both departures.
    """
    dock, gate, slow = Phone(1), Phone(2), Phone(3, skew_ms=-86_400_000)
    other, floor = Phone(4), Phone(5)
    first, second = gate.receive("D1", at=0), floor.receive("D1", at=1)
    back, forth = dock.dispatch("D1", at=2, after=(first,)), other.dispatch("D1", at=3, after=(second,))
    outside = slow.receive("D1", at=4)
    events = [
        put(n, phone, kept)
        for n, (phone, kept) in enumerate(
            ((slow, outside), (dock, back), (other, forth), (gate, first), (floor, second)), 1
        )
    ]
    assert [e.id for e in in_order(events)] == [first.id, second.id, back.id, forth.id, outside.id]


def test_heads_are_what_nobody_is_known_to_follow() -> None:
    """Two phones acted on a unit without knowing of each other: the next scan names both."""
    dock, floor = Phone(1), Phone(2)
    born = dock.commission("D1", at=0)
    sent, used = dock.dispatch("D1", at=1), floor.consume("D1", at=2, after=(born,))
    events = [put(1, dock, born), put(2, dock, sent), put(3, floor, used)]
    assert sorted(heads(events)) == sorted([sent.id, used.id])
