"""Commands as symbols: whoever wears two pairs of gloves works a phone with a scanner and a sheet of these alone.

The text of a command is `MAK1:C:` and its name. It cannot be taken for a batch or a unit, not even by an old phone.
`pwa/src/scan/command.ts` is the twin of this file, and both are held to `tests/vectors/commands.json`.
"""

from __future__ import annotations

PREFIX = "MAK1:C:"

ANSWERS = {
    "OK": "Confirm",
    "CANCEL": "Cancel",
    "BACK": "Back",
    "UNDO": "Undo the last scan",
    "ALL": "All of it",
    "PART": "Part of it",
    "CHANGE": "Change",
    "HOME": "Home",
}
"""What a step is answered with."""

KEYS = {**{str(digit): str(digit) for digit in range(10)}, "POINT": "Point", "ERASE": "Erase"}
"""Quantities and PINs; where a list is shown, a digit chooses its line of that number."""

FLOWS = {
    "GOODS-IN": "Goods in",
    "RECEIVE": "Receive",
    "USE": "Use",
    "MAKE": "Make",
    "SEND": "Send",
    "SCANS": "My scans",
    "LOOK": "What is this?",
    "PACK": "Pack",
    "UNPACK": "Unpack",
    "MOVE": "Move",
    "RETURN": "Send back",
    "SCRAP": "Scrap, loss",
    "COUNT": "Count",
}
"""What is begun by one scan."""

COMMANDS = {**ANSWERS, **KEYS, **FLOWS}
"""Every command by name, with the words to print beside its symbol."""


def command_text(name: str) -> str:
    """Write the text of a command's symbol; KeyError if there is no such command."""
    if name not in COMMANDS:
        raise KeyError(name)
    return PREFIX + name
