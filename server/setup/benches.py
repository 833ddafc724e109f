"""Benchmarks live with the tests and run from a checkout only; this finds them by name."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from server.setup.first_run import NotReady

_TESTS = Path(__file__).resolve().parents[2] / "tests"


def run(name: str) -> dict[str, Any]:
    """Run one benchmark and give its figures."""
    folder = _TESTS / "benchmarks"
    names = sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    if name not in names:
        raise NotReady(f"There is no benchmark “{name}” here. There is: {', '.join(names) or 'none'}.")
    sys.path[:0] = [str(folder), str(_TESTS)]
    figures: dict[str, Any] = importlib.import_module(f"bench_{name}").run()
    return figures
