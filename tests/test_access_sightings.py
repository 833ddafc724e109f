"""The office sees when each phone was last heard of and what it still holds; that costs the phones nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest
from conftest import Installation
from litestar.testing import TestClient
from signed_phone import SignedPhone
from sqlalchemy import event

from server.access.sightings import Sightings
from server.clock import now_ms
from server.database.engine import create_engine


def listed(client: TestClient[Any], installation: Installation) -> dict[str, tuple[int | None, int | None]]:
    """Give (last seen, pending) of every phone by its name."""
    rows = client.get("/devices", headers=installation.office).json()["devices"]
    return {row["name"]: (row["last_seen"], row["pending"]) for row in rows}


@pytest.mark.requirement("D9", "S8")
def test_every_push_and_every_pull_is_noted_with_what_the_phone_still_holds(installation: Installation) -> None:
    began = now_ms()
    with installation.client() as client:
        phones = [SignedPhone(client, installation.office, name=name) for name in ("Pushes", "Pulls", "Silent")]
        assert listed(client, installation)["Silent"] == (None, None)
        for unit in ("D1", "D2"):
            phones[0].commission(unit)
        phones[0].push()
        phones[1].pull()
        seen = listed(client, installation)
        assert seen["Pushes"][1] == 2
        assert seen["Pulls"][1] == 0
        assert all(began <= (seen[name][0] or 0) <= now_ms() for name in ("Pushes", "Pulls"))
        assert seen["Silent"] == (None, None)
    with installation.client() as client:
        assert listed(client, installation) == seen, "it is still known after a restart"


@pytest.mark.requirement("D9")
def test_whoever_cannot_sign_for_a_phone_is_not_taken_for_it(installation: Installation) -> None:
    with installation.client() as client:
        phone, thief = (SignedPhone(client, installation.office, name=name) for name in ("Ours", "Thief"))
        thief.id, thief.certificate = phone.id, phone.certificate
        head = phone.outbox.head
        asked = thief.contact("pull", phone.outbox.inc, head.seq, bytes.fromhex(head.hash))
        assert client.post("/sync/v1/pull", json=asked).json()["code"] == "signature_wrong"
        assert listed(client, installation)["Ours"] == (None, None)


@pytest.mark.requirement("D9")
def test_a_phone_that_calls_all_the_time_is_written_once(installation: Installation) -> None:
    """And nothing at all is written when nobody called."""
    with installation.client() as client:
        SignedPhone(client, installation.office)

    async def write() -> list[int]:
        engine, sightings, written = create_engine(installation.settings.database), Sightings(), []
        updates = []
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *call: updates.append(call[2]))
        for calls in (50, 0, 1):
            for call in range(calls):
                sightings.saw(1, 1_000 + call, call)
            updates.clear()
            await sightings.write(engine)
            written.append(sum(text.startswith("UPDATE device") for text in updates))
        await engine.dispose()
        return written

    assert asyncio.run(write()) == [1, 0, 1]


@pytest.mark.requirement("A5")
def test_a_phone_a_restore_forgot_comes_back_even_if_its_code_was_given_to_another(
    installation: Installation,
) -> None:
    """Its scans arrive; the code of three characters is only a beginning of serials, not who it is."""
    with installation.client() as client:
        phone = SignedPhone(client, installation.office, name="Forgotten")
        newer = SignedPhone(client, installation.office, name="Newer")
    with sqlite3.connect(installation.settings.database) as database:
        code = database.execute("SELECT code FROM device WHERE id = ?", (phone.id,)).fetchone()[0]
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute("DELETE FROM device WHERE id = ?", (phone.id,))
        database.execute("UPDATE device SET code = ? WHERE id = ?", (code, newer.id))
    with installation.client() as client:
        phone.client = client
        phone.commission("D1")
        assert [verdict["v"] for verdict in phone.push().json()["verdicts"]] == ["stored"]
        rows = client.get("/devices", headers=installation.office).json()["devices"]
    codes = {row["name"]: row["device_code"] for row in rows}
    assert codes["Newer"] == code
    assert codes["Forgotten"] not in {code, None}
