"""How fast pushes are settled on PostgreSQL, as a ratio to the same rows written by one UNNEST insert a table and push.

A PostgreSQL of its own with the defaults that make it safe: each push waits for the disk, here and in the floor. The
floor replays what settlement wrote: rows of one table in one statement, changes of rows as they were. Both run in this
process, over the same socket, without HTTP; what the database's own processes take is in the time by the clock.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from floor import SITES, Phone, together
from postgres import Cluster
from rows import Recorder, Seconds, Statement, Transactions, count_rows
from traffic import EVENTS_PER_PUSH, Pushes, phones, pushes

from server.database.engine import connect_raw
from server.database.postgres import connect_async
from server.database.statements import POSTGRES
from server.intake.check import check
from server.intake.writer import Desk
from server.settings import Settings
from server.setup import first_run

PUSHES = 200
WARM_UP = 20

_INSERT = re.compile(r"\s*INSERT INTO (\w+) \(([^)]+)\)\s+VALUES \((?:\?(?:, )?)+\)(.*)", re.DOTALL)
_TYPES = "SELECT table_name, column_name, udt_name FROM information_schema.columns WHERE table_schema = 'public'"


def run() -> dict[str, Any]:
    """Measure once; figures in events per second of wall time."""
    _, traffic = pushes(PUSHES + WARM_UP)
    with _installed(phones()) as (cluster, blank):
        settled, recorded, warm = _settle(cluster.new(blank, keep=True), traffic)
        floors = [asyncio.run(_floor(cluster.new(blank, keep=True), recorded, warm)) for _ in range(2)]
    events = PUSHES * EVENTS_PER_PUSH
    floor = sum(floors) / len(floors)
    counts = count_rows(recorded)
    return {
        "bench": "postgres",
        "events_per_second": round(events / settled.wall),
        "floor_events_per_second": round(events / floor),
        "floor_twice": [round(events / one) for one in floors],
        "ratio": round(floor / settled.wall, 3),
        "own_processor_share": round(settled.processor / settled.wall, 2),
        "rows_per_event": round(sum(counts.values()) / (len(traffic) * EVENTS_PER_PUSH), 2),
        "pushes": PUSHES,
    }


@contextmanager
def _installed(of: Sequence[Phone]) -> Iterator[tuple[Cluster, str]]:
    """Give a database without an event yet that knows the phones and their places, and the server it is on."""
    cluster = Cluster(options={})
    try:
        with tempfile.TemporaryDirectory(prefix="batchspine-bench-") as folder:
            blank = cluster.new(keep=True)
            first_run.prepare(Settings(data=Path(folder), pwa=Path(folder), postgres=blank))
            asyncio.run(_know(blank, of))
            yield cluster, blank
    finally:
        cluster.remove()


async def _know(url: str, of: Sequence[Phone]) -> None:
    connection = await connect_async(url)
    try:
        places = [(site, site, site) for site in SITES]
        await connection.executemany(
            "INSERT INTO place (code, name, type, site) VALUES ($1, $2, 'factory_floor', $3)", places
        )
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        key = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        await connection.executemany(
            "INSERT INTO device (n, id, code, name, site, is_desk, public_key, enrolled_at)"
            " VALUES ($1, $2, $3, $4, $5, false, $6, 0)",
            [(phone.n, phone.id, f"{phone.n:03d}", f"Phone {phone.n}", phone.site, key) for phone in of],
        )
    finally:
        await connection.close()


def _settle(url: str, traffic: Pushes) -> tuple[Seconds, Transactions, int]:
    """Settle all pushes; the first ones are not timed: as many transactions as the last figure says."""
    with closing(connect_raw(url)) as connection:
        recorder = Recorder(connection)
        desk = Desk(recorder, lambda: 0)
        deliveries = [together(phone, run) for phone, run in traffic]
        for delivery in deliveries[:WARM_UP]:
            desk.take([delivery])
        warm = len(recorder.transactions)
        wall, processor = time.perf_counter(), time.process_time()
        for delivery in deliveries[WARM_UP:]:
            desk.take([delivery])
        taken = Seconds(time.perf_counter() - wall, time.process_time() - processor)
    if differences := check(url):
        raise AssertionError(f"the books are wrong after the run: {differences[:3]}")
    return taken, recorder.transactions, warm


async def _floor(url: str, recorded: Transactions, warm: int) -> float:
    """Write recorded rows into a fresh database; give the seconds of the pushes that were timed."""
    connection = await connect_async(url, synchronous_commit="on")
    try:
        types = {(table, column): kind for table, column, kind in await connection.fetch(_TYPES)}
        began = 0.0
        for number, statements in enumerate(recorded):
            if number == warm:
                began = time.perf_counter()
            async with connection.transaction():
                for statement in statements:
                    await _write(connection, types, statement)
        return time.perf_counter() - began
    finally:
        await connection.close()


async def _write(connection: Any, types: dict[tuple[str, str], str], statement: Statement) -> None:
    text, rows, is_many = statement
    insert = _INSERT.fullmatch(text)
    if insert is not None:
        table, names, rest = insert.groups()
        columns = [name.strip(' "') for name in names.split(",")]
        arrays = ", ".join(f"${at}::{types[table, name]}[]" for at, name in enumerate(columns, 1))
        await connection.execute(
            f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {rest}",
            *map(list, zip(*rows, strict=True)),
        )
    elif is_many:
        await connection.executemany(POSTGRES[text].words, rows)
    else:
        known = POSTGRES[text]
        await connection.fetch(known.words, *known.values(rows[0]))
