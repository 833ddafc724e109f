"""Copies of running records: whole, proven, private, and as many as are wanted; a killed one is none."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Installation
from floor import Books, Phone, single
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.access.keys import open_keys
from server.backup.copies import Copy, copies_in, installation_of
from server.backup.disk import digest_of
from server.backup.keeper import DAY_MS, Keeper
from server.backup.making import BackupFailed, make
from server.clock import now_ms
from server.database.engine import connect_raw, connect_read_only
from server.intake.check import check_connection
from server.intake.epochs import Epoch, History
from server.settings import Settings


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder for copies."""
    folder = tmp_path / "copies"
    folder.mkdir()
    return folder


def copies(settings: Settings, place: Path) -> list[Copy]:
    """Give the copies that are there."""
    return copies_in(place, installation_of(open_keys(settings.keys_folder)))


@pytest.mark.requirement("A5", "D5")
def test_a_copy_of_a_running_server_is_whole_proven_and_says_what_it_holds(
    client: TestClient[Any], installation: Installation, place: Path
) -> None:
    phone = SignedPhone(client, installation.office)
    phone.commission("D1"), phone.commission("D2")
    head = phone.push().json()["feed_head"]
    copy = make(installation.settings, place, now_ms)
    manifest = copy.manifest
    assert copy.is_verified
    assert manifest.heads["ASHA-WH"] == head
    assert manifest.lineage[-1].id == manifest.epoch == client.get("/installation").json()["epoch"]
    assert (manifest.sha256, manifest.version) == (digest_of(copy.database), "0.1.0")
    assert sorted(path.name for path in copy.folder.iterdir()) == ["batchspine.sqlite", "keys", "manifest.json"]
    with sqlite3.connect(copy.database) as database:
        assert database.execute("SELECT COUNT(*) FROM event").fetchone() == (2,)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",), "one file, nothing beside it"
    assert digest_of(copy.database) == manifest.sha256, "reading leaves it as it was"


@pytest.mark.requirement("A5", "A6")
def test_nobody_but_the_owner_can_read_a_copy_or_the_keys_beside_it(installation: Installation, place: Path) -> None:
    copy = make(installation.settings, place, now_ms)
    paths = [path for path in copy.folder.rglob("*") if path.is_file()]
    assert {path.name for path in paths} >= {"batchspine.sqlite", "installation.pem", "token.pem"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (copy.folder, copy.folder / "keys")} == {0o700}
    for name in ("installation.pem", "token.pem"):
        assert (copy.folder / "keys" / name).read_bytes() == (installation.settings.keys_folder / name).read_bytes()


@pytest.mark.requirement("A5", "D5")
def test_copies_taken_while_phones_push_are_each_one_moment_of_the_books(
    installation: Installation, place: Path
) -> None:
    """Every one verifies, each holds at least what the one before held, and nobody who pushes is refused."""
    with installation.client() as client:
        phone = SignedPhone(client, installation.office)
        stopping, answers = threading.Event(), []

        def work() -> None:
            n = 0
            while not stopping.is_set():
                phone.commission(f"D{n}"), phone.dispatch(f"D{n}", at=n)
                answer = phone.push()
                answers.append(answer.status_code)
                for kept in phone.outbox.events:
                    kept.ack = (answer.json()["epoch"], 1)
                phone.outbox.bases = [(answer.json()["epoch"], 1)]
                n += 2

        thread = threading.Thread(target=work)
        thread.start()
        made = [make(installation.settings, place, now_ms) for _ in range(4)]
        stopping.set()
        thread.join()
    heads = [copy.manifest.heads["ASHA-WH"] for copy in made]
    assert all(copy.is_verified for copy in made)
    assert heads == sorted(heads)
    assert heads[0] < heads[-1]
    assert set(answers) == {200}


@pytest.mark.requirement("D5")
def test_as_many_verified_copies_are_kept_as_wanted_and_those_of_others_are_left_alone(
    installation: Installation, empties: Callable[[str], Settings], place: Path, tmp_path: Path
) -> None:
    other = msgspec.structs.replace(installation.settings, data=tmp_path / "other")
    shutil.copytree(empties("sqlite").data, other.data)
    shutil.rmtree(other.keys_folder)
    open_keys(other.keys_folder)
    (place / "holiday.jpg").touch()
    theirs = make(other, place, now_ms)
    ours = [make(installation.settings, place, now_ms, keep=3) for _ in range(5)]
    assert copies(installation.settings, place) == ours[-3:]
    assert copies(other, place) == [theirs]
    assert (place / "holiday.jpg").exists()
    assert sorted(path.name for path in place.iterdir() if path.name.startswith(".")) == []
    make(installation.settings, place, now_ms, keep=1)
    assert len(copies(installation.settings, place)) == 2, "those phones rely on are never let go"


