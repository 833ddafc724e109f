"""GS1 Digital Links: a web address that is also an element string.

The rightmost key of the path counts, whatever a resolver has in front of it; its qualifiers follow in the
dictionary's order; everything else stands in the query. Twin of `pwa/src/scan/gs1/digital-link.ts`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from labels.gs1.associations import repeat_fault
from labels.gs1.elements import Element, Elements, Fault, entry_of, value_fault

# GS1's own resolver knows every key there is.
STEM = "https://id.gs1.org"

_uri = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_split = re.compile(r"(?:https?|HTTPS?)://([^/?#]*)(/[^?#]*)?(?:\?([^#]*))?(?:#.*)?")
_host = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_stem = re.compile(r"(?:https?|HTTPS?)://[A-Za-z0-9.:\[\]/_~-]+")
_digits = re.compile(r"[0-9]+")
_escape = re.compile(r"%([0-9A-Fa-f]{2})")
_unreserved = re.compile(r"[A-Za-z0-9\-._~]")


def is_link(text: str) -> bool:
    """Say that a text claims to be a web address, in a scheme that a Digital Link may have."""
    return text.startswith(("http://", "https://", "HTTP://", "HTTPS://"))


def read_link(uri: str) -> Elements | Fault:
    """Read the elements of a Digital Link: those of the path, then those of the query."""
    if not _uri.fullmatch(uri):
        return Fault("gs1_link_character")
    match = _split.fullmatch(uri)
    if match is None or not _host.fullmatch(match[1]):
        return Fault("gs1_link_address")
    path = _read_path((match[2] or "").split("/"))
    if isinstance(path, Fault):
        return path
    elements = _read_query(match[3] or "", path)
    return elements if isinstance(elements, Fault) else tuple(elements)


def _read_path(segments: Sequence[str]) -> list[Element] | Fault:
    pairs: list[tuple[str, str]] = []
    for at in range(len(segments) - 2, -1, -2):
        pairs.insert(0, (segments[at], segments[at + 1]))
        entry = entry_of(segments[at])
        if entry is not None and entry.key_paths is not None:
            return _keyed(pairs, entry.key_paths)
    return Fault("gs1_link_without_key")


def _keyed(pairs: Sequence[tuple[str, str]], paths: Sequence[Sequence[str]]) -> list[Element] | Fault:
    elements: list[Element] = []
    for ai, escaped in pairs:
        fault = _read_value(ai, unescaped_path(escaped), elements)
        if fault is not None:
            return fault
    qualifiers = [ai for ai, _ in pairs[1:]]
    if not any(_is_in_order(qualifiers, path) for path in paths):
        return Fault("gs1_link_path_order", pairs[0][0])
    return elements


def _read_query(query: str, path: list[Element]) -> list[Element] | Fault:
    elements = list(path)
    for pair in query.split("&"):
        key, equals, escaped = pair.partition("=")
        if not equals or not _digits.fullmatch(key):
            continue
        fault = _attribute_fault(key, path) or _read_value(key, unescaped_query(escaped), elements)
        if fault is not None:
            return fault
    return elements


def _attribute_fault(ai: str, path: Sequence[Element]) -> Fault | None:
    entry = entry_of(ai)
    if entry is None:
        return Fault("gs1_ai_unknown", ai)
    if not entry.is_attribute:
        return Fault("gs1_link_attribute", ai)
    key = entry_of(path[0].ai)
    qualifiers = [each.ai for each in path[1:]]
    orders = (key.key_paths or ()) if key else ()
    if any(ai in order and all(each in order for each in qualifiers) for order in orders):
        return Fault("gs1_link_belongs_in_path", ai)
    return None


def _read_value(ai: str, value: str, elements: list[Element]) -> Fault | None:
    """Check one element and put it behind the others."""
    entry = entry_of(ai)
    if entry is None:
        return Fault("gs1_ai_unknown", ai)
    if any(each.ai == ai for each in elements):
        return Fault("gs1_ai_repeated", ai)
    fault = value_fault(entry, ai, value)
    if fault is None:
        elements.append(Element(ai, value))
    return fault


def _is_in_order(qualifiers: Sequence[str], order: Sequence[str]) -> bool:
    places = [order.index(ai) if ai in order else -1 for ai in qualifiers]
    return all(place >= 0 for place in places) and all(a < b for a, b in pairwise(places))


def write_link(elements: Sequence[Element], stem: str = STEM) -> str | Fault:
    """Write elements as a Digital Link: the first key, its qualifiers, those of fixed length, the rest."""
    if not _stem.fullmatch(stem):
        return Fault("gs1_link_address")
    fault = repeat_fault(elements)
    if fault is not None:
        return fault
    values = dict(elements)
    key = next((ai for ai in values if (entry := entry_of(ai)) and entry.key_paths is not None), None)
    if key is None:
        return Fault("gs1_link_without_key")
    path = _path_of(key, values)
    rest = [ai for ai in values if ai not in path]
    for ai in rest:
        fault = _attribute_fault(ai, [Element(each, values[each]) for each in path])
        if fault is not None:
            return fault
    text = "".join(f"/{ai}/{escaped_path(values[ai])}" for ai in path)
    query = "&".join(f"{ai}={escaped_query(values[ai])}" for ai in sorted(rest, key=lambda ai: not _is_fixed(ai)))
    return stem.rstrip("/") + text + (f"?{query}" if query else "")


def _path_of(key: str, values: dict[str, str]) -> list[str]:
    """List the AIs of the path: the alternative that takes most of the qualifiers, of equals the first."""
    entry = entry_of(key)
    paths = (entry.key_paths or ()) if entry else ()
    chosen = max(([ai for ai in path if ai in values] for path in paths), key=len)
    return [key, *chosen]


def _is_fixed(ai: str) -> bool:
    entry = entry_of(ai)
    return entry is not None and entry.is_fixed


def unescaped_path(text: str) -> str:
    """Undo percent encoding byte by byte, as the path of an address has it: a plus is a plus."""
    return _escape.sub(lambda match: chr(int(match[1], 16)), text)


def unescaped_query(text: str) -> str:
    """Undo percent encoding byte by byte, as a query has it: a plus is a blank."""
    return unescaped_path(text.replace("+", " "))


def escaped_path(text: str) -> str:
    """Percent-encode what is not unreserved in an address; for values of a symbol, which are ASCII."""
    return "".join(each if _unreserved.fullmatch(each) else f"%{ord(each):02X}" for each in text)


def escaped_query(text: str) -> str:
    """Percent-encode for a query, where a blank is a plus."""
    return escaped_path(text).replace("%20", "+")
