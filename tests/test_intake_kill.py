"""Kill the server without a word, again and again, while phones push: what was acknowledged is there, once.

By command, as often as one likes: `pytest tests/test_intake_kill.py --times 200`.
"""

from __future__ import annotations

import random
import threading
from contextlib import closing

import httpx
import pytest
from conftest import Installation, Serve, Tell, Times
from signed_phone import SignedPhone

from server.database.engine import connect_raw
from server.intake.check import check

pytestmark = pytest.mark.both_engines

CYCLES = 8
PHONES = 4


class Load:
    """Phones that scan and push without pause until told to stop, and remember what they were told is stored."""

    def __init__(self, phones: list[SignedPhone], seed: int) -> None:
        self.phones, self.rng = phones, random.Random(seed)
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(phone, n)) for n, phone in enumerate(phones)]
        for thread in self.threads:
            thread.start()

    def _work(self, phone: SignedPhone, n: int) -> None:
        while not self.stopping.is_set():
            for _ in range(5):
                phone.commission(f"D{n}-{phone.made}")
            hand_in(phone)

    def stop(self) -> None:
        """End the load."""
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def hand_in(phone: SignedPhone) -> bool:
    """Push once; say whether the server answered. Unanswered events simply stay unsent."""
    try:
        answer = phone.push()
    except httpx.HTTPError:
        return False
    if answer.status_code != 200:
        return False
    stored = {verdict["id"] for verdict in answer.json()["verdicts"]}
    for kept in phone.outbox.events:
        if kept.id.hex() in stored:
            kept.ack = ("e", 1)
    phone.outbox.bases = [("e", 1)]
    return True


@pytest.mark.requirement("S8", "A5")
@pytest.mark.timeout(240)
def test_kills_under_load_lose_nothing_that_was_acknowledged(
    installation: Installation, engine: str, serve: Serve, times: Times, tell: Tell
) -> None:
    """Kill -9 of the server and its worker at a random moment of a storm of pushes."""
    rng, cycles = random.Random(20), times(CYCLES)
    server = serve(installation.settings)
    with httpx.Client(base_url=server.url, timeout=20) as client:
        phones = [SignedPhone(client, installation.office, name=f"P{n}") for n in range(PHONES)]
        for cycle in range(cycles):
            load = Load(phones, cycle)
            threading.Event().wait(rng.uniform(0.05, 0.4))
            server.kill()
            load.stop()
            server = serve(installation.settings)
            if cycle < CYCLES or cycle % CYCLES == 0:
                assert check(installation.settings.database) == []
        told = sum(kept.ack is not None for phone in phones for kept in phone.outbox.events)
        for phone in phones:
            while phone.outbox.unsent():
                assert hand_in(phone)
    server.stop()
    made = {kept.id: kept.body for phone in phones for kept in phone.outbox.events}
    with closing(connect_raw(installation.settings.database)) as database:
        held = [tuple(row) for row in database.execute("SELECT id, body FROM event").fetchall()]
    assert len(held) == len(made), "each event is there exactly once"
    assert dict(held) == made
    assert check(installation.settings.database) == []
    assert len(made) > cycles * PHONES
    tell(f"kills of the server on {engine}: {cycles}, scans made: {len(made)}, acknowledged before: {told}, lost: 0")
