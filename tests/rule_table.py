"""Writes docs/stops.md: what a phone stops, asks and notes. Run by `make docs`; the tests fail if it is stale."""

from __future__ import annotations

from pathlib import Path

from sync.rules import OPERATIONS, OVERRULERS, TABLE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "stops.md"

OPERATION_WORDS = {
    "consume": "use",
    "dispatch": "send",
    "receive": "receive",
    "return": "send back",
    "move": "move",
    "count": "count",
    "scrap": "scrap",
    "goods_in": "goods in",
    "produce": "make",
    "pack": "pack",
    "unpack": "unpack",
}

HEAD = """# What a phone stops, asks and notes

Written by `make docs` from `TABLE` in [sync/rules.py](../sync/rules.py); do not edit it by hand. The phone judges
without a network, with what it knows. An empty field: it is done without a word.

- **stop**: the screen is red and nothing goes on by itself. *Put it back*; or a second person ({overrulers})
  overrules with a PIN and a reason, by telephone if nobody is at hand, or by a right that one of them has lent for a
  shift; or it is *already done*, and anybody records that with a reason.
- **ask**: one question, answered once.
- **note**: a line beside the result; the scan is saved.

Every stop is recorded when it is shown. A scan that went on against it carries the codes, the answer, the reason and
the second person. What was already done counts and asks for a person's look; what the run makes is put on hold.
"""


def page() -> str:
    """Write the whole page."""
    heads = ["condition", *(OPERATION_WORDS[operation] for operation in OPERATIONS)]
    rows = [heads, ["---"] * len(heads)]
    rows += [
        [f"`{condition.__name__}`", *(_cell(levels.get(operation)) for operation in OPERATIONS)]
        for condition, levels in TABLE.items()
    ]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    said = [f"| `{condition.__name__}` | {condition.__doc__} |" for condition in TABLE]
    head = HEAD.format(overrulers=" or ".join(sorted(OVERRULERS, reverse=True)))
    return "\n".join([head, *lines, "", "| condition | when it holds |", "| --- | --- |", *said, ""])


def _cell(level: str | None) -> str:
    return {"stop": "**stop**", None: ""}.get(level, level or "")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.name} is written anew.")
