"""The rows settlement writes, recorded, and written once more by nothing but SQLite: the floor of every push."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from server.database.engine import connect_raw

NOT_WRITTEN = ("SELECT", "PRAGMA", "COMMIT", "ROLLBACK")


class Statement(NamedTuple):
    """One statement with the rows it was given."""

    text: str
    rows: Sequence[Sequence[Any]]
    is_many: bool


Transactions = list[list[Statement]]


class Recorder:
    """A connection that remembers what is written through it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.transactions: Transactions = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, text: str, values: Sequence[Any] = ()) -> Any:
        """Pass a statement on; a transaction's begin opens a new record."""
        if text.startswith("BEGIN"):
            self.transactions.append([])
        elif not text.lstrip().startswith(NOT_WRITTEN):
            self.transactions[-1].append(Statement(text, [values], is_many=False))
        return self._connection.execute(text, values)

    def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> Any:
        """Pass rows on and remember them."""
        if rows:
            self.transactions[-1].append(Statement(text, list(rows), is_many=True))
        return self._connection.executemany(text, rows)


class Seconds(NamedTuple):
    """How long something took: on the clock, and of the processor."""

    wall: float
    processor: float


def replay(database: Path, transactions: Transactions, *, bare: bool = False) -> Seconds:
    """Write recorded rows into a fresh database, one FULL transaction per push; `bare`: event rows alone."""
    with closing(connect_raw(database)) as connection:
        if bare:
            connection.execute("PRAGMA foreign_keys=OFF")
        work = [[s for s in done if not bare or s.text.startswith("INSERT INTO event ")] for done in transactions]
        wall, processor = time.perf_counter(), time.process_time()
        for statements in work:
            connection.execute("BEGIN IMMEDIATE")
            for text, rows, is_many in statements:
                if is_many:
                    connection.executemany(text, rows)
                else:
                    connection.execute(text, rows[0]).fetchall()
            connection.execute("COMMIT")
        return Seconds(time.perf_counter() - wall, time.process_time() - processor)


def count_rows(transactions: Transactions) -> Counter[str]:
    """Count rows written, by table."""
    counts: Counter[str] = Counter()
    for text, rows, _ in (statement for statements in transactions for statement in statements):
        table = text.split("INTO ")[-1].split(" ")[0] if "INTO " in text else text.split(" ")[2]
        counts[table] += len(rows)
    return counts
