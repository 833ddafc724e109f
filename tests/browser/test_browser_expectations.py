"""What people who scan expect of a phone and no other test shows: docs/expectations.md names them all."""

from __future__ import annotations

import pytest
from browser.film import make_film
from browser.flows import Operator, ravi_at_work
from browser.hands import Fingers, Keys
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from browser.scanner import Scanner
from PIL import Image
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
BAY = "ASHA-DISP"
CODES = 60
APART_MS = 150
"""Sixty in thirty seconds leave half a second for each, of which the scanner types a part; this is quicker."""

CAMERAS = """
const camera = (deviceId) => ({ kind: "videoinput", deviceId, label: deviceId, groupId: "" });
navigator.mediaDevices.enumerateDevices = async () => [camera("wide"), camera("near")];
const settings = MediaStreamTrack.prototype.getSettings;
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
let lens = "wide";
window.seen = { asked: [], lit: [], awake: 0 };
navigator.mediaDevices.getUserMedia = async (wanted) => {
  lens = wanted.video.deviceId?.ideal ?? "wide";
  window.seen.asked.push(lens);
  return ask({ video: true });
};
MediaStreamTrack.prototype.getSettings = function () { return { ...settings.call(this), deviceId: lens }; };
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => { window.seen.lit.push(advanced[0].torch); };
const lock = () => { window.seen.awake += 1; return { release: async () => { window.seen.awake -= 1; } }; };
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => lock() } });
"""
"""Two lenses and a light, which the make-believe camera has not; only what is asked of them is watched."""


@pytest.mark.requirement("S3", "S4", "S7", "S8")
def test_sixty_codes_in_thirty_seconds_are_sixty_scans_and_the_count_on_the_screen_is_what_the_disk_holds(
    plant: Plant, handsets: HandOut
) -> None:
    ravi = ravi_at_work(plant, handsets)
    handset = ravi.handset
    plant.stop()
    ravi.goods_in("Maize starch", "ROQ-2", "bag", CODES, "25")
    bags = [str(scan["unit"]) for scan in handset.scans_kept()]
    ravi.go_home()
    ravi.go_to("more")
    ravi.go_to("move")
    scanner = Scanner(handset.page)
    scanner.read(f"MAK1:P:{BAY}")
    expect(handset.page.get_by_role("heading", name="Scan what you put there")).to_be_visible()
    for bag in bags:
        handset.page.wait_for_timeout(APART_MS)
        scanner.read(bag)
    expect(handset.page.get_by_test_id("result")).to_contain_text(bags[-1])
    moved = [str(scan["unit"]) for scan in handset.scans_kept() if scan["type"] == "moved"]
    assert moved == bags
    assert len(moved) == CODES
    expect(handset.unsent()).to_have_attribute("data-count", str(len(handset.scans_kept())))


