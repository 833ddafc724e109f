"""The records in PostgreSQL: the same tables, guarded by the database; copies in both directions; plain words."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import postgres
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from click.testing import CliRunner, Result
from conftest import Installation
from floor import START, Books, Phone, shuffled_runs, single
from histories import history
from litestar.testing import TestClient
from signed_phone import SignedPhone
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError
from test_intake_bell import ask

from server.app import create_app
from server.cli import main
from server.database import migrate
from server.database.copying import copy_whole, load
from server.database.engine import create_engine
from server.database.postgres import LOCKED_ONE_BY_ONE_MAX, LocksMissing
from server.intake.check import check, check_connection
from server.intake.tables import epoch, feed
from server.intake.writer import Desk
from server.settings import Settings, SettingsWrong, from_environment, to_environment

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


def call(settings: Settings, *arguments: str) -> Result:
    """Run a command as a person would."""
    return CliRunner().invoke(main, arguments, env=to_environment(settings), catch_exceptions=False)


def test_the_migrations_make_just_the_tables_the_program_uses() -> None:
    url = postgres.cluster().new()
    assert migrate.state(url) == "empty"
    migrate.upgrade(url)
    migrate.upgrade(url)
    assert migrate.state(url) == "current"

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        found: list[Any] = compare_metadata(context, migrate.metadata)
        return found

    assert migrate.inside(url, differences) == []


@pytest.mark.requirement("A1")
@pytest.mark.parametrize("table", ["event", "push", "ledger"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET n = n + 1000",
        "UPDATE {} SET n = n",
        "DELETE FROM {}",
        "TRUNCATE {} CASCADE",
        "INSERT INTO {0} SELECT * FROM {0}",
        "INSERT INTO {0} SELECT * FROM {0} WHERE true ON CONFLICT (n) DO UPDATE SET n = excluded.n",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_recorded(table: str, change: str, tmp_path: Path) -> None:
    books = Books(tmp_path)
    phone = Phone(1)
    books.take(single(phone, phone.commission("D1")))
    with migrate.connected(books.address) as connection, pytest.raises(IntegrityError):
        connection.execute(text(change.format(table)))
    assert check(books.address) == []


@pytest.mark.requirement("A5")
def test_a_copy_holds_one_moment_of_everything_and_comes_back_as_it_was(tmp_path: Path) -> None:
    """Into a file and out of it again: the books are the same, and numbers go on behind those that are there."""
    books = Books(tmp_path)
    groups = shuffled_runs(random.Random(3), history(3))
    for group in groups[:-2]:
        books.take(*group)
    copy_whole(books.address, tmp_path / "copy.sqlite")
    assert check(tmp_path / "copy.sqlite") == []
    before = books.picture()
    for group in groups[-2:]:
        books.take(*group)
    after = books.picture()
    load(tmp_path / "copy.sqlite", str(books.address))
    assert books.picture() == before
    books.desk = Desk(books.connection, lambda: START)  # one that remembers nothing of before
    for group in groups[-2:]:
        books.take(*group)
    assert books.picture() == after
    assert check_connection(books.connection) == []
    with pytest.raises(IntegrityError), migrate.connected(books.address) as connection:
        connection.execute(text("DELETE FROM ledger"))


@pytest.mark.requirement("A5")
def test_records_move_from_sqlite_to_postgresql_and_back_by_backup_and_restore(
    installation: Installation, tmp_path: Path
) -> None:
    """Each time a new life begins, and phones lose nothing: what the copy lacks they send again."""
    in_postgres = msgspec.structs.replace(installation.settings, backup=tmp_path / "copies")
    in_sqlite = msgspec.structs.replace(in_postgres, postgres=None)
    (tmp_path / "copies").mkdir()
    with TestClient(create_app(in_postgres)) as client:
        phone = SignedPhone(client, installation.office)
        phone.commission("D1")
        assert phone.push().status_code == 200
        assert call(in_postgres, "backup").exit_code == 0
        phone.commission("D2")
        phone.push()
    for settings in (in_sqlite, in_postgres):
        [copy] = sorted((tmp_path / "copies").glob("batchspine-*"))[-1:]
        done = call(settings, "restore", str(copy))
        assert done.exit_code == 0, done.output
        assert call(settings, "check").output == "The books agree with the events.\n"
        with TestClient(create_app(settings)) as client:
            phone.client = client
            assert [verdict["v"] for verdict in phone.push().json()["verdicts"]] == ["duplicate", "stored"]
            assert client.get("/stock", headers=installation.office).json()["rows"][0]["quantity"] == "50000"
    with migrate.connected(in_postgres.database) as connection:
        assert len(connection.execute(select(epoch.c.id)).all()) == 2
    [aside] = in_postgres.data.glob("aside-*")
    assert check(aside / "batchspine.sqlite") == [], "what was here before is kept as a file"


@pytest.mark.requirement("A5")
def test_the_doctor_looks_at_what_makes_a_commit_last_and_hides_the_password(installation: Installation) -> None:
    said = call(installation.settings, "doctor").output
    assert "MISSING PostgreSQL runs with fsync=off, full_page_writes=off: a power cut could take" in said
    secret = msgspec.structs.replace(installation.settings, postgres="postgresql+asyncpg://b:secret@127.0.0.1:1/none")
    for command in ("doctor", "check", "migrate"):
        said = call(secret, command)
        assert said.exit_code == 1
        assert "The database does not let us in" in said.output
        assert "secret" not in said.output
    assert "b:…@127.0.0.1" in call(secret, "doctor").output


def test_settings_that_cannot_be_are_told_in_a_sentence() -> None:
    for wrong, words in (
        ({"BATCHSPINE_DATABASE": "postgres://x/y"}, "must begin with postgresql"),
        ({"BATCHSPINE_WORKERS": "2"}, "need PostgreSQL"),
        ({"BATCHSPINE_WORKERS": "many"}, "from 1 to 32"),
    ):
        with pytest.raises(SettingsWrong, match=words):
            from_environment(wrong)
    told = {"BATCHSPINE_DATABASE": "postgresql+asyncpg://b@/d", "BATCHSPINE_WORKERS": "4"}
    assert to_environment(from_environment(told)).items() >= told.items()


@pytest.mark.requirement("S7", "A5")
def test_a_scan_one_process_stores_wakes_a_phone_that_waits_at_another(installation: Installation) -> None:
    with TestClient(create_app(installation.settings)) as here, TestClient(create_app(installation.settings)) as there:
        scans, waits = SignedPhone(here, installation.office), SignedPhone(there, installation.office)
        waits.pull()
        with ThreadPoolExecutor() as pool:
            asked = ask(pool, waits)
            assert not asked.done()
            scans.commission("D1")
            assert scans.push().status_code == 200
            assert asked.result(5).json()["head"] > (waits.cursor or {})["pos"]
        item = {"code": "X", "name": "An item", "unit_of_measure": "kg", "per_unit": 1000}
        waits.pull()
        assert waits.replica["unit", "D1"] is not None
        with ThreadPoolExecutor() as pool:
            asked = ask(pool, waits)
            assert here.post("/items", json=item, headers=installation.office).status_code == 201
            assert asked.result(5).json()["head"] == (waits.cursor or {})["pos"] + 1


@pytest.mark.requirement("S8", "A5")
def test_a_server_whose_database_goes_away_says_try_again_and_goes_on_by_itself(
    installation: Installation, tmp_path: Path
) -> None:
    """The office restarts PostgreSQL: phones are told to come back, and nothing has to be started anew here."""
    with TestClient(create_app(installation.settings), raise_server_exceptions=False) as client:
        phone = SignedPhone(client, installation.office)
        phone.commission("D1")
        phone.push()
        postgres.cluster().stop()
        phone.commission("D2")
        down = [client.get("/health").status_code, client.get("/sync/v1/nonce").status_code]
        postgres.cluster().start()
        assert down == [503, 200]
        assert phone.push().status_code == 200
        assert client.get("/stock", headers=installation.office).json()["rows"][0]["quantity"] == "50000"
    assert check(installation.settings.database) == []


def test_more_names_than_locks_lock_everything(tmp_path: Path) -> None:
    """A lock takes room all connections share; a very large settlement has the books to itself instead."""
    one = Books(tmp_path).connection
    names = [f"unit:{n}" for n in range(LOCKED_ONE_BY_ONE_MAX + 1)]
    held = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    one.execute("BEGIN IMMEDIATE")
    one.lock(names)
    assert one.execute(held).fetchone()[0] == 1
    one.execute("ROLLBACK")
    one.execute("BEGIN IMMEDIATE")
    one.lock(names[:3])
    assert one.execute(held).fetchone()[0] == 4
    with pytest.raises(LocksMissing):
        one.lock(names)
    one.execute("ROLLBACK")


@pytest.mark.requirement("A5")
def test_what_the_office_enters_at_two_processes_at_once_reaches_every_site(installation: Installation) -> None:
    """A new site and a new item, each unknown to the other's transaction, would miss each other without a lock."""

    async def both() -> None:
        from server.network import store  # noqa: PLC0415

        engine = create_engine(installation.settings.database)

        async def item(n: int) -> None:
            async with engine.begin() as connection:
                await store.add_item(connection, code=f"I{n}", name="An item", unit_of_measure="kg", per_unit=1)

        async def site(n: int) -> None:
            async with engine.begin() as connection:
                await store.add_place(connection, code=f"S{n}", name="A site", type_="warehouse", site=f"S{n}")

        await asyncio.gather(*(work(n) for n in range(8) for work in (item, site)))
        await engine.dispose()

    asyncio.run(both())
    with migrate.connected(installation.settings.database) as connection:
        told = connection.execute(select(feed.c.site, feed.c.kind, feed.c.entity)).all()
    items = {
        site: {row.entity for row in told if row.site == site and row.kind == 1} for site in {r.site for r in told}
    }
    assert len(items) == 9
    assert all(len(known) == 8 for known in items.values())
