"""A worker process: runs the tasks it reads, each in a child of its own, and writes a line of JSON per finding.

The slow libraries are imported once, here; the child that is split off imports *our* rooms from the task's root, which
for a mutant is a changed copy. So forty mutants cost forty imports of our few files and not of everybody's.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS_PER_SEED_MAX = 30
SECONDS_ON_A_SERVER_MAX = 180
COUNTED = ("let_go", "decisions", "remedies", "pages_of_standing_books")


def main() -> None:
    """Run every task read from standard input."""
    for name in ("msgspec", "sqlalchemy", "sqlalchemy.ext.asyncio"):
        importlib.import_module(name)
    for task in json.load(sys.stdin):
        sys.stdout.flush()
        child = os.fork()
        if not child:
            status = 1
            try:
                _run(task)
                sys.stdout.flush()
                status = 0
            except Exception:  # noqa: BLE001 - the parent reads it
                traceback.print_exc()
            finally:
                os._exit(status)
        if os.waitpid(child, 0)[1]:
            sys.exit(f"the task {task.get('name', '')} died")


def _run(task: dict[str, Any]) -> None:
    sys.path[:0] = [task["root"], str(Path(task["root"]) / "tests")]
    sys.path[:] = [place for place in sys.path if place != str(Path(__file__).parent)]
    signal.signal(signal.SIGALRM, _too_long)
    gc.disable()
    try:
        for found in _findings(task["seeds"], task.get("server")):
            if "until_killed" not in task:
                print(json.dumps(found))
            elif found["violation"]:
                print(json.dumps(found | {"name": task["name"]}))
                return
    finally:
        importlib.import_module("simulation.hubs").close(task.get("server"))


def _too_long(*_: object) -> None:
    raise TimeoutError("no end")


def _findings(seeds: list[int], server: str | None) -> Iterator[dict[str, Any]]:
    plan = importlib.import_module("simulation.plan").plan
    worlds = importlib.import_module("simulation.world")
    hub = importlib.import_module("simulation.hubs").hub_of(server)
    for done, seed in enumerate(seeds):
        world = worlds.World(plan(seed), hub=hub)
        signal.alarm(SECONDS_ON_A_SERVER_MAX if server else SECONDS_PER_SEED_MAX)
        violation = None
        try:
            world.run()
        except worlds.Violation as found:
            violation = str(found)
        except Exception as broken:  # noqa: BLE001 - a fold that raises, or never ends, is a finding like any other
            violation = f"{type(broken).__name__}: {broken}"
        signal.alarm(0)
        counts = {
            "steps": len(world.plan.steps),
            "events": world.hub.size()[0],
            **{what: world.counts[what] for what in COUNTED},
        }
        world.hub.close()
        yield {"seed": seed, "violation": violation, "faults": world.faults, "counts": counts}
        if done % 20 == 19:
            gc.collect()


if __name__ == "__main__":
    main()
