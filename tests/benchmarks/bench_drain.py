"""Fifty phones that were away for days come back at once, each with two thousand scans: how long until all is in?

The real server over HTTP; every phone pushes its next run as soon as the last one is answered, without the pause the
server asks for. Afterwards every scan must be held once, and the books must be right.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import closing
from http import HTTPStatus
from typing import Any

import httpx
from floor import SITES, Phone, material
from installation import Installation, Keys, installed
from served import HEADERS, Served, fresh_nonce, percentile_ms, push_body, serving
from serving import free_port

from server.database.engine import connect_raw
from server.intake.check import check
from sync.outbox import Kept

PHONES = 50
QUEUED = 2_000
EVENTS_PER_PUSH = 200
"""What a server asks phones for."""


def run() -> dict[str, Any]:
    """Measure once."""
    phones = [_away(n) for n in range(1, PHONES + 1)]
    with installed(phones) as installation:
        return _come_back(installation, phones)


def _away(n: int) -> Phone:
    """Give a phone that has labelled, used and sent for days, each unit four times."""
    phone = Phone(n, SITES[n % 3], compared=True)
    phone.is_desk = False
    here = f"location:{phone.site}"
    for step in range(QUEUED // 4):
        serial, at = f"P{n:02d}-{step:05d}", step * 4_000
        lot = material(batch=f"P{n:02d}.{step % 20}")
        born = phone.record("commissioned", unit=serial, kind="drum", material=lot, from_="supplier", to=here, at=at)
        used = _use(phone, serial, lot, at + 1_000, born)
        again = _use(phone, serial, lot, at + 2_000, used)
        phone.dispatch(serial, f"TR-{n}", from_=here, at=at + 3_000, after=(again,), material=lot)
    return phone


def _use(phone: Phone, serial: str, lot: dict[str, Any], at: int, known: Kept) -> Kept:
    used = lot | {"quantity": "100"}
    here = f"location:{phone.site}"
    return phone.record(
        "consumed", unit=serial, material=used, from_=here, to="run:R-12", run="R-12", at=at, after=(known,)
    )


def _come_back(installation: Installation, phones: list[Phone]) -> dict[str, Any]:
    settings = installation.copy("served", free_port())
    with serving(settings) as server:
        seconds, waits = asyncio.run(_drain(server, installation.keys, phones))
        now, most = server.memory_mib()
    with closing(connect_raw(settings.database)) as connection:
        held = {row[0] for row in connection.execute("SELECT id FROM event")}
    made = {kept.id for phone in phones for kept in phone.outbox.events}
    differences = check(settings.database)
    return {
        "bench": "drain",
        "phones": PHONES,
        "scans": len(made),
        "lost": len(made - held),
        "differences": len(differences),
        "seconds_to_drain": round(seconds, 1),
        "events_per_second": round(len(made) / seconds),
        "push_p50_ms": percentile_ms(waits, 0.50),
        "push_p95_ms": percentile_ms(waits, 0.95),
        "pushes": len(waits),
        "told_to_come_again": len(waits) - len(made) // EVENTS_PER_PUSH,
        "events_per_push": EVENTS_PER_PUSH,
        "worker_memory_mib": round(now),
        "worker_memory_most_mib": round(most),
    }


async def _drain(server: Served, keys: Keys, phones: list[Phone]) -> tuple[float, list[float]]:
    waits: list[float] = []

    async def hand_in(phone: Phone) -> None:
        async with httpx.AsyncClient(base_url=server.base, timeout=300) as client:
            nonce = await fresh_nonce(client)
            for start in range(0, QUEUED, EVENTS_PER_PUSH):
                nonce = await _hand_in(client, phone, start, keys, nonce, waits)

    began = time.perf_counter()
    await asyncio.gather(*(hand_in(phone) for phone in phones))
    return time.perf_counter() - began, waits


async def _hand_in(
    client: httpx.AsyncClient, phone: Phone, start: int, keys: Keys, nonce: str, waits: list[float]
) -> str:
    """Push one run until it is answered, as a phone does that is told to come again; give the next nonce."""
    run = phone.outbox.events[start : start + EVENTS_PER_PUSH]
    while True:
        began = time.perf_counter()
        answer = await client.post(
            "/sync/v1/push", content=push_body(phone, run, keys[phone.n], nonce), headers=HEADERS
        )
        waits.append(time.perf_counter() - began)
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            return str(answer.raise_for_status().json()["nonce"])
        await asyncio.sleep(int(answer.headers.get("retry-after", "5")))
