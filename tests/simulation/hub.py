"""The hub, in memory: T1 takes custody of bytes, T2 settles by the server's own `settle`, and backups are copies.

Custody, positions, epochs and restores follow `server/intake` in far fewer words; how T2 gathers the closed set and
what differences it books *is* `server/intake/settle.py`, reading from `Store` instead of tables. Everything durable
stands in one `Store`, which is replaced or kept as a whole: a crash keeps the last commit, a backup is a copy, a
restore puts a copy back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
from simulation.feed import Change, Page, Standing
from simulation.judged import ToLookAt, to_look_at
from simulation.letters import Answer, Letter, is_signed
from simulation.oracle import Story
from simulation.oracle_units import UnitTold
from simulation.oracle_words import Held

from server.intake import settle as t2
from server.intake.books import UnitRow
from server.intake.delivery import Incoming, open_push
from server.intake.settle import Booking
from sync.chain import origin
from sync.grants import is_concerned
from sync.movement import Bucket, Movement, balances
from sync.order import Stored, stored
from sync.outcome import Ending
from sync.register import lot_indexed, register_indexed, target_of
from sync.resolve import resolve
from sync.trust import Linked, standing
from sync.wire import PROTO, EventVerdict, Link, Pace, PushAnswer, Verdict

BACKUPS_KEPT = 4


Verdicts: TypeAlias = list[tuple[Verdict, tuple[bytes, bytes]]]
"""What became of the bytes of each event of a letter, by id and fingerprint."""


class Row(NamedTuple):
    """An event as it is held: its meaning, its bytes, and the feed position its transaction reached."""

    stored: Stored
    body: bytes
    hash: bytes
    site: str
    pos: int


class Chain(NamedTuple):
    """What is held of one incarnation: the end of the unbroken run, and what the phone says it has made."""

    held_seq: int
    held_hash: bytes
    announced_seq: int
    is_forked: bool


class Epoch(NamedTuple):
    """One life of the database: a random name, and the first position it may hand out, per site."""

    name: str
    first: dict[str, int]


class Changes(NamedTuple):
    """What a settlement writes."""

    units: dict[str, tuple[str, UnitRow]]
    bookings: list[Booking]
    endings: dict[int, Ending]
    withdrawn: list[int]
    feed: defaultdict[str, dict[tuple[str, Any], None]]


def nothing() -> Changes:
    """Give the changes of a transaction that settles nothing."""
    return Changes({}, [], {}, [], defaultdict(dict))


def settle(store: Store, fresh: Sequence[Stored], sites: dict[int, str], taken_in: Sequence[Linked] = ()) -> Changes:
    """Work out what these new events change, by the server's own steps. Units are numbered by their serials.

    `sites` gives the phone's site of each event that is not stored yet.
    """
    books: Any = Reader(store, taken_in)
    working = t2.gather(books, fresh)
    resolution = resolve(list(working.events.values()), t2._loose_elsewhere(books, working), working.strays)
    earlier = [n for n in working.events if n not in sites]
    changes: Any = nothing()
    t2._book(changes, books, working, resolution, earlier, fresh)
    t2._end(changes, books, resolution, earlier, sites)
    serials: Any = {serial: serial for event in working.events.values() for serial in event.units}
    t2._place(changes, books, working, resolution, serials)
    return changes  # type: ignore[no-any-return]


class Store:
    """All that is durable. Values are never changed in place, so a copy of the containers is a backup."""

    __slots__ = (
        "at_seq", "balance", "booked", "by_device", "by_id", "by_lot", "by_register", "by_target", "by_unit", "chains",
        "endings", "epochs", "events", "feed", "ledger", "pending", "prints", "seals", "units",
    )  # fmt: skip

    def __init__(self) -> None:
        self.events: dict[int, Row] = {}
        self.prints: dict[tuple[bytes, bytes], int] = {}
        self.by_id: dict[bytes, tuple[Stored, ...]] = {}
        self.by_unit: dict[str, tuple[Stored, ...]] = {}
        self.by_target: dict[bytes, tuple[Stored, ...]] = {}
        self.by_register: dict[str, tuple[Stored, ...]] = {}
        self.by_lot: dict[str, tuple[Stored, ...]] = {}
        self.by_device: dict[bytes, tuple[Stored, ...]] = {}
        self.at_seq: dict[tuple[bytes, bytes, int], tuple[Row, ...]] = {}
        self.chains: dict[tuple[bytes, bytes], Chain] = {}
        self.pending: dict[int, None] = {}
        self.units: dict[str, tuple[str, UnitRow]] = {}
        self.ledger: list[Booking] = []
        self.seals: list[int] = []
        self.booked: dict[int, tuple[Movement, ...]] = {}
        self.balance: dict[Bucket, int] = {}
        self.endings: dict[int, Ending] = {}
        self.feed: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.epochs: tuple[Epoch, ...] = ()

    def copy(self) -> Store:
        """Give a store that shares nothing that changes."""
        twin = Store.__new__(Store)
        for name in Store.__slots__:
            value = getattr(self, name)
            setattr(twin, name, value if isinstance(value, tuple) else value.copy())
        return twin

    def head(self, site: str) -> int:
        """Give the last feed position of a site."""
        return len(self.feed.get(site, ()))


class Reader:
    """A store in the words `server.intake.settle` uses of its books."""

    def __init__(self, store: Store, taken_in: Sequence[Linked] = ()) -> None:
        self.store, self.taken_in = store, taken_in

    def events_of_units(self, serials: Collection[str]) -> list[Stored]:
        """Give every event that names one of these units."""
        return [event for serial in serials for event in self.store.by_unit.get(serial, ())]

    def events_by_id(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every body stored under one of these ids."""
        return [event for one in ids for event in self.store.by_id.get(one, ())]

    def voids_of(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every void that names one of these ids."""
        return [event for one in ids for event in self.store.by_target.get(one, ())]

    def events_of_registers(self, registers: Collection[str]) -> list[Stored]:
        """Give every event that writes one of these registers."""
        return [event for register in registers for event in self.store.by_register.get(register, ())]

    def events_of_lots(self, lots: Collection[str]) -> list[Stored]:
        """Give every event that uses one of these lots or moves it loose."""
        return [event for lot in lots for event in self.store.by_lot.get(lot, ())]

    def held_of(self, device: str) -> list[Linked]:
        """Give all that is held of a phone, and what of it was just taken in."""
        rows = [self.store.events[event.n] for event in self.store.by_device.get(bytes.fromhex(device), ())]
        held = {row.stored.n: Linked(row.stored, row.hash, row.body) for row in rows}
        fresh = {one.event.n: one for one in self.taken_in if one.event.device.hex() == device}
        return list((fresh | held).values())

    def events_under(self, granted: Stored) -> list[Stored]:
        """Give what a person recorded that a grant can bear on."""
        return [row.stored for row in self.store.events.values() if is_concerned(row.stored, granted)]

    def require_locked(self, events: Iterable[Stored]) -> None:
        """Nobody else settles here."""

    def units(self, serials: Collection[str]) -> dict[str, tuple[str, UnitRow]]:
        """Give the present row of each unit that has one."""
        return {serial: self.store.units[serial] for serial in serials if serial in self.store.units}

    def booked(self, ns: Collection[int]) -> dict[int, list[Movement]]:
        """Give all ledger entries of these events."""
        return {n: list(self.store.booked[n]) for n in ns if n in self.store.booked}

    def endings(self, ns: Collection[int]) -> dict[int, Ending]:
        """Give how these events ended so far."""
        return {n: self.store.endings[n] for n in ns if n in self.store.endings}

    def site_of_event(self, n: int) -> str:
        """Give the site of the phone that made an event."""
        return self.store.events[n].site

    def sites_seeing(self, unit: UnitRow | None) -> set[str]:
        """Name the sites that may know a unit."""
        if unit is None:
            return set()
        places = (unit.left, unit.bound_for) if (unit.place or "").startswith("transfer:") else (unit.place,)
        return {place[9:] for place in places if place is not None and place.startswith("location:")}


class Backup(NamedTuple):
    """A copy somebody has proven readable."""

    store: Store
    heads: dict[str, int]

    @property
    def prints(self) -> Collection[tuple[bytes, bytes]]:
        """Name what is in it, by id and fingerprint."""
        return self.store.prints


class Received(NamedTuple):
    """An event as a hub holds it, and the position it was acknowledged at."""

    held: Held
    site: str
    pos: int


class Shown(NamedTuple):
    """What a hub's books show, and what its ledger adds up to."""

    story: Story
    summed: dict[tuple[str, ...], int]


class Hub:
    """The program around the store: what is volatile, and what lies outside the database."""

    def __init__(self, sites: Sequence[str], epoch: str, events_per_push: int = 200) -> None:
        self.sites, self.events_per_push = sites, events_per_push
        self.store = Store()
        self.store.epochs = (Epoch(epoch, dict.fromkeys(sites, 1)),)
        self.backups: list[Backup] = []
        self.told_durable = dict.fromkeys(sites, 1)
        self.is_careful = False
        self.now = 0
        self.taken: list[Sequence[Letter]] = []
        """Every group of letters as it came, for whoever wants to hand the same to another server."""

    # --- taking letters

    def take(self, letters: Sequence[Letter], *, stop_after_t1: bool = False, t2_fails: bool = False) -> list[Answer]:
        """Store and settle a group of letters, as one transaction on the normal way."""
        self.taken.append(letters)
        if not (self.is_careful or stop_after_t1 or t2_fails):
            taken = self._take(letters, settled=True)
        else:
            taken = self._take(letters, settled=False)
            if not stop_after_t1:
                self.is_careful = False
                if not t2_fails:
                    self.retry_pending()
        return [self._answer(letter, verdicts) for letter, verdicts in zip(letters, taken, strict=True)]

    def _take(self, letters: Sequence[Letter], *, settled: bool) -> list[Verdicts]:
        store = self.store
        fresh: dict[tuple[bytes, bytes], tuple[Stored, Incoming, str]] = {}
        chains: dict[tuple[bytes, bytes], Chain] = {}
        taken = [self._take_letter(letter, fresh, chains) for letter in letters]
        events = [event for event, _, _ in fresh.values()]
        sites = {event.n: site for event, _, site in fresh.values()}
        linked = [Linked(event, incoming.hash, incoming.body) for event, incoming, _ in fresh.values()]
        changes = settle(store, events, sites, linked) if settled and fresh else nothing()
        for event, _, site in fresh.values():
            # A position that storing did not move could be one a restored backup also reached, without the event.
            if site not in changes.feed:
                changes.feed[site] = {("outcome", event.n): None}
        for event, incoming, site in fresh.values():
            pos = store.head(site) + len(changes.feed[site])
            self._keep(event, incoming.body, incoming.hash, site, pos, settled=settled)
        store.chains.update((key, self._close_hole(key, chain)) for key, chain in chains.items())
        self._write(changes)
        return taken

    def _take_letter(self, letter: Letter, fresh: dict[Any, Any], chains: dict[tuple[bytes, bytes], Chain]) -> Verdicts:
        store, push = self.store, letter.push
        inc = bytes.fromhex(push.inc)
        events = open_push(push)
        assert is_signed(letter, events), "a letter nobody signed was delivered"
        key = letter.device, inc
        chain = chains.get(key) or store.chains.get(key) or Chain(0, origin(letter.device, inc), 0, False)
        verdicts: Verdicts = []
        for place, incoming in enumerate(events):
            mine = incoming.id, incoming.fingerprint
            if mine in store.prints or mine in fresh:
                verdicts.append(("duplicate", mine))
                continue
            forked = self._is_forked(letter, key, chain, incoming, events[place - 1].hash if place else None, fresh)
            n = len(store.events) + len(fresh) + 1
            event = stored(n, *mine, letter.device, inc, incoming.seq, incoming.fact, is_desk=letter.is_desk)
            fresh[mine] = event, incoming, letter.site
            if forked:
                chain = chain._replace(is_forked=True)
            elif incoming.seq == chain.held_seq + 1:
                chain = chain._replace(held_seq=incoming.seq, held_hash=incoming.hash)
            verdict: Verdict = (
                "stored_fork" if forked else "quarantined" if isinstance(incoming.fact, str) else "stored"
            )
            verdicts.append((verdict, mine))
        chains[key] = chain._replace(announced_seq=max(chain.announced_seq, push.head.seq, chain.held_seq))
        return verdicts

    def _is_forked(
        self,
        letter: Letter,
        key: tuple[bytes, bytes],
        chain: Chain,
        incoming: Incoming,
        previous: bytes | None,
        fresh: dict[Any, tuple[Stored, Incoming, str]],
    ) -> bool:
        """Say whether an event belongs to another history than the one held."""
        device, inc = key
        twins = self.store.at_seq.get((device, inc, incoming.seq), ())
        if twins or any(e.seq == incoming.seq and e.inc == inc and e.device == device for e, _, _ in fresh.values()):
            return True
        before = self.store.at_seq.get((device, inc, incoming.seq - 1), ())
        base = previous or bytes.fromhex(letter.push.base.hash)
        return bool(before) and all(row.hash != base for row in before)

    def _keep(self, event: Stored, body: bytes, digest: bytes, site: str, pos: int, *, settled: bool) -> None:
        store = self.store
        row = Row(event, body, digest, site, pos)
        store.events[event.n] = row
        store.prints[event.id, event.fingerprint] = event.n
        _index(store.by_id, event.id, event)
        _index(store.by_device, event.device, event)
        for serial in event.units:
            _index(store.by_unit, serial, event)
        _index(store.by_target, target_of(event.fact), event)
        _index(store.by_register, register_indexed(event.fact), event)
        _index(store.by_lot, lot_indexed(event.fact), event)
        slot = event.device, event.inc, event.seq
        store.at_seq[slot] = (*store.at_seq.get(slot, ()), row)
        if not settled:
            store.pending[event.n] = None

    def _close_hole(self, key: tuple[bytes, bytes], chain: Chain) -> Chain:
        """Go on over events that came before their predecessors, as far as they now join."""
        while rows := self.store.at_seq.get((*key, chain.held_seq + 1)):
            chain = chain._replace(held_seq=chain.held_seq + 1, held_hash=rows[0].hash)
        return chain._replace(announced_seq=max(chain.announced_seq, chain.held_seq))

    def _write(self, changes: Changes) -> None:
        store = self.store
        for serial, (name, row) in changes.units.items():
            store.units[serial] = str(name), row
        for booking in changes.bookings:
            self._book(booking)
        store.endings.update(changes.endings)
        for n in changes.withdrawn:
            del store.endings[n]
        for site, entities in changes.feed.items():
            store.feed[site] = (*store.feed.get(site, ()), *entities)

    def _book(self, booking: Booking) -> None:
        store, movement = self.store, booking.movement
        store.seals.append(hash((store.seals[-1] if store.seals else 0, booking)))
        store.ledger.append(booking)
        store.booked[booking.event] = (*store.booked.get(booking.event, ()), movement)
        source, target, quantity = movement
        store.balance[source] = store.balance.get(source, 0) - quantity
        store.balance[target] = store.balance.get(target, 0) + quantity

    def retry_pending(self) -> None:
        """Settle what was stored unsettled."""
        if not self.store.pending:
            return
        events = [self.store.events[n].stored for n in self.store.pending]
        self._write(settle(self.store, events, {}))
        self.store.pending.clear()

    def take_alone(self, rows: Sequence[Row]) -> None:
        """Store and settle events as one group, without letters or chains: only order and grouping are tried."""
        store = self.store
        fresh: dict[tuple[bytes, bytes], tuple[Stored, Row]] = {}
        for row in rows:
            mine = row.stored.id, row.stored.fingerprint
            if mine not in store.prints and mine not in fresh:
                fresh[mine] = msgspec.structs.replace(row.stored, n=len(store.events) + len(fresh) + 1), row
        if not fresh:
            return
        events = [event for event, _ in fresh.values()]
        linked = [Linked(event, row.hash, row.body) for event, row in fresh.values()]
        changes = settle(store, events, {event.n: row.site for event, row in fresh.values()}, linked)
        for event, row in fresh.values():
            self._keep(event, row.body, row.hash, row.site, 0, settled=True)
        self._write(changes)

    def close(self) -> None:
        """Leave nothing behind."""

    def restart(self) -> None:
        """Start again after no clean stop."""
        self.is_careful = True
        self.retry_pending()

    # --- what it shows

    def is_behind(self) -> bool:
        """Say whether anything waits to be settled."""
        return bool(self.store.pending)

    def received(self) -> list[Received]:
        """Give every event held."""
        return [Received(_held(row), row.site, row.pos) for row in self.store.events.values()]

    def shown(self) -> Shown:
        """Give the books, and the sum of the ledger."""
        return Shown(pictured(self.store), dict(balances(booking.movement for booking in self.store.ledger)))  # type: ignore[arg-type]

    def to_look_at(self) -> ToLookAt:
        """Give holds and exceptions; worked out anew each time, since this hub keeps none."""
        store = self.store
        settled = (row for n, row in store.events.items() if n not in store.pending)
        return to_look_at([Linked(row.stored, row.hash, row.body) for row in settled])

    def differences(self) -> list[str]:
        """Give what the product's own check of its tables finds: there are none."""
        return []

    def rewritten(self) -> bool:
        """Say whether a ledger row was changed after it was written."""
        seal = 0
        for booking, noted in zip(self.store.ledger, self.store.seals, strict=True):
            seal = hash((seal, booking))
            if seal != noted:
                return True
        return False

    def size(self) -> tuple[int, int, int]:
        """Count events, ledger rows and endings."""
        return len(self.store.events), len(self.store.ledger), len(self.store.endings)

    def announced(self) -> dict[tuple[bytes, bytes], int]:
        """Give for each incarnation how many events are known to exist."""
        return {key: chain.announced_seq for key, chain in self.store.chains.items()}

    def head(self, site: str) -> int:
        """Give the last feed position of a site."""
        return self.store.head(site)

    def page(self, site: str, after: int, limit: int) -> Page:
        """Give the next changes of a site, each as it is now."""
        rows = self.store.feed.get(site, ())
        page = rows[after : after + limit]
        changes = [self._change(site, kind, entity) for kind, entity in dict.fromkeys(page)]
        return Page(after + len(page), len(rows), changes)

    def is_switched_off(self, device: bytes) -> bool:
        """Say whether a phone is told nothing any more."""
        return standing(self.store.by_register.get(f"device:{device.hex()}", ())) != "active"

    def standing(self, site: str, epoch: str, at: int, after: str | None, limit: int) -> Standing:
        """Give the next rows of the books as they stand for a site, units first."""
        ours = after is not None and epoch == self.store.epochs[-1].name
        kind, number = str(after).split(":") if ours else ("unit", "0")
        at, done = (at if ours else self.head(site)), int(number)
        changes: list[Change] = []
        if kind == "unit":
            serials = list(self.store.units)[done : done + limit]
            changes = [self._change(site, "unit", serial) for serial in serials]
            if len(serials) == limit:
                return Standing(at, f"unit:{done + limit}", _in_sight(changes), reset=after is not None and not ours)
            done = 0
        mine = sorted(n for n in self.store.endings if n > done and self.store.events[n].site == site)
        mine = mine[: limit - len(changes)]
        changes += [self._change(site, "outcome", n) for n in mine]
        more = f"outcome:{mine[-1]}" if mine and len(changes) == limit else None
        return Standing(at, more, _in_sight(changes), reset=after is not None and not ours)

    def _change(self, site: str, kind: str, entity: Any) -> Change:
        if kind != "unit":
            return Change(kind, entity, self.store.endings.get(entity), [])
        row = self.store.units[entity][1]
        heads = [row.heads[at : at + 16].hex() for at in range(0, len(row.heads), 16)]
        return Change(kind, entity, row if is_in_sight(row, site) else None, heads)

    def projection(self, site: str) -> list[Change]:
        """Give all a site may know: units in sight, and the outcomes of its phones' scans."""
        units = [self._change(site, "unit", serial) for serial in self.store.units]
        endings = [self._change(site, "outcome", n) for n in self.store.endings if self.store.events[n].site == site]
        return units + endings

    # --- answering

    def _answer(self, letter: Letter, taken: Verdicts) -> Answer:
        store, site, push = self.store, letter.site, letter.push
        key = letter.device, bytes.fromhex(push.inc)
        durable = self.durable(site)
        self.told_durable[site] = max(self.told_durable[site], durable)
        chain, head = store.chains[key], store.head(site)
        verdicts = [EventVerdict(m[0].hex(), v, store.events[store.prints[m]].pos) for v, m in taken]
        answer = PushAnswer(
            proto=PROTO, server_time=self.now, nonce=push.nonce, epoch=store.epochs[-1].name, bases=self.bases(site),
            verdicts=verdicts, received=Link(chain.held_seq, chain.held_hash.hex()), missing=self.missing(key),
            fork=chain.is_forked, do=["new_inc"] if chain.is_forked else [], feed_head=head,
            next=Pace(self.events_per_push, 300), durable_pos=durable,
        )  # fmt: skip
        return Answer(push.inc, answer)

    def bases(self, site: str) -> list[tuple[str, int]]:
        """Give every epoch this database knows of, oldest first, with the first position it may hand out."""
        return [(epoch.name, epoch.first[site]) for epoch in self.store.epochs]

    def missing(self, key: tuple[bytes, bytes]) -> list[tuple[int, int]]:
        """Give the ranges of sequence numbers that were announced and are not held."""
        chain = self.store.chains[key]
        ranges: list[tuple[int, int]] = []
        for seq in range(chain.held_seq + 1, chain.announced_seq + 1):
            if (*key, seq) not in self.store.at_seq:
                joins = ranges and ranges[-1][1] == seq - 1
                ranges[-1:] = [(ranges[-1][0], seq)] if joins else [*ranges[-1:], (seq, seq)]
        return ranges

    # --- backups

    def durable(self, site: str) -> int:
        """Give the first position not yet held by the backups one may still restore: the newest and the one before."""
        return self.backups[-2].heads[site] + 1 if len(self.backups) > 1 else 1

    def back_up(self) -> None:
        """Make a copy and prove that it can be read."""
        self.backups.append(Backup(self.store.copy(), {site: self.store.head(site) for site in self.sites}))
        del self.backups[:-BACKUPS_KEPT]

    def restorable(self) -> list[Backup]:
        """Give the backups the restore command accepts: none from before what was announced as durable."""
        return [b for b in self.backups if all(b.heads[s] + 1 >= self.told_durable[s] for s in self.sites)]

    def restore(self, backup: Backup, epoch: str) -> None:
        """Put a backup back under a new epoch. Later backups are of a line of history that has ended: put aside."""
        self.store = backup.store.copy()
        self.store.epochs += (Epoch(epoch, {site: self.store.head(site) + 1 for site in self.sites}),)
        del self.backups[self.backups.index(backup) + 1 :]
        self.is_careful = True
        self.retry_pending()


def _in_sight(changes: list[Change]) -> list[Change]:
    return [change for change in changes if change.data is not None]


def _index(index: dict[Any, tuple[Stored, ...]], key: object, event: Stored) -> None:
    """Note an event under a key it is looked for by, if it has one."""
    if key is not None:
        index[key] = (*index.get(key, ()), event)


def is_in_sight(row: UnitRow, site: str) -> bool:
    """Say whether a site may know a unit: it is there, or under way from or to there."""
    here = f"location:{site}"
    if (row.place or "").startswith("transfer:"):
        return here in (row.left, row.bound_for)
    return row.place == here


def pictured(store: Store) -> Story:
    """Give a store's books in the oracle's form."""
    rows = store.events
    units = {serial: UnitTold(*row) for serial, (_, row) in store.units.items()}
    endings = {
        (rows[n].stored.id, rows[n].stored.fingerprint): (e.code, e.by and rows[e.by].stored.id, e.place)
        for n, e in store.endings.items()
    }
    return Story({tuple(shelf): q for shelf, q in store.balance.items() if q}, units, endings)


def _held(row: Row) -> Held:
    """Give an event as anybody may know it."""
    it = row.stored
    return Held(it.id, it.fingerprint, it.device, it.inc, it.seq, row.body, it.is_desk, row.hash)
