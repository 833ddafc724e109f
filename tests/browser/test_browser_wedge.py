"""A scanner that types, with real key events: whatever layout the phone has, and wherever the focus is."""

from __future__ import annotations

import pytest
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from browser.scanner import LAYOUTS, Scanner
from playwright.sync_api import Locator, expect

from server.setup import demo
from server.setup.demo_story import BATCH, WAREHOUSE

pytestmark = [pytest.mark.browser, pytest.mark.requirement("S2", "S3")]

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
A_MOMENT_MS = 400
"""Scans are dated back by the time they take; the next one must not reach the one before."""


def test_whatever_the_phones_layout_and_wherever_the_focus_a_label_is_read_and_nothing_else_happens(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    drum, *_ = (row["unit"] for row in office.get(f"/batches/{BATCH}")["units"] if row["place"] == "transfer:TR-0007")
    label = f"{plant.settings.address.upper()}/B/{office.get(f'/units/{drum}')['batch']}/I/PARA-API/H/{drum}"
    handset = handsets("ravi")
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(office.invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    page = handset.page
    field = page.get_by_test_id("scan-text")

    def nothing() -> None:
        page.evaluate("document.activeElement?.blur()")

    places = {"nothing": nothing, "a field": field.focus, "a button": lambda: focus(handset.button("Back"))}
    for layout in LAYOUTS:
        # Where the focus is and what the layout makes of keys have nothing to do with each other.
        for where, focused in places.items() if layout == "US" else [("nothing", nothing)]:
            ravi.go_to("look")
            expect(field).to_be_visible()  # the step is there, and has taken the focus
            focused()
            Scanner(page, layout).read(label)
            assert ravi.shown_unit() == drum, (layout, where)
            expect(field).to_have_value("")
            # The bare serial, as from bars; lower case, as behind CapsLock.
            page.wait_for_timeout(A_MOMENT_MS)
            Scanner(page, layout).read(drum.lower())
            assert ravi.shown_unit() == drum, (layout, where)
            page.wait_for_timeout(A_MOMENT_MS)
            ravi.go_home()
    assert handset.scans_kept() == []


def focus(button: Locator) -> None:
    """Put the focus on a button that Enter or Space would press."""
    button.focus()
    expect(button).to_be_focused()
