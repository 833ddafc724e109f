"""What must hold once everything has healed and every outbox is empty, whatever went wrong before.

    I1   every saved scan whose storage survived is on the hub exactly once
    I2   the ledger adds up to what the oracle tells, and the balances to the ledger
    I3   units and endings are what the oracle tells
    I4   no ledger row was ever changed (a seal over all rows)
    I5   feed positions have no gap; every replica is just what its site may see
    I6   what a phone deleted is in every backup one may still restore (asked at every deletion, in `world.py`)
    I7   the same set in another order, other groups, with repetitions, gives the same books
    I8   handing everything in once more changes nothing
    I9   every sequence number a phone announced is there or named as missing
    I11  all outboxes drain, and nothing waits to be settled
    I12  no phone is told it was cloned unless it was (asked at every answer, in `world.py`)

I10 (what a phone may hold after its scope has shrunk) needs scopes.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from simulation import world as worlds
from simulation.feed import projection
from simulation.handset import Handset
from simulation.hub import Hub, Store
from simulation.letters import Letter, write
from simulation.oracle import Story, tell
from simulation.oracle_units import UnitTold
from simulation.oracle_words import Held

from sync.chain import fingerprint
from sync.movement import balances
from sync.outbox import Outbox, Run
from sync.wire import Link

if TYPE_CHECKING:
    from simulation.world import World

OTHER_ORDER_EVERY = 3
"""I7 follows from I2 and I3, whatever the arrival was; asking it of every third history is to be sure."""


def hold(world: World) -> None:
    """Ask every invariant; raise the first that does not hold."""
    _drained(world)
    _each_once(world)
    story = books_are_right(world)
    _nothing_rewritten(world.hub.store)
    _feeds_whole(world)
    _nothing_unnamed(world)
    if world.plan.seed % OTHER_ORDER_EVERY == 0:
        _order_does_not_matter(world, story)
    _again_changes_nothing(world)


def _fail(invariant: str, detail: str) -> None:
    raise worlds.Violation(invariant, detail)


def _drained(world: World) -> None:
    for phone in world.phones:
        if left := phone.outbox.unsent():
            _fail("I11", f"phone {phone.n} still holds {len(left)} unsent events")
    if world.hub.store.pending:
        _fail("I11", f"{len(world.hub.store.pending)} events wait to be settled")


def _each_once(world: World) -> None:
    rows = [(row.stored.id, row.stored.fingerprint) for row in world.hub.store.events.values()]
    there = set(rows)
    if len(rows) != len(there):
        _fail("I1", "an event is held twice")
    on_disk = {(w.id, fingerprint(w.body)) for phone in world.phones for w in phone.disk.events.values()}
    for mine in sorted((world.saved - world.excused) | on_disk | world.let_go):
        if mine not in there:
            _fail("I1", f"{worlds.short(mine[0])} was saved and is not on the hub")
    for stranger in sorted(there - world.saved):
        _fail("I1", f"{worlds.short(stranger[0])} is on the hub and was never saved")


def held(store: Store) -> list[Held]:
    """Give what the hub holds in the oracle's form."""
    return [Held(*row.stored[1:6], row.body, row.stored.is_desk) for row in store.events.values()]


def pictured(store: Store) -> Story:
    """Give the hub's books in the oracle's form."""
    rows = store.events
    units = {serial: UnitTold(*row) for serial, (_, row) in store.units.items()}
    endings = {
        (rows[n].stored.id, rows[n].stored.fingerprint): (e.code, e.by and rows[e.by].stored.id, e.place)
        for n, e in store.endings.items()
    }
    return Story({tuple(shelf): q for shelf, q in store.balance.items() if q}, units, endings)


def books_are_right(world: World) -> Story:
    """I2 and I3: the books are what the oracle tells."""
    store = world.hub.store
    story, books = tell(held(store)), pictured(store)
    summed = {tuple(shelf): q for shelf, q in balances(booking.movement for booking in store.ledger).items()}
    for name, said, shown in (
        ("I2 ledger", story.shelves, summed),
        ("I2 balances", story.shelves, books.shelves),
        ("I3 units", story.units, books.units),
        ("I3 endings", story.endings, books.endings),
    ):
        if said != shown:
            _fail(name[:2], f"{name[3:]}: {_first_difference(said, shown)}")
    return story


