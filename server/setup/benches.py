"""Benchmarks live with the tests and run from a checkout only; this finds them by name."""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

from server.setup.first_run import NotReady

_TESTS = Path(__file__).resolve().parents[2] / "tests"


def run(name: str, history: int | None = None) -> dict[str, Any]:
    """Run one benchmark and give its figures; `history`: with so many events in the ledger, where it takes that."""
    folder = _TESTS / "benchmarks"
    names = sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    if name not in names:
        raise NotReady(f"There is no benchmark “{name}” here. There is: {', '.join(names) or 'none'}.")
    sys.path[:0] = [str(folder), str(_TESTS)]
    bench: Any = importlib.import_module(f"bench_{name}")
    if history is None:
        return dict(bench.run())
    if "history" not in inspect.signature(bench.run).parameters:
        raise NotReady(f"“{name}” takes no history.")
    return dict(bench.run(history=history))
