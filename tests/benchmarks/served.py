"""The real server in a process of its own, and phones that drive it over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from floor import Phone
from installation import Keys
from traffic import Pushes

from server.access.encoding import to_base64url
from server.settings import Settings, to_environment
from sync.chain import Purpose, signed_bytes
from sync.outbox import Kept

HEADERS = {"content-type": "application/json"}


class Served:
    """A running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.base = f"http://127.0.0.1:{settings.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"],
            env={**os.environ, **to_environment(settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.base}/health", timeout=5):
                    return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def workers(self) -> list[int]:
        """Give the ids of its worker processes."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(child) for child in children]

    def processor_seconds(self) -> float:
        """Say how much processor time all its processes have taken so far."""
        ticks = 0
        for process in [self.process.pid, *self.workers()]:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_mib(self) -> tuple[float, float]:
        """Give the resident memory of the largest worker: now, and the most there ever was."""
        most = (0.0, 0.0)
        for worker in self.workers():
            lines = Path(f"/proc/{worker}/status").read_text().splitlines()
            kib = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS", "VmHWM"))}
            most = max(most, (kib["VmRSS"] / 1024, kib["VmHWM"] / 1024))
        return most


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    """Serve an installation."""
    served = Served(settings)
    try:
        served.wait()
        yield served
    finally:
        served.process.terminate()
        served.process.wait(60)


def sign(phone: Phone, key: Any, purpose: Purpose, nonce: str, inc: bytes, seq: int, digest: bytes) -> str:
    """Sign as a phone does."""
    message = signed_bytes(purpose, nonce, phone.id, inc, seq, digest)
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256())))
    return to_base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def push_body(phone: Phone, run: Sequence[Kept], key: Any, nonce: str) -> bytes:
    """Write a push as it travels; what the phone has recorded beyond it is announced as pending."""
    first, last = run[0], run[-1]
    return json.dumps(
        {
            "proto": 1, "app": "bench", "device": phone.id.hex(), "inc": last.inc.hex(), "nonce": nonce,
            "sig": sign(phone, key, "push", nonce, last.inc, last.seq, last.hash),
            "head": {"seq": phone.outbox.head.seq, "hash": phone.outbox.head.hash},
            "pending": len(run), "base": {"seq": first.seq - 1, "hash": first.previous.hex()},
            "events": [{"id": kept.id.hex(), "seq": kept.seq, "body": kept.body.decode()} for kept in run],
        }
    ).encode()  # fmt: skip


def contact_body(phone: Phone, key: Any, purpose: Purpose, nonce: str, **said: Any) -> bytes:
    """Write a contact without events."""
    head = phone.outbox.head
    inc, digest = phone.outbox.inc, bytes.fromhex(head.hash)
    return json.dumps(
        {
            "proto": 1, "device": phone.id.hex(), "inc": inc.hex(), "nonce": nonce, "pending": 0,
            "sig": sign(phone, key, purpose, nonce, inc, head.seq, digest),
            "head": {"seq": head.seq, "hash": head.hash},
        } | said
    ).encode()  # fmt: skip


async def fresh_nonce(client: httpx.AsyncClient) -> str:
    """Ask for a nonce."""
    return str((await client.get("/sync/v1/nonce")).raise_for_status().json()["nonce"])


async def drive(served: Served, keys: Keys, traffic: Pushes, connections: int) -> tuple[float, list[float]]:
    """Hand in pushes over so many connections, a phone never two at once; give seconds, and those of each push."""
    waiting = list(reversed(traffic))
    busy: set[int] = set()
    waits: list[float] = []

    async def connection() -> None:
        async with httpx.AsyncClient(base_url=served.base, timeout=120) as client:
            nonce = await fresh_nonce(client)
            while waiting:
                index = next((i for i in range(len(waiting) - 1, -1, -1) if waiting[i][0].n not in busy), None)
                if index is None:
                    await asyncio.sleep(0.001)
                    continue
                phone, kept = waiting.pop(index)
                busy.add(phone.n)
                body = push_body(phone, kept, keys[phone.n], nonce)
                began = time.perf_counter()
                answer = await client.post("/sync/v1/push", content=body, headers=HEADERS)
                waits.append(time.perf_counter() - began)
                nonce = answer.raise_for_status().json()["nonce"]
                busy.discard(phone.n)

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(connections)))
    return time.perf_counter() - began, waits


def percentile_ms(waits: Sequence[float], share: float) -> float:
    """Give a percentile in milliseconds."""
    ordered = sorted(waits)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)
