"""The floor loop in a real browser: join, lose the network, scan, die, come back, and be right in the end."""

import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.chromium import command_line_of
from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, RUN, WAREHOUSE

pytestmark = pytest.mark.browser

BACK = "TR-0008"
"""The transfer that takes what is made back to the warehouse."""

AT_FLOOR = f"location:{FLOOR}"

ROAD_DRUMS = slice(2, 6)
"""The four drums on the road, on the demo's label sheet."""

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]

UNTOUCHED = """
for (const type of ["pointerdown", "mousedown", "mousemove", "touchstart", "dragstart"]) {
  addEventListener(type, () => window.touched(type), { capture: true });
}
navigator.mediaDevices.getUserMedia = () => { window.touched("camera"); throw new Error("no camera here"); };
"""


@pytest.fixture
def told(plant: Plant) -> demo.Demo:
    """Tell the demo's story, start its server, and open a transfer back to the warehouse."""
    told = tell_demo(plant)
    plant.office().post("/transfers", {"code": BACK, "from_place": FLOOR, "to_place": WAREHOUSE})
    return told


def link_for(told: demo.Demo, operator: str) -> str:
    return next(invitation.link for invitation in told.invitations if invitation.operator == operator)


def go_dark(plant: Plant, handset: Handset) -> None:
    """Stop the server, close the app, and start it again with nobody to ask."""
    plant.stop()
    handset.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"https://127.0.0.1:{plant.settings.port}/health", timeout=5)
    handset.open()


def die_and_return(anita: Operator) -> None:
    """Kill the browser; what it had confirmed is there when it is opened again, still without a network."""
    before = anita.handset.scans_kept()
    anita.handset.kill()
    anita.handset.open()
    anita.sign_in(ANITA, ANITA_PIN)
    assert anita.handset.scans_kept() == before
    expect(anita.handset.unsent()).to_have_attribute("data-count", str(len(before)))


def use_make_send_undo(anita: Operator, scan: Callable[[str], None], drums: list[str]) -> str:
    """Do the rest of the shift; gives the serial of the carton that is on its way."""
    anita.goods_in("Maize starch", "ROQ-60001", "bag", 2, "20")
    anita.go_home()
    anita.go_to("use")
    anita.choose(RUN)
    scan(drums[0])
    anita.use_all()
    scan(drums[1])
    anita.use_part("5.5")
    anita.go_home()
    cartons = anita.make(RUN, "carton", 2, "1000")
    anita.go_home()
    anita.go_to("send")
    anita.choose(BACK)
    for carton in cartons:
        scan(carton)
        expect(anita.handset.page.get_by_test_id("result")).to_contain_text(carton)
    die_and_return(anita)
    anita.go_to("scans")
    anita.undo()
    return cartons[0]


SCANS = {"received": 4, "commissioned": 2, "consumed": 2, "produced": 2, "dispatched": 2, "voided": 1}


def expect_settled(plant: Plant, anita: Operator, carton: str) -> None:
    """Start the server: everything goes out, is judged, and is in the books as it happened."""
    kept = anita.handset.scans_kept()
    assert Counter(scan["type"] for scan in kept) == SCANS
    plant.start()
    anita.handset.wait_until_sent()
    page = anita.handset.page
    expect(page.locator("[data-testid=scan][data-state=settled]")).to_have_count(9)
    assert Counter(anita.handset.states()) == {"settled": 9, "undone": 1}
    office = plant.office()
    assert office.stock(batch=BATCH) >= {
        (AT_FLOOR, "PARA-API", BATCH, "on_hand", "69.5"),
        (f"run:{RUN}", "PARA-API", BATCH, "in_process", "30.5"),
        (AT_FLOOR, "STARCH", BATCH, "on_hand", "32.5"),
        (AT_FLOOR, "MAK-TAB", BATCH, "on_hand", "1000"),
        (f"transfer:{BACK}", "MAK-TAB", BATCH, "in_transit", "1000"),
    }
    assert {row[4] for row in office.stock(item="STARCH", place=AT_FLOOR) if row[2] != BATCH} == {"20", "40"}
    of_carton = [scan["event"] for scan in office.get(f"/units/{carton}")["scans"]]
    assert of_carton == [scan["id"] for scan in kept if scan.get("unit") == carton]
    assert plant.check().returncode == 0, plant.check().stdout


