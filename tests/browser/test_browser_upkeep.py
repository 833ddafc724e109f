"""What a phone does by itself between scans, with the real server: learn fast, send packed, let go, catch up."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from browser.flows import Operator, ravi_at_work
from browser.hands import Fingers, Keys
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from playwright.sync_api import Request, Response, Route, expect
from signed_phone import SignedPhone

from server.settings import to_environment
from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, RUN, WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
UNITS = 5_600
"""More than a phone walks through the feed for."""

_IS_KNOWN = """(unit) => new Promise((resolve) => {
  const opening = indexedDB.open("batchspine-replica-1");
  opening.onsuccess = () => {
    const reading = opening.result.transaction("rows").objectStore("rows").get(["unit", unit]);
    reading.onsuccess = () => { opening.result.close(); resolve(reading.result !== undefined); };
  };
})"""
_SLOW_CLOCK = "{ const now = Date.now; Date.now = () => now() - 15 * 24 * 3600 * 1000; }"


_DESTROY = """(names) => Promise.all(names.map((name) => new Promise((resolve, reject) => {
  const deleting = indexedDB.deleteDatabase(name);
  deleting.onsuccess = resolve;
  deleting.onerror = reject;
})))"""

_COPIED = """async () => {
  const folder = await navigator.storage.getDirectory();
  const file = await folder.getFileHandle("batchspine-outbox.log").then((handle) => handle.getFile(), () => null);
  return file === null ? "" : file.text();
}"""


class Calls:
    """What a phone asks the server, as the browser sees it."""

    def __init__(self, handset: Handset) -> None:
        self.answers: list[tuple[str, str, int]] = []
        handset.page.on("response", self._hear)

    def _hear(self, response: Response) -> None:
        request: Request = response.request
        path = request.url.rpartition("/")[2]
        self.answers.append((path, request.headers.get("content-encoding", ""), response.status))

    def of(self, path: str) -> list[tuple[str, int]]:
        """Give encoding and status of each call to one path."""
        return [(encoding, status) for at, encoding, status in self.answers if at == path]


def at_work(plant: Plant, handset: Handset, site: str, who: tuple[str, str]) -> Operator:
    """Make a phone a device of a site, and have somebody sign in."""
    operator = Operator(handset, Fingers(handset))
    operator.enrol(plant.office().invite(site), f"Phone of {who[0]}")
    operator.sign_in(*who)
    return operator


def back_up(plant: Plant) -> None:
    """Type `batchspine backup`."""
    command = [sys.executable, "-m", "server.cli", "backup"]
    subprocess.run(command, env=to_environment(plant.settings), check=True, capture_output=True)


@pytest.mark.requirement("S7", "S9")
def test_what_one_phone_sends_packed_another_hears_of_before_it_would_have_asked(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    scans, hears = handsets("scans"), handsets("hears")
    ravi = at_work(plant, scans, WAREHOUSE, (RAVI, RAVI_PIN))
    at_work(plant, hears, WAREHOUSE, (RAVI, RAVI_PIN))
    sending, hearing = Calls(scans), Calls(hears)
    # Longer than a phone pauses that nobody rings.
    hears.page.wait_for_timeout(8_000)
    assert hearing.of("pull") == []
    serials = ravi.goods_in("Maize starch", "ROQ-7", "drum", 8, "25")
    until(hears, lambda: knows(hears, serials[-1]), seconds=5)
    scans.wait_until_sent()
    assert ("gzip", 200) in sending.of("push")
    assert ("", 200) in hearing.of("wait")
    assert plant.check().returncode == 0


@pytest.mark.requirement("A5", "S8")
def test_a_phone_lets_go_of_old_scans_when_two_backups_hold_them_and_goes_on_behind_them(
    plant: Plant, handsets: HandOut
) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, backup=plant.settings.data.with_name("copies"))
    plant.settings.backup.mkdir()
    tell_demo(plant)
    handset = handsets("anita")
    handset.scripts.append(_SLOW_CLOCK)
    anita = at_work(plant, handset, FLOOR, (ANITA, ANITA_PIN))
    bag = starch(plant)
    use(anita, bag)
    handset.wait_until_sent()
    (old,) = handset.scans_kept()
    handset.close()
    handset.scripts.clear()
    back_up(plant), back_up(plant)
    # The keeper looks at the copies at once when it starts.
    plant.stop(), plant.start()
    handset.open()
    expect(handset.button(ANITA, exact=False)).to_be_visible()
    until(handset, lambda: handset.scans_kept() == [])
    anita.sign_in(ANITA, ANITA_PIN)
    use(anita, bag)
    handset.wait_until_sent()
    (new,) = handset.scans_kept()
    assert new["id"] > old["id"]
    assert plant.check().returncode == 0


def starch(plant: Plant) -> str:
    """Give a bag of starch that is in use."""
    units = plant.office().get(f"/batches/{BATCH}")["units"]
    return str(next(unit["unit"] for unit in units if unit["item"] == "STARCH"))


def use(operator: Operator, bag: str) -> None:
    """Take a little out of a bag."""
    operator.go_to("use")
    page = operator.handset.page
    run, ready = page.locator(".choice"), page.get_by_role("heading", name="Scan what you use")
    expect(run.or_(ready).first).to_be_visible()
    if run.is_visible():
        operator.choose(RUN)
    Keys(operator.handset).scan(bag)
    operator.use_part("0.1")
    operator.go_home()


def knows(handset: Handset, unit: str) -> bool:
    """Say whether the phone's copy of the books has a unit."""
    return bool(handset.page.evaluate(_IS_KNOWN, unit))


