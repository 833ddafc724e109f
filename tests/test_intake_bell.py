"""Waiting for news: woken by every commit that concerns a site, by nothing else, and never a burden."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import Installation, Serve
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.intake.bell import Bell
from server.problems import Unavailable


def head(value: int) -> Callable[[], Awaitable[int]]:
    """Give what reads this head from the database."""

    async def read() -> int:
        return value

    return read


async def turn() -> None:
    """Let what is ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


def told(story: Callable[[Bell], Awaitable[None]], **bounds: Any) -> None:
    """Tell a story around a bell in an event loop of its own."""

    async def tell() -> None:
        bell = Bell(**bounds)
        bell.hang_up()
        await story(bell)

    asyncio.run(tell())


@pytest.mark.requirement("S7")
def test_news_that_are_there_already_are_told_at_once() -> None:
    async def story(bell: Bell) -> None:
        assert await bell.head_after(1, "WH", 4, head(7)) == 7

    told(story)


@pytest.mark.requirement("S7")
def test_a_ring_wakes_those_of_its_site_who_do_not_know_yet() -> None:
    async def story(bell: Bell) -> None:
        asked = [(1, "WH", 4), (2, "WH", 9), (3, "FL", 4)]
        tasks = [asyncio.create_task(bell.head_after(n, site, after, head(4))) for n, site, after in asked]
        await turn()
        bell.ring({"WH": 8})
        await turn()
        assert [task.done() for task in tasks] == [True, False, False]
        assert tasks[0].result() == 8
        await asyncio.to_thread(bell.ring_from_thread, {"FL": 5, "WH": 10})
        assert await asyncio.gather(*tasks) == [8, 10, 5]

    told(story)


@pytest.mark.requirement("S7")
def test_a_commit_between_the_question_and_its_first_look_is_not_missed() -> None:
    """The ring comes while the head is still being read, which saw the moment before."""

    async def story(bell: Bell) -> None:
        async def slow() -> int:
            bell.ring({"WH": 5})
            return 4

        assert await bell.head_after(1, "WH", 4, slow) == 5

    told(story)


@pytest.mark.requirement("S7")
def test_without_news_the_answer_comes_when_the_time_is_over() -> None:
    async def story(bell: Bell) -> None:
        assert await bell.head_after(1, "WH", 4, head(4)) == 4
        assert not bell._waiting

    told(story, seconds_max=0.01)


@pytest.mark.requirement("A5")
def test_one_question_per_phone_and_a_bounded_number_of_phones() -> None:
    """A phone that hung up and asks again must not use up the places of others."""

    async def story(bell: Bell) -> None:
        tasks = [asyncio.create_task(bell.head_after(1, "WH", 4, head(4))) for _ in range(5)]
        tasks.append(asyncio.create_task(bell.head_after(2, "WH", 4, head(4))))
        await turn()
        assert [task.done() for task in tasks] == [True, True, True, True, False, False]
        with pytest.raises(Unavailable) as refused:
            await bell.head_after(3, "WH", 4, head(4))
        assert refused.value.headers["Retry-After"] == "60"
        bell.ring({"WH": 5})
        assert await asyncio.gather(*tasks) == [4, 4, 4, 4, 5, 5]
        assert await bell.head_after(3, "WH", 4, head(6)) == 6

    told(story, waiting_max=2)


@pytest.mark.requirement("A5")
def test_when_the_server_stops_nobody_is_left_waiting_and_nobody_begins_to() -> None:
    async def story(bell: Bell) -> None:
        task = asyncio.create_task(bell.head_after(1, "WH", 4, head(4)))
        await turn()
        bell.take_down()
        assert await task == 4
        assert await bell.head_after(2, "WH", 4, head(4)) == 4
        bell.ring_from_thread({"WH": 9})

    told(story)


# --- over HTTP


def asks(phone: SignedPhone, post: Callable[..., Any]) -> Any:
    """Ask for what is behind the phone's cursor."""
    end = phone.outbox.head
    asked = phone.contact("wait", phone.outbox.inc, end.seq, bytes.fromhex(end.hash))
    return post("/sync/v1/wait", json=asked | {"cursor": phone.cursor})


def ask(pool: ThreadPoolExecutor, phone: SignedPhone) -> Future[Any]:
    """Ask, and have the question standing at the server."""
    asked = pool.submit(asks, phone, phone.client.post)
    time.sleep(0.2)
    return asked


@pytest.fixture
def phones(client: TestClient[Any], installation: Installation) -> list[SignedPhone]:
    """Give two phones of one site that know all there is."""
    pair = [SignedPhone(client, installation.office, name=name) for name in ("Scans", "Waits")]
    for phone in pair:
        phone.pull()
    return pair