@pytest.mark.requirement("D5")
def test_a_copy_whose_books_do_not_agree_is_kept_but_never_in_the_place_of_a_verified_one(
    installation: Installation, place: Path
) -> None:
    settings = installation.settings
    good = [make(settings, place, now_ms, keep=2) for _ in range(2)]
    connection = connect_raw(settings.database)
    connection.execute("INSERT INTO bucket VALUES (1, 'location:X', 'A', 'B', 'ASHA', 'available')")
    connection.execute("INSERT INTO balance VALUES (1, 5)")
    odd = [make(settings, place, now_ms, keep=2) for _ in range(4)]
    assert not any(copy.is_verified for copy in odd)
    assert "location:X" in odd[0].manifest.differences[0]
    assert copies(settings, place) == [*good, *odd[-2:]]
    connection.execute("DELETE FROM balance")
    connection.close()
    mended = make(settings, place, now_ms, keep=2)
    assert copies(settings, place) == [good[1], mended]


@pytest.mark.requirement("A5")
def test_records_that_are_damaged_make_no_copy_and_no_old_one_goes(installation: Installation, place: Path) -> None:
    settings = installation.settings
    first = make(settings, place, now_ms)
    with settings.database.open("r+b") as file:
        for page in range(4, 20):
            file.seek(page * 4096 + 8)
            file.write(b"\xff" * 64)
    with pytest.raises(BackupFailed, match=r"copied whole|malformed|doctor"):
        make(settings, place, now_ms)
    assert copies(settings, place) == [first]
    assert list(place.glob(".*")) == []


@pytest.mark.requirement("D5")
def test_a_disk_that_is_not_connected_is_named_and_nothing_is_written_elsewhere(
    installation: Installation, tmp_path: Path
) -> None:
    with pytest.raises(BackupFailed, match="connect its disk"):
        make(installation.settings, tmp_path / "usb" / "copies", now_ms)
    assert not (tmp_path / "usb").exists()


