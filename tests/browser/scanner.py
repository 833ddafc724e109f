"""A handheld scanner that types: keys a hundredth of a second apart, then Enter.

Each key carries the time at which it was pressed, as from a real keyboard, so that the cadence is a scanner's however
slow the machine is that plays the phone.
"""

from __future__ import annotations

import time

from playwright.sync_api import CDPSession, Page

_CADENCE_SECONDS = 0.01
_SHIFT = 8
_MARKS = {"-": ("Minus", 189), ".": ("Period", 190), "/": ("Slash", 191), "]": ("BracketRight", 221)}
_SHIFTED_MARKS = {":": ("Semicolon", 186)}


class Scanner:
    """A scanner plugged into a phone."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def read(self, text: str) -> None:
        """Pull the trigger in front of a code."""
        # In the past: keys wait in a queue while the page is busy, and are never from tomorrow.
        at = time.time() - (len(text) + 1) * _CADENCE_SECONDS
        for character in text:
            at += _CADENCE_SECONDS
            code, virtual, is_shifted = _key_of(character)
            self._press(character, code, virtual, at, _SHIFT if is_shifted else 0)
        self._press("\r", "Enter", 13, at + _CADENCE_SECONDS, 0)

    def _press(self, text: str, code: str, virtual: int, at: float, modifiers: int) -> None:
        key = {
            "key": "Enter" if code == "Enter" else text,
            "code": code,
            "windowsVirtualKeyCode": virtual,
            "modifiers": modifiers,
            "timestamp": at,
        }
        self._session.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **key})
        self._session.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def _key_of(character: str) -> tuple[str, int, bool]:
    """Name the key of a US keyboard that makes this character, and whether Shift is held."""
    if character.isdigit():
        return f"Digit{character}", ord(character), False
    if character.isalpha():
        return f"Key{character.upper()}", ord(character.upper()), character.isupper()
    if character in _SHIFTED_MARKS:
        return *_SHIFTED_MARKS[character], True
    return *_MARKS[character], False
