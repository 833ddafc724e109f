"""What people do on a phone, step by step, in the words of its screens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from browser.hands import Fingers, Hands
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

_STEPS_MAX = 8


@dataclass
class Operator:
    """Somebody with a phone in hand."""

    handset: Handset
    hands: Hands

    def enrol(self, link: str, name: str) -> None:
        """Open the link the office showed, name the phone, and let it join."""
        page = self.handset.open(link)
        self.hands.write(page.get_by_label("Name of this phone"), name)
        self.hands.press(self.handset.button("Enrol"))
        self.hands.press(self.handset.button("Go on"))
        self.handset.wait_until_kept_offline()

    def sign_in(self, name: str, pin: str) -> None:
        """Choose one's name and enter the PIN."""
        self.hands.press(self.handset.button(name, exact=False))
        expect(self.handset.page.get_by_role("heading", name=f"PIN of {name}")).to_be_focused()
        self.hands.digits(pin)
        self.expect_home()

    def expect_home(self) -> None:
        """Wait for the tiles of the flows."""
        expect(self.handset.page.get_by_test_id("flow-goods_in")).to_be_visible()

    def go_to(self, flow: str) -> None:
        """Open a flow from home."""
        tile = self.handset.page.get_by_test_id(f"flow-{flow}")
        self.hands.press(tile)
        expect(tile).to_be_hidden()

    def go_home(self) -> None:
        """Leave the step that is open, if any, and then the flow."""
        home = self.handset.page.get_by_test_id("flow-goods_in")
        for _ in range(_STEPS_MAX):
            self.hands.back()
            self.handset.page.wait_for_timeout(50)
            if home.is_visible():
                return
        raise AssertionError("there is no way home")

    def choose(self, words: str) -> None:
        """Choose one line of a list, or a picture."""
        self.hands.press(self.handset.page.locator(".choice, .tile").filter(has_text=words).first)

    def number(self, text: str, button: str) -> None:
        """Enter a number on the number pad and go on."""
        expect(self.handset.page.locator(".number-input")).to_be_focused()
        self.hands.digits(text)
        self.hands.press(self.handset.button(button, exact=False))

    def expect_saved(self, words: str = "Saved") -> None:
        """Wait for the green, or amber, that means the phone holds it."""
        expect(self.handset.page.get_by_test_id("result").locator("strong")).to_have_text(re.compile(f"^{words}"))

    def goods_in(
        self, item: str, supplier_lot: str, kind: str, count: int, each: str, *, last_day: str = ""
    ) -> list[str]:
        """Take in goods without our label; gives the serials of the new units."""
        self.go_to("goods_in")
        self.choose(item)
        self.hands.write(self.handset.page.get_by_label("Supplier's lot number"), supplier_lot)
        if last_day:
            self.handset.page.get_by_label("Last day of use").fill(last_day)
        self.hands.press(self.handset.button("Next"))
        self.choose(kind)
        self.number(str(count), "Next")
        self.number(each, "Next")
        return self._save_new_units()

    def make(self, run: str, kind: str, count: int, each: str) -> list[str]:
        """Record what a run has made; gives the serials of the new units."""
        self.go_to("make")
        self.choose(run)
        self.choose(kind)
        self.number(str(count), "Next")
        self.number(each, "Next")
        return self._save_new_units()

    def _save_new_units(self) -> list[str]:
        self.hands.press(self.handset.button("Save ", exact=False))
        self.expect_saved()
        return [serial.inner_text() for serial in self.handset.page.locator(".serials .code").all()]

    def confirm_receipt(self) -> str:
        """Say that what the phone shows is what arrived; gives its serial."""
        serial = self.shown_unit()
        self.hands.press(self.handset.button("Received"))
        self.expect_saved()
        return serial

    def shown_unit(self) -> str:
        """Give the serial of the unit on the screen."""
        return self.handset.page.get_by_test_id("unit-card").locator(".code").first.inner_text()

    def check_and_go_on(self) -> None:
        """Answer what is odd about the unit: it is right."""
        self.hands.press(self.handset.button("It is right, go on"))

    def expect_stop(self, title: str) -> None:
        """Wait for the red screen, and what is wrong."""
        expect(self.handset.page.get_by_test_id("stop").locator("strong").first).to_have_text(title)

    def has_seen(self) -> None:
        """Take a refusal away, once it is in front of everything."""
        expect(self.handset.page.get_by_role("alertdialog")).to_be_focused()
        self.hands.back()
        expect(self.handset.page.get_by_role("alertdialog")).to_be_hidden()

    def put_back(self) -> None:
        """Do as the red screen says."""
        self.hands.press(self.handset.button("Put it back"))
        expect(self.handset.page.get_by_test_id("stop")).to_be_hidden()

    def ask_second(self, name: str, pin: str) -> None:
        """Let a second person enter a PIN."""
        self.hands.press(self.handset.button("Overrule"))
        self.enter_second(name, pin)

    def enter_second(self, name: str, pin: str) -> None:
        """Choose the second person and enter the PIN."""
        self.hands.press(self.handset.button(name, exact=False))
        expect(self.handset.page.get_by_role("heading", name=f"PIN of {name}")).to_be_focused()
        self.hands.digits(pin)

    def already_done(self, reason: str) -> None:
        """Say that it is done already, and why."""
        self.hands.press(self.handset.button("Already done"))
        self.choose(reason)

    def use_all(self) -> str:
        """Put the whole of the unit on the screen into the run."""
        serial = self.shown_unit()
        self.hands.press(self.handset.button("All of it", exact=False))
        self.expect_saved()
        return serial

    def use_part(self, quantity: str) -> str:
        """Take a part of the unit on the screen; the rest stays."""
        serial = self.shown_unit()
        self.hands.press(self.handset.button("Part of it"))
        self.number(quantity, "rest stays")
        self.expect_saved()
        return serial

    def type_code(self, text: str) -> None:
        """Type what is printed under a code."""
        self.hands.write(self.handset.page.get_by_test_id("scan-text"), text)
        self.hands.press(self.handset.button("Enter"))

    def undo(self) -> None:
        """Take back the newest scan."""
        self.hands.press(self.handset.page.get_by_test_id("undo").first)
        self.expect_saved("Undone")


def ravi_at_work(plant: Plant, handsets: HandOut, phone: str = "Dock 1") -> Operator:
    """Give the operator of the demo's warehouse, signed in on a phone of that name; the office has told the demo."""
    tell_demo(plant)
    handset = handsets("ravi")
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(plant.office().invite(WAREHOUSE), phone)
    ravi.sign_in(*demo.OPERATORS[WAREHOUSE])
    return ravi
