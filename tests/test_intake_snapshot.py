"""A snapshot and the tail behind it show a phone exactly what walking the whole feed would."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import Installation
from floor import SITES, START, Books, Phone, shuffled_runs
from histories import history
from litestar.testing import TestClient
from signed_phone import SignedPhone
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access import store as access
from server.database.engine import create_engine
from server.intake import feed, pull, snapshot
from server.intake.pull import Scope
from sync.wire import Bookmark, Change

pytestmark = pytest.mark.both_engines

Replica = dict[tuple[str, str], Any]


def laid(replica: Replica, changes: list[Change]) -> None:
    """Lay rows over a replica, as phones do."""
    for change in changes:
        replica.pop((change.kind, change.id), None)
        if change.data is not None:
            replica[change.kind, change.id] = msgspec.to_builtins(change.data)


async def walked(connection: AsyncConnection, scope: Scope, replica: Replica, after: int, limit: int) -> Replica:
    """Walk the feed from a position to its end."""
    while True:
        found = await pull.page(connection, scope, after, limit)
        laid(replica, found.changes)
        if found.to >= found.head:
            return replica
        after = found.to


async def copied(
    connect: Callable[[], Any], scope: Scope, limit: int, between: Callable[[], None]
) -> tuple[Replica, int]:
    """Take a snapshot, with something happening between its pages; give the position the tail begins at too."""
    replica: Replica = {}
    bookmark = None
    while True:
        async with connect() as connection:
            found = await snapshot.page(connection, scope, bookmark, limit)
        laid(replica, found.changes)
        if found.after is None:
            return replica, found.at
        bookmark = Bookmark("e", found.at, found.after)
        await asyncio.to_thread(between)


async def with_names(connection: AsyncConnection) -> None:
    """Tell every site of places and people, as set-up does."""
    for site in SITES:
        await feed.seed_site(connection, site)
        person = access.NewPerson(
            name=f"P of {site}", role="operator", site=site, login=None, password_hash=None, pin=None
        )
        await access.add_person(connection, person, START)


@pytest.mark.requirement("S7", "N3")
@pytest.mark.parametrize("seed", range(12))
def test_a_snapshot_with_its_tail_is_the_whole_walk_whatever_is_pushed_between_its_pages(
    tmp_path: Path, seed: int
) -> None:
    """For each site, with pages of any size, and with the rest of a random history arriving between them."""
    rng = random.Random(seed)
    books = Books(tmp_path)
    books.connection.execute("UPDATE device SET site = 'ASHA-WH' WHERE n = 9")  # where histories put the desk
    groups = shuffled_runs(rng, history(seed, 40))
    waiting = groups[len(groups) // 2 :]
    for group in groups[: len(groups) // 2]:
        books.take(*group)

    def happens() -> None:
        if waiting and rng.random() < 0.6:
            books.take(*waiting.pop())

    async def compare() -> None:
        engine = create_engine(books.address)
        reader = engine.execution_options(read_only=True)
        async with engine.begin() as connection:
            await with_names(connection)
        for site in SITES:
            scope = Scope(site, None)
            replica, at = await copied(reader.connect, scope, rng.choice((1, 2, 3, 7, 500)), happens)
            async with reader.connect() as connection:
                tail = await walked(connection, scope, replica, at, rng.choice((1, 5, 500)))
                whole = await walked(connection, scope, {}, 0, 500)
            assert tail == whole
        await engine.dispose()

    asyncio.run(compare())


@pytest.mark.requirement("S7")
def test_a_snapshot_tells_each_row_once_and_costs_what_a_site_has_not_what_it_has_lived_through(
    tmp_path: Path,
) -> None:
    books, phone = Books(tmp_path), Phone(1)
    phone.commission("D1"), phone.commission("D2")
    for at in range(50):
        phone.move("D1", from_="location:ASHA-WH", to="location:ASHA-WH", at=at)
    run = phone.outbox.next_run()
    assert run is not None
    books.take(*shuffled_runs(random.Random(1), [(phone, kept) for kept in run.events])[0])

    async def count() -> None:
        reader = create_engine(books.address).execution_options(read_only=True)
        async with reader.connect() as connection:
            found = await snapshot.page(connection, Scope("ASHA-WH", None), None, 500)
            keys = [(change.kind, change.id) for change in found.changes]
            assert len(keys) == len(set(keys))
            assert {change.pos for change in found.changes} == {found.at} == {await pull.head_of(connection, "ASHA-WH")}
        await reader.dispose()

    asyncio.run(count())


# --- over HTTP


@pytest.fixture
def phone(client: TestClient[Any], installation: Installation) -> SignedPhone:
    """An enrolled phone at the warehouse."""
    return SignedPhone(client, installation.office)


def disagree(phone: SignedPhone, installation: Installation) -> None:
    """Have two phones label one drum, with different quantities."""
    other = SignedPhone(phone.client, installation.office, name="Other")
    phone.commission("D1"), other.commission("D1", 20_000, at=1)
    phone.push(), other.push()


@pytest.mark.requirement("S7", "S8")
def test_a_new_phone_knows_by_a_snapshot_what_an_old_one_knows_by_every_pull_it_ever_made(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """Also of what happens while it reads."""
    for n in range(20):
        phone.commission(f"D{n}")
    phone.push()
    new = SignedPhone(client, installation.office, name="New")

    def happens() -> None:
        phone.dispatch(f"D{phone.made % 30}", to="location:ASHA-WH", at=phone.made)
        phone.push()

    assert new.snapshot(limit=4, between=happens) >= 8
    new.pull()
    phone.pull()
    assert {key: data for key, data in new.replica.items() if data} == {
        key: data for key, data in phone.replica.items() if data
    }


@pytest.mark.requirement("S7")
def test_what_people_need_to_sign_in_and_scan_comes_before_what_is_finished(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    office = {"headers": installation.office}
    client.post("/items", json={"code": "ZINC", "name": "Zinc", "unit_of_measure": "kg", "per_unit": 1000}, **office)
    client.post("/people", json={"name": "Ravi", "role": "operator", "site": "ASHA-WH", "pin": "482915"}, **office)
    disagree(phone, installation)
    kinds = [change["kind"] for change in phone.snapshot_page(None, 500).json()["changes"]]
    assert list(dict.fromkeys(kinds)) == ["company", "person", "place", "item", "unit", "exception", "outcome"]


@pytest.mark.requirement("A5")
@pytest.mark.parametrize("odd", [{"epoch": "of-another-life"}, {"after": "unit:x"}, {"after": "no-such-part:3"}])
def test_a_bookmark_the_server_cannot_go_on_at_begins_a_new_snapshot(phone: SignedPhone, odd: dict[str, str]) -> None:
    """The server was restored or updated between two pages: what came before is void, and the answer says so."""
    phone.commission("D1")
    phone.push()
    first = phone.snapshot_page(None, 1).json()
    bookmark = {"epoch": first["epoch"], "pos": first["at"], "after": first["after"]}
    assert phone.snapshot_page(bookmark, 1).json()["reset"] is False
    again = phone.snapshot_page(bookmark | odd, 1).json()
    assert (again["reset"], again["changes"]) == (True, first["changes"])


@pytest.mark.requirement("N3", "S11")
def test_only_a_phone_gets_a_snapshot_and_only_of_its_own_site(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    far_site = {"code": "KIRAN-FL", "name": "Kiran", "type": "contract_manufacturer", "site": "KIRAN-FL"}
    client.post("/places", json=far_site, headers=installation.office)
    person = {"name": "Ravi", "role": "operator", "site": "ASHA-WH", "pin": "482915"}
    client.post("/people", json=person, headers=installation.office)
    disagree(phone, installation)
    far = SignedPhone(client, installation.office, site="KIRAN-FL")
    far.snapshot()
    assert {kind for kind, _ in far.replica} == {"company", "place"}
    phone.snapshot()
    assert {kind for kind, _ in phone.replica} == {"company", "place", "person", "unit", "exception", "outcome"}
    head = phone.outbox.head
    pulled = phone.contact("pull", phone.outbox.inc, head.seq, bytes.fromhex(head.hash))
    assert client.post("/sync/v1/snapshot", json=pulled).json()["code"] == "signature_wrong"
    assert client.post("/sync/v1/snapshot", json={}).json()["code"] == "envelope_unreadable"
