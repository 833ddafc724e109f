"""Two ways to work a phone: fingers on the glass, or a scanner and a keyboard without ever touching it."""

from __future__ import annotations

from typing import Protocol

from browser.handset import Handset
from browser.scanner import Scanner
from playwright.sync_api import Locator, expect

_PULL_MS = 150
_TABS_MAX = 80
_HUMAN_MS = 60
"""Slower than any scanner types."""

_IS_FOCUSED = "element => element === document.activeElement"


class Hands(Protocol):
    """Whatever works the phone."""

    def press(self, target: Locator) -> None:
        """Press a button."""

    def write(self, target: Locator, text: str) -> None:
        """Write into a field."""

    def digits(self, text: str) -> None:
        """Enter a number or a PIN where digits are expected."""

    def back(self) -> None:
        """Leave a screen or a step."""


class Fingers:
    """Fingers on the glass."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset

    def press(self, target: Locator) -> None:
        """Tap it."""
        target.tap()

    def write(self, target: Locator, text: str) -> None:
        """Tap into the field and type on the phone's own keyboard; a text put in at once would be a scanner's."""
        target.tap()
        self._handset.page.keyboard.type(text, delay=_HUMAN_MS)

    def digits(self, text: str) -> None:
        """Tap the large keys."""
        keys = self._handset.page.locator(".keys")
        for digit in text:
            keys.get_by_role("button", name="Point" if digit == "." else digit, exact=True).tap()

    def back(self) -> None:
        """Tap the arrow in the head."""
        self._handset.button("Back").tap()


class Keys:
    """A keyboard and a scanner that types; nothing is touched."""

    def __init__(self, handset: Handset) -> None:
        self._handset = handset

    def press(self, target: Locator) -> None:
        """Go there with Tab, as far as it takes, and press Enter."""
        self._go_to(target)
        self._handset.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        """Go there with Tab and type as a person does."""
        self._go_to(target)
        self.digits(text)

    def digits(self, text: str) -> None:
        """Type as a person does, wherever the focus is."""
        self._handset.page.keyboard.type(text, delay=_HUMAN_MS)

    def back(self) -> None:
        """Press Esc."""
        self._handset.page.keyboard.press("Escape")

    def scan(self, text: str) -> None:
        """Pull the scanner's trigger; a finger needs a moment for that, and the same code sooner would be a bounce."""
        self._handset.page.wait_for_timeout(_PULL_MS)
        Scanner(self._handset.page).read(text)

    def _go_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(_TABS_MAX):
            if target.evaluate(_IS_FOCUSED):
                return
            self._handset.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached with Tab")
