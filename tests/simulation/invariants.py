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
I10  a phone holds nothing of another site's, and one that was switched off holds nothing, after its next contact
     (whatever it is sent is asked at every page, in `feed.py`)
I11  all outboxes drain, and nothing waits to be settled
I12  no phone is told it was cloned unless it was (asked at every answer, in `world.py`)
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from simulation import world as worlds
from simulation.feed import rows
from simulation.handset import Handset
from simulation.hub import Hub, pictured
from simulation.letters import Letter, write
from simulation.oracle import Story, Whole, tell_whole
from simulation.oracle_troubles import LEADING, TroubleTold
from simulation.oracle_units import UnitTold
from simulation.oracle_words import NO_EFFECT
from simulation.people import ROLES
from simulation.reading import read_once

from sync.chain import fingerprint
from sync.event import Lent, Retired, Revoked
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
    story, *to_look_at = books_are_right(world)
    _looked_at(world, to_look_at)
    _nothing_rewritten(world)
    off = switched_off(world)
    _in_scope(world, story, to_look_at[1], off)
    _feeds_whole(world, off)
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
    if world.hub.is_behind():
        _fail("I11", "events wait to be settled")


def _each_once(world: World) -> None:
    held = [(row.held.id, row.held.fingerprint) for row in world.hub.received()]
    there = set(held)
    if len(held) != len(there):
        _fail("I1", "an event is held twice")
    on_disk = {(w.id, fingerprint(w.body)) for phone in world.phones for w in phone.disk.events.values()}
    for mine in sorted((world.saved - world.excused) | on_disk | world.let_go):
        if mine not in there:
            _fail("I1", f"{worlds.short(mine[0])} was saved and is not on the hub")
    for stranger in sorted(there - world.saved):
        _fail("I1", f"{worlds.short(stranger[0])} is on the hub and was never saved")


def books_are_right(world: World) -> Whole:
    """I2 and I3: the books are what the oracle tells. Give all it tells."""
    whole = tell_whole(row.held for row in world.hub.received())
    story = whole.story
    books, summed = world.hub.shown()
    for name, said, shown in (
        ("I2 ledger", story.shelves, summed),
        ("I2 balances", story.shelves, books.shelves),
        ("I3 units", story.units, books.units),
        ("I3 endings", story.endings, books.endings),
    ):
        if said != shown:
            _fail(name[:2], f"{name[3:]}: {_first_difference(said, shown)}")
    if wrong := world.hub.differences():
        _fail("I2", f"the product's own check: {wrong[0]}")
    return whole


def _looked_at(world: World, told: Sequence[dict]) -> None:  # type: ignore[type-arg]
    """I3: holds, exceptions and their decisions are what the oracle tells."""
    for name, said, listed in zip(("holds", "exceptions"), told, world.hub.to_look_at(), strict=True):
        if said != listed:
            _fail("I3", f"{name}: {_first_difference(said, listed)}")


def switched_off(world: World) -> set[bytes]:
    """Name the phones a desk has switched off or taken back, as the hub's events say."""
    facts = [read_once(row.held.body) for row in world.hub.received() if row.held.is_desk]
    return {bytes.fromhex(fact.device) for fact in facts if isinstance(fact, Revoked | Retired)}


def _in_scope(world: World, story: Story, troubles: dict[tuple[str, str], TroubleTold], off: set[bytes]) -> None:
    """I10, by the oracle's own story: what is where, and whom a trouble concerns."""
    made_at: defaultdict[bytes, set[str]] = defaultdict(set)
    for row in world.hub.received():
        made_at[row.held.id].add(row.site)
    concerned = {
        sha256("\0".join(key).encode()).hexdigest()[:32]: set().union(*(made_at[one] for one in told.participants))
        | ({place_of(key[1])} if key[0] == "below_zero" else set())
        for key, told in troubles.items()
    }
    lent = _lent(world, story)
    for phone in world.phones:
        held = {key for kind, key in phone.replica.rows if kind == "lending"}
        if not isinstance(world.hub, Hub) and phone.disk.device not in off and held != lent[phone.site]:
            _fail("I10", f"phone {phone.n} of {phone.site} knows other rights to be lent: {held ^ lent[phone.site]}")
        if phone.disk.device in off and phone.replica.rows:
            _fail("I10", f"phone {phone.n} was switched off and still holds {len(phone.replica.rows)} rows")
        for kind, key in phone.replica.rows:
            if kind == "unit" and f"location:{phone.site}" not in whereabouts(story.units[key]):
                _fail(
                    "I10", f"phone {phone.n} of {phone.site} holds {key}, which is at {whereabouts(story.units[key])}"
                )
            if kind == "exception" and phone.site not in concerned.get(key, ()):
                _fail("I10", f"phone {phone.n} of {phone.site} holds an exception of {concerned.get(key)}")


