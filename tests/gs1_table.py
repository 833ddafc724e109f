"""Writes the GS1 tables of both languages from GS1's dictionary and code lists. Run by `make tables`.

The tests fail when a table is stale.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from labels.gs1.entry import Component, Entry

ROOT = Path(__file__).resolve().parent.parent
DICTIONARY = ROOT / "labels" / "gs1" / "dictionary.txt"
CODE_LISTS = ROOT / "labels" / "gs1" / "code_lists.txt"
PYTHON = ROOT / "labels" / "gs1" / "table.py"
TYPESCRIPT = ROOT / "pwa" / "src" / "scan" / "gs1" / "table.ts"

SETS = {"N", "X", "Y", "Z"}
LINE = re.compile(r"(?P<first>\d{2,4})(?:-(?P<last>\d{2,4}))?\s+(?P<rest>.*?)\s*(?:#\s*(?P<title>.*))?")
COMPONENT = re.compile(r"(\[?)([NXYZ])(\.\.)?(\d+)\]?((?:,\w+)*)")


def component(text: str) -> Component:
    """Read `N13`, `X..20` or `[N6],yymmdd`."""
    bracket, character_set, dots, length, checks = COMPONENT.fullmatch(text).groups()
    names = tuple(checks.split(",")[1:])
    return Component(character_set, 1 if dots else int(length), int(length), bool(bracket), names)


def entry(line: str) -> Entry:
    """Read one line of the dictionary."""
    found = LINE.fullmatch(line)
    words = found["rest"].split()
    flags = words.pop(0) if not COMPONENT.fullmatch(words[0]) else ""
    specified = [word for word in words if COMPONENT.fullmatch(word)]
    attributes = [word.partition("=") for word in words if not COMPONENT.fullmatch(word)]
    assert set(flags) <= set("*?"), line
    assert {name for name, _, _ in attributes} <= {"req", "ex", "dlpkey"}, line

    def lists(name: str) -> list[str]:
        return [value for key, _, value in attributes if key == name]

    keys = lists("dlpkey")
    return Entry(
        first=found["first"],
        last=found["last"] or found["first"],
        is_fixed="*" in flags,
        is_attribute="?" in flags,
        components=tuple(component(text) for text in specified),
        needs=tuple(tuple(tuple(group.split("+")) for group in each.split(",")) for each in lists("req")),
        excludes=tuple(ai for each in lists("ex") for ai in each.split(",")),
        key_paths=tuple(tuple(filter(None, path.split(","))) for path in keys[0].split("|")) if keys else None,
    )


def entries() -> list[Entry]:
    """Read the whole dictionary."""
    lines = DICTIONARY.read_text("utf-8").splitlines()
    return [entry(line) for line in lines if line and not line.startswith("#")]


def code_lists() -> dict[str, list[str]]:
    """Read the code lists."""
    lists: dict[str, list[str]] = {}
    for line in CODE_LISTS.read_text("utf-8").splitlines():
        if line.endswith(":") and not line.startswith("#"):
            codes = lists.setdefault(line[:-1], [])
        elif line.startswith("  "):
            codes.extend(line.split())
    return lists


def python() -> str:
    """Write `labels/gs1/table.py`."""
    rows = []
    for row in entries():
        parts = ", ".join(f"Component({', '.join(map(repr, each))})" for each in row.components)
        fields = [repr(value) for value in row]
        fields[4] = f"({parts},)"
        rows.append(f"    Entry({', '.join(fields)}),")
    lists = [f"    {name!r}: frozenset({' '.join(codes)!r}.split())," for name, codes in code_lists().items()]
    return (
        "\n".join(
            [
                '"""GS1\'s dictionary and code lists as a table, by `make tables`: do not edit. See NOTICE.md."""',
                "",
                "# fmt: off",
                "# ruff: noqa: E501, SIM905",
                "from labels.gs1.entry import Component, Entry",
                "",
                "ENTRIES: tuple[Entry, ...] = (",
                *rows,
                ")",
                "",
                "CODE_LISTS: dict[str, frozenset[str]] = {",
                *lists,
                "}",
                "",
            ]
        )
        .replace("'", '"')
        .replace('GS1"s', "GS1's")
    )


def typescript() -> str:
    """Write `pwa/src/scan/gs1/table.ts`, with 0 and 1 for false and true: every byte of it goes to a phone."""

    def short(value: object) -> object:
        if isinstance(value, tuple):
            return [short(each) for each in value]
        return int(value) if isinstance(value, bool) else value

    rows = [f"  {json.dumps(short(tuple(row)), separators=(',', ':'))}," for row in entries()]
    lists = [f'  {name}: "{" ".join(codes)}",' for name, codes in code_lists().items()]
    return "\n".join(
        [
            "/**",
            " * GS1's dictionary and code lists as a table; see labels/gs1/NOTICE.md.",
            " *",
            " * Written by `make tables` from labels/gs1/dictionary.txt and code_lists.txt: do not edit.",
            " */",
            'import type { Row } from "./entry";',
            "",
            "export const ROWS: readonly Row[] = [",
            *rows,
            "];",
            "",
            "export const CODE_LISTS = {",
            *lists,
            "};",
            "",
        ]
    )


if __name__ == "__main__":
    PYTHON.write_text(python(), "utf-8")
    TYPESCRIPT.write_text(typescript(), "utf-8")
