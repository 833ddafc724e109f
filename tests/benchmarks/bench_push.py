"""How fast pushes are settled over HTTP, as a ratio to the floor: the same rows, written by nothing but SQLite.

The server is the real one in its own process, with signature, chain and settlement. The floor replays, on a fresh
database with the same tables and indexes, exactly the statements settlement executed for this input, precomputed, one
FULL transaction per push; a second floor writes the bare event rows alone. All in one run, so the ratios hold on any
machine.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from floor import SITES, Phone, together
from traffic import EVENTS_PER_PUSH, pushes

from server.access.encoding import to_base64url
from server.database.engine import connect_raw, sqlite_version
from server.intake.check import check
from server.intake.writer import Desk
from server.settings import Settings, to_environment
from server.setup import first_run
from sync.chain import signed_bytes
from sync.outbox import Kept

CONNECTIONS = 8
PUSHES = 200
WARM_UP = 20


def run(count: int = PUSHES) -> dict[str, Any]:
    """Measure once; figures in events per second of wall time."""
    phones, traffic = pushes(count + WARM_UP)
    folder = Path(tempfile.mkdtemp(prefix="batchspine-bench-"))
    try:
        keys = {phone.n: ec.generate_private_key(ec.SECP256R1()) for phone in phones}
        blank = _blank(folder, phones, keys)
        in_process, recorded = _in_process(folder, blank, traffic)
        # Before and after: what else the machine is doing changes within a minute.
        floors = [_replay(folder, blank, recorded, bare=False)]
        served, p95_ms = _over_http(folder, blank, keys, traffic)
        floors.append(_replay(folder, blank, recorded, bare=False))
        floor = sum(floors) / len(floors)
        bare = _replay(folder, blank, recorded, bare=True)
        rows = {table: count / len(traffic) / EVENTS_PER_PUSH for table, count in _rows(recorded).items()}
    finally:
        shutil.rmtree(folder)
    return {
        "bench": "push",
        "events_per_second": round(served),
        "in_process_events_per_second": round(in_process),
        "floor_events_per_second": round(floor),
        "floor_before_and_after": [round(figure) for figure in floors],
        "bare_event_row_events_per_second": round(bare),
        "ratio": round(served / floor, 3),
        "ratio_in_process": round(in_process / floor, 3),
        "ratio_to_bare_event_row": round(served / bare, 3),
        "push_p95_ms": round(p95_ms, 1),
        "rows_per_event": round(sum(rows.values()), 2),
        "rows_per_event_by_table": {table: round(rows[table], 3) for table in sorted(rows)},
        "pushes": len(traffic) - WARM_UP,
        "sqlite": sqlite_version(),
    }


def _blank(folder: Path, phones: list[Phone], keys: dict[int, Any]) -> Path:
    """Make an installation that knows the phones and their places, and has no event yet."""
    data = folder / "blank"
    settings = Settings(data=data, pwa=folder / "no-app")
    first_run.prepare(settings)
    connection = connect_raw(settings.database)
    for site in SITES:
        connection.execute(
            "INSERT INTO place (code, name, type, site) VALUES (?, ?, 'factory_floor', ?)", (site, site, site)
        )
    for phone in phones:
        public = keys[phone.n].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        connection.execute(
            "INSERT INTO device (n, id, code, name, site, public_key, enrolled_at) VALUES (?, ?, ?, ?, ?, ?, 0)",
            (phone.n, phone.id, f"{phone.n:03d}", f"Phone {phone.n}", phone.site, public),
        )
    connection.close()
    return data


def _over_http(
    folder: Path, blank: Path, keys: dict[int, Any], traffic: list[tuple[Phone, list[Kept]]]
) -> tuple[float, float]:
    data = folder / "served"
    shutil.copytree(blank, data)
    settings = Settings(data=data, pwa=folder / "no-app", port=_free_port())
    server = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve"],
        env={**_environment(), **to_environment(settings)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{settings.port}/health")
        asyncio.run(_drive(settings.port, keys, traffic[:WARM_UP]))
        seconds, latencies = asyncio.run(_drive(settings.port, keys, traffic[WARM_UP:]))
    finally:
        server.terminate()
        server.wait(30)
    if differences := check(settings.database):
        raise AssertionError(f"the books are wrong after the run: {differences[:3]}")
    latencies.sort()
    return (len(traffic) - WARM_UP) * EVENTS_PER_PUSH / seconds, latencies[int(len(latencies) * 0.95)] * 1000


async def _drive(port: int, keys: dict[int, Any], traffic: list[tuple[Phone, list[Kept]]]) -> tuple[float, list[float]]:
    """Hand in pushes over eight connections; a phone never has two under way."""
    waiting = list(reversed(traffic))
    busy: set[int] = set()
    latencies: list[float] = []
    base = f"http://127.0.0.1:{port}"

    async def connection() -> None:
        async with httpx.AsyncClient(base_url=base, timeout=60) as client:
            nonce = (await client.get("/sync/v1/nonce")).json()["nonce"]
            while waiting:
                index = next((i for i in range(len(waiting) - 1, -1, -1) if waiting[i][0].n not in busy), None)
                if index is None:
                    await asyncio.sleep(0.001)
                    continue
                phone, kept = waiting.pop(index)
                busy.add(phone.n)
                body = _body(phone, kept, keys[phone.n], nonce)
                began = time.perf_counter()
                answer = await client.post("/sync/v1/push", content=body, headers={"content-type": "application/json"})
                latencies.append(time.perf_counter() - began)
                answer.raise_for_status()
                nonce = answer.json()["nonce"]
                busy.discard(phone.n)

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, latencies


def _body(phone: Phone, run: list[Kept], key: Any, nonce: str) -> bytes:
    first, last = run[0], run[-1]
    message = signed_bytes("push", nonce, phone.id, last.inc, last.seq, last.hash)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return json.dumps(
        {
            "proto": 1, "app": "bench", "device": phone.id.hex(), "inc": last.inc.hex(), "nonce": nonce,
            "sig": to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big")),
            "head": {"seq": phone.outbox.head.seq, "hash": phone.outbox.head.hash},
            "pending": len(run), "base": {"seq": first.seq - 1, "hash": first.previous.hex()},
            "events": [{"id": kept.id.hex(), "seq": kept.seq, "body": kept.body.decode()} for kept in run],
        }
    ).encode()  # fmt: skip


class Recorder:
    """A connection that remembers what is written through it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.transactions: list[list[tuple[str, list[tuple[Any, ...]]]]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, text: str, parameters: tuple[Any, ...] = ()) -> Any:
        """Pass a statement on; a transaction's begin opens a new record."""
        if text.startswith("BEGIN"):
            self.transactions.append([])
        elif not text.startswith(("SELECT", "PRAGMA", "COMMIT")):
            self.transactions[-1].append((text, [parameters]))
        return self._connection.execute(text, parameters)

    def executemany(self, text: str, rows: list[tuple[Any, ...]]) -> Any:
        """Pass rows on and remember them."""
        if rows:
            self.transactions[-1].append((text, list(rows)))
        return self._connection.executemany(text, rows)


