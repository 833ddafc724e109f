"""Bring a database to the form this program needs, or say that somebody should.

A server never alters a database that already holds somebody's records by itself: the office decides when, after a
copy was made (`batchspine migrate`). Only an empty one is set up without asking.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

import server.access.tables
import server.intake.tables
import server.network.tables
import server.oversight.tables
import server.photos.tables
import server.printing.tables  # noqa: F401 - each puts its tables on the metadata
from server.database.engine import Address, connect_raw, connect_read_only
from server.database.postgres import PostgresFault, number_of
from server.database.schema import metadata

__all__ = ["State", "metadata", "state", "upgrade"]

Result = TypeVar("Result")

State = Literal["empty", "behind", "current", "newer"]
"""newer: a later version of this program was here; going on would misread what it wrote."""


class DatabaseUnreachable(Exception):  # noqa: N818 - named for what is wrong
    """The database server is not there, or does not know us; the text says what to look at."""


def upgrade(address: Address) -> None:
    """Run every step that is missing, all in one transaction."""
    if isinstance(address, Path):
        address.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    inside(address, _upgrade)


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def state(address: Address) -> State:
    """Compare a database with the steps this program knows."""
    if isinstance(address, Path) and not address.exists():
        return "empty"
    try:
        revision = inside(address, lambda connection: MigrationContext.configure(connection).get_current_revision())
    except (OSError, *PostgresFault) as error:
        raise DatabaseUnreachable(f"The database does not let us in: {error}. Check BATCHSPINE_DATABASE.") from error
    if revision is None:
        return "empty"
    steps = ScriptDirectory.from_config(_config())
    if revision == steps.get_current_head():
        return "current"
    return "behind" if revision in {step.revision for step in steps.walk_revisions()} else "newer"


def inside(address: Address, work: Callable[[Connection], Result]) -> Result:
    """Do some work in one transaction, on a plain connection, for commands that work without a server."""
    if isinstance(address, str):
        return asyncio.run(_inside(address, work))
    with _engine(address).begin() as connection:
        return work(connection)


async def _inside(url: str, work: Callable[[Connection], Result]) -> Result:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({number_of('office')})"))
        return await connection.run_sync(work)


@contextmanager
def connected(address: Address) -> Iterator[Connection]:
    """Open a plain connection for commands that work without a server; it commits at the end."""
    if isinstance(address, str):
        with _connected(address) as connection:
            yield cast(Connection, connection)
        return
    with _engine(address).begin() as connection:
        yield connection


@contextmanager
def _connected(url: str) -> Iterator[Waiting]:
    """Turn an event loop only while a statement is waited for."""
    with asyncio.Runner() as runner:
        connection = runner.run(_opened(url))
        waiting = Waiting(runner, connection)
        try:
            yield waiting
            waiting.commit()
        finally:
            runner.run(connection.close())


async def _opened(url: str) -> AsyncConnection:
    return await create_async_engine(url, poolclass=NullPool).connect()


class Waiting:
    """A connection to PostgreSQL for those who have no event loop: as much of it as plain commands use."""

    def __init__(self, runner: asyncio.Runner, connection: AsyncConnection) -> None:
        self._runner, self._connection = runner, connection

    def execute(self, statement: Any, values: Any = None) -> Any:
        """Run a statement; give its rows."""

        async def run() -> Any:
            return await self._connection.execute(statement, values)

        return self._runner.run(run())

    def commit(self) -> None:
        """Keep what was written."""
        self._runner.run(self._connection.commit())

    def rollback(self) -> None:
        """Take back what was written."""
        self._runner.run(self._connection.rollback())


@contextmanager
def reading(database: Path) -> Iterator[Connection]:
    """Open a plain connection to a copy that must not change."""
    engine = create_engine("sqlite://", creator=lambda: connect_read_only(database), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _engine(database: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: connect_raw(database), poolclass=NullPool)

    # The driver would begin late and end transactions before DDL; begun here, an upgrade is all or nothing.
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "server.database:migrations")
    return config
