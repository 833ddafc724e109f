"""The scanner's sheet: printed at the desk, read by a scanner, and what is odd about it is taken off from then on."""

from __future__ import annotations

import pytest
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from browser.scanner import Scanner
from fake_printer import printed
from playwright.sync_api import expect

from labels.reading import symbols_in
from server.setup import demo
from server.setup.demo_story import BATCH, WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("S2")]

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
A_MOMENT_MS = 650
"""A step takes up to half a second to type, and is dated back by as much."""


def read(handset: Handset, steps: list[str], layout: str = "US", around: str = "{}") -> None:
    """Open the check and scan each step."""
    page = handset.page
    for number, step in enumerate(steps, 1):
        expect(page.get_by_role("heading", name=f"Scan step {number} of 4 of the sheet")).to_be_visible()
        page.wait_for_timeout(A_MOMENT_MS)
        Scanner(page, layout).read(around.format(step))
    expect(page.get_by_role("heading", name="The scanner is checked")).to_be_visible()


def test_a_scanner_is_checked_and_its_ways_are_known_from_then_on(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    office = plant.office()
    sheet = printed(office.file("/signs", kind="scanner", site=WAREHOUSE, stock="100x50"))
    steps = [text for page in sheet for text in {text for kind, text in symbols_in(page) if kind == "QRCode"}]
    units = office.get(f"/batches/{BATCH}")["units"]
    drum = next(row["unit"] for row in units if row["place"] == "transfer:TR-0007")
    handset = handsets("ravi")
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(office.invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    page = handset.page
    ravi.go_to("more")
    page.get_by_test_id("check-scanner").tap()

    Scanner(page).read(steps[0].lower())
    expect(page.get_by_test_id("scanner-fault")).to_contain_text("Capitals and small letters are exchanged")
    read(handset, steps)
    expect(page.get_by_test_id("scanner-profile")).to_contain_text("It types every code as it is printed.")

    handset.button("Check again").tap()
    read(handset, steps, "German")
    expect(page.get_by_test_id("scanner-profile")).to_contain_text("It types as a keyboard of the USA does.")

    handset.button("Check again").tap()
    read(handset, steps, around="-.{}/")
    expect(page.get_by_test_id("scanner-profile")).to_contain_text("“-.” in front and “/” behind")
    handset.open("/")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("look")
    Scanner(page).read(f"-.{drum}/")
    expect(page.get_by_test_id("unit-card")).to_contain_text(drum)
