"""The numbers rows are known by inside the database: handed out ahead of writing, never twice.

Where there is one writer, it goes on behind the last one. Where several processes write, the database's own sequences
hand them out; a process takes a handful at a time, and what it does not use is never used.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

TAKEN_AT_ONCE = 256

_LAST = "SELECT COALESCE((SELECT MAX(n) FROM {}), 0)"
_TAKE = "SELECT nextval(pg_get_serial_sequence(?, 'n')) FROM generate_series(1, ?)"


class Numbers:
    """The free numbers of each table."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._of: dict[str, Iterator[int]] = {}

    def of(self, table: str) -> Iterator[int]:
        """Give the free numbers of a table: each `next` takes one."""
        if table not in self._of:
            self._of[table] = self._taken(table) if self._connection.is_shared else self._behind_the_last(table)
        return self._of[table]

    def _behind_the_last(self, table: str) -> Iterator[int]:
        return count(int(self._connection.execute(_LAST.format(table)).fetchone()[0]) + 1)

    def _taken(self, table: str) -> Iterator[int]:
        while True:
            for (n,) in self._connection.execute(_TAKE, (table, TAKEN_AT_ONCE)).fetchall():
                yield int(n)