def _first_difference(said: dict, shown: dict) -> str:  # type: ignore[type-arg]
    for key in sorted(said.keys() | shown.keys(), key=repr):
        if said.get(key) != shown.get(key):
            named = worlds.short(key[0]) if isinstance(key, tuple) and isinstance(key[0], bytes) else key
            return f"{named}: the oracle tells {_plain(said.get(key))}, the books have {_plain(shown.get(key))}"
    return "no difference"


def _plain(value: object) -> object:
    return (
        tuple(worlds.short(v) if isinstance(v, bytes) and v else v for v in value)
        if isinstance(value, tuple)
        else value
    )


def _nothing_rewritten(store: Store) -> None:
    seal = 0
    for booking, noted in zip(store.ledger, store.seals, strict=True):
        seal = hash((seal, booking))
        if seal != noted:
            _fail("I4", "a ledger row was changed")


def _feeds_whole(world: World) -> None:
    store = world.hub.store
    for phone in world.phones:
        units, endings = projection(store, phone.site)
        if phone.replica.units != units:
            _fail("I5", f"phone {phone.n} knows other units: {_first_difference(units, phone.replica.units)}")
        known = {n: ending for n, ending in phone.replica.outcomes.items() if ending is not None}
        if known != endings:
            _fail("I5", f"phone {phone.n} knows other outcomes: {_first_difference(endings, known)}")
    for row in store.events.values():
        if not 0 < row.pos <= store.head(row.site):
            _fail("I5", f"{worlds.short(row.stored.id)} has position {row.pos} beyond the head of its feed")


def _nothing_unnamed(world: World) -> None:
    store = world.hub.store
    there = {(row.stored.device, row.stored.inc, row.stored.seq) for row in store.events.values()}
    for (device, inc), chain in store.chains.items():
        named = {seq for a, b in world.hub.missing((device, inc)) for seq in range(a, b + 1)}
        for seq in range(1, chain.announced_seq + 1):
            if ((device, inc, seq) in there) == (seq in named):
                _fail("I9", f"event {seq} of {inc.hex()[:4]} was announced, and is neither held nor named as missing")
    for phone in world.phones:
        box = phone.outbox
        chain = store.chains.get((box.device, box.inc))
        if box.head.seq and (chain is None or chain.announced_seq < box.head.seq):
            _fail("I9", f"phone {phone.n}'s {box.head.seq} events are not known to exist")


def _order_does_not_matter(world: World, story: Story) -> None:
    """I7: another order, other groups, some twice."""
    rng = random.Random(world.plan.seed)
    rows = list(world.hub.store.events.values())
    rows += rng.sample(rows, k=len(rows) // 10)
    rng.shuffle(rows)
    other = Hub(world.hub.sites, "other")
    while rows:
        size = rng.choice((5, 60, 60))
        other.take_alone(rows[:size])
        del rows[:size]
    again = pictured(other.store)
    if again != story:
        differs = next(_first_difference(a, b) for a, b in zip(story, again, strict=True) if a != b)
        _fail("I7", f"another order of arrival: {differs}")


def _again_changes_nothing(world: World) -> None:
    """I8: every phone hands in everything it still has."""
    store = world.hub.store
    before = len(store.events), len(store.ledger), len(store.endings)
    for phone in world.phones:
        for letter in _everything(phone):
            for answer in world.hub.take([letter]):
                if any(verdict.v != "duplicate" for verdict in answer.push.verdicts):
                    _fail("I8", f"phone {phone.n}'s events are new a second time")
    if (len(store.events), len(store.ledger), len(store.endings)) != before:
        _fail("I8", "handing everything in once more changed the books")


def _everything(phone: Handset) -> list[Letter]:
    letters = []
    box = Outbox(phone.outbox.device, phone.outbox.inc)
    runs: list[list] = []  # type: ignore[type-arg]
    for event in phone.outbox.events:
        if runs and runs[-1][-1].inc == event.inc and runs[-1][-1].seq + 1 == event.seq:
            runs[-1].append(event)
        else:
            runs.append([event])
    box.head = phone.outbox.head
    for run in runs:
        base = Link(run[0].seq - 1, run[0].previous.hex())
        letters.append(write(box, Run(run[0].inc, base, tuple(run)), phone, "again"))
    return letters
