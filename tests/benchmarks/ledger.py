"""A ledger with a long past: as many days as one likes, filled in by copying the rows of one that was really settled.

Two days are handed to the real writer. What the second one added is copied as often as asked for, with serials, ids,
hours, numbers and positions moved on, and chains, fingerprints and evidence computed anew: the rows are just those the
writer would have written (`batchspine check` agrees, and a test holds it to that).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from floor import material, together
from traffic import BULK, EVENTS_PER_DAY, Floors, OpenUnit, WorkPhone, day_mark, hour_mark, phones, serial_mark

from server.database.engine import connect_raw
from server.intake.tables import FEED_KINDS
from server.intake.writer import Desk
from sync.chain import fingerprint, link
from sync.exception import Trouble

Row = tuple[Any, ...]
STOCK = 9 * 10**14

NUMBERED = ("event", "push", "unit", "bucket", "ledger", "exception")
PER_TRANSACTION = 20


class Past(NamedTuple):
    """What the first day left behind for scans of today."""

    open_units: list[OpenUnit]
    last_day: int


def fill(database: Path, events: int) -> Past:
    """Fill an empty ledger that knows the phones with whole days of scans."""
    days = max(1, events // EVENTS_PER_DAY)
    connection = connect_raw(database)
    connection.execute("PRAGMA synchronous=OFF")
    floors = Floors(phones())
    for phone in floors.phones[:3]:  # enough of the lot that never ends, once held and free again
        here = f"location:{phone.site}"
        phone.record("received", unit=None, material=material(STOCK, batch=BULK), from_="supplier", to=here, at=0)
    held = floors.phones[0].record("held", item="PARA-API", batch=BULK, unit=None, at=0)
    floors.phones[0].record("released", item="PARA-API", batch=BULK, unit=None, at=0, after=(held,))
    desk = Desk(connection, lambda: 0)
    for phone in floors.phones[:3]:
        desk.take([together(phone, list(phone.outbox.events))])
    for phone, run in floors.work():
        desk.take([together(phone, run)])
    left = [unit for units in floors.fresh.values() for unit in units]
    if days > 1:
        before = _ends(connection)
        for phone, run in floors.work():
            desk.take([together(phone, run)])
        _Day(connection, before, floors.phones).repeat(days - 2)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return Past(left, days)


class _Ends(NamedTuple):
    """Where everything that is numbered ended."""

    last: dict[str, int]
    heads: dict[str, int]
    seqs: dict[int, int]
    balances: dict[int, int]


def _ends(connection: Any) -> _Ends:
    return _Ends(
        {t: connection.execute(f"SELECT COALESCE((SELECT MAX(n) FROM {t}), 0)").fetchone()[0] for t in NUMBERED},
        dict(connection.execute("SELECT site, head FROM feed_head").fetchall()),
        dict(connection.execute("SELECT n, held_seq FROM incarnation").fetchall()),
        dict(connection.execute("SELECT bucket, quantity FROM balance").fetchall()),
    )


class _Words:
    """What is said on the second day, as it is said on another."""

    def __init__(self, day: int) -> None:
        self._serials = serial_mark(1), serial_mark(day)
        self._ids = day_mark(1), day_mark(day)
        texts = self._serials, (self._ids[0].hex(), self._ids[1].hex()), (hour_mark(1), hour_mark(day))
        self._texts = [(old.encode(), new.encode()) for old, new in texts]

    def of(self, value: Any) -> Any:
        """Say a column's value: serials and ids in texts, ids in bytes."""
        if isinstance(value, str):
            return self.of_body(value.encode()).decode()
        return value.replace(*self._ids) if isinstance(value, bytes) else value

    def of_body(self, body: bytes) -> bytes:
        """Say a body: serials, ids and hours."""
        for old, new in self._texts:
            body = body.replace(old, new)
        return body


