"""Writes docs/requirements.md: which test shows which requirement. Run by `make docs`; the tests fail if it is stale.

Tests say it themselves, by `@pytest.mark.requirement("S1")`; their names are sentences, so the table can be read. The
marks are read from the sources, and those of situations from their vectors: no test has to be imported or run for that.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from situations import situations

TESTS = Path(__file__).resolve().parent
TABLE = TESTS.parent / "docs" / "requirements.md"

FAMILIES = {
    "S": "the scanning loop",
    "L": "labels",
    "N": "the network, and who may see what",
    "J": "job work across the boundary",
    "C": "co-manufacturing orders and costs",
    "F": "the floor as it is",
    "D": "adopting it",
    "A": "audit, standards, operations",
    "R": "electronic records in regulated work",
}
IDENTIFIER = re.compile(r"[SLNJCFDA][1-9][0-9]?[a-z]?|R-[0-9]{2}")

TITLES = {
    "S1": "The app starts cold without a network, a known operator signs in, capture never stops.",
    "S2": "Scans come by camera, by a scanner that types, or by typing.",
    "S3": "Each flow goes from scan to saved without a mouse and without a network.",
    "S4": "Feedback within 100 ms, in plain language.",
    "S5": "What may be done with what is judged offline, with what the phone knows.",
    "S6": "The last own scan can be undone within two minutes; what was undone stays visible.",
    "S7": "Unsent scans, age of data and connection are always on screen; each scan shows its state.",
    "S8": "Nothing an operator was told is saved is ever lost.",
    "S9": "Uploads get a verdict per event; a bad event never blocks the good ones.",
    "S10": "Conflicts are settled the same way whatever the order of arrival.",
    "S11": "Phones are shared, lost, cloned and restored; each case is handled or noticed.",
    "L1": "QR labels carry the master batch identifier; what changes is text.",
    "L3": "A linear symbol stands beside the QR symbol.",
    "L4": "Sizes in millimetres come out true; modules never fall below what the printer can hold.",
    "L5": "Every print and reprint is recorded: who, when, how many, why; nothing is printed twice by itself.",
    "L9": "The labels of a batch add up: issued = used + spoiled + returned.",
    "L8": "Every label is decoded again before it is called good.",
    "N3": "A person has a role and a scope; sites see only what concerns them.",
    "J1": "One master batch number at every site.",
    "J3": "Stock is shown in its states, never collapsed.",
    "J4": "What returns waits for quality; held or rejected stock is not used unseen.",
    "F2": "A part-used container is known as such.",
    "F11": "A pallet received whole is assumed, each unit scanned is counted.",
    "F15": "Quantities are exact in the units people use.",
    "D1": "An empty installation is taken charge of by a one-time link; demo sign-ins exist only in the demo.",
    "D5": "Backups are automatic and verified; phones rely on nothing else.",
    "D9": "The office hears of phones that have gone silent.",
    "A1": "The ledger is append-only and tamper-evident.",
    "A5": "SQLite by default; backup and restore by one command each; upgrades keep data.",
    "A6": "Health can be asked for; no secret is in it or in the logs.",
    "A7": "One permanent https address, or an authority of one's own; the doctor says what is missing.",
}

HEAD = """# Which test shows which requirement

Written by `make docs` from the marks of the tests; do not edit it by hand. The tests of the app's own parts, in
`pwa/tests/`, carry no ids. The letter of an id names its family:

{families}
"""


def order(identifier: str) -> tuple[int, int, str]:
    """Sort ids as the list of requirements has them: by family, then by number."""
    number = re.search(r"[0-9]+", identifier)
    return [*FAMILIES].index(identifier[0]), int(number[0]) if number else 0, identifier


def marked() -> dict[str, set[tuple[str, str]]]:
    """Give for each id the tests that carry it, as (file, name)."""
    shown: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        whole = [identifier for node in tree.body for identifier in _of_module(node)]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                own = [identifier for decorator in node.decorator_list for identifier in _identifiers(decorator)]
                for identifier in {*whole, *own}:
                    shown[identifier].add((path.relative_to(TESTS.parent).as_posix(), node.name))
    for situation in situations():
        for identifier in situation.requirements:
            shown[identifier].add(("tests/test_situations.py", situation.test))
    return dict(shown)


def _of_module(node: ast.stmt) -> Iterator[str]:
    """Give the ids of `pytestmark = …`, which hold for a whole file."""
    if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == "pytestmark" for to in node.targets):
        yield from (identifier for part in ast.walk(node.value) for identifier in _identifiers(part))


def _identifiers(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
        yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def table() -> str:
    """Write the whole page."""
    shown = marked()
    letters = {identifier[0] for identifier in shown}
    families = "\n".join(f"- **{letter}** {name}" for letter, name in FAMILIES.items() if letter in letters)
    parts = [HEAD.format(families=families)]
    for identifier in sorted(shown, key=order):
        title = TITLES.get(identifier)
        parts.append(f"\n## {identifier}\n" + (f"\n{title}\n" if title else ""))
        by_file: defaultdict[str, list[str]] = defaultdict(list)
        for file, name in sorted(shown[identifier]):
            by_file[file].append(name)
        for file, names in by_file.items():
            parts.append(f"\n[{file}](../{file})\n\n")
            parts += [f"- {name.removeprefix('test_').replace('_', ' ')}\n" for name in names]
    return "".join(parts)


if __name__ == "__main__":
    TABLE.write_text(table(), "utf-8")
    print(f"{TABLE.name} is written anew.")
