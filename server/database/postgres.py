"""PostgreSQL for the push writer: a connection used like SQLite's, by one thread, with locks by name.

The driver speaks asyncio; here it runs in an event loop of its own that turns only while a statement is waited for.
A connection that was lost is opened again by the next transaction: what was not committed is told to nobody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import asyncpg

from server.database.statements import POSTGRES

CONNECT_SECONDS_MAX = 10.0
LOCK_MILLISECONDS_MAX = 15_000
"""Longer than any settlement takes; whoever still waits gives up, and what it wanted to settle is tried again."""

LOCKED_ONE_BY_ONE_MAX = 200
"""Names locked at a time; beyond that, everything is: a lock takes room in a table that all connections share."""

_ENDS = ("COMMIT", "ROLLBACK")
_EVERYTHING = 0
_LOCK = "SELECT pg_advisory_xact_lock(n) FROM unnest($1::bigint[]) n"
_LOCK_ALL = "SELECT pg_advisory_xact_lock($1)"
_LOCK_SOME = "SELECT pg_advisory_xact_lock_shared($1)"

PostgresFault = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What the driver raises when a statement fails or the connection is lost."""

Conflict = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
)
"""Somebody else was quicker; the same again will see what they did."""


ConnectionLost = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""The database server is gone, or does not answer yet."""


class LocksMissing(Exception):  # noqa: N818 - named for what it is
    """More names turned out to be concerned than were locked: roll back and begin again with all of these."""

    def __init__(self, names: frozenset[str] | None) -> None:
        super().__init__("everything" if names is None else f"{len(names)} names")
        self.names = names
        """Null: everything."""


class Rows(list[Any]):
    """What a statement gave, read like a cursor."""

    def fetchone(self) -> Any:
        """Give the first row."""
        return self[0] if self else None

    def fetchall(self) -> Rows:
        """Give all rows."""
        return self


def number_of(name: str) -> int:
    """Give the number the database locks for a name: the same in every process and version."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), signed=True)


def driver_url(url: str) -> str:
    """Give the address as the driver reads it: without the driver's own name."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def connect_async(url: str, **settings: str) -> Any:
    """Open a driver connection; a database server that is not there, or not yet, is a `ConnectionError`."""
    try:
        return await asyncpg.connect(
            driver_url(url), timeout=CONNECT_SECONDS_MAX, statement_cache_size=512, server_settings=settings
        )
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise ConnectionError(str(error) or type(error).__name__) from error


class PostgresConnection:
    """One connection; transactions are begun and ended by hand, as on SQLite."""

    is_shared = True
    """Other processes write at the same time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self.in_transaction = False
        self._has_everything: bool | None = None
        """Null: this transaction has locked nothing yet."""
        try:
            self._connection = self._run(self._opened())
        except BaseException:
            self._loop.close()
            raise

    async def _opened(self) -> Any:
        return await connect_async(
            self._url,
            application_name="batchspine writer",
            lock_timeout=str(LOCK_MILLISECONDS_MAX),
            synchronous_commit="on",
        )

    def _run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    def execute(self, text: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement; give its rows."""
        known = POSTGRES[text]
        if text.startswith("BEGIN"):
            self._begin(known.words)
            return Rows()
        if text in _ENDS:
            self._end(text)
            return Rows()
        if not self.in_transaction:
            self._open_again()
        return Rows(self._run(self._connection.fetch(known.words, *known.values(values))))

    def executemany(self, text: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row, all on one way to the server."""
        if given := list(rows):
            self._run(self._connection.executemany(POSTGRES[text].words, given))

    def _open_again(self) -> None:
        if self._connection.is_closed():
            self._connection = self._run(self._opened())

    def _begin(self, words: str) -> None:
        self._has_everything = None
        try:
            self._open_again()
            self._run(self._connection.execute(words))
        except ConnectionLost:
            # It was lost while nobody used it, which is noticed only now.
            self._connection.terminate()
            self._connection = self._run(self._opened())
            self._run(self._connection.execute(words))
        self.in_transaction = True

    def _end(self, word: str) -> None:
        # If a commit cannot be heard of any more, nobody is told that it was one: the phone sends again.
        self.in_transaction = False
        if word == "COMMIT" or not self._connection.is_closed():
            self._run(self._connection.execute(word))

    def lock(self, names: Iterable[str]) -> None:
        """Keep every other transaction that locks one of these names waiting until this one is over.

        In one order for all, so that two never wait for each other. Whoever locks first locks everything against
        nobody (`shared`), or everything against all if the names are too many.
        """
        numbers = sorted({number_of(name) for name in names})
        if self._has_everything:
            return
        if self._has_everything is None:
            self.lock_everything(shared=len(numbers) <= LOCKED_ONE_BY_ONE_MAX)
        elif len(numbers) > LOCKED_ONE_BY_ONE_MAX:
            raise LocksMissing(None)
        if numbers and not self._has_everything:
            self._run(self._connection.fetch(_LOCK, numbers))

    def lock_everything(self, *, shared: bool = False) -> None:
        """Keep all others that lock anything waiting; shared: only those who want everything."""
        self._run(self._connection.fetch(_LOCK_SOME if shared else _LOCK_ALL, _EVERYTHING))
        self._has_everything = not shared

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back."""
        if self._loop.is_closed():
            return
        if not self._connection.is_closed():
            self._run(self._connection.close(timeout=CONNECT_SECONDS_MAX))
        self._loop.close()
