"""The books as the push writer sees them: what it reads, in the words of `sync`.

Everything here runs on the writer's own connection, inside its transaction. Reads take lists, so their number does not
grow with a push; the marks in the texts are those of `server/database/statements.py`.

Where other processes write to the same database, only what can never change is remembered: facts, and what a number
stands for.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from server.database.numbers import Numbers
from server.database.postgres import LocksMissing
from server.database.statements import insert_text
from server.intake.receive import Fresh
from server.intake.tables import bucket
from sync.conflict import names_of_all
from sync.event import Granted, read
from sync.grants import is_concerned
from sync.movement import Bucket, Movement
from sync.order import Stored, stored
from sync.outcome import Ending
from sync.trust import Linked

_COLUMNS = "e.n, e.id, e.fingerprint, e.incarnation, e.seq, e.body"
_OF_UNITS = f"SELECT {_COLUMNS} FROM event e WHERE e.unit IN ?numbers"
_OF_LARGER_UNITS = f"SELECT {_COLUMNS} FROM event e WHERE e.other_unit IN ?numbers"
_BY_ID = f"SELECT {_COLUMNS} FROM event e WHERE e.id IN ?ids"
_BY_TARGET = f"SELECT {_COLUMNS} FROM event e WHERE e.target IN ?ids"
_BY_N = f"SELECT {_COLUMNS} FROM event e WHERE e.n IN ?numbers"
_OF_REGISTERS = f"SELECT {_COLUMNS} FROM event e WHERE e.register IN ?texts"
_OF_LOTS = f"SELECT {_COLUMNS} FROM event e WHERE e.lot IN ?texts"
_OF_DEVICE = f"""SELECT {_COLUMNS}, e.hash FROM device d JOIN incarnation i ON i.device = d.n
                 JOIN event e ON e.incarnation = i.n WHERE d.id = ?"""
_OF_ACTOR = f"SELECT {_COLUMNS} FROM event e WHERE e.actor = ?"
_END_OF_CHAIN = """SELECT COALESCE(MAX((SELECT MAX(e.seq) FROM event e WHERE e.incarnation = i.n)), 0)
                   FROM incarnation i WHERE i.inc = ?"""
_IDS_IN_CHAIN = """SELECT e.seq, e.id FROM incarnation i JOIN event e ON e.incarnation = i.n
                   WHERE i.inc = ? AND e.seq BETWEEN ? AND ?"""
_BALANCES = "SELECT bucket, quantity FROM balance WHERE bucket IN ?numbers"
_EXCEPTIONS = """SELECT id, n, kind, subject, evidence, participants, detail, sites, is_open, decided_by, since
                 FROM exception WHERE subject IN ?texts
                 OR id IN ?ids"""
_RESTING = "SELECT n, participants, sites FROM exception WHERE is_open AND subject IN ?texts"
_INCARNATION = "SELECT d.id, i.inc, d.is_desk FROM incarnation i JOIN device d ON d.n = i.device WHERE i.n = ?"
_UNIT = """SELECT serial, n, kind, item, batch, owner, status, quantity, place, "left", bound_for, parent, is_ended,
                  supplier_lot, expires_on, tare, heads FROM unit WHERE serial IN ?texts"""
_UNIT_NUMBERS = "SELECT serial, n FROM unit WHERE serial IN ?texts"
_BOOKED = "SELECT event, from_bucket, to_bucket, quantity FROM ledger WHERE event IN ?numbers"
_ENDINGS = 'SELECT event, code, "by", place FROM outcome WHERE event IN ?numbers'
_BUCKET = "SELECT n, place, item, batch, owner, status FROM bucket WHERE n IN ?numbers"
_BUCKETS_LIKE = """SELECT b.n, b.place, b.item, b.batch, b.owner, b.status FROM ?rows j JOIN bucket b
                   ON b.batch = j.value ->> 2 AND b.item = j.value ->> 1 AND b.place = j.value ->> 0
                   AND b.owner = j.value ->> 3 AND b.status = j.value ->> 4"""
_SITE_OF_EVENT = """SELECT d.site FROM event e JOIN incarnation i ON i.n = e.incarnation
                   JOIN device d ON d.n = i.device WHERE e.n = ?"""
_ROLES = "SELECT id, role FROM person"
_INSERT_BUCKET = f"{insert_text(bucket)} ON CONFLICT DO NOTHING"
_OTHERS_WROTE = "PRAGMA data_version"
_BUCKETS_CACHED_MAX = 200_000
_EVENTS_CACHED_MAX = 20_000


Names = frozenset[str] | None
"""What a settlement has locked; null: everything."""


class UnitRow(NamedTuple):
    """A row of `unit` without its number."""

    kind: str | None
    item: str | None
    batch: str | None
    owner: str | None
    status: str | None
    quantity: int
    place: str | None
    left: str | None
    bound_for: str | None
    parent: str | None
    is_ended: bool
    supplier_lot: str | None
    expires_on: str | None
    tare: str | None
    heads: bytes


class ExceptionRow(NamedTuple):
    """A row of `exception` without its number and id."""

    kind: str
    subject: str
    evidence: bytes
    participants: bytes
    detail: str
    sites: str
    is_open: bool
    decided_by: int | None
    since: int


class Books:
    """Reads, and the small caches that live as long as nothing fails."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.numbers = Numbers(connection)
        self._bucket_n: dict[Bucket, int] = {}
        self._bucket_of: dict[int, Bucket] = {}
        self._events_read: dict[int, Stored] = {}
        self._taken_in: Sequence[Fresh] = ()
        self._chains: dict[int, tuple[bytes, bytes, int]] = {}
        self._sites: dict[str, str] = {}
        self._device_sites: dict[bytes, str] = {}
        self._units_read: dict[str, tuple[int, UnitRow] | None] = {}
        """Units as this transaction found them; none: it has no row, so no event names it yet."""
        self._version: int | None = -1
        self._locked: Names = frozenset()

    def forget(self) -> None:
        """Drop all that was cached: the transaction it came from did not commit.

        Where several processes write, facts are only ever read after they were committed, and stay.
        """
        facts, chains = self._events_read, self._chains
        self.__init__(self.connection)  # type: ignore[misc]
        if self.connection.is_shared:
            self._events_read, self._chains = facts, chains

    # --- locks, where several processes write

    def lock(self, names: Names) -> None:
        """Begin a settlement: keep others off these names until the transaction is over."""
        self._locked = names
        if names is None:
            self.connection.lock_everything()
        else:
            self.connection.lock(names)

    def require_locked(self, working: Collection[Stored]) -> None:
        """See that a working set was read under the locks of all its events; if not, begin again with these too."""
        if self.connection.is_shared and self._locked is not None:
            names = names_of_all(working)
            if not names <= self._locked:
                raise LocksMissing(names | self._locked)

    def lock_buckets(self, shelves: Collection[Bucket]) -> None:
        """Open buckets that are new, and keep others off all of these: what is in them is about to be judged."""
        number = self.bucket_numbers(shelves)
        self.connection.lock(f"bucket:{number[shelf]}" for shelf in shelves)

    # --- events

    def _events(self, text: str, keys: Collection[Any]) -> list[Stored]:
        return [self._event(row) for row in self.connection.execute(text, (keys,))]

    def _event(self, row: tuple[Any, ...]) -> Stored:
        """Read an event, or remember it: facts never change, and today's are asked for again and again."""
        n, event_id, print_, incarnation, seq, body = row
        known = self._events_read.get(n)
        if known is None:
            chain = self._chains.get(incarnation)
            if chain is None:
                chain = self._chains[incarnation] = self.connection.execute(_INCARNATION, (incarnation,)).fetchone()
            device, inc, is_desk = chain
            known = stored(n, event_id, print_, device, inc, seq, read(body), is_desk=bool(is_desk))
            self._events_read[n] = known
        return known

    def take_in(self, fresh: Sequence[Fresh]) -> None:
        """Note what this transaction takes in, of which nothing is written yet."""
        self._taken_in = fresh

    def learn(self, events: Iterable[Stored]) -> None:
        """Remember events just taken in."""
        self._events_read.update((event.n, event) for event in events)

    def events_of_units(self, serials: Collection[str]) -> list[Stored]:
        """Give every event that names one of these units."""
        numbers = [n for n, _ in self.units(serials).values()]
        if not numbers:
            return []
        return self._events(_OF_UNITS, numbers) + self._events(_OF_LARGER_UNITS, numbers)

    def events_by_id(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every body stored under one of these ids."""
        return self._events(_BY_ID, ids) if ids else []

    def voids_of(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every void that names one of these ids."""
        return self._events(_BY_TARGET, ids) if ids else []

    def events_of_registers(self, registers: Collection[str]) -> list[Stored]:
        """Give every event that writes one of these registers."""
        return self._events(_OF_REGISTERS, registers) if registers else []

    def events_of_lots(self, lots: Collection[str]) -> list[Stored]:
        """Give every event that uses one of these lots or moves it loose."""
        return self._events(_OF_LOTS, lots) if lots else []

    def held_of(self, device: str) -> list[Linked]:
        """Give all that is held of a phone, and what of it was just taken in."""
        rows = self.connection.execute(_OF_DEVICE, (bytes.fromhex(device),)).fetchall()
        held = {row[0]: Linked(self._event(row[:-1]), row[-1], row[5]) for row in rows}
        fresh = {
            one.stored.n: Linked(one.stored, one.incoming.hash, one.incoming.body)
            for one in self._taken_in
            if one.stored.device.hex() == device
        }
        return list((fresh | held).values())

    def events_under(self, granted: Stored) -> list[Stored]:
        """Give what a person recorded that a grant can bear on."""
        assert isinstance(granted.fact, Granted)
        rows = self.connection.execute(_OF_ACTOR, (bytes.fromhex(granted.fact.person),))
        return [event for event in [self._event(row) for row in rows] if is_concerned(event, granted)]

    def events_by_n(self, ns: Collection[int]) -> list[Stored]:
        """Give events by their number."""
        return self._events(_BY_N, ns) if ns else []

    def end_of_chain(self, inc: bytes) -> int:
        """Give the highest number stored of a chain."""
        return int(self.connection.execute(_END_OF_CHAIN, (inc,)).fetchone()[0])

    def ids_in_chain(self, inc: bytes, first: int = 1, last: int = 2**62) -> list[tuple[int, bytes]]:
        """Give number and id of every event stored of a chain, or of a part of it."""
        return [(seq, i) for seq, i in self.connection.execute(_IDS_IN_CHAIN, (inc, first, last))]

    # --- what is booked

    def units(self, serials: Collection[str]) -> dict[str, tuple[int, UnitRow]]:
        """Give the number and the row of each unit that had one when this transaction first asked for it."""
        read = self._units_read
        if asked := [serial for serial in serials if serial not in read]:
            read.update(dict.fromkeys(asked))
            for serial, n, *rest in self.connection.execute(_UNIT, (asked,)):
                read[serial] = n, UnitRow._make(rest)
        return {serial: found for serial in serials if (found := read[serial]) is not None}

    def unit_numbers(self, serials: Collection[str]) -> dict[str, int]:
        """Give the number of each unit that has one."""
        if not serials:
            return {}
        return dict(self.connection.execute(_UNIT_NUMBERS, (serials,)))

    def booked(self, ns: Collection[int]) -> dict[int, list[Movement]]:
        """Give all ledger entries of these events."""
        if not ns:
            return {}
        rows = self.connection.execute(_BOOKED, (ns,)).fetchall()
        self._learn_buckets({n for row in rows for n in row[1:3]})
        found: dict[int, list[Movement]] = {}
        for event, source, target, quantity in rows:
            found.setdefault(event, []).append(Movement(self._bucket_of[source], self._bucket_of[target], quantity))
        return found

    def endings(self, ns: Collection[int]) -> dict[int, Ending]:
        """Give how these events ended so far; absent: simply settled."""
        rows = self.connection.execute(_ENDINGS, (ns,)) if ns else ()
        return {event: Ending(code, by, place) for event, code, by, place in rows}

    # --- buckets

    def _learn_buckets(self, ns: Iterable[int]) -> None:
        unknown = [n for n in ns if n not in self._bucket_of]
        if unknown:
            for n, *rest in self.connection.execute(_BUCKET, (unknown,)).fetchall():
                self._remember(n, Bucket(*rest))

    def _remember(self, n: int, shelf: Bucket) -> None:
        self._bucket_n[shelf], self._bucket_of[n] = n, shelf

    def bucket_numbers(self, shelves: Collection[Bucket]) -> dict[Bucket, int]:
        """Give the number of each bucket, opening those that are new."""
        unknown = [shelf for shelf in shelves if shelf not in self._bucket_n]
        if unknown:
            for n, *rest in self.connection.execute(_BUCKETS_LIKE, (unknown,)).fetchall():
                self._remember(n, Bucket(*rest))
            new = sorted(shelf for shelf in unknown if shelf not in self._bucket_n)
            if new:
                self._open(new)
        return self._bucket_n

    def _open(self, shelves: Sequence[Bucket]) -> None:
        rows = [(n, *shelf) for shelf, n in zip(shelves, self.numbers.of("bucket"), strict=False)]
        self.connection.executemany(_INSERT_BUCKET, rows)
        # Another process may have opened one of them just now, under a number of its own.
        opened = self.connection.execute(_BUCKETS_LIKE, (shelves,)).fetchall() if self.connection.is_shared else rows
        for n, *shelf in opened:
            self._remember(n, Bucket(*shelf))

    def balances(self, shelves: Collection[Bucket]) -> dict[Bucket, int]:
        """Give what is in these buckets."""
        number = self.bucket_numbers(shelves)
        rows = dict(self.connection.execute(_BALANCES, ([number[shelf] for shelf in shelves],)))
        return {shelf: rows.get(number[shelf], 0) for shelf in shelves}

    # --- exceptions

    def exceptions_to_judge(
        self, subjects: Collection[str], named: Collection[bytes], due: Collection[bytes]
    ) -> dict[bytes, tuple[int, ExceptionRow]]:
        """Give every exception with one of these subjects or ids, and keep others off them and those that are due."""
        found = self.exceptions(subjects, named)
        if not self.connection.is_shared:
            return found
        self.connection.lock(f"exception:{i.hex()}" for i in {*found, *named, *due})
        return self.exceptions(subjects, named)

    def exceptions(self, subjects: Collection[str], ids: Collection[bytes]) -> dict[bytes, tuple[int, ExceptionRow]]:
        """Give the number and row of every exception with one of these subjects or ids."""
        rows = self.connection.execute(_EXCEPTIONS, (subjects, ids))
        return {i: (n, ExceptionRow._make(rest)) for i, n, *rest in rows}

    def resting_on(self, ids: Collection[bytes], subjects: Collection[str]) -> dict[int, set[str]]:
        """Give the sites of open exceptions about these subjects that one of these scans takes part in, by number."""
        rows = self.connection.execute(_RESTING, (subjects,))
        return {n: set(json.loads(sites)) for n, held, sites in rows if any(one in held for one in ids)}

    # --- people

    def roles(self) -> dict[str, str]:
        """Give everybody's role by id, those who have left too: a role never changes."""
        return {bytes(i).hex(): role for i, role in self.connection.execute(_ROLES)}

    # --- sites

    def site_of_device(self, device_id: bytes) -> str:
        """Give the site of a phone."""
        known = self._device_sites.get(device_id)
        if known is None:
            known = str(self.connection.execute("SELECT site FROM device WHERE id = ?", (device_id,)).fetchone()[0])
            self._device_sites[device_id] = known
        return known

    def every_site(self) -> set[str]:
        """Name every site."""
        return set(self._sites.values())

    def site_of_event(self, n: int) -> str:
        """Give the site of the phone that made an event."""
        if (known := self._events_read.get(n)) is not None:
            return self.site_of_device(known.device)
        return str(self.connection.execute(_SITE_OF_EVENT, (n,)).fetchone()[0])

    def site_of(self, place: str | None) -> str | None:
        """Give the site a location belongs to; a location nobody has set up is its own site's worry and gives None."""
        if place is None or not place.startswith("location:"):
            return None
        return self._sites.get(place[9:])

    def refresh(self) -> None:
        """Begin a transaction: read the places again if another connection has written since; bound the caches."""
        self._units_read.clear()
        if len(self._bucket_n) >= _BUCKETS_CACHED_MAX:
            self._bucket_n.clear()
            self._bucket_of.clear()
        if len(self._events_read) >= _EVENTS_CACHED_MAX:
            self._events_read.clear()
        version = None if self.connection.is_shared else self.connection.execute(_OTHERS_WROTE).fetchone()[0]
        if version is None or version != self._version:
            self._version = version
            self._sites = dict(self.connection.execute("SELECT code, site FROM place"))

    def sites_seeing(self, unit: UnitRow) -> set[str]:
        """Name the sites that may know a unit: where it is, or, while it is under way, both ends of its journey."""
        if unit.place is None or not unit.place.startswith("transfer:"):
            site = self.site_of(unit.place)
            return set() if site is None else {site}
        return {site for end in (unit.left, unit.bound_for) if (site := self.site_of(end)) is not None}