def _in_process(folder: Path, blank: Path, traffic: list[tuple[Phone, list[Kept]]]) -> tuple[float, list[Any]]:
    connection = connect_raw(_copy(folder, blank, "in-process"))
    recorder = Recorder(connection)
    desk = Desk(recorder, lambda: 0)
    deliveries = [together(phone, run) for phone, run in traffic]
    began = time.perf_counter()
    for delivery in deliveries:
        desk.take([delivery])
    seconds = time.perf_counter() - began
    connection.close()
    return len(traffic) * EVENTS_PER_PUSH / seconds, recorder.transactions


def _replay(folder: Path, blank: Path, transactions: list[Any], *, bare: bool) -> float:
    shutil.rmtree(folder / "floor", ignore_errors=True)
    connection = connect_raw(_copy(folder, blank, "floor"))
    if bare:
        connection.execute("PRAGMA foreign_keys=OFF")
    events = 0
    work = [[s for s in statements if not bare or s[0].startswith("INSERT INTO event")] for statements in transactions]
    began = time.perf_counter()
    for statements in work:
        connection.execute("BEGIN IMMEDIATE")
        for text, rows in statements:
            connection.executemany(text, rows)
            events += len(rows) if text.startswith("INSERT INTO event") else 0
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return events / seconds


def _rows(transactions: list[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for statements in transactions:
        for text, rows in statements:
            table = text.split("INTO ")[-1].split(" ")[0] if "INTO " in text else text.split(" ")[2]
            counts[table] = counts.get(table, 0) + len(rows)
    return counts


def _copy(folder: Path, blank: Path, name: str) -> Path:
    shutil.copytree(blank, folder / name)
    return folder / name / "batchspine.sqlite"


def _environment() -> dict[str, str]:
    import os  # noqa: PLC0415

    return dict(os.environ)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, patience: Callable[[], float] = time.monotonic) -> None:
    deadline = patience() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if patience() > deadline:
                raise
            time.sleep(0.05)