def expect_seen_by(ravi: Operator, link: str, carton: str) -> None:
    """Let a second phone, at the other end of the road, look at the carton and receive it."""
    ravi.enrol(link, "Gate")
    ravi.sign_in(RAVI, RAVI_PIN)
    page = ravi.handset.page
    ravi.go_to("look")
    ravi.type_code(carton)
    card = page.get_by_test_id("unit-card")
    expect(card).to_contain_text("1000 tablets")
    expect(card).to_contain_text(BATCH)
    expect(card).to_contain_text(f"On its way, {BACK}")


@pytest.mark.requirement("S1", "S2", "S3", "S6", "S7", "L3", "J1", "A7")
def test_a_phone_without_network_records_by_camera_survives_being_killed_and_settles_later(
    plant: Plant, told: demo.Demo, handsets: HandOut, tmp_path: Path
) -> None:
    handset = handsets(
        "anita", make_film(pages_of(told.label_sheet.read_bytes())[ROAD_DRUMS], tmp_path / "drums.mjpeg")
    )
    anita = Operator(handset, Fingers(handset))
    anita.enrol(link_for(told, ANITA), "Dock 1")
    assert not [word for word in command_line_of(handset.process) if "ignore-certificate" in word]
    go_dark(plant, handset)
    anita.sign_in(ANITA, ANITA_PIN)

    anita.go_to("receive")
    page = handset.page
    handset.button("Start camera").tap()
    drums = [anita.confirm_receipt()]
    page.get_by_role("switch").tap()
    expect(handset.unsent()).to_have_attribute("data-count", "4")
    handset.button("Stop camera").tap()
    anita.go_home()
    drums += [scan["unit"] for scan in handset.scans_kept() if scan["unit"] not in drums]

    def show(serial: str) -> None:
        """Hold a label before the camera; the film has the drums only, so a carton's number is typed."""
        if serial not in drums:
            anita.type_code(serial)
        elif handset.button("Start camera").is_visible():
            handset.button("Start camera").tap()

    carton = use_make_send_undo(anita, show, drums)
    expect_settled(plant, anita, carton)
    ravi = handsets("ravi")
    expect_seen_by(Operator(ravi, Fingers(ravi)), link_for(told, RAVI), carton)


@pytest.mark.requirement("S1", "S4", "S6", "S7", "L3", "J1")
def test_the_same_is_done_by_scanner_and_keyboard_without_a_camera_or_a_finger_on_the_glass(
    plant: Plant, told: demo.Demo, handsets: HandOut
) -> None:
    touched: list[str] = []
    handset = handsets("anita")
    handset.scripts.append(UNTOUCHED)
    handset.bindings["touched"] = lambda kind: touched.append(kind)  # noqa: PLW0108 - the driver marks it
    keys = Keys(handset)
    anita = Operator(handset, keys)
    anita.enrol(link_for(told, ANITA), "Dock 1")
    units = plant.office().get(f"/batches/{BATCH}")["units"]
    drums = [unit["unit"] for unit in units if unit["place"] == "transfer:TR-0007"]
    go_dark(plant, handset)
    anita.sign_in(ANITA, ANITA_PIN)

    anita.go_to("receive")
    for drum in drums:
        keys.scan(drum)
        assert anita.confirm_receipt() == drum
    anita.go_home()
    carton = use_make_send_undo(anita, keys.scan, drums)
    expect_settled(plant, anita, carton)
    ravi = handsets("ravi")
    ravi.scripts.append(UNTOUCHED)
    ravi.bindings["touched"] = handset.bindings["touched"]
    expect_seen_by(Operator(ravi, Keys(ravi)), link_for(told, RAVI), carton)
    assert touched == []
