"""The symbols that stand for no material: places, people, commands, and the sheet that sets up a scanner.

Their texts begin with `MAK1:` and one letter. None of them can be taken for a batch or a unit: whoever scans a badge
where a drum is expected is told so, by old phones too.
"""

from __future__ import annotations

import re

from labels.command import COMMANDS
from labels.content import SignContent, SignKind
from labels.identity import CODE_LENGTH_MAX
from labels.refusal import LabelRefused

_LETTERS: dict[SignKind, str] = {"location": "P", "operator": "O", "command": "C"}
BADGE_LENGTH = 16
"""So many hexadecimal digits of a person's random id are on a badge: never two alike, and they say nothing."""

_code = re.compile(rf"[A-Z0-9][A-Z0-9.-]{{0,{CODE_LENGTH_MAX - 1}}}")

SCANNER_STEPS = (
    ("STEP-1", "Upper case and digits", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("STEP-2", "Lower case", "abcdefghijklmnopqrstuvwxyz"),
    ("STEP-3", "Punctuation", "!\"%&'()*+,-./:;<=>?_"),
    ("STEP-4", "The address of a label", "HTTPS://L.EXAMPLE.COM:8443/B/TEST-1/I/TEST-2?17=261231"),
)
"""What a scanner types is compared with these, and so its layout, prefix and suffix become known."""


def sign_text(kind: SignKind, code: str) -> str:
    """Write the text of the symbol for a place, a person or a command; for a step of the set-up its own text."""
    if kind == "scanner":
        return next((text for step, _, text in SCANNER_STEPS if step == code), "") or _refuse(code)
    if not _code.fullmatch(code):
        _refuse(code)
    return f"MAK1:{_LETTERS[kind]}:{code}"


def _refuse(code: str) -> str:
    raise LabelRefused(
        "code_unprintable",
        f"“{code[:40]}” cannot be printed: use 1 to {CODE_LENGTH_MAX} of A-Z, 0-9, dot and dash.",
    )


def badge_code(person: bytes) -> str:
    """Give what a person's badge carries; `person` is the id, 16 random bytes."""
    return person.hex()[:BADGE_LENGTH].upper()


def command_signs(printed_at: str, site_name: str = "") -> list[SignContent]:
    """Give a sign for each command."""
    return [
        SignContent(kind="command", code=code, name=name, printed_at=printed_at, site_name=site_name)
        for code, name in COMMANDS.items()
    ]


def scanner_signs(printed_at: str, site_name: str = "") -> list[SignContent]:
    """Give the steps of the sheet that sets up a scanner, in order."""
    return [
        SignContent(kind="scanner", code=code, name=name, printed_at=printed_at, site_name=site_name)
        for code, name, _ in SCANNER_STEPS
    ]
