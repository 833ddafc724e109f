"""Seeded bugs, kept as patches: each is applied to a temporary copy, never to the product.

A patch begins with one line that says in words what is wrong, and perhaps `# server: sqlite` if only the real server
shows it (what people may see of each other, and the pages of the books as they stand, are the server's own code); the
rest is a unified diff. It is applied by its text, not by line numbers: what it takes out must stand exactly once in the
file, else the patch has to be made anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MUTANTS = Path(__file__).parent / "mutants"
COPIED = ("sync", "server", "tests/simulation")


class PatchStale(Exception):  # noqa: N818 - it is the patch that is wrong
    """A patch no longer fits the file it is for."""


class Mutant(NamedTuple):
    """One seeded bug."""

    name: str
    what: str
    path: Path
    server: str | None = None
    """The database of the real server, if that has to be the hub."""

    @classmethod
    def all(cls) -> Iterator[Mutant]:
        """Give every mutant there is."""
        for path in MUTANTS.glob("*.patch"):
            what, second, *_ = path.read_text().splitlines()
            server = second.removeprefix("# server: ") if second.startswith("# server: ") else None
            yield cls(path.stem, what.removeprefix("# "), path, server)


def mutate(root: Path, copy: Path, mutant: Mutant) -> None:
    """Make a copy of what the simulator runs, with the bug in it; rooms the bug is not in are only linked."""
    changes = list(hunks(mutant.path.read_text()))
    for part in COPIED:
        (copy / part).parent.mkdir(parents=True, exist_ok=True)
        if any(file.startswith(f"{part}/") for file, _, _ in changes):
            shutil.copytree(root / part, copy / part, ignore=shutil.ignore_patterns("*.patch", "__pycache__"))
        else:
            (copy / part).symlink_to(root / part)
    for file, old, new in changes:
        target = copy / file
        text = target.read_text()
        if text.count(old) != 1:
            found = f"what it changes stands there {text.count(old)} times"
            raise PatchStale(f"{mutant.name} no longer fits {file}: {found}")
        target.write_text(text.replace(old, new))


def hunks(patch: str) -> Iterator[tuple[str, str, str]]:
    """Give each hunk of a unified diff: the file, the text taken out, the text put in."""
    file, old, new = "", "", ""
    for line in [*patch.splitlines(keepends=True), "@@"]:
        if line.startswith(("@@", "--- ")) and (old or new):
            yield file, old, new
            old, new = "", ""
        if line.startswith("+++ "):
            file = line[4:].strip().removeprefix("b/")
        elif file and line[:1] in (" ", "-", "+") and not line.startswith("--- "):
            old += line[1:] if line[0] in " -" else ""
            new += line[1:] if line[0] in " +" else ""
