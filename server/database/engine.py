"""One door to the database: a SQLite file in the data folder, or a PostgreSQL database under a URL.

SQLite from PyPI (`pysqlite3`, ≥ 3.51.3) stands in for the standard library's module, whose SQLite (3.40 in Python
3.11) can lose committed pages in WAL mode. The swap happens here, before anything imports `aiosqlite`.
Every connection: WAL, `synchronous=FULL` (an acknowledged scan survives a power cut), foreign keys on.

On both, who writes for the office has the database to himself among those who do: SQLite's BEGIN IMMEDIATE, on
PostgreSQL one lock that all of them take. The push writer (`server/intake/writer.py`) locks by name there instead.
"""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pysqlite3
from pysqlite3 import dbapi2

sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = dbapi2

from sqlalchemy import event  # noqa: E402  (the swap above must come first)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine  # noqa: E402

from server.database.postgres import PostgresConnection, PostgresFault, connect_async, number_of  # noqa: E402
from server.database.statements import SQLITE  # noqa: E402

Address: TypeAlias = Path | str
"""Where a database is: a file of SQLite, or the URL of a PostgreSQL database."""

SQLITE_OLDEST_SAFE = (3, 51, 3)
BUSY_MS = 20_000

# Left to itself the driver asks each of these, value by value, whether it would rather be another type: a microsecond
# each, half of what it takes to write an event's row. These answers are given in C.
dbapi2.register_adapter(bytes, bytes)
dbapi2.register_adapter(bool, int)
dbapi2.register_adapter(type(None), {None: None}.__getitem__)

DatabaseFault = (dbapi2.DatabaseError, *PostgresFault)
"""What a driver raises when a file is damaged, locked for good, or full, or a database server is gone."""

PRAGMAS = (
    # Only while a copy without a log is given one: else the journal of that step, removed, could be back after a power
    # cut, and SQLite would undo with it what was written since. With a log EXTRA is the same as FULL.
    "PRAGMA synchronous=EXTRA",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-65536",
)


def sqlite_version() -> str:
    """Name the SQLite that is really linked, not the one a package claims."""
    return str(dbapi2.sqlite_version)


def sqlite_is_safe() -> bool:
    """Say whether the linked SQLite is free of the WAL-reset fault."""
    return tuple(int(part) for part in sqlite_version().split(".")) >= SQLITE_OLDEST_SAFE


class SqliteConnection(dbapi2.Connection):  # type: ignore[misc] # the driver has no types
    """A driver connection that reads texts with marks (`server/database/statements.py`)."""

    is_shared = False
    """Whether other processes may write at the same time."""

    def execute(self, text: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement; give its rows."""
        known = SQLITE[text]
        return super().execute(known.words, known.values(values))

    def lock(self, names: Iterable[str]) -> None:
        """Keep others off these names: whoever writes here keeps off everybody anyway."""


def version_of(connection: AsyncConnection) -> dict[str, str]:
    """Name the database that answers, and its version."""
    if connection.dialect.name == "sqlite":
        return {"sqlite": sqlite_version()}
    return {"postgresql": ".".join(map(str, connection.dialect.server_version_info or ()))}


def connect_raw(address: Address) -> Any:
    """Open a driver connection for the writer thread: transactions are begun and ended by hand."""
    return PostgresConnection(address) if isinstance(address, str) else _connect_sqlite(address)


def _connect_sqlite(path: Path) -> Any:
    connection = dbapi2.connect(
        str(path), isolation_level=None, check_same_thread=False, cached_statements=512, factory=SqliteConnection
    )
    for pragma in PRAGMAS:
        connection.execute(pragma)
    return connection


def connect_read_only(path: Path) -> Any:
    """Open a driver connection to a database file nobody writes, and leave every byte of it as it is."""
    connection = dbapi2.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, factory=SqliteConnection
    )
    connection.execute("PRAGMA cell_size_check=ON")
    return connection


def copy_file(source: Path, target: Path) -> None:
    """Copy one moment of a SQLite database into one file, without holding up those who write."""
    original, copy = connect_raw(source), dbapi2.connect(str(target), isolation_level=None)
    try:
        # In one step: a copy taken in several begins anew whenever somebody has written in between.
        original.backup(copy, pages=-1)
        # The mark of a log beside the file comes along; the copy has none.
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        original.close()
        copy.close()


def create_engine(address: Address) -> AsyncEngine:
    """Make the engine everything but the push writer uses; only one at a time of all who write is in a transaction."""
    return _postgres_engine(address) if isinstance(address, str) else _sqlite_engine(address)


def reader_of(engine: AsyncEngine) -> AsyncEngine:
    """Give the engine for those who only read: they hold up nobody, and see one moment of the database."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    return engine.execution_options(read_only=True, isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite_engine(path: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=4, max_overflow=8)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(
            "BEGIN" if connection.get_execution_options().get("read_only") else "BEGIN IMMEDIATE"
        )

    return engine


def _postgres_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url, async_creator=partial(connect_async, url), pool_size=4, max_overflow=8, pool_pre_ping=True
    )
    lock = f"SELECT pg_advisory_xact_lock({number_of('office')})"

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        if not connection.get_execution_options().get("read_only"):
            connection.exec_driver_sql(lock)

    return engine
