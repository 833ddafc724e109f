"""The database: made by its migrations, just as the tables say, and guarding the ledger by itself."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import Installation
from floor import WH, material
from signed_phone import SignedPhone
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.database import migrate
from server.intake.check import check
from server.settings import Settings
from server.setup import first_run


def test_the_migrations_make_just_the_tables_the_program_uses(tmp_path: Path) -> None:
    database = tmp_path / "new" / "b.sqlite"
    assert migrate.state(database) == "empty"
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.state(database) == "current"
    with migrate.connected(database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, migrate.metadata) == []


EVENT = "(n, id, fingerprint, push, incarnation, seq, hash, body, pos)"


@pytest.mark.requirement("A1")
@pytest.mark.parametrize("table", ["event", "push", "ledger"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE {} SET n = n + 1",
        "UPDATE {} SET n = n",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE n = 1",
        "REPLACE INTO {0} SELECT * FROM {0}",
        "INSERT OR REPLACE INTO {0} SELECT * FROM {0}",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_what_was_recorded(
    installation: Installation, table: str, change: str
) -> None:
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for statement in (
            "INSERT INTO push VALUES (1, 1, 1, x'00', 'n', x'00', 1)",
            f"INSERT INTO event {EVENT} VALUES (1, x'00', x'00', 1, 1, 1, x'00', x'00', 1)",
            "INSERT INTO ledger VALUES (1, 1, 1, 1, 1, 5)",
        ):
            connection.execute(text(statement))
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(text(change.format(table)))
        connection.rollback()


@pytest.mark.requirement("A1")
def test_an_event_cannot_be_replaced_under_another_number(installation: Installation) -> None:
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        columns = "x'00', x'00', 1, 1, 1, x'00', x'00', 1)"
        connection.execute(text(f"INSERT INTO event {EVENT} VALUES (1, {columns}"))
        with pytest.raises(IntegrityError, match="append-only"):
            connection.execute(text(f"REPLACE INTO event {EVENT} VALUES (2, {columns}"))
        connection.rollback()


@pytest.mark.both_engines
@pytest.mark.requirement("F1")
def test_drums_weighed_before_the_books_had_a_place_for_it_have_their_empty_weight_after_the_upgrade(
    installation: Installation,
) -> None:
    with installation.client() as client:
        phone = SignedPhone(client, installation.office)
        phone.commission("D1")
        weighed = material(5_000) | {"obtained": "scale", "gross": "22.1", "tare": "2.1", "net": "20"}
        phone.record("consumed", unit="D1", material=weighed, from_=WH, to="run:R-12", run="R-12")
        phone.push()
    with migrate.connected(installation.settings.database) as connection:
        # As that step of the upgrade finds the books, and leaves them.
        connection.execute(text("UPDATE unit SET tare = NULL"))
        step = import_module("server.database.migrations.versions.0015_tares")
        connection.execute(text(step.SETTLE_AGAIN["postgresql" if installation.settings.postgres else "sqlite"]))
    with installation.client() as client:
        phone.client = client
        phone.pull()
        assert phone.replica["unit", "D1"]["tare"] == "2.1 g"
    assert check(installation.settings.database) == []


def test_a_database_of_another_version_is_left_alone(empty: Settings) -> None:
    with migrate.connected(empty.database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert migrate.state(empty.database) == "newer"
    with pytest.raises(first_run.NotReady, match="newer version"):
        first_run.prepare(empty)
