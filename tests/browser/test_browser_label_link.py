"""A label photographed by any phone: it says that it is ours and where to sign in, and no more to a stranger."""

from __future__ import annotations

import msgspec
import pytest
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("L8")]

BATCH = "MAK-2026-0142"
LABEL = f"/B/{BATCH}/I/PARA-500/H/U-1"

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]


def test_a_stranger_learns_that_it_is_our_label_and_nothing_else(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    stranger = handsets("stranger")
    # A label that was printed, and a number somebody made up.
    for address in (LABEL, LABEL.replace("0142", "9999")):
        page = stranger.open(address)
        expect(page.get_by_text("This is one of our labels. Sign in to see what it stands for.")).to_be_visible()
        expect(page.get_by_role("button", name="Office sign-in")).to_be_visible()
        page.wait_for_load_state("networkidle")
        said = page.locator("body").inner_text()
        assert not [word for word in (BATCH, "9999", "PARA-500", "U-1", "Kaveri", "SHK") if word in said], said
    page = stranger.open("/B/x y")
    expect(page.get_by_text("This address is not one of our labels.")).to_be_visible()


def test_item_and_batch_are_told_where_the_administrator_says_so_but_never_a_site(
    plant: Plant, handsets: HandOut
) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, label_link="batch")
    tell_demo(plant)
    stranger = handsets("stranger")
    for address, item in ((LABEL, "PARA-500"), (f"/01/08901234000017/10/{BATCH}/21/U-1", "08901234000017")):
        page = stranger.open(address)
        expect(page.get_by_text(BATCH)).to_be_visible()
        expect(page.get_by_text(item)).to_be_visible()
        said = page.locator("body").inner_text()
        assert not [place for place in demo.OPERATORS if place in said], said


def test_a_phone_of_ours_reads_the_label_without_a_network_and_opens_it_in_the_app(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    phone = handsets("ravi")
    ravi = Operator(phone, Fingers(phone))
    ravi.enrol(plant.office().invite(WAREHOUSE), "Phone of Ravi")
    ravi.sign_in(RAVI, RAVI_PIN)
    phone.wait_until_kept_offline()
    plant.stop()
    page = phone.open(LABEL)
    expect(page.get_by_text(BATCH)).to_be_visible()
    expect(page.get_by_role("button", name="Open in the app")).to_be_visible()
