"""How fast pushes are settled over HTTP, as a ratio to the floor: the same rows, written by nothing but SQLite.

The server is the real one in its own process, with signature, chain and settlement. The floor replays, on a fresh
database with the same tables and indexes, exactly the statements settlement executed for this input, precomputed, one
FULL transaction per push; a second floor writes the bare event rows alone. All in one run, so the ratios hold on any
machine; those by processor time hold on a busy one too.

With a history, something else is measured: whether a push gets dearer the more the ledger holds. The same pushes are
handed, in turn, to a ledger of one day and to one of so many events, in one process.
"""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import closing
from statistics import median
from typing import Any

from floor import together
from installation import Installation, installed
from ledger import Past, fill
from rows import Recorder, Seconds, Transactions, count_rows, replay
from served import drive, percentile_ms, serving
from serving import free_port
from traffic import EVENTS_PER_DAY, EVENTS_PER_PUSH, Floors, Pushes, phones, pushes

from server.database.engine import connect_raw, sqlite_version
from server.intake.check import check
from server.intake.writer import Desk
from server.settings import Settings
from server.setup.serving import collect_as_a_server

CONNECTIONS = 8
PUSHES = 200
WARM_UP = 200
"""Pushes before any is measured: a server that has run for a while is what phones meet."""

WARM_UP_ON_HISTORY = 20
PUSHES_ON_HISTORY = 100
LATER = 4_000
"""Days after which the measured pushes are made, however long the history."""


def run(history: int | None = None) -> dict[str, Any]:
    """Measure once; figures in events per second of wall time."""
    with installed(phones()) as installation:
        return _against_floor(installation) if history is None else _on_history(installation, history)


def _against_floor(installation: Installation) -> dict[str, Any]:
    _, traffic = pushes(PUSHES + WARM_UP)
    recorded = _recorded(installation, traffic)
    settled = _in_process(installation, traffic)
    # Before and after: what else the machine is doing changes within a minute.
    floors = [_floor(installation, recorded)]
    served, http, waits = _over_http(installation, traffic)
    floors.append(_floor(installation, recorded))
    bare = _floor(installation, recorded, bare=True)
    floor = Seconds(*(sum(figures) / 2 for figures in zip(*floors, strict=True)))
    events, served_events = len(traffic) * EVENTS_PER_PUSH, PUSHES * EVENTS_PER_PUSH
    per_event = {table: round(count / events, 3) for table, count in sorted(count_rows(recorded).items())}
    return {
        "bench": "push",
        "events_per_second": round(served_events / served),
        "floor_events_per_second": round(events / floor.wall),
        "floor_before_and_after": [round(events / one.wall) for one in floors],
        "bare_event_row_events_per_second": round(events / bare.wall),
        "ratio": round(floor.wall / events / (served / served_events), 3),
        "ratio_by_processor_time": round(floor.processor / events / (http / served_events), 3),
        "ratio_in_process": round(floor.processor / settled.processor, 3),
        "ratio_to_bare_event_row": round(bare.wall / events / (served / served_events), 3),
        "push_p95_ms": percentile_ms(waits, 0.95),
        "rows_per_event": round(sum(per_event.values()), 2),
        "rows_per_event_by_table": per_event,
        "pushes": PUSHES,
        "sqlite": sqlite_version(),
    }


def _recorded(installation: Installation, traffic: Pushes) -> Transactions:
    with closing(connect_raw(installation.copy("recorded").database)) as connection:
        recorder = Recorder(connection)
        desk = Desk(recorder, lambda: 0)
        for phone, run in traffic:
            desk.take([together(phone, run)])
        return recorder.transactions


def _in_process(installation: Installation, traffic: Pushes) -> Seconds:
    """Settle the same pushes one by one, with nothing in between; garbage is looked for as seldom as in the server."""
    deliveries = [together(phone, run) for phone, run in traffic]
    often = gc.get_threshold()
    collect_as_a_server()
    try:
        with closing(connect_raw(installation.copy("in-process").database)) as connection:
            desk = Desk(connection, lambda: 0)
            wall, processor = time.perf_counter(), time.process_time()
            for delivery in deliveries:
                desk.take([delivery])
            return Seconds(time.perf_counter() - wall, time.process_time() - processor)
    finally:
        gc.unfreeze()
        gc.set_threshold(*often)


def _floor(installation: Installation, recorded: Transactions, *, bare: bool = False) -> Seconds:
    return replay(installation.copy("floor").database, recorded, bare=bare)


def _over_http(installation: Installation, traffic: Pushes) -> tuple[float, float, list[float]]:
    """Give the seconds, the server's seconds of processor time, and those each push took."""
    settings = installation.copy("served", free_port())
    with serving(settings) as server:
        asyncio.run(drive(server, installation.keys, traffic[:WARM_UP], CONNECTIONS))
        before = server.processor_seconds()
        seconds, waits = asyncio.run(drive(server, installation.keys, traffic[WARM_UP:], CONNECTIONS))
        processor = server.processor_seconds() - before
    _require_sound(settings)
    return seconds, processor, waits


def _require_sound(settings: Settings) -> None:
    if differences := check(settings.database):
        raise AssertionError(f"the books are wrong after the run: {differences[:3]}")


# --- with a history -----------------------------------------------------------------------------------------------


def _on_history(installation: Installation, history: int) -> dict[str, Any]:
    short, long = installation.copy("short"), installation.copy("long")
    past = fill(short.database, EVENTS_PER_DAY)
    fill(long.database, history)
    costs = _in_turn([short, long], _today(past))
    held = max(1, history // EVENTS_PER_DAY) * EVENTS_PER_DAY
    shortest, longest = (median(cost.processor for cost in taken) for taken in costs)
    means = [sum(cost.processor for cost in taken) / len(taken) for taken in costs]
    waits = [median(cost.wall for cost in taken) for taken in costs]
    return {
        "bench": "push",
        "history_events": held,
        "compared_with_events": EVENTS_PER_DAY,
        "ratio": round(longest / shortest, 3),
        "ratio_of_means": round(means[1] / means[0], 3),
        "ratio_by_the_clock": round(waits[1] / waits[0], 3),
        "push_ms": [round(shortest * 1000, 1), round(longest * 1000, 1)],
        "slowest_push_ms": [round(max(cost.processor for cost in taken) * 1000, 1) for taken in costs],
        "database_mb": [round(one.database.stat().st_size / 1e6) for one in (short, long)],
        "pushes": PUSHES_ON_HISTORY,
        "sqlite": sqlite_version(),
    }


def _today(past: Past) -> Pushes:
    """Make pushes of a much later day, some of them about units of the very first one."""
    floors = Floors(phones(inc=1), LATER, past.open_units)
    made: Pushes = []
    while len(made) < PUSHES_ON_HISTORY + WARM_UP_ON_HISTORY:
        made += floors.work()
    return made[: PUSHES_ON_HISTORY + WARM_UP_ON_HISTORY]


def _in_turn(ledgers: list[Settings], traffic: Pushes) -> list[list[Seconds]]:
    connections = [connect_raw(settings.database) for settings in ledgers]
    desks = [Desk(connection, lambda: 0) for connection in connections]
    costs: list[list[Seconds]] = [[] for _ in desks]
    for phone, run in traffic:
        delivery = together(phone, run)
        for desk, taken in zip(desks, costs, strict=True):
            wall, processor = time.perf_counter(), time.process_time()
            desk.take([delivery])
            taken.append(Seconds(time.perf_counter() - wall, time.process_time() - processor))
    for connection in connections:
        connection.close()
    return [taken[WARM_UP_ON_HISTORY:] for taken in costs]
