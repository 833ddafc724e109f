"""The simulator lives with the tests and runs from a checkout only; this finds it and puts its findings into words."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.setup.first_run import NotReady

_TESTS = Path(__file__).resolve().parents[2] / "tests"


def report(
    *, seeds: int, first: int, jobs: int, server: str | None, mutants: bool, as_json: bool
) -> tuple[Iterator[str], bool]:
    """Run the simulator; give what to print, and whether everything held."""
    if not (_TESTS / "simulation" / "runner.py").exists():
        raise NotReady("The simulator is part of a checkout's tests; there is none here.")
    sys.path.insert(0, str(_TESTS))
    runner: Any = importlib.import_module("simulation.runner")
    if mutants:
        killed: list[dict[str, Any]] = runner.kill_mutants(jobs)
        holds = all(one["seed"] is not None for one in killed)
        return (iter([json.dumps(killed)]) if as_json else _of_mutants(killed)), holds
    figures: dict[str, Any] = runner.run(range(first, first + seeds), jobs, server)
    holds = not figures["violations"]
    return (iter([json.dumps(figures)]) if as_json else _of_seeds(figures, runner)), holds


def _of_mutants(killed: list[dict[str, Any]]) -> Iterator[str]:
    for one in killed:
        caught = "SURVIVES" if one["seed"] is None else f"seed {one['seed']}"
        yield f"{one['mutant']:30} {caught:10} {one['what']}"
    yield f"{sum(one['seed'] is not None for one in killed)} of {len(killed)} seeded bugs are caught."


def _of_seeds(figures: dict[str, Any], runner: Any) -> Iterator[str]:
    for kind, count in figures["faults"].items():
        yield f"{kind:28} {count}"
    yield (
        f"{figures['seeds']} seeds, {figures['steps']} steps, {figures['events']} events kept, "
        f"{figures['seconds']} s, {figures['seeds_per_second']} seeds a second on {figures['jobs']} processes"
    )
    violations = figures["violations"]
    yield f"violations: {len(violations)}"
    for one in violations[:20]:
        yield f"  seed {one['seed']}: {one['violation']}"
    if violations:
        yield ""
        yield runner.explain(violations[0]["seed"], figures["server"])
