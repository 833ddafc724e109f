"""The books as the push writer sees them: what it reads, in the words of `sync`.

Everything here runs on the writer's own connection, inside its transaction. Reads take lists (`json_each`), so their
number does not grow with a push.
"""

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from server.database.statements import insert_text
from server.intake.tables import bucket
from sync.event import read
from sync.movement import Bucket, Movement
from sync.order import Stored, stored
from sync.outcome import Ending

_EVENT = """SELECT e.n, e.id, e.fingerprint, d.id, i.inc, e.seq, e.body
            FROM event e JOIN incarnation i ON i.n = e.incarnation JOIN device d ON d.n = i.device WHERE """
_OF_UNITS = (
    _EVENT
    + "e.n IN (SELECT x.n FROM unit u JOIN event x ON x.unit = u.n WHERE u.serial IN (SELECT value FROM json_each(?1))"
    + " UNION SELECT x.n FROM unit u JOIN event x ON x.other_unit = u.n"
    + " WHERE u.serial IN (SELECT value FROM json_each(?1)))"
)
_BY_ID = _EVENT + "e.id IN (SELECT unhex(value) FROM json_each(?))"
_BY_TARGET = _EVENT + "e.target IN (SELECT unhex(value) FROM json_each(?))"
_BY_N = _EVENT + "e.n IN (SELECT value FROM json_each(?))"
_UNIT = """SELECT serial, n, kind, item, batch, owner, status, quantity, place, "left", bound_for, parent, is_ended,
                  supplier_lot, heads FROM unit WHERE serial IN (SELECT value FROM json_each(?))"""
_UNIT_NUMBERS = "SELECT serial, n FROM unit WHERE serial IN (SELECT value FROM json_each(?))"
_BOOKED = "SELECT event, from_bucket, to_bucket, quantity FROM ledger WHERE event IN (SELECT value FROM json_each(?))"
_ENDINGS = 'SELECT event, code, "by", place FROM outcome WHERE event IN (SELECT value FROM json_each(?))'
_BUCKET = "SELECT n, place, item, batch, owner, status FROM bucket WHERE n IN (SELECT value FROM json_each(?))"
_BUCKET_N = "SELECT n FROM bucket WHERE batch = ? AND item = ? AND place = ? AND owner = ? AND status = ?"
_SITE_OF_EVENT = """SELECT d.site FROM event e JOIN incarnation i ON i.n = e.incarnation
                   JOIN device d ON d.n = i.device WHERE e.n = ?"""
_INSERT_BUCKET = insert_text(bucket)
_BUCKETS_CACHED_MAX = 200_000


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
    heads: bytes


class Books:
    """Reads, and the small caches that live as long as nothing fails."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._bucket_n: dict[Bucket, int] = {}
        self._bucket_of: dict[int, Bucket] = {}
        self._sites: dict[str, str] = {}
        self._version = -1

    def forget(self) -> None:
        """Drop all that was cached: the transaction it came from did not commit."""
        self.__init__(self.connection)  # type: ignore[misc]

    # --- events

    def _events(self, text: str, keys: Collection[Any]) -> list[Stored]:
        rows = self.connection.execute(text, (json.dumps(list(keys)),))
        return [stored(n, e, f, d, i, seq, read(body)) for n, e, f, d, i, seq, body in rows]

    def events_of_units(self, serials: Collection[str]) -> list[Stored]:
        """Give every event that names one of these units."""
        return self._events(_OF_UNITS, serials) if serials else []

    def events_by_id(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every body stored under one of these ids."""
        return self._events(_BY_ID, [i.hex() for i in ids]) if ids else []

    def voids_of(self, ids: Collection[bytes]) -> list[Stored]:
        """Give every void that names one of these ids."""
        return self._events(_BY_TARGET, [i.hex() for i in ids]) if ids else []

    def events_by_n(self, ns: Collection[int]) -> list[Stored]:
        """Give events by their number."""
        return self._events(_BY_N, ns) if ns else []

    # --- what is booked

    def units(self, serials: Collection[str]) -> dict[str, tuple[int, UnitRow]]:
        """Give the number and the present row of each unit that has one."""
        rows = self.connection.execute(_UNIT, (json.dumps(list(serials)),)) if serials else ()
        return {serial: (n, UnitRow._make(rest)) for serial, n, *rest in rows}

    def unit_numbers(self, serials: Collection[str]) -> dict[str, int]:
        """Give the number of each unit that has one."""
        if not serials:
            return {}
        return dict(self.connection.execute(_UNIT_NUMBERS, (json.dumps(list(serials)),)))

    def booked(self, ns: Collection[int]) -> dict[int, list[Movement]]:
        """Give all ledger entries of these events."""
        if not ns:
            return {}
        rows = self.connection.execute(_BOOKED, (json.dumps(list(ns)),)).fetchall()
        self._learn_buckets({n for row in rows for n in row[1:3]})
        found: dict[int, list[Movement]] = {}
        for event, source, target, quantity in rows:
            found.setdefault(event, []).append(Movement(self._bucket_of[source], self._bucket_of[target], quantity))
        return found

    def endings(self, ns: Collection[int]) -> dict[int, Ending]:
        """Give how these events ended so far; absent: simply settled."""
        rows = self.connection.execute(_ENDINGS, (json.dumps(list(ns)),)) if ns else ()
        return {event: Ending(code, by, place) for event, code, by, place in rows}

    # --- buckets

    def _learn_buckets(self, ns: Iterable[int]) -> None:
        unknown = [n for n in ns if n not in self._bucket_of]
        if unknown:
            for n, *rest in self.connection.execute(_BUCKET, (json.dumps(unknown),)).fetchall():
                self._remember(n, Bucket(*rest))

    def _remember(self, n: int, shelf: Bucket) -> None:
        self._bucket_n[shelf], self._bucket_of[n] = n, shelf

    def bucket_number(self, shelf: Bucket) -> int:
        """Give the number of a bucket, opening it if it is new."""
        known = self._bucket_n.get(shelf)
        if known is not None:
            return known
        place, item, batch, owner, status = shelf
        row = self.connection.execute(_BUCKET_N, (batch, item, place, owner, status)).fetchone()
        n = int(row[0] if row else self.connection.execute(_INSERT_BUCKET, (None, *shelf)).lastrowid)
        self._remember(n, shelf)
        return n

    # --- sites

    def site_of_event(self, n: int) -> str:
        """Give the site of the phone that made an event."""
        return str(self.connection.execute(_SITE_OF_EVENT, (n,)).fetchone()[0])

    def site_of(self, place: str | None) -> str | None:
        """Give the site a location belongs to; a location nobody has set up is its own site's worry and gives None."""
        if place is None or not place.startswith("location:"):
            return None
        return self._sites.get(place[9:])

    def refresh(self) -> None:
        """Begin a transaction: read the places again if another connection has written since; bound the cache."""
        if len(self._bucket_n) >= _BUCKETS_CACHED_MAX:
            self._bucket_n.clear()
            self._bucket_of.clear()
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self._sites = dict(self.connection.execute("SELECT code, site FROM place"))

    def sites_seeing(self, unit: UnitRow | None) -> set[str]:
        """Name the sites that may know a unit: where it is, or, while it is under way, both ends of its journey."""
        if unit is None:
            return set()
        places = [unit.left, unit.bound_for] if (unit.place or "").startswith("transfer:") else [unit.place]
        return {site for place in places if (site := self.site_of(place)) is not None}
