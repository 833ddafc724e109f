"""SQL for the push writer and for pulls: text compiled once from the Core tables, run with plain tuples, on both.

The hot path writes several rows per scan; going through Core per row costs three times what SQLite itself does
(tuples through the driver: 0.64 of the raw floor, Core executemany: 0.22). The text still comes from the tables, so a
renamed column cannot be forgotten here.

Texts are written once, with marks where the two databases differ; a connection turns them into its own words:

    ?                             one value
    IN ?numbers  ?texts  ?ids     a list of whole numbers, texts, bytes
    ?rows                         a list of rows of texts, to be joined: `FROM ?rows j … j.value ->> 0`

Lists travel as one value, so the number of statements does not grow with a push, and each text is prepared once.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECT = sqlite.dialect(paramstyle="qmark")

_MARKS = re.compile(r"(?P<inside>IN )?\?(?P<kind>numbers|texts|ids|rows)?")


class Text(NamedTuple):
    """A text in the words of one database, and what becomes of each value before it is sent; null: nothing."""

    words: str
    kinds: tuple[Callable[[Any], Any] | None, ...] | None

    def values(self, given: Sequence[Any]) -> Sequence[Any]:
        """Put values into the form the driver takes."""
        if self.kinds is None:
            return given
        return [value if kind is None else kind(value) for kind, value in zip(self.kinds, given, strict=True)]


class Texts(dict[str, Text]):
    """Texts as one database reads them, each put into its words once."""

    def __init__(self, words: Callable[[str, str | None, int], str], kinds: dict[str, Callable[[Any], Any]]) -> None:
        super().__init__()
        self._words, self._kinds = words, kinds

    def __missing__(self, text: str) -> Text:
        marks = [match["kind"] for match in _MARKS.finditer(text)]
        places = iter(range(1, len(marks) + 1))
        words = _MARKS.sub(lambda match: self._words(match["inside"] or "", match["kind"], next(places)), text)
        kinds = tuple(self._kinds.get(kind) for kind in marks)
        self[text] = Text(words, kinds if any(kinds) else None)
        return self[text]


def _in_sqlite(inside: str, kind: str | None, _: int) -> str:
    match kind:
        case "numbers" | "texts":
            return f"{inside}(SELECT value FROM json_each(?))"
        case "ids":
            return f"{inside}(SELECT unhex(value) FROM json_each(?))"
        case "rows":
            return f"{inside}json_each(?)"
        case _:
            return f"{inside}?"


_ARRAYS = {"numbers": "bigint", "texts": "text", "ids": "bytea"}


def _in_postgres(inside: str, kind: str | None, place: int) -> str:
    match kind:
        case "numbers" | "texts" | "ids":
            return f"= ANY(${place}::{_ARRAYS[kind]}[])"
        case "rows":
            return f"{inside}jsonb_array_elements(${place}::jsonb)"
        case _:
            return f"{inside}${place}"


def _json(values: Iterable[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _hex(values: Iterable[bytes]) -> str:
    return _json(value.hex() for value in values)


SQLITE = Texts(_in_sqlite, {"numbers": _json, "texts": _json, "ids": _hex, "rows": _json})
POSTGRES = Texts(_in_postgres, {"numbers": list, "texts": list, "ids": list, "rows": _json})

BEGIN_WRITING = "BEGIN IMMEDIATE"
"""Begin to write. On SQLite nobody else can from here on; on PostgreSQL whoever writes locks what it is about."""

BEGIN_READING = "BEGIN"
"""Begin to read: all that is read is of one moment."""

POSTGRES[BEGIN_WRITING] = Text("BEGIN ISOLATION LEVEL READ COMMITTED", None)
POSTGRES[BEGIN_READING] = Text("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", None)


async def read_many(connection: AsyncConnection, text: str, *values: Any) -> Sequence[Any]:
    """Read rows by a text with marks, as they come from the driver: for what is read by the thousand.

    SQLite is asked past SQLAlchemy, which takes twice as long over a row as everybody else together.
    """
    if connection.dialect.name != "sqlite":
        known = POSTGRES[text]
        return (await connection.exec_driver_sql(known.words, tuple(known.values(values)))).all()
    if not connection.in_transaction():  # what is read together is of one moment
        await connection.begin()
    known = SQLITE[text]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    rows: Sequence[Any] = await driver.execute_fetchall(known.words, known.values(values))
    return rows


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
