"""Signed labels in a real browser: a phone without a network tells ours from somebody else's."""

from __future__ import annotations

from io import BytesIO

import msgspec
import pytest
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from browser.scanner import Scanner
from PIL import Image
from playwright.sync_api import expect

from labels.reading import symbols_in
from server.setup import demo
from server.setup.demo_story import BATCH, WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("L7")]

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
A_MOMENT_MS = 2_200
"""A signed symbol holds two hundred characters; its keys are dated back by as many hundredths of a second."""


def test_a_phone_without_a_network_tells_a_label_of_ours_from_a_forged_one(plant: Plant, handsets: HandOut) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, sign_labels=True)
    tell_demo(plant)
    office = plant.office()
    units = office.get(f"/batches/{BATCH}")["units"]
    drum = next(row["unit"] for row in units if row["place"] == "transfer:TR-0007")
    picture = Image.open(BytesIO(office.file("/labels", unit=drum, stock="100x150", format="png", dpi="203")))
    label = dict(symbols_in(picture.convert("L")))["QRCode"]
    assert "/S/A" in label
    handset = handsets("ravi")
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(office.invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    plant.stop()
    page = handset.page
    ravi.go_to("look")
    page.wait_for_timeout(A_MOMENT_MS)
    Scanner(page).read(label)
    expect(page.get_by_test_id("signature")).to_have_attribute("data-is", "ours")
    assert ravi.shown_unit() == drum
    handset.button("Scan another").tap()
    page.wait_for_timeout(A_MOMENT_MS)
    Scanner(page).read(label.replace(drum, drum.replace("-", ".")))
    expect(page.get_by_role("alertdialog")).to_contain_text("the signature on it is wrong")
