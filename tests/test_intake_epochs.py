"""The lives of a database: which part of their past two copies share, and what phones are told of it."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from conftest import Installation
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient
from signed_phone import SignedPhone
from sqlalchemy import text

from server.database import migrate
from server.intake import epochs
from server.intake.epochs import Epoch, History, Lineage, reach
from server.settings import Settings
from sync.outbox import is_held

pytestmark = pytest.mark.both_engines


SITE = "ASHA-WH"


class Copy:
    """A database as far as it matters here: what stands at each position of one site, and its epochs."""

    def __init__(self, content: tuple[int, ...], lineage: Lineage) -> None:
        self.content, self.lineage = content, lineage

    @property
    def head(self) -> int:
        """Give the last position."""
        return len(self.content)


steps = st.lists(st.tuples(st.sampled_from(["store", "store", "back_up", "restore"]), st.integers(0, 9)), max_size=40)


@pytest.mark.requirement("A5")
@given(steps)
def test_two_copies_share_exactly_the_past_before_either_was_restored(told: list[tuple[str, int]]) -> None:
    """And an acknowledgement counts exactly if what was acknowledged is in the present database."""
    present = Copy((), (Epoch("e0", {}),))
    backups, acks, fact = [present], {}, 0
    for n, (step, choice) in enumerate(told):
        match step:
            case "store":
                for _ in range(choice):
                    fact += 1
                    present = Copy((*present.content, fact), present.lineage)
                    acks[fact] = present.lineage[-1].id, present.head
            case "back_up":
                backups.append(present)
            case _:
                taken = backups[choice % len(backups)]
                present = Copy(taken.content, (*taken.lineage, Epoch(f"e{n + 1}", {SITE: taken.head + 1})))
    for backup in backups:
        together = [
            pos for pos, pair in enumerate(zip(backup.content, present.content, strict=False), 1) if len({*pair}) == 1
        ]
        assert reach(SITE, backup.lineage, backup.head, present.lineage) == len(together)
    bases = History(present.lineage).bases(SITE)
    assert {fact for fact, ack in acks.items() if is_held(ack, bases)} == set(present.content)


def test_copies_of_different_installations_share_nothing() -> None:
    assert reach(SITE, (Epoch("a", {}),), 50, (Epoch("b", {}),)) == 0
    assert reach(SITE, (), 50, (Epoch("b", {}),)) == 0


@pytest.mark.requirement("A5")
def test_an_older_database_keeps_its_epoch(tmp_path: Any) -> None:
    """Phones must not send everything again just because the program was updated."""
    database = tmp_path / "b.sqlite"
    with migrate._engine(database).begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(text("INSERT INTO installation (n, epoch) VALUES (1, 'of-old')"))
    assert migrate.state(database) == "behind"
    migrate.upgrade(database)
    with migrate.connected(database) as connection:
        assert epochs.lineage_of(connection) == (Epoch("of-old", {}),)


@pytest.mark.requirement("A5")
def test_a_new_epoch_begins_where_each_site_has_come_to(empty: Settings) -> None:
    with migrate.connected(empty.database) as connection:
        connection.execute(text("INSERT INTO feed_head VALUES ('A', 41), ('B', 7)"))
        epochs.begin(connection, "later", 5)
        first, later = epochs.lineage_of(connection)
        assert (first.first, len(first.id)) == ({}, 32)
        assert later == Epoch("later", {"A": 42, "B": 8})
        history = History((first, later))
        assert history.bases("B") == [(first.id, 1), ("later", 8)]
        assert history.bases("OPENED-SINCE") == [(first.id, 1), ("later", 1)]


@pytest.mark.requirement("A5")
def test_phones_are_told_every_epoch_and_the_first_position_of_their_own_site(installation: Installation) -> None:
    with installation.client() as client:
        phone = SignedPhone(client, installation.office)
        phone.commission("D1")
        before = phone.push().json()
        phone.pull()
    assert before["bases"] == [[before["epoch"], 1]]
    assert before["durable_pos"] == 1
    head = before["feed_head"]
    with migrate.connected(installation.settings.database) as connection:
        epochs.begin(connection, "later", 5)
    with installation.client() as client:
        phone.client = client
        answer = phone.pull()
        assert answer["epoch"] == "later"
        assert answer["bases"] == [[before["epoch"], 1], ["later", head + 1]]
        assert answer["reset"], "a page of the lost life may have shown what the restore took back"
        assert phone.replica["unit", "D1"] is not None
        assert phone.pull()["reset"] is False
        assert client.get("/installation").json()["epoch"] == "later"


def test_a_stranger_learns_nothing_of_the_past_but_the_present_name(client: TestClient[Any]) -> None:
    assert set(client.get("/sync/v1/nonce").json()) == {"nonce", "server_time", "epoch"}