@pytest.mark.requirement("S2", "S4")
def test_the_camera_has_its_light_and_the_other_lens_and_rests_when_nobody_shows_it_anything(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    handset = handsets("ravi")
    handset.film = make_film([Image.new("RGB", (100, 150), "white")], handset.profile.parent / "bench.mjpeg")
    handset.scripts.append(CAMERAS)
    ravi = Operator(handset, Keys(handset))
    ravi.enrol(plant.office().invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("look")
    page = handset.page
    page.clock.install()
    handset.button("Start camera").tap()
    handset.button("Light on").tap()
    handset.button("Light off").tap()
    assert page.evaluate("window.seen.lit") == [True, False]
    assert page.evaluate("window.seen.awake") == 1
    handset.button("Other lens").tap()
    expect(handset.button("Other lens")).to_be_visible()
    page.clock.run_for(61_000)
    expect(page.get_by_text("The camera rests to save the battery.", exact=False)).to_be_visible()
    assert page.evaluate("window.seen.awake") == 0
    handset.open("/")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("look")
    handset.button("Start camera").tap()
    expect(handset.button("Light on")).to_be_visible()
    assert page.evaluate("window.seen.asked") == ["near"], "a lens that was chosen is chosen the next time too"


@pytest.mark.requirement("S2")
def test_a_phone_whose_camera_may_not_be_used_says_so_and_types(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = handsets("ravi")
    handset.scripts.append(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(plant.office().invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    (drum, *_) = (unit["unit"] for unit in plant.office().get("/batches/MAK-2026-0142")["units"])
    ravi.go_to("look")
    handset.button("Start camera").tap()
    expect(handset.page.get_by_role("alert")).to_contain_text("camera")
    expect(handset.button("Light on")).to_be_hidden()
    ravi.type_code(drum)
    expect(handset.page.get_by_text(drum).first).to_be_visible()


@pytest.mark.requirement("S11")
def test_a_phone_that_lies_about_forgets_who_held_it_but_not_in_the_middle_of_a_step(
    plant: Plant, handsets: HandOut
) -> None:
    ravi = ravi_at_work(plant, handsets)
    handset = ravi.handset
    page = handset.page
    page.clock.install()
    handset.open("/")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("goods_in")
    ravi.choose("Maize starch")
    page.clock.run_for(40 * 60_000)
    expect(page.get_by_label("Supplier's lot number")).to_be_visible()
    ravi.go_home()
    page.clock.run_for(25 * 60_000)
    ravi.expect_home()
    page.clock.run_for(7 * 60_000)
    expect(page.get_by_role("heading", name="Who is scanning?")).to_be_visible()


@pytest.mark.requirement("F15", "S4")
def test_a_quantity_is_one_more_one_less_or_the_same_as_last_time(plant: Plant, handsets: HandOut) -> None:
    """The next delivery holds as much as the one before, or nearly; nobody types it again with gloves on."""
    ravi = ravi_at_work(plant, handsets)
    handset = ravi.handset
    ravi.goods_in("Maize starch", "ROQ-1", "bag", 1, "25.5")
    ravi.go_home()
    page, press = handset.page, ravi.hands.press
    ravi.go_to("goods_in")
    ravi.choose("Maize starch")
    ravi.hands.write(page.get_by_label("Supplier's lot number"), "ROQ-2")
    press(handset.button("Next"))
    ravi.choose("bag")
    field, more, less = page.locator(".number-input"), handset.button("One more"), handset.button("One less")
    expect(field).to_be_focused()
    press(less)
    expect(field).to_have_value("0")
    for _ in range(3):
        press(more)
    expect(field).to_have_value("3")
    press(handset.button("Next"))
    press(handset.button("Same as last: 25.5 kg"))
    press(less)
    expect(field).to_have_value("24.5")
    expect(field).to_be_focused()
    press(handset.button("Next"))
    press(handset.button("Save ", exact=False))
    ravi.expect_saved()
    entered = [scan["material"]["entered"]["quantity"] for scan in handset.scans_kept()]
    assert entered == ["25.5", "24.5", "24.5", "24.5"]


@pytest.mark.requirement("S8")
def test_a_phone_that_is_nearly_full_says_so_on_the_first_screen_and_goes_on_keeping_scans(
    plant: Plant, handsets: HandOut
) -> None:
    ravi = ravi_at_work(plant, handsets)
    warning = ravi.handset.page.get_by_test_id("room-short")
    expect(warning).to_be_hidden()
    for taken, is_said in ((84, False), (86, True), (99, True)):
        ravi.handset.page.evaluate(f"navigator.storage.estimate = async () => ({{ quota: 1000, usage: {taken * 10} }})")
        before = len(ravi.handset.scans_kept())
        ravi.goods_in("Maize starch", f"ROQ-{taken}", "bag", 1, "25")
        ravi.go_home()
        expect(warning).to_be_visible(visible=is_said)
        assert len(ravi.handset.scans_kept()) == before + 1
