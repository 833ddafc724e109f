"""Bring a database to the form this program needs, or say that somebody should.

A server never alters a database that already holds somebody's records by itself: the office decides when, after a
copy was made (`batchspine migrate`). Only an empty one is set up without asking.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

import server.access.tables
import server.intake.tables
import server.network.tables
import server.oversight.tables  # noqa: F401 - each puts its tables on the metadata
from server.database.engine import connect_raw, connect_read_only
from server.database.schema import metadata

__all__ = ["State", "metadata", "state", "upgrade"]

State = Literal["empty", "behind", "current", "newer"]
"""newer: a later version of this program was here; going on would misread what it wrote."""


def upgrade(database: Path) -> None:
    """Run every step that is missing, all in one transaction."""
    database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _engine(database).begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def state(database: Path) -> State:
    """Compare a database with the steps this program knows."""
    if not database.exists():
        return "empty"
    with _engine(database).connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return "empty"
    steps = ScriptDirectory.from_config(_config())
    if revision == steps.get_current_head():
        return "current"
    return "behind" if revision in {step.revision for step in steps.walk_revisions()} else "newer"


@contextmanager
def connected(database: Path) -> Iterator[Connection]:
    """Open a plain connection for commands that work without a server; it commits at the end."""
    with _engine(database).begin() as connection:
        yield connection


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
