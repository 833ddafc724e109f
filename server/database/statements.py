"""SQL for the push writer: text compiled once from the Core tables, run with plain tuples.

The hot path writes several rows per scan; going through Core per row costs three times what SQLite itself does
(tuples through the driver: 0.64 of the raw floor, Core executemany: 0.22). The text still comes from the tables, so a
renamed column cannot be forgotten here.
"""

from collections.abc import Iterable

from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="qmark")


def insert_text(table: Table) -> str:
    """Give the text that inserts one row; values in the order of the table's columns."""
    return str(insert(table).values({column.name: None for column in table.columns}).compile(dialect=_DIALECT))


def upsert_text(table: Table, changed: Iterable[str]) -> str:
    """Give the text that inserts a row or, if its primary key is taken, replaces the `changed` columns."""
    keys = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in changed)
    return f"{insert_text(table)} ON CONFLICT ({keys}) DO UPDATE SET {updates}"


def add_text(table: Table, column: str) -> str:
    """Give the text that inserts a row or adds to `column` of the one that is there."""
    keys = ", ".join(f'"{key.name}"' for key in table.primary_key.columns)
    return (
        f"{insert_text(table)} ON CONFLICT ({keys}) "
        f'DO UPDATE SET "{column}" = "{table.name}"."{column}" + excluded."{column}"'
    )
