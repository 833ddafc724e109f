"""A phone fetches 20,000 rows: against reading and encoding them alone, and what it does to a push meanwhile.

The floor, measured in the same run: read the same feed rows and units with plain statements on one connection, page by
page, and encode the same answers, with no server around it. The second figure is the 99th percentile of small pushes
while phones fetch everything again and again, divided by that of the same pushes alone.
"""

from __future__ import annotations

import asyncio
import gc
import time
from contextlib import closing
from multiprocessing import get_context
from typing import Any

import httpx
import msgspec
from floor import Phone, material, together
from installation import Keys, installed
from served import HEADERS, Served, contact_body, fresh_nonce, percentile_ms, push_body, serving
from serving import free_port

from server.database.engine import connect_raw
from server.intake.writer import Desk
from server.settings import Settings
from server.setup.serving import collect_as_a_server
from sync.wire import CHANGES_PER_PULL_MAX, Change, PullAnswer

UNITS = 20_000
PER_PUSH = 500
PUSHES = 200
PULLERS = 2
PULLS = 10
SITE = "ASHA-WH"


def run() -> dict[str, Any]:
    """Measure once."""
    maker, pusher, *readers = (Phone(n, SITE, compared=True) for n in range(1, 3 + PULLERS))
    with installed([maker, pusher, *readers]) as installation:
        settings = installation.copy("served", free_port())
        _fill(settings, maker)
        # Before and after, and as often as the phone pulls: what else the machine is doing changes within a minute.
        floors = [_floor(settings) for _ in range(PULLS // 2)]
        with serving(settings) as server:
            rows, seconds, processor = _pulled(server, installation.keys, readers[0])
            floors += [_floor(settings) for _ in range(PULLS // 2)]
            floor = sum(floors)
            return {
                "bench": "pull",
                "rows": rows // PULLS,
                "rows_per_second": round(rows / seconds),
                "floor_rows_per_second_of_processor": round(rows / floor),
                "rows_per_second_of_processor": round(rows / processor),
                "ratio": round(floor / processor, 3),
            } | _beside(server, installation.keys, pusher, readers)


def _fill(settings: Settings, maker: Phone) -> None:
    here = f"location:{SITE}"
    for number in range(UNITS):
        lot = material(batch=f"L-{number % 100}")
        maker.record(
            "commissioned", unit=f"U{number:06d}", kind="drum", material=lot, from_="supplier", to=here, at=number
        )
    with closing(connect_raw(settings.database)) as connection:
        desk = Desk(connection, lambda: 0)
        for start in range(0, UNITS, PER_PUSH):
            desk.take([together(maker, maker.outbox.events[start : start + PER_PUSH])])


_FEED = "SELECT pos, entity FROM feed WHERE site = ? AND pos > ? ORDER BY pos LIMIT ?"
_UNITS = """SELECT n, serial, kind, item, batch, owner, status, quantity, place, parent, is_ended, supplier_lot, heads
            FROM unit WHERE n IN ?numbers"""


def _floor(settings: Settings) -> float:
    """Read all rows and encode all answers with nothing around them, garbage looked for as seldom as in the server.

    Gives processor seconds.
    """
    often = gc.get_threshold()
    collect_as_a_server()
    try:
        return _read_and_encoded(settings)
    finally:
        gc.unfreeze()
        gc.set_threshold(*often)


def _read_and_encoded(settings: Settings) -> float:
    began = time.process_time()
    with closing(connect_raw(settings.database)) as connection:
        after = 0
        while rows := connection.execute(_FEED, (SITE, after, CHANGES_PER_PULL_MAX)).fetchall():
            at = {n: pos for pos, n in rows}
            changes = [Change(at[n], "unit", serial, _shape(serial, *rest)) for n, serial, *rest
                       in connection.execute(_UNITS, (list(at),)).fetchall()]  # fmt: skip
            msgspec.json.encode(changes)
            after = rows[-1][0]
    return time.process_time() - began


def _shape(serial: str, *columns: Any) -> dict[str, Any]:
    kind, item, batch, owner, status, quantity, place, parent, is_ended, supplier_lot, heads = columns
    return {
        "unit": serial, "kind": kind, "item": item, "batch": batch, "owner": owner, "status": status,
        "quantity": str(quantity), "place": place, "parent": parent, "is_ended": bool(is_ended),
        "supplier_lot": supplier_lot, "heads": [heads[at : at + 16].hex() for at in range(0, len(heads), 16)],
        "is_held": False,
    }  # fmt: skip


def _pulled(server: Served, keys: Keys, phone: Phone) -> tuple[int, float, float]:
    """Fetch everything several times, as a process's seconds come in hundredths; give rows, wall, processor."""
    asyncio.run(_pull_all(server, keys, phone))  # warm up
    before, began = server.processor_seconds(), time.perf_counter()
    rows = sum(asyncio.run(_pull_all(server, keys, phone)) for _ in range(PULLS))
    return rows, time.perf_counter() - began, server.processor_seconds() - before


def _beside(server: Served, keys: Keys, pusher: Phone, readers: list[Phone]) -> dict[str, Any]:
    alone = asyncio.run(_push(server, keys, pusher))
    # In a process of their own: what they do with the answers is no business of the phone that pushes.
    pulling = get_context("fork").Process(target=_pull_on, args=(server, keys, readers), daemon=True)
    pulling.start()
    beside = asyncio.run(_push(server, keys, pusher))
    pulling.terminate()
    pulling.join()
    return {
        "push_p99_alone_ms": percentile_ms(alone, 0.99),
        "push_p99_beside_pulls_ms": percentile_ms(beside, 0.99),
        "push_ratio": round(percentile_ms(beside, 0.99) / percentile_ms(alone, 0.99), 2),
        "pulling_phones": PULLERS,
    }


async def _pull_all(server: Served, keys: Keys, phone: Phone) -> int:
    """Fetch everything from the beginning; give the number of rows."""
    rows, cursor = 0, None
    async with httpx.AsyncClient(base_url=server.base, timeout=120) as client:
        nonce = await fresh_nonce(client)
        while True:
            said = {"limit": CHANGES_PER_PULL_MAX} | ({"cursor": cursor} if cursor else {})
            body = contact_body(phone, keys[phone.n], "pull", nonce, **said)
            answer = (await client.post("/sync/v1/pull", content=body, headers=HEADERS)).raise_for_status()
            told = await asyncio.to_thread(msgspec.json.decode, answer.content, type=PullAnswer)
            rows, nonce, cursor = rows + len(told.changes), told.nonce, {"epoch": told.epoch, "pos": told.to}
            if not told.more:
                return rows


def _pull_on(server: Served, keys: Keys, phones: list[Phone]) -> None:
    async def on(phone: Phone) -> None:
        while True:
            await _pull_all(server, keys, phone)

    async def all_of_them() -> None:
        await asyncio.gather(*(on(phone) for phone in phones))

    asyncio.run(all_of_them())


async def _push(server: Served, keys: Keys, phone: Phone) -> list[float]:
    """Record and hand in scan after scan; give what each push took."""
    waits = []
    async with httpx.AsyncClient(base_url=server.base, timeout=120) as client:
        nonce = await fresh_nonce(client)
        for _ in range(PUSHES):
            kept = phone.commission(f"X{phone.made:06d}", at=phone.made)
            body = push_body(phone, [kept], keys[phone.n], nonce)
            began = time.perf_counter()
            answer = await client.post("/sync/v1/push", content=body, headers=HEADERS)
            waits.append(time.perf_counter() - began)
            nonce = answer.raise_for_status().json()["nonce"]
            await asyncio.sleep(0.01)
    return waits