@pytest.mark.requirement("A5", "D5")
def test_a_kill_during_a_backup_leaves_no_half_copy_that_counts(tmp_path: Path, empty: Settings, place: Path) -> None:
    """Kill -9 at forty random moments of copy after copy: whatever has a name is whole, and the next one is made."""
    rng, settings = random.Random(9), empty
    _fill(settings, tmp_path)
    began = time.monotonic()
    make(settings, place, now_ms)
    seconds = time.monotonic() - began
    interrupted = 0
    for _ in range(40):
        child = os.fork()
        if child == 0:
            try:
                make(settings, place, now_ms, keep=3)
            finally:
                os._exit(0)
        time.sleep(rng.uniform(0, 1.2) * seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        interrupted += bool(list(place.glob(".making-*")))
        for copy in copies(settings, place):
            assert digest_of(copy.database) == copy.manifest.sha256
    for copy in copies(settings, place):
        connection = connect_read_only(copy.database)
        assert check_connection(connection) == []
        connection.close()
    assert interrupted > 5, "some were killed half way"
    assert make(settings, place, now_ms).is_verified
    assert list(place.glob(".making-*")) == []


def _fill(settings: Settings, folder: Path) -> None:
    """Put the records of a busy floor in the place of the empty ones."""
    books = Books(folder)
    phone = Phone(1)
    books.take(*(single(phone, phone.commission(f"D{n}", at=n)) for n in range(400)))
    books.connection.execute("INSERT INTO installation (n) VALUES (1)")
    books.connection.execute("INSERT INTO epoch (n, id) VALUES (1, 'e')")
    books.connection.close()
    shutil.copy(books.path, settings.database)


@pytest.mark.requirement("D5")
def test_a_copy_the_place_has_spoilt_counts_no_longer(installation: Installation, place: Path) -> None:
    """Found when the next copy is made: those phones rely on are read through once more."""
    settings = installation.settings
    first, second = make(settings, place, now_ms), make(settings, place, now_ms)
    with second.database.open("r+b") as file:
        file.seek(50_000)
        file.write(b"rust")
    third = make(settings, place, now_ms)
    assert copies(settings, place) == [first, third]
    assert (place / f"damaged-{second.folder.name}").is_dir()
    with third.database.open("ab") as file:
        file.write(b"more")
    assert copies(settings, place) == [first], "one of another size is not even looked at"


# --- the keeper


@pytest.fixture
def kept(installation: Installation, place: Path) -> tuple[Keeper, History, Settings]:
    """Give a keeper whose clock the test turns, without a server around it."""
    settings = msgspec.structs.replace(installation.settings, backup=place)
    history = History((Epoch(_epoch(settings), {}),))
    return Keeper(settings, open_keys(settings.keys_folder), history, now_ms), history, settings


def _epoch(settings: Settings) -> str:
    with sqlite3.connect(settings.database) as database:
        return str(database.execute("SELECT id FROM epoch").fetchone()[0])


@pytest.mark.requirement("D5", "A5")
def test_phones_are_told_nothing_is_durable_until_two_copies_are_proven(
    kept: tuple[Keeper, History, Settings], installation: Installation, place: Path
) -> None:
    keeper, history, settings = kept
    keeper.look()
    assert history.durable_pos("ASHA-WH") == 1
    heads = []
    with installation.client() as client:
        phone = SignedPhone(client, installation.office)
        for n in range(3):
            phone.commission(f"D{n}")
            heads.append(phone.push(phone.outbox.next_run()).json()["feed_head"])
            make(settings, place, now_ms)
            keeper.look()
            assert history.durable_pos("ASHA-WH") == (heads[-2] + 1 if n else 1)
    record = settings.data / f"announced-{installation_of(open_keys(settings.keys_folder))}.json"
    assert record.read_bytes() == (place / record.name).read_bytes()
    for copy in copies(settings, place)[-2:]:
        shutil.rmtree(copy.folder)
    keeper.look()
    assert history.durable_pos("ASHA-WH") == 1, "copies that have gone count no longer"
    assert str(heads[-2] + 1) in record.read_text(), "but what was announced stays on record"


@pytest.mark.requirement("D5")
def test_the_server_makes_a_copy_a_day_by_itself_and_says_why_if_it_cannot(
    kept: tuple[Keeper, History, Settings], place: Path
) -> None:
    keeper = kept[0]
    assert keeper.is_due()
    asyncio.run(keeper.make())
    assert keeper.failure is None
    assert not keeper.is_due()
    shown = keeper.shown()
    assert (shown["state"], len(shown["backups"]), shown["backups"][0]["is_verified"]) == ("good", 1, True)
    keeper._now_ms = lambda: now_ms() + DAY_MS + 1
    assert keeper.is_due()
    assert keeper.shown()["state"] == "good", "a day old is not late yet"
    place.chmod(0o700)
    shutil.rmtree(place)
    asyncio.run(keeper.make())
    assert keeper.failure is not None
    assert "connect its disk" in keeper.failure.sentence
    assert not keeper.is_due(), "not again within the hour"
    assert keeper.shown()["state"] == "none"
    assert keeper.shown()["last_failure"]["sentence"] == keeper.failure.sentence


@pytest.mark.requirement("D5")
def test_the_office_sees_how_it_stands_with_copies_and_others_do_not(
    installation: Installation, client: TestClient[Any]
) -> None:
    answer = client.get("/backups", headers=installation.office).json()
    assert (answer["state"], answer["folder"], answer["backups"]) == ("off", None, [])
    assert "phones keep every scan" in answer["sentence"]
    assert client.get("/backups").status_code == 401


@pytest.mark.requirement("D5", "A5")
def test_a_running_server_notices_copies_and_tells_phones(installation: Installation, place: Path) -> None:
    settings = msgspec.structs.replace(installation.settings, backup=place)
    for _ in range(2):
        make(settings, place, now_ms)
    with Installation(settings, installation.office).client() as client:
        phone = SignedPhone(client, installation.office)
        deadline = time.monotonic() + 10
        while phone.pull()["durable_pos"] == 1:
            assert time.monotonic() < deadline
        heads = client.get("/backups", headers=installation.office).json()["backups"][0]["heads"]
        assert phone.pull()["durable_pos"] == heads["ASHA-WH"] + 1
        phone.commission("D1")
        assert phone.push().json()["durable_pos"] == heads["ASHA-WH"] + 1
