"""How much memory the server's worker process takes after 200,000 scans over HTTP, as the kernel counts it."""

from __future__ import annotations

import asyncio
from typing import Any

from installation import installed
from served import drive, serving
from serving import free_port
from traffic import EVENTS_PER_DAY, Floors, Pushes, phones

DAYS = 200
CONNECTIONS = 8


def run() -> dict[str, Any]:
    """Measure once."""
    floors = Floors(phones())
    with installed(floors.phones) as installation, serving(installation.copy("served", free_port())) as server:
        at_start, _ = server.memory_mib()
        after: dict[int, int] = {}
        for day in range(1, DAYS + 1):
            asyncio.run(drive(server, installation.keys, _day(floors), CONNECTIONS))
            if day in {DAYS // 20, DAYS // 4, DAYS // 2, DAYS}:
                after[day * EVENTS_PER_DAY] = round(server.memory_mib()[0])
        now, most = server.memory_mib()
    return {
        "bench": "memory",
        "events": DAYS * EVENTS_PER_DAY,
        "worker_mib_at_start": round(at_start),
        "worker_mib_after_events": after,
        "worker_mib": round(now),
        "worker_most_mib": round(most),
    }


def _day(floors: Floors) -> Pushes:
    made = floors.work()
    for phone in floors.phones:
        phone.outbox.events.clear()  # what was handed in is no longer needed here
    return made