def until(handset: Handset, is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    for _ in range(int(seconds * 4)):
        if is_so():
            return
        handset.page.wait_for_timeout(250)
    raise AssertionError("it never came to be")


@pytest.mark.requirement("S7", "S8")
def test_a_new_phone_killed_in_the_middle_of_its_first_snapshot_goes_on_and_misses_nothing(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    old = SignedPhone(office.client, office.headers, site=WAREHOUSE)
    serials = [f"U{n:05d}" for n in range(UNITS)]
    fill(old, serials)
    handset = handsets("new")
    asked: list[str | None] = []

    def only_two_pages(route: Route) -> None:
        bookmark = (route.request.post_data_json or {}).get("bookmark")
        asked.append(bookmark and bookmark["after"])
        if len(asked) > 2:
            return  # It never answers.
        route.continue_()

    handset.start()
    handset.context.route("**/sync/v1/snapshot", only_two_pages)
    operator = Operator(handset, Fingers(handset))
    page = handset.open(office.invite(WAREHOUSE))
    operator.hands.write(page.get_by_label("Name of this phone"), "New")
    operator.hands.press(handset.button("Enrol"))
    until(handset, lambda: len(asked) > 2)
    # People can sign in before everything is there.
    assert knows(handset, serials[0])
    assert not knows(handset, serials[-1])
    handset.kill()
    old.dispatch(serials[0], to=f"location:{WAREHOUSE}")
    old.push()

    handset.start()
    calls = Calls(handset)
    handset.open("/")
    until(handset, lambda: knows(handset, serials[-1]))
    assert len(calls.of("snapshot")) == -(-UNITS // 1_000) - 2
    operator.sign_in(RAVI, RAVI_PIN)
    operator.go_to("look")
    Keys(handset).scan(serials[0])
    expect(handset.page.get_by_test_id("unit-card")).to_contain_text("On its way")


def fill(phone: Any, serials: list[str]) -> None:
    """Give a site much stock."""
    for start in range(0, len(serials), 1_000):
        for serial in serials[start : start + 1_000]:
            phone.commission(serial, to=f"location:{phone.site}")
        phone.outbox.run_max = 1_000
        answer = phone.push()
        assert answer.status_code == 200, answer.json()
        phone.outbox.events.clear()


@pytest.mark.requirement("S8", "S11")
def test_unsent_scans_come_back_when_the_outbox_is_destroyed_and_arrive_even_if_the_key_is_gone_too(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    handset = handsets("anita")
    anita = at_work(plant, handset, FLOOR, (ANITA, ANITA_PIN))
    bag = starch(plant)
    plant.stop()
    use(anita, bag), use(anita, bag)
    made = {scan["id"] for scan in handset.scans_kept()}
    until(handset, lambda: are_copied(handset))
    destroy(handset, "batchspine-outbox")
    handset.open("/")
    anita.sign_in(ANITA, ANITA_PIN)
    expect(handset.unsent()).to_have_attribute("data-count", "2")
    assert {scan["id"] for scan in handset.scans_kept()} == made
    plant.start()
    handset.wait_until_sent(60)
    plant.stop()

    use(anita, bag)
    until(handset, lambda: are_copied(handset))
    destroy(handset, "batchspine-outbox", "batchspine-keyring")
    plant.start()
    handset.open("/")
    expect(handset.page.get_by_role("heading", name="This phone lost its storage")).to_be_visible()
    expect(handset.page.get_by_test_id("rescued")).to_contain_text("All of these are at the server now.")
    (in_run,) = plant.office().stock(item="STARCH", state="in_process")
    assert in_run[4] == "7.8"
    assert plant.check().returncode == 0


def are_copied(handset: Handset) -> bool:
    """Say whether the second copy, which comes after green, holds every scan, and the signature over the last."""
    *_, last = handset.scans_kept()
    copied: str = handset.page.evaluate(_COPIED)
    return all(scan["id"] in copied for scan in handset.scans_kept()) and copied.count(last["hash"]) > 1


def destroy(handset: Handset, *names: str) -> None:
    """Delete databases under the app, and close it."""
    handset.page.evaluate(_DESTROY, list(names))
    handset.close()


SECOND_VERSION = '<meta name="app-version" content="second" />'
_LOOK_FOR_A_NEWER_ONE = "navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => true)"
_WAITS = "navigator.serviceWorker.getRegistration().then(({ waiting }) => waiting !== null)"
"""What the app does by itself when it is looked at again."""


def release(app: Path) -> None:
    """Put a newer version of the app where the server takes it from when it starts."""
    page, worker = app / "index.html", app / "sw.js"
    page.write_text(page.read_text().replace("<title>", f"{SECOND_VERSION}<title>"))
    text, changed = re.subn(r'"build":"[0-9a-f]{12}"', '"build":"second-build"', worker.read_text())
    assert changed == 1
    worker.write_text(text)


@pytest.mark.requirement("S8", "S7")
def test_a_newer_version_of_the_app_waits_for_a_tap_and_takes_no_scan_with_it(
    plant: Plant, handsets: HandOut, app: Path, tmp_path: Path
) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, pwa=tmp_path / "app")
    shutil.copytree(app, tmp_path / "app")
    ravi = ravi_at_work(plant, handsets)
    handset, page = ravi.handset, ravi.handset.page
    second = page.locator("meta[name=app-version]")
    ravi.go_to("goods_in")
    ravi.choose("Maize starch")
    lot = page.get_by_label("Supplier's lot number")
    lot.fill("ROQ-60001")
    plant.stop()
    release(tmp_path / "app")
    plant.start()
    page.evaluate(_LOOK_FOR_A_NEWER_ONE)
    until(handset, lambda: page.evaluate(_WAITS))

    # It is here, and nothing happens in the middle of a step, nor by itself after it.
    expect(lot).to_have_value("ROQ-60001")
    ravi.go_home()
    plant.stop()
    (bag,) = ravi.goods_in("Maize starch", "ROQ-60001", "bag", 1, "20")
    ravi.go_home()
    expect(page.get_by_text("A newer version is ready")).to_be_visible()
    expect(second).to_have_count(0)

    # Neither the tap nor the start of the new version needs a network; the scan is where it was.
    handset.button("Start it").tap()
    expect(second).to_have_count(1)
    ravi.sign_in(RAVI, RAVI_PIN)
    expect(page.get_by_text("A newer version is ready")).to_be_hidden()
    assert [scan["unit"] for scan in handset.scans_kept() if scan["unsent"]] == [bag]
    assert page.evaluate("caches.keys()") == ["shell-second-build"]
    plant.start()
    handset.wait_until_sent(90)
    assert plant.check().returncode == 0, plant.check().stdout
