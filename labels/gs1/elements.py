"""Element strings: the raw text of a GS1 symbol and the bracketed one for people, read and written.

Twin of `pwa/src/scan/gs1/elements.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from labels.gs1.checks import CHECKS, cset39, cset64, cset82, numeric
from labels.gs1.entry import Component, Entry
from labels.gs1.table import ENTRIES

# What a reader sends for the FNC1 of a symbol that is not its first character.
SEPARATOR = "\x1d"

_CHARACTER_SETS = {"N": numeric, "X": cset82, "Y": cset39, "Z": cset64}
_printable = re.compile(r"[ -~\x1d]*")
_bracketed = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])*)")


class Element(NamedTuple):
    """An application identifier and its value."""

    ai: str
    value: str


class Fault(msgspec.Struct, frozen=True):
    """Why a text is no GS1 data: `ai` is what it is about, `reason` the failed check or the other AI."""

    code: str
    ai: str = ""
    reason: str = ""


Elements = tuple[Element, ...]


def _by_ai() -> dict[str, Entry]:
    table = {}
    for entry in ENTRIES:
        for number in range(int(entry.first), int(entry.last) + 1):
            table[f"{number:0{len(entry.first)}}"] = entry
    return table


_BY_AI = _by_ai()


def entry_of(ai: str) -> Entry | None:
    """Look an application identifier up."""
    return _BY_AI.get(ai)


def read_elements(text: str) -> Elements | Fault:
    """Read the raw text of a symbol, its leading FNC1 or symbology identifier taken off."""
    if not _printable.fullmatch(text):
        return Fault("gs1_character_illegal")
    if text == "":
        return Fault("gs1_empty")
    elements: list[Element] = []
    at = 0
    while at < len(text):
        found = _element_at(text, at)
        if isinstance(found, Fault):
            return found
        element, at = found
        elements.append(element)
    return tuple(elements)


def _element_at(text: str, at: int) -> tuple[Element, int] | Fault:
    """Read the element that begins at `at`; give it and where the next begins."""
    ai = next((text[at : at + length] for length in (2, 3, 4) if text[at : at + length] in _BY_AI), None)
    if ai is None:
        return Fault("gs1_ai_unknown", text[at : at + 4].partition(SEPARATOR)[0])
    entry = _BY_AI[ai]
    start = at + len(ai)
    end = text.find(SEPARATOR, start)
    end = len(text) if end < 0 else end
    if entry.is_fixed:
        end = min(end, start + sum(component.length_max for component in entry.components))
    fault = value_fault(entry, ai, text[start:end])
    if fault is not None:
        return fault
    return Element(ai, text[start:end]), end + (text[end : end + 1] == SEPARATOR)


def value_fault(entry: Entry, ai: str, value: str) -> Fault | None:
    """Say what is wrong with a value, if anything."""
    if value == "":
        return Fault("gs1_value_empty", ai)
    rest = value
    for component in entry.components:
        if rest == "" and component.is_optional:
            continue
        piece, rest = rest[: component.length_max], rest[component.length_max :]
        if len(piece) < component.length_min:
            return Fault("gs1_value_short", ai)
        reason = _reason(component, piece)
        if reason is not None:
            return Fault("gs1_value_wrong", ai, reason)
    return Fault("gs1_value_long", ai) if rest else None


def _reason(component: Component, piece: str) -> str | None:
    found = _CHARACTER_SETS[component.character_set](piece)
    for name in component.checks:
        found = found or CHECKS[name](piece)
    return found


def element_string(elements: Iterable[Element]) -> str:
    """Write the raw text of a symbol behind its leading FNC1: separators only where one is needed."""
    text = ""
    needs_separator = False
    for ai, value in elements:
        text += (SEPARATOR if needs_separator else "") + ai + value
        needs_separator = not (entry := _BY_AI.get(ai)) or not entry.is_fixed
    return text


def read_bracketed(text: str) -> Elements | Fault:
    r"""Read `(01)…(10)…` as it is printed for people; a bracket inside a value is written `\(`."""
    if not _printable.fullmatch(text) or SEPARATOR in text:
        return Fault("gs1_character_illegal")
    if text == "":
        return Fault("gs1_empty")
    elements: list[Element] = []
    at = 0
    while at < len(text):
        match = _bracketed.match(text, at)
        if match is None:
            return Fault("gs1_brackets_wrong")
        ai, value = match[1], match[2].replace("\\(", "(")
        entry = _BY_AI.get(ai)
        fault = Fault("gs1_ai_unknown", ai) if entry is None else value_fault(entry, ai, value)
        if fault is not None:
            return fault
        elements.append(Element(ai, value))
        at = match.end()
    return tuple(elements)


def bracketed(elements: Iterable[Element]) -> str:
    """Write `(01)…(10)…` for people."""
    return "".join(f"({ai})" + value.replace("(", "\\(") for ai, value in elements)
