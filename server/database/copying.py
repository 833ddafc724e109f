"""One moment of the records as one SQLite file, whichever database they are in; and such a file back into PostgreSQL.

A copy is a file of the same tables in both cases, so what proves, keeps and restores copies knows nothing of databases,
and a copy of one is the way to the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Table

from server.database.engine import Address, connect_raw, connect_read_only, copy_file
from server.database.migrate import metadata, upgrade
from server.database.postgres import connect_async
from server.database.statements import insert_text

ROWS_AT_ONCE = 5_000


def copy_whole(source: Address, target: Path) -> None:
    """Copy one moment of the records into one file, without holding up those who write."""
    if isinstance(source, str):
        upgrade(target)
        asyncio.run(_taken_out(source, target))
    else:
        copy_file(source, target)


def load(file: Path, url: str) -> None:
    """Put the records of a file in the place of those in a PostgreSQL database of the same form, all or nothing."""
    asyncio.run(_loaded(file, url))


async def _taken_out(url: str, target: Path) -> None:
    connection = await connect_async(url)
    try:
        with closing(connect_raw(target)) as copy:
            copy.execute("BEGIN IMMEDIATE")
            copy.execute("PRAGMA defer_foreign_keys=ON")
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for table in metadata.sorted_tables:
                    await _copy_rows(connection, table, copy)
            copy.execute("COMMIT")
            copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        await connection.close()


async def _copy_rows(connection: Any, table: Table, copy: Any) -> None:
    cursor = await connection.cursor(f"SELECT {_columns(table)} FROM {_quoted(table.name)}")  # noqa: S608 - our own names
    while rows := await cursor.fetch(ROWS_AT_ONCE):
        copy.executemany(insert_text(table), [tuple(row) for row in rows])


async def _loaded(file: Path, url: str) -> None:
    connection = await connect_async(url)
    try:
        with closing(connect_read_only(file)) as copy:
            async with connection.transaction():
                await _emptied(connection)
                for table in metadata.sorted_tables:
                    await connection.copy_records_to_table(
                        table.name, records=_rows(copy, table), columns=[column.name for column in table.columns]
                    )
                for table in metadata.sorted_tables:
                    await _go_on_behind(connection, table)
    finally:
        await connection.close()


async def _emptied(connection: Any) -> None:
    """Remove what is there, which the guards of the ledger allow nobody else; they are back before the commit."""
    tables = [_quoted(table.name) for table in metadata.sorted_tables]
    for table in tables:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await connection.execute(f"TRUNCATE {', '.join(tables)}")
    for table in tables:
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _rows(copy: Any, table: Table) -> Iterator[tuple[Any, ...]]:
    """Read a table of a copy; SQLite knows no truth values."""
    flags = [isinstance(column.type, Boolean) for column in table.columns]
    for row in copy.execute(f"SELECT {_columns(table)} FROM {_quoted(table.name)}"):  # noqa: S608 - our own names
        yield tuple(
            bool(value) if flag and value is not None else value for value, flag in zip(row, flags, strict=True)
        )


async def _go_on_behind(connection: Any, table: Table) -> None:
    """Hand out numbers behind the last one from here on."""
    if "n" in table.columns:
        await connection.execute(
            f"SELECT setval(s, (SELECT MAX(n) FROM {_quoted(table.name)})) "  # noqa: S608 - our own names
            f"FROM pg_get_serial_sequence('{_quoted(table.name)}', 'n') s "
            f"WHERE s IS NOT NULL AND EXISTS (SELECT 1 FROM {_quoted(table.name)})"
        )


def _columns(table: Table) -> str:
    return ", ".join(_quoted(column.name) for column in table.columns)


def _quoted(name: str) -> str:
    return f'"{name}"'