@pytest.mark.requirement("S7")
def test_a_scan_of_one_phone_wakes_the_other(phones: list[SignedPhone]) -> None:
    scans, waits = phones
    with ThreadPoolExecutor() as pool:
        asked = ask(pool, waits)
        assert not asked.done()
        scans.commission("D1")
        head_now = scans.push().json()["feed_head"]
        answer = asked.result(5)
    assert answer.json() == {"epoch": waits.cursor and waits.cursor["epoch"], "head": head_now}
    waits.pull()
    assert waits.replica["unit", "D1"] is not None


@pytest.mark.requirement("S7", "N3")
def test_what_the_office_enters_wakes_the_sites_it_concerns_and_no_other(
    phones: list[SignedPhone], client: TestClient[Any], installation: Installation
) -> None:
    place = {"code": "KIRAN-FL", "name": "Kiran", "type": "contract_manufacturer", "site": "KIRAN-FL"}
    client.post("/places", json=place, headers=installation.office)
    far = SignedPhone(client, installation.office, site="KIRAN-FL")
    far.pull(), phones[1].pull()
    person = {"name": "Ravi", "role": "operator", "site": "ASHA-WH", "pin": "482915", "login": None, "password": None}
    with ThreadPoolExecutor() as pool:
        near, away = ask(pool, phones[1]), ask(pool, far)
        assert client.post("/people", json=person, headers=installation.office).status_code == 201
        assert near.result(5).status_code == 200
        assert not away.done()
        item = {"code": "X", "name": "An item", "unit_of_measure": "kg", "per_unit": 1000}
        assert client.post("/items", json=item, headers=installation.office).status_code == 201
        assert away.result(5).json()["head"] > (far.cursor or {})["pos"]


@pytest.mark.requirement("S7")
def test_a_dispatch_wakes_the_site_it_goes_to(client: TestClient[Any], installation: Installation) -> None:
    place = {"code": "KIRAN-FL", "name": "Kiran", "type": "contract_manufacturer", "site": "KIRAN-FL"}
    client.post("/places", json=place, headers=installation.office)
    near, far = (SignedPhone(client, installation.office, site=site) for site in ("ASHA-WH", "KIRAN-FL"))
    far.pull()
    near.commission("D1"), near.dispatch("D1", at=1)
    with ThreadPoolExecutor() as pool:
        asked = ask(pool, far)
        near.push()
        assert asked.result(5).status_code == 200
    far.pull()
    assert far.replica["unit", "D1"]["place"] == "transfer:TR-1"


@pytest.mark.requirement("A5")
def test_a_cursor_of_another_life_is_answered_at_once(phones: list[SignedPhone]) -> None:
    waits = phones[1]
    known = waits.cursor
    for cursor in (None, {"epoch": "of-another-life", "pos": 99}):
        waits.cursor = cursor
        assert asks(waits, waits.client.post).json()["epoch"] == (known or {})["epoch"]


@pytest.mark.requirement("N3")
def test_only_the_phone_itself_may_wait_and_a_signature_for_waiting_is_good_for_nothing_else(
    phones: list[SignedPhone], client: TestClient[Any]
) -> None:
    phone = phones[1]
    end = phone.outbox.head
    asked = phone.contact("wait", phone.outbox.inc, end.seq, bytes.fromhex(end.hash))
    assert client.post("/sync/v1/pull", json=asked).json()["code"] == "signature_wrong"
    pulled = phone.contact("pull", phone.outbox.inc, end.seq, bytes.fromhex(end.hash))
    assert client.post("/sync/v1/wait", json=pulled).json()["code"] == "signature_wrong"
    assert client.post("/sync/v1/wait", json={}).json()["code"] == "envelope_unreadable"
    assert client.get("/sync/v1/wait").status_code == 405


@pytest.mark.requirement("A5", "S8")
def test_a_server_with_phones_waiting_stops_cleanly_and_at_once(
    installation: Installation, serve: Serve, tmp_path: Path
) -> None:
    """Else it would be killed for being slow, and every stop would look like a crash."""
    server = serve(installation.settings)
    with httpx.Client(base_url=server.url, timeout=30) as client, ThreadPoolExecutor() as pool:
        phone = SignedPhone(client, installation.office)
        phone.pull()
        asked = pool.submit(asks, phone, lambda path, json: httpx.post(server.url + path, json=json, timeout=30))
        time.sleep(0.5)
        assert not asked.done()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 8
        assert asked.result(5).json()["head"] == (phone.cursor or {})["pos"]
    assert not installation.settings.database.with_name("batchspine.sqlite.running").exists()