class _Day:
    """The rows of the second day, and how they look on another."""

    def __init__(self, connection: Any, before: _Ends, workers: list[WorkPhone]) -> None:
        self.connection, self.before, self.after = connection, before, _ends(connection)
        self.rows = {table: self._added(table) for table in NUMBERED}
        self.endings = connection.execute(
            "SELECT * FROM outcome WHERE event > ? ORDER BY event", (before.last["event"],)
        ).fetchall()
        self.feed = [
            row
            for site in sorted(self.after.heads)
            for row in connection.execute(
                "SELECT site, pos, kind, entity FROM feed WHERE site = ? AND pos > ?", (site, before.heads.get(site, 0))
            ).fetchall()
        ]
        self.sites = dict(
            connection.execute("SELECT i.n, d.site FROM incarnation i JOIN device d ON d.n = i.device").fetchall()
        )
        self.held = dict(connection.execute("SELECT n, held_hash FROM incarnation").fetchall())
        self.columns = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
            for table in NUMBERED
        }

    def _added(self, table: str) -> list[Row]:
        asked = f"SELECT * FROM {table} WHERE n > ? ORDER BY n"
        rows: list[Row] = self.connection.execute(asked, (self.before.last[table],)).fetchall()
        return rows

    def repeat(self, times: int) -> None:
        """Write the day again and again."""
        self.connection.execute("PRAGMA foreign_keys=OFF")
        for first in range(1, times + 1, PER_TRANSACTION):
            self.connection.execute("BEGIN IMMEDIATE")
            for turn in range(first, min(first + PER_TRANSACTION, times + 1)):
                self._write(turn, _Words(1 + turn))
            self.connection.execute("COMMIT")
        self._end(times)

    def _write(self, turn: int, words: _Words) -> None:
        moved = {table: turn * (self.after.last[table] - self.before.last[table]) for table in NUMBERED}
        self._put("push", self._pushes(turn, moved))
        for table in ("unit", "bucket"):
            self._put(table, ((n + moved[table], *map(words.of, rest)) for n, *rest in self.rows[table]))
        self._put("event", self._events(turn, moved, words))
        self._put("ledger", self._entries(moved))
        self._put("outcome", ((e + moved["event"], code, by and by + moved["event"], words.of(place))
                              for e, code, by, place in self.endings))  # fmt: skip
        self._put("exception", self._exceptions(moved["exception"], words))
        self._put("feed", self._positions(turn, moved))

    def _put(self, table: str, rows: Iterator[Row]) -> None:
        many = list(rows)
        if many:
            marks = ", ".join("?" * len(many[0]))
            self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", many)

    def _per_day(self, incarnation: int) -> int:
        return self.after.seqs[incarnation] - self.before.seqs.get(incarnation, 0)

    def _positions_per_day(self, site: str) -> int:
        return self.after.heads[site] - self.before.heads.get(site, 0)

    def _pushes(self, turn: int, moved: dict[str, int]) -> Iterator[Row]:
        for n, incarnation, seq, *rest in self.rows["push"]:
            yield n + moved["push"], incarnation, seq + turn * self._per_day(incarnation), *rest

    def _entries(self, moved: dict[str, int]) -> Iterator[Row]:
        old = self.before.last["bucket"]
        for n, event, cause, *shelves, quantity in self.rows["ledger"]:
            now = (shelf + moved["bucket"] if shelf > old else shelf for shelf in shelves)
            yield n + moved["ledger"], event + moved["event"], cause + moved["event"], *now, quantity

    def _events(self, turn: int, moved: dict[str, int], words: _Words) -> Iterator[Row]:
        for row in self.rows["event"]:
            event = dict(zip(self.columns["event"], map(words.of, row), strict=True))
            incarnation = event["incarnation"]
            event["n"] += moved["event"]
            event["seq"] += turn * self._per_day(incarnation)
            event["body"] = words.of_body(event["body"])
            event["fingerprint"] = fingerprint(event["body"])
            event["hash"] = link(self.held[incarnation], event["id"], event["seq"], event["body"])
            self.held[incarnation] = event["hash"]
            event["push"] += moved["push"]
            event["pos"] += turn * self._positions_per_day(self.sites[incarnation])
            event["unit"] = event["unit"] and event["unit"] + moved["unit"]
            yield tuple(event.values())

    def _exceptions(self, moved: int, words: _Words) -> Iterator[Row]:
        for row in self.rows["exception"]:
            trouble = dict(zip(self.columns["exception"], map(words.of, row), strict=True))
            joined = trouble["participants"]
            ids = tuple(joined[at : at + 16] for at in range(0, len(joined), 16))
            now = Trouble(trouble["kind"], trouble["subject"], ids, trouble["detail"])
            yield tuple((trouble | {"n": trouble["n"] + moved, "id": now.id, "evidence": now.evidence}).values())

    def _positions(self, turn: int, moved: dict[str, int]) -> Iterator[Row]:
        shift = {FEED_KINDS.index("unit"): moved["unit"], FEED_KINDS.index("outcome"): moved["event"],
                 FEED_KINDS.index("exception"): moved["exception"]}  # fmt: skip
        for site, pos, kind, entity in self.feed:
            yield site, pos + turn * self._positions_per_day(site), kind, entity + shift[kind]

    def _end(self, times: int) -> None:
        """Move ends and sums on."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        per_day = self.after.last["bucket"] - self.before.last["bucket"]
        for n, quantity in self.after.balances.items():
            if n > self.before.last["bucket"]:
                copies = [(n + turn * per_day, quantity) for turn in range(1, times + 1)]
                connection.executemany("INSERT INTO balance (bucket, quantity) VALUES (?, ?)", copies)
            elif step := quantity - self.before.balances.get(n, 0):
                connection.execute("UPDATE balance SET quantity = quantity + ? WHERE bucket = ?", (step * times, n))
        for site in self.after.heads:
            step = times * self._positions_per_day(site)
            connection.execute("UPDATE feed_head SET head = head + ? WHERE site = ?", (step, site))
        for n, digest in self.held.items():
            seq = self.after.seqs[n] + times * self._per_day(n)
            connection.execute(
                "UPDATE incarnation SET held_seq = ?, announced_seq = ?, held_hash = ? WHERE n = ?",
                (seq, seq, digest, n),
            )
        connection.execute("COMMIT")
        connection.execute("PRAGMA foreign_keys=ON")
