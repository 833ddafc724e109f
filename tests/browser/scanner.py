"""A handheld scanner that types: keys a hundredth of a second apart, then Enter.

Each key carries the time at which it was pressed, as from a real keyboard, and none waits until the page has dealt with
the one before; so the cadence is a scanner's however slow the machine is that plays the phone.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from playwright.sync_api import CDPSession, Page

_CADENCE_SECONDS = 0.01
_STUMBLE_SECONDS = 0.02
_TIMEOUT_MS = 30_000
_SHIFT = 8
_MARKS = {
    "-": ("Minus", 189),
    ".": ("Period", 190),
    "/": ("Slash", 191),
    "]": ("BracketRight", 221),
    "'": ("Quote", 222),
    ",": ("Comma", 188),
    ";": ("Semicolon", 186),
    "=": ("Equal", 187),
}
_SHIFTED_MARKS = {
    ":": ("Semicolon", 186),
    '"': ("Quote", 222),
    "+": ("Equal", 187),
    "<": ("Comma", 188),
    ">": ("Period", 190),
    "?": ("Slash", 191),
    "_": ("Minus", 189),
    **{mark: (f"Digit{digit}", 48 + digit) for digit, mark in enumerate(")!@#$%^&*(")},
}


LAYOUTS: dict[str, dict[str, str]] = {
    "US": {},
    "German": dict(zip("yzYZ-/]:", "zyZYß-+Ö", strict=True)),
    "French": dict(zip("aqzwmAQZWM1234567890-/:.]", "qawz,QAWZ?&é\"'(-è_çà)!M:$", strict=True)),
}
"""What a phone's keyboard layout makes of the keys of a US keyboard, for the characters of labels."""


class Scanner:
    """A scanner plugged into a phone; it presses the keys of a US keyboard, whatever the phone makes of them."""

    def __init__(self, page: Page, layout: str = "US") -> None:
        self._made = LAYOUTS[layout]
        self._session: CDPSession = page.context.new_cdp_session(page)

    def read(self, text: str) -> None:
        """Pull the trigger in front of a code."""
        # In the past: keys may wait while the page is busy, and are never from tomorrow.
        begin = time.time() - (len(text) + 1) * _CADENCE_SECONDS
        # The driver's own call waits for each answer, which no scanner does.
        self._session._sync(self._send(_keys(text, begin, self._made), is_hurried=True))

    def read_live(self, text: str) -> None:
        """Pull the trigger, and let each key out when its moment has come: for measuring, not for speed."""
        self._session._sync(self._send(_keys(text, time.time(), self._made), is_hurried=False))

    async def _send(self, events: list[dict[str, Any]], *, is_hurried: bool) -> None:
        send = self._session._impl_obj.send
        answers = []
        late = 0.0
        for event in events:
            if not is_hurried:
                await asyncio.sleep(max(0.0, event["timestamp"] + late - time.time()))
                # A key is pressed when it is let out, not when it should have been; yet the cadence stays a scanner's.
                late = min(max(late, time.time() - event["timestamp"]), late + _STUMBLE_SECONDS)
                event["timestamp"] += late
            sent = send(method="Input.dispatchKeyEvent", params=event, timeout=_TIMEOUT_MS)
            answers.append(asyncio.ensure_future(sent))
        await asyncio.gather(*answers)


def _keys(text: str, begin: float, made: dict[str, str]) -> list[dict[str, Any]]:
    """List the key events of a scan whose first key is pressed at `begin`, seconds since 1970."""
    keys = [_key_of(character, made) for character in text] + [_ENTER]
    return [
        {"type": kind, "timestamp": begin + number * _CADENCE_SECONDS, **key}
        for number, key in enumerate(keys)
        for kind in ("keyDown", "keyUp")
    ]


_ENTER: dict[str, Any] = {"key": "Enter", "text": "\r", "code": "Enter", "windowsVirtualKeyCode": 13}


def _key_of(character: str, made: dict[str, str]) -> dict[str, Any]:
    """Describe the key of a US keyboard that makes this character, with Shift where it needs it."""
    if character.isdigit():
        code, virtual, is_shifted = f"Digit{character}", ord(character), False
    elif character.isalpha():
        code, virtual, is_shifted = f"Key{character.upper()}", ord(character.upper()), character.isupper()
    elif character in _SHIFTED_MARKS:
        (code, virtual), is_shifted = _SHIFTED_MARKS[character], True
    else:
        (code, virtual), is_shifted = _MARKS[character], False
    modifiers = _SHIFT if is_shifted else 0
    typed = made.get(character, character)
    return {"key": typed, "text": typed, "code": code, "windowsVirtualKeyCode": virtual, "modifiers": modifiers}
