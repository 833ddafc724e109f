"""GS1's own test cases, asked of our parser: the file, the line, and whether we agree.

The cases speak of the engine's internal text: `^` for FNC1, a backslash in front of a plain text that begins with one.
Only that is translated here; every verdict and every value is compared as it stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labels.gs1.associations import (
    association_fault,
    exclusion_fault,
    repeat_fault,
    requisite_fault,
    unsigned_serial_fault,
)
from labels.gs1.checks import CHECKS
from labels.gs1.digital_link import (
    STEM,
    escaped_path,
    escaped_query,
    is_link,
    read_link,
    unescaped_path,
    unescaped_query,
    write_link,
)
from labels.gs1.elements import (
    SEPARATOR,
    Element,
    Elements,
    Fault,
    bracketed,
    element_string,
    read_bracketed,
    read_elements,
)
from labels.gs1.scan_data import ScanData, article_scan, element_scan, plain_scan, read_scan

FOLDER = Path(__file__).parent / "vectors" / "gs1"
FILES = ("ai", "dl_generate", "dl_parse", "linters", "payload_verdicts", "scandata", "uri_escape")

Case = dict[str, Any]


def cases(name: str) -> list[tuple[int, Case]]:
    """Give the cases of a file, with the line of the file."""
    lines = (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [(at, json.loads(line)) for at, line in enumerate(lines, 1)]


def differences(name: str) -> Iterator[tuple[int, Case]]:
    """Give the cases of a file that we answer differently."""
    for at, case in cases(name):
        if not AGREES[name](case):
            yield at, case


def internal(elements: Elements) -> str:
    """Write elements as the engine writes them."""
    return "^" + element_string(elements).replace(SEPARATOR, "^")


def loose(text: str) -> Elements:
    """Read bracketed elements unchecked: GS1 tests the rules between them with AIs and values of its fancy."""
    return tuple(Element(ai, value) for ai, value in re.findall(r"\((\d+)\)([^(]*)", text))


def _agrees_on_lint(case: Case) -> bool:
    return CHECKS[case["lint"]](case["data"]) == case.get("error", "").lower() or (
        case["ok"] and CHECKS[case["lint"]](case["data"]) is None
    )


def _same(found: Elements | Fault, case: Case, key: str = "elements") -> bool:
    if isinstance(found, Fault):
        return not case["ok"]
    return case["ok"] and internal(found) == case[key]


def _valid_link(uri: str) -> Elements | Fault:
    found = read_link(uri)
    return found if isinstance(found, Fault) else association_fault(found) or found


_RULES = {
    "validateAIrepeats": repeat_fault,
    "validateAImutex": exclusion_fault,
    "validateAIrequisites": requisite_fault,
    "validateDigSigRequiresSerialisedKey": unsigned_serial_fault,
}


def _agrees_on_ai(case: Case) -> bool:
    match case["fn"]:
        case "parseAIdata":
            return _same(read_bracketed(case["bracketed"]), case)
        case "processAIdata":
            raw = case["elements"]
            found = read_elements(raw[1:].replace("^", SEPARATOR)) if raw.startswith("^") else Fault("plain")
            return isinstance(found, Fault) is not case["ok"]
        case _:
            return (_RULES[case["rule"]](loose(case["bracketed"])) is None) is case["ok"]


def _agrees_on_generated(case: Case) -> bool:
    elements = read_bracketed(case["bracketed"])
    found = elements if isinstance(elements, Fault) else write_link(elements, case["stem"] or STEM)
    return (found == case["uri"]) if case["ok"] else isinstance(found, Fault)


def _agrees_on_escape(case: Case) -> bool:
    ways = (unescaped_path, unescaped_query) if case["fn"] == "URIunescape" else (escaped_path, escaped_query)
    return [way(case["inp"]) for way in ways] == [case["path"], case["query"]]


SYMBOLOGIES = {
    "QR": "qr",
    "DM": "data_matrix",
    "DotCode": "dotcode",
    "GS1_128_CCA": "gs1_128",
    "GS1_128_CCC": "gs1_128",
    "DataBarExpanded": "databar_expanded",
    "DataBarOmni": "databar",
    "DataBarLimited": "databar_limited",
    "EAN13": "ean13",
    "EAN8": "ean8",
    "UPCA": "upc",
    "UPCE": "upc",
}
ARTICLES = {"databar", "databar_limited", "ean13", "ean8", "upc"}


def _raw(text: str) -> Elements:
    """Read the engine's element string; a trailing separator, which it keeps, is kept by the caller."""
    found = read_elements(text.removeprefix("^").replace("^", SEPARATOR))
    assert not isinstance(found, Fault), text
    return found


def written(case: Case) -> str | None:
    """Write the scan data of a case, or nothing if we refuse."""
    symbology = SYMBOLOGIES.get(case["sym"])
    if symbology is None:
        return None
    data = case["data"]
    linear, bar, above = data.partition("|^") if symbology not in ("qr", "data_matrix", "dotcode") else (data, "", "")
    composite = _raw(above) if bar else ()
    if symbology in ARTICLES and not linear.startswith("^"):
        found = article_scan(symbology, linear, composite)
    elif linear.startswith("^"):
        found = element_scan(symbology, _raw(linear), composite)
    else:
        found = plain_scan(symbology, re.sub(r"^\\(\\*\^)", r"\1", linear))
    return None if isinstance(found, Fault) else found


def _agrees_on_scan(case: Case) -> bool:
    if case["fn"] == "testGenerateScanData":
        return written(case) == case["scan"]
    found = read_scan(case["scan"])
    if isinstance(found, Fault):
        return not case["ok"]
    return case["ok"] and _message(found, case) == case["data"]


def _message(found: ScanData, case: Case) -> str:
    """Write what was read as the engine notes it down."""
    if found.elements is None or is_link(found.text):
        return re.sub(r"^(\\*\^)", r"\\\1", found.text)
    if case["sym"] in ("EAN13", "EAN8"):
        digits, bar, _ = found.text.partition("|]e0")
        return digits + ("|" + internal(found.elements[1:]) if bar else "")
    return internal(found.elements)


def _agrees_on_payload(case: Case) -> bool:
    """Compare whole verdicts: also the rules between elements, and the canonical link."""
    match case["kind"]:
        case "bracketed":
            found = read_bracketed(case["in"])
        case "uri":
            found = read_link(case["in"])
        case _:
            scan = read_scan(case["in"])
            found = scan if isinstance(scan, Fault) else scan.elements or ()
    if not isinstance(found, Fault):
        found = association_fault(found) or found
    if isinstance(found, Fault):
        return not case["ok"]
    if not case["ok"]:
        return False
    link = write_link(found)
    is_same_link = link == case["dl"] or (isinstance(link, Fault) and case["dl"] is None)
    return bracketed(found) == (case["element"] or "") and is_same_link


AGREES = {
    "ai": _agrees_on_ai,
    "dl_generate": _agrees_on_generated,
    "dl_parse": lambda case: _same(_valid_link(case["uri"]), case),
    "linters": _agrees_on_lint,
    "payload_verdicts": _agrees_on_payload,
    "scandata": _agrees_on_scan,
    "uri_escape": _agrees_on_escape,
}
