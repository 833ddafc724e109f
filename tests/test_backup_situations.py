"""A server brought back from an older copy, one situation a test: what was forgotten comes again from phones and desk.

Random floors are in `test_backup_drills.py`; here each situation stands by its name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Installation
from floor import FL
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.backup.copies import Copy
from server.backup.making import make
from server.backup.restoring import restore
from server.clock import now_ms
from server.database.engine import connect_raw
from server.intake.check import check
from sync.outbox import is_held
from sync.wire import PushAnswer

pytestmark = pytest.mark.requirement("A5", "S8")


@pytest.fixture
def plant(installation: Installation, tmp_path: Path) -> Installation:
    """Give an installation with a folder for its copies."""
    (tmp_path / "copies").mkdir()
    return Installation(msgspec.structs.replace(installation.settings, backup=tmp_path / "copies"), installation.office)


def copied(plant: Installation) -> Copy:
    """Make a copy of what the server holds now."""
    assert plant.settings.backup is not None
    return make(plant.settings, plant.settings.backup, now_ms)


def hand_in(client: TestClient[Any], *phones: SignedPhone) -> None:
    """Let phones call until nothing is left; who hears of a restore sends again what it took back."""
    for phone in phones:
        phone.client = client
        phone.outbox.bases = phone.pull()["bases"]
        while phone.outbox.next_run() is not None:
            answer = phone.push()
            assert answer.status_code == 200, answer.json()
            phone.outbox.answered(msgspec.convert(answer.json(), PushAnswer))


def books(plant: Installation) -> tuple[list[str], dict[str, int]]:
    """Check the books, and give how much is where."""
    wrong = check(plant.settings.database)
    connection = connect_raw(plant.settings.database)
    rows = connection.execute(
        "SELECT b.place, SUM(a.quantity) FROM balance a JOIN bucket b ON b.n = a.bucket GROUP BY b.place"
    ).fetchall()
    connection.close()
    return wrong, {place: quantity for place, quantity in rows if quantity}


def test_a_server_restored_from_an_older_backup_gets_everything_again(plant: Installation) -> None:
    """The phone had an answer for the second drum; by the list of epochs it sees that this is gone, and sends again."""
    with plant.client() as client:
        phone = SignedPhone(client, plant.office)
        phone.commission("D1", to=FL)
        hand_in(client, phone)
        older = copied(plant)
        phone.commission("D2", to=FL)
        hand_in(client, phone)
    restore(plant.settings, older.folder, now_ms)
    assert books(plant) == ([], {"supplier": -25_000, FL: 25_000})
    with plant.client() as client:
        hand_in(client, phone)
    assert books(plant) == ([], {"supplier": -50_000, FL: 50_000})


def test_a_server_restored_twice_in_a_row_gets_everything_again(plant: Installation) -> None:
    """The second copy is older than the first; what was sent again in between is forgotten once more."""
    with plant.client() as client:
        phone, other = SignedPhone(client, plant.office), SignedPhone(client, plant.office, name="Phone 2")
        phone.commission("D1", to=FL)
        hand_in(client, phone)
        oldest = copied(plant)
        phone.commission("D2", to=FL)
        hand_in(client, phone)
        older = copied(plant)
        other.commission("D3", to=FL)
        hand_in(client, other)
    restore(plant.settings, older.folder, now_ms)
    with plant.client() as client:
        hand_in(client, other)
    restore(plant.settings, oldest.folder, now_ms)
    assert books(plant) == ([], {"supplier": -25_000, FL: 25_000})
    with plant.client() as client:
        hand_in(client, other, phone)
    assert books(plant) == ([], {"supplier": -75_000, FL: 75_000})
    for one in (phone, other):
        assert all(is_held(kept.ack, one.outbox.bases) for kept in one.outbox.events)


def test_a_phone_enrolled_since_the_backup_is_admitted_after_the_restore(plant: Installation) -> None:
    """The restored server has never heard of it; its certificate says that this installation enrolled it."""
    with plant.client() as client:
        older = copied(plant)
        since = SignedPhone(client, plant.office, name="Enrolled since")
        since.commission("D1", to=FL)
        hand_in(client, since)
    restore(plant.settings, older.folder, now_ms)
    assert books(plant) == ([], {})
    with plant.client() as client:
        hand_in(client, since)
        names = [row["name"] for row in client.get("/devices", headers=plant.office).json()["devices"]]
    assert "Enrolled since" in names
    assert books(plant) == ([], {"supplier": -25_000, FL: 25_000})


def test_what_a_desk_decided_since_the_backup_stands_again_after_the_restore(plant: Installation) -> None:
    """A desk is a device too: its holds and its words about phones are in its outbox, and come again like scans."""
    with plant.client() as client:
        phone, lost = SignedPhone(client, plant.office), SignedPhone(client, plant.office, name="Lost")
        desk = SignedPhone(client, plant.office, name="Desk", is_desk=True)
        phone.commission("D1", to=FL)
        lost.commission("D2", to=FL)
        hand_in(client, phone, lost)
        older = copied(plant)
        desk.hold()
        desk.revoke(lost, 0)
        hand_in(client, desk)
    decided = {"supplier": -25_000, FL: 25_000}
    assert books(plant) == ([], decided)
    restore(plant.settings, older.folder, now_ms)
    assert books(plant) == ([], {"supplier": -50_000, FL: 50_000})
    with plant.client() as client:
        hand_in(client, desk)
    assert books(plant) == ([], decided)
    connection = connect_raw(plant.settings.database)
    assert connection.execute("SELECT COUNT(*) FROM hold WHERE is_held").fetchone()[0] == 1
    connection.close()