def _lent(world: World, story: Story) -> defaultdict[str, set[str]]:
    """Name by site the rights that are lent there: by somebody who leads, and standing."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in world.hub.received():
        fact, mine = read_once(row.held.body), (row.held.id, row.held.fingerprint)
        if isinstance(fact, Lent) and ROLES.get(fact.actor) in LEADING:
            code, _, _ = story.endings.get(mine, ("", None, None))
            found[fact.site] |= set() if code in NO_EFFECT else {f"{mine[0].hex()}.{mine[1].hex()[:16]}"}
    return found


def whereabouts(unit: UnitTold) -> set[str | None]:
    """Name the places whose people may know a unit: where it is, or, under way, where from and where to."""
    return {unit.left, unit.bound_for} if (unit.place or "").startswith("transfer:") else {unit.place}


def place_of(bucket: str) -> str:
    """Name the site a bucket is at; every site of the simulated network has one place, of its own name."""
    return bucket.removeprefix("bucket:location:").split("/")[0]


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


def _nothing_rewritten(world: World) -> None:
    if world.hub.rewritten():
        _fail("I4", "a ledger row was changed")


def _feeds_whole(world: World, off: set[bytes]) -> None:
    hub = world.hub
    in_sight = {site: rows(hub.projection(site)) for site in hub.sites}
    for phone in world.phones:
        known = phone.replica.rows
        may_know = {} if phone.disk.device in off else in_sight[phone.site]
        if known != may_know:
            difference = _first_difference(may_know, known)
            _fail("I5", f"phone {phone.n} knows something else: {difference}")
    for row in hub.received():
        if not 0 < row.pos <= hub.head(row.site):
            _fail("I5", f"{worlds.short(row.held.id)} has position {row.pos} beyond the head of its feed")


def _nothing_unnamed(world: World) -> None:
    there = {(row.held.device, row.held.inc, row.held.seq) for row in world.hub.received()}
    announced = world.hub.announced()
    for (device, inc), last in announced.items():
        named = {seq for a, b in world.hub.missing((device, inc)) for seq in range(a, b + 1)}
        for seq in range(1, last + 1):
            if ((device, inc, seq) in there) == (seq in named):
                _fail("I9", f"event {seq} of {inc.hex()[:4]} was announced, and is neither held nor named as missing")
    for phone in world.phones:
        box = phone.outbox
        if announced.get((box.device, box.inc), 0) < box.head.seq:
            _fail("I9", f"phone {phone.n}'s {box.head.seq} events are not known to exist")


def _order_does_not_matter(world: World, story: Story) -> None:
    """I7: another order, other groups, some twice."""
    if not isinstance(world.hub, Hub):
        return
    rng = random.Random(world.plan.seed)
    kept = list(world.hub.store.events.values())
    kept += rng.sample(kept, k=len(kept) // 10)
    rng.shuffle(kept)
    other = Hub(world.hub.sites, "other")
    while kept:
        size = rng.choice((5, 60, 60))
        other.take_alone(kept[:size])
        del kept[:size]
    again = pictured(other.store)
    if again != story:
        differs = next(_first_difference(a, b) for a, b in zip(story, again, strict=True) if a != b)
        _fail("I7", f"another order of arrival: {differs}")


def _again_changes_nothing(world: World) -> None:
    """I8: every phone hands in everything it still has."""
    before = world.hub.size()
    for phone in world.phones:
        for letter in _everything(phone):
            for answer in world.hub.take([letter]):
                if any(verdict.v != "duplicate" for verdict in answer.push.verdicts):
                    _fail("I8", f"phone {phone.n}'s events are new a second time")
    if world.hub.size() != before:
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
