"""Bringing a copy back: what is refused, what is moved aside, and who is asked when somebody insists."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from conftest import Installation
from signed_phone import SignedPhone

from server.access.keys import open_keys
from server.backup import announced
from server.backup.copies import Copy, copies_in, installation_of
from server.backup.keeper import Keeper
from server.backup.making import make
from server.backup.restoring import RestoreRefused, restore
from server.cli import main
from server.clock import now_ms
from server.database import migrate
from server.database.engine import connect_raw
from server.intake.check import check
from server.intake.epochs import History, lineage_of
from server.settings import Settings, to_environment
from server.setup import first_run


@pytest.fixture
def plant(installation: Installation, tmp_path: Path) -> Installation:
    """Give an installation with a folder for its copies."""
    (tmp_path / "copies").mkdir()
    return Installation(msgspec.structs.replace(installation.settings, backup=tmp_path / "copies"), installation.office)


def scanned_and_copied(plant: Installation, times: int) -> list[Copy]:
    """Let a phone scan, copy, and so on; what is durable is announced after each copy."""
    copies = []
    with plant.client() as client:
        phone = SignedPhone(client, plant.office, name="Dock 1")
        for n in range(times):
            phone.commission(f"D{n}")
            answer = phone.push().json()
            phone.outbox.events[-1].ack = (answer["epoch"], 1)
            phone.outbox.bases = [(answer["epoch"], 1)]
            copies.append(make(plant.settings, _place(plant), now_ms))
            announce(plant.settings)
    return copies


def announce(settings: Settings) -> None:
    """Tell phones what is durable, as the running server does."""
    with migrate.connected(settings.database) as connection:
        history = History(lineage_of(connection))
    Keeper(settings, open_keys(settings.keys_folder), history, now_ms).look()


def _place(plant: Installation) -> Path:
    assert plant.settings.backup is not None
    return plant.settings.backup


def events_in(database: Path) -> int:
    """Count what is stored."""
    with sqlite3.connect(database) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM event").fetchone()[0])


@pytest.mark.requirement("A5")
def test_a_restore_begins_a_new_epoch_and_moves_what_was_here_aside(plant: Installation) -> None:
    settings = plant.settings
    copies = scanned_and_copied(plant, 3)
    before = settings.database.read_bytes()
    done = restore(settings, copies[1].folder, now_ms)
    assert done.aside is not None
    assert (done.aside / "batchspine.sqlite").read_bytes() == before
    assert events_in(settings.database) == 2
    with migrate.connected(settings.database) as connection:
        lineage = lineage_of(connection)
    assert lineage[:-1] == copies[1].manifest.lineage
    assert (lineage[-1].id, lineage[-1].first) == (
        done.epoch,
        {site: head + 1 for site, head in copies[1].manifest.heads.items()},
    )
    assert check(settings.database) == []
    again = restore(settings, copies[1].folder / "manifest.json", now_ms)
    assert again.aside != done.aside, "nothing is ever written over"
    assert again.epoch != done.epoch
    assert not list(settings.data.glob("restor*"))


@pytest.mark.requirement("A5")
def test_nothing_is_restored_under_a_running_server(plant: Installation) -> None:
    [copy] = scanned_and_copied(plant, 1)
    with plant.client(), pytest.raises(first_run.NotReady, match="Another server"):
        restore(plant.settings, copy.folder, now_ms)


@pytest.mark.requirement("A5", "S8")
def test_a_copy_older_than_what_phones_rely_on_is_refused_and_says_which_site(plant: Installation) -> None:
    copies = scanned_and_copied(plant, 4)
    for copy in copies[:2]:
        with pytest.raises(RestoreRefused, match=r"too old for ASHA-WH.*Use a newer one.*--override"):
            restore(plant.settings, copy.folder, now_ms)
    assert events_in(plant.settings.database) == 4, "nothing was changed"
    assert not list(plant.settings.data.glob("aside*"))
    for copy in copies[2:]:
        assert restore(plant.settings, copy.folder, now_ms).lacks == []


@pytest.mark.requirement("A5")
def test_whoever_insists_is_told_which_phones_to_ask_and_may_restore_newer_copies_afterwards(
    plant: Installation,
) -> None:
    copies = scanned_and_copied(plant, 4)
    done = restore(plant.settings, copies[0].folder, now_ms, override=True)
    [lack] = done.lacks
    assert (lack.site, lack.held_to, lack.announced) == (
        "ASHA-WH",
        copies[0].manifest.heads["ASHA-WH"],
        copies[2].manifest.heads["ASHA-WH"] + 1,
    )
    assert [(phone.name, phone.scans) for phone in lack.phones] == [("Dock 1", 2)]
    [note] = plant.settings.data.glob("override-*.json")
    assert json.loads(note.read_text())[0]["phones"][0]["name"] == "Dock 1"
    later = make(plant.settings, _place(plant), now_ms)
    announce(plant.settings)
    for copy in (later, copies[3], copies[0]):
        assert restore(plant.settings, copy.folder, now_ms).lacks == [], "the loss was accepted once"


@pytest.mark.requirement("A5")
def test_a_machine_that_lost_its_disk_still_knows_what_was_announced_and_gets_its_keys_back(
    plant: Installation,
) -> None:
    """The folder of copies remembers both: phones know the installation by its key."""
    copies = scanned_and_copied(plant, 4)
    keys = (plant.settings.keys_folder / "installation.pem").read_bytes()
    shutil.rmtree(plant.settings.data)
    bare = msgspec.structs.replace(plant.settings, backup=None)
    with pytest.raises(RestoreRefused, match="too old for ASHA-WH"):
        restore(bare, copies[0].folder, now_ms)
    done = restore(bare, copies[3].folder, now_ms)
    assert done.aside is None
    assert (plant.settings.keys_folder / "installation.pem").read_bytes() == keys
    assert (plant.settings.keys_folder / "installation.pem").stat().st_mode & 0o077 == 0
    assert check(plant.settings.database) == []


@pytest.mark.requirement("A5")
def test_the_records_of_another_installation_are_refused(
    plant: Installation, empties: Callable[[str], Settings]
) -> None:
    """A server started by mistake on the empty disk has made keys that no phone knows."""
    [copy] = scanned_and_copied(plant, 1)
    shutil.rmtree(plant.settings.data)
    shutil.copytree(empties("sqlite").data, plant.settings.data)
    shutil.rmtree(plant.settings.keys_folder)
    open_keys(plant.settings.keys_folder)
    with pytest.raises(RestoreRefused, match="keys of another installation"):
        restore(plant.settings, copy.folder, now_ms)
    plant.settings.keys_folder.rename(plant.settings.data / "keys-of-nobody")
    restore(plant.settings, copy.folder, now_ms)
    assert installation_of(open_keys(plant.settings.keys_folder)) == copy.manifest.installation


@pytest.mark.requirement("A5")
@pytest.mark.parametrize("override", [False, True])
def test_a_damaged_copy_is_refused_whoever_insists(plant: Installation, override: bool) -> None:
    copies = scanned_and_copied(plant, 3)
    with copies[2].database.open("r+b") as file:
        file.seek(60_000)
        byte = file.read(1)
        file.seek(60_000)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(RestoreRefused, match="damaged"):
        restore(plant.settings, copies[2].folder, now_ms, override=override)
    with copies[1].database.open("r+b") as file:
        file.truncate(8192)
    with pytest.raises(RestoreRefused, match="no whole backup"):
        restore(plant.settings, copies[1].folder, now_ms, override=override)
    assert sorted(path.name for path in plant.settings.data.glob("batchspine*")) == ["batchspine.sqlite"]
    assert events_in(plant.settings.database) == 3


@pytest.mark.requirement("A5")
def test_a_copy_that_was_not_verified_is_refused_unless_somebody_insists(plant: Installation) -> None:
    scanned_and_copied(plant, 1)
    connection = connect_raw(plant.settings.database)
    connection.execute("UPDATE balance SET quantity = quantity + 1")
    connection.close()
    odd = make(plant.settings, _place(plant), now_ms)
    with pytest.raises(RestoreRefused, match="not verified"):
        restore(plant.settings, odd.folder, now_ms)
    assert restore(plant.settings, odd.folder, now_ms, override=True).lacks == []


@pytest.mark.requirement("A5")
def test_a_copy_of_a_newer_program_is_refused_and_one_of_an_older_is_brought_up_to_date(plant: Installation) -> None:
    connection = connect_raw(plant.settings.database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    newer = make(plant.settings, _place(plant), now_ms)
    connection.execute("UPDATE alembic_version SET version_num = '0003'")
    connection.close()
    with pytest.raises(RestoreRefused, match="Install that version first"):
        restore(plant.settings, newer.folder, now_ms, override=True)
    assert not list(plant.settings.data.glob("restor*"))


@pytest.mark.requirement("A5")
def test_an_interrupted_restore_never_ends_in_empty_records(plant: Installation) -> None:
    """Between moving the old records away and putting the new ones there, a server would begin from nothing."""
    [copy] = scanned_and_copied(plant, 1)
    (plant.settings.data / first_run.UNFINISHED).write_text(f"{copy.folder}\n")
    plant.settings.database.unlink()
    with pytest.raises(first_run.NotReady, match=f"Run it again: batchspine restore {copy.folder}"):
        first_run.prepare(plant.settings)
    restore(plant.settings, copy.folder, now_ms)
    first_run.prepare(plant.settings)
    assert events_in(plant.settings.database) == 1


@pytest.mark.requirement("A5")
def test_a_log_left_by_a_kill_is_moved_aside_with_its_records(plant: Installation) -> None:
    """Beside the restored records SQLite would take it for theirs."""
    [copy] = scanned_and_copied(plant, 1)
    for end in ("-wal", "-shm"):
        Path(f"{plant.settings.database}{end}").write_bytes(b"left over")
    plant.settings.database.write_bytes(b"not a database")
    done = restore(plant.settings, copy.folder, now_ms)
    assert done.aside is not None
    assert {path.name for path in done.aside.iterdir()} >= {"batchspine.sqlite", "batchspine.sqlite-wal"}
    assert check(plant.settings.database) == []


@pytest.mark.requirement("A5")
def test_a_record_of_announcements_that_cannot_be_read_stops_a_restore(plant: Installation) -> None:
    [copy] = scanned_and_copied(plant, 1)
    (plant.settings.data / f"announced-{copy.manifest.installation}.json").write_text("[")
    with pytest.raises(RestoreRefused, match="cannot be read"):
        restore(plant.settings, copy.folder, now_ms)
    assert announced.read([_place(plant)], copy.manifest.installation)


def call(settings: Settings, *arguments: str) -> Any:
    """Run the command as somebody at the server's keyboard does."""
    return CliRunner(env=to_environment(settings)).invoke(main, list(arguments))


@pytest.mark.requirement("A5", "D5")
def test_backup_and_restore_are_one_command_each(plant: Installation, tmp_path: Path) -> None:
    settings = plant.settings
    made = call(settings, "backup")
    assert (made.exit_code, "Verified" in made.output) == (0, True), made.output
    [copy] = copies_in(_place(plant), installation_of(open_keys(settings.keys_folder)))
    assert str(copy.folder) in made.output
    by_hand = call(settings, "backup", "--to", str(tmp_path / "stick"))
    assert "phones do not rely on it" in by_hand.output
    done = call(settings, "restore", str(copy.folder))
    assert done.exit_code == 0, done.output
    assert "is back" in done.output
    assert "Enter again what the office has entered" in done.output
    nowhere = call(msgspec.structs.replace(settings, backup=None), "backup")
    assert (nowhere.exit_code, "BATCHSPINE_BACKUP" in nowhere.output) == (1, True)
    nothing = call(settings, "restore", str(tmp_path))
    assert (nothing.exit_code, "no whole backup" in nothing.output) == (1, True)
