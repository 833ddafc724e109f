"""Photos: of what has no label, and of what was done against a stop; taken without a network, seen at the desk."""

from __future__ import annotations

from io import BytesIO

import pytest
from browser.film import make_film
from browser.flows import Operator
from browser.hands import Keys
from browser.handset import HandOut, Handset
from browser.office import Desk
from browser.plant import Plant, tell_demo
from fake_printer import until
from PIL import Image
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import FLOOR, HELD_BATCH, RUN, WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("F8", "F11")]

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]


def filming(handset: Handset) -> Handset:
    """Hold a phone's camera on something green."""
    handset.film = make_film([Image.new("RGB", (640, 480), "green")], handset.profile.parent / "drum.mjpeg")
    return handset


def photograph(operator: Operator) -> None:
    """Take a photo and use it."""
    page = operator.handset.page
    operator.hands.press(page.get_by_test_id("photo"))
    film = page.get_by_label("Hold the camera on it")
    expect(film).to_be_visible()
    until(lambda: film.evaluate("video => video.videoWidth") > 0)
    operator.hands.press(page.get_by_test_id("shoot"))
    expect(page.get_by_role("heading", name="Is it sharp?")).to_be_visible()
    operator.hands.press(page.get_by_test_id("use-photo"))
    expect(page.get_by_test_id("photo")).to_contain_text("Photo taken")


def test_what_has_no_label_is_picked_with_a_photo_that_the_office_sees(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = filming(handsets("ravi"))
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
    photograph(ravi)
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


def test_what_was_done_against_a_stop_is_shown_with_the_exception(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    (bag,) = plant.office().get(f"/batches/{HELD_BATCH}")["units"]
    handset = filming(handsets("anita"))
    scanner = Keys(handset)
    anita = Operator(handset, scanner)
    anita.enrol(plant.office().invite(FLOOR), "Dock 1")
    anita.sign_in(ANITA, ANITA_PIN)
    plant.stop()
    anita.go_to("use")
    anita.choose(RUN)
    scanner.scan(bag["unit"])
    anita.expect_stop("On hold")
    scanner.press(handset.button("Already done"))
    photograph(anita)
    anita.choose("Told to use it")
    anita.use_part("2")
    (used,) = [scan for scan in handset.scans_kept() if scan["type"] == "consumed"]
    (photo,) = used["photos"]

    plant.start()
    handset.wait_until_sent(90)
    office = plant.office()
    until(lambda: office.get("/photos", batch=HELD_BATCH)["photos"], 60)
    (against,) = [one for one in office.get("/exceptions")["exceptions"] if one["kind"] == "done_against_stop"]
    assert [scan["photos"] for scan in against["scans"] if scan["event"] == used["id"]] == [[photo]]
    desk = Desk(handsets("desk"))
    desk.sign_in()
    desk.handset.open(f"/desk/exceptions/{against['exception']}")
    expect(desk.page.get_by_role("img", name=f"{bag['unit']}, photo by {ANITA}")).to_be_visible()
