"""Photos: of what has no label, and of what was done against a stop; taken without a network, seen at the desk."""

from __future__ import annotations

from io import BytesIO

import pytest
from browser.film import make_film
from browser.flows import Operator
from browser.hands import Keys
from browser.handset import HandOut
from browser.office import Desk
from browser.plant import Plant, tell_demo
from fake_printer import until
from PIL import Image
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("F8", "F11")]

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]


def test_what_has_no_label_is_picked_with_a_photo_that_the_office_sees(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = handsets("ravi")
    handset.film = make_film([Image.new("RGB", (640, 480), "green")], handset.profile.parent / "drum.mjpeg")
    ravi = Operator(handset, Keys(handset))
    ravi.enrol(plant.office().invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    page = handset.page
    bags = ravi.goods_in("Maize starch", "ROQ-3", "bag", 2, "25")
    ravi.go_home()
    plant.stop()
    ravi.go_to("more")
    ravi.go_to("scrap")
    ravi.hands.press(page.get_by_test_id("no-label"))
    ravi.hands.press(page.get_by_test_id("photo"))
    film = page.get_by_label("Hold the camera on it")
    expect(film).to_be_visible()
    until(lambda: film.evaluate("video => video.videoWidth") > 0)
    ravi.hands.press(page.get_by_test_id("shoot"))
    expect(page.get_by_role("heading", name="Is it sharp?")).to_be_visible()
    ravi.hands.press(page.get_by_test_id("use-photo"))
    expect(page.get_by_test_id("photo")).to_contain_text("Photo taken")
    ravi.choose(bags[0])
    ravi.hands.press(page.get_by_role("button", name="All of it"))
    ravi.choose("Spilled")
    ravi.expect_saved()
    (scan,) = [scan for scan in handset.scans_kept() if scan["type"] == "scrapped"]
    (photo,) = scan["photos"]

    plant.start()
    handset.wait_until_sent(90)
    office = plant.office()
    batch = scan["material"]["batch"]
    until(lambda: [row["photo"] for row in office.get("/photos", batch=batch)["photos"]] == [photo], 60)
    with Image.open(BytesIO(office.file(f"/photos/{photo}"))) as seen:
        red, green, blue = seen.convert("RGB").getpixel((seen.width // 2, seen.height // 2))
    assert green > 90 > max(red, blue), "what the camera showed"
    desk = Desk(handsets("desk"))
    desk.sign_in()
    desk.handset.open(f"/desk/batch/{batch}")
    expect(desk.page.get_by_test_id("photos").locator("img")).to_have_js_property("complete", value=True)
    expect(desk.page.get_by_test_id("photos")).to_contain_text(scan["unit"])
    assert plant.check().returncode == 0
