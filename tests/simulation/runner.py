"""Run seeds and mutants: on several processes, with a total anybody can check and a failure anybody can reproduce.

`batchspine simulate` comes here. Seeds are dealt to worker processes (`worker.py`), so that one history that hangs or
kills its process is a finding and not the end of the run. Every seed is deterministic: its number and the commit
reproduce it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from simulation.mutants import MUTANTS, Mutant, mutate
from simulation.shrink import shrunk_story

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
MUTANT_SEEDS = 500
FIRST_SEEDS = MUTANTS / "first_seeds.json"

Finding = dict[str, Any]


def run(seeds: Sequence[int], jobs: int = 1, server: str | None = None) -> dict[str, Any]:
    """Run seeds and give figures: seeds, steps, events, faults by kind, violations.

    `server` names the database under the real server if that is to be the hub.
    """
    started = monotonic()
    faults: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    violations: list[Finding] = []
    tasks = [{"root": str(ROOT), "seeds": list(seeds[job::jobs]), "server": server} for job in range(jobs)]
    for found in _dealt([[task] for task in tasks]):
        faults.update(found["faults"])
        counts.update(found["counts"])
        if found["violation"]:
            violations.append({"seed": found["seed"], "violation": found["violation"]})
    violations.sort(key=lambda one: int(one["seed"]))
    return {
        "server": server,
        "seeds": len(seeds),
        "steps": counts["steps"],
        "events": counts["events"],
        "let_go": counts["let_go"],
        "decisions": counts["decisions"],
        "remedies": counts["remedies"],
        "pages_of_standing_books": counts["pages_of_standing_books"],
        "faults": dict(sorted(faults.items())),
        "violations": violations,
        "seconds": round(monotonic() - started, 1),
        "jobs": jobs,
        "seeds_per_second": round(len(seeds) / (monotonic() - started), 1),
    }


def kill_mutants(jobs: int = 1, *, quickly: bool = False, names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Give for each mutant the first seed that kills it, or null; `quickly`: begin with the seed that did last time."""
    known: dict[str, int] = json.loads(FIRST_SEEDS.read_text()) if FIRST_SEEDS.exists() else {}
    mutants = [mutant for mutant in sorted(Mutant.all()) if not names or mutant.name in names]
    with TemporaryDirectory(prefix="batchspine-mutants-") as folder:
        tasks = []
        for mutant in mutants:
            copy = Path(folder) / mutant.name
            mutate(ROOT, copy, mutant)
            first = [known[mutant.name]] if quickly and mutant.name in known else []
            seeds = [*first, *range(MUTANT_SEEDS)]
            tasks.append({"name": mutant.name, "root": str(copy), "seeds": seeds, "server": mutant.server})
        dealt = [[task | {"until_killed": True} for task in tasks[job::jobs]] for job in range(jobs)]
        killed = {one["name"]: one for one in _dealt(dealt) if one["violation"]}
    return [
        {
            "mutant": mutant.name,
            "what": mutant.what,
            "seed": killed[mutant.name]["seed"] if mutant.name in killed else None,
            "violation": killed[mutant.name]["violation"] if mutant.name in killed else None,
        }
        for mutant in mutants
    ]


def note_first_seeds(results: Sequence[dict[str, Any]]) -> None:
    """Write down which seed kills which mutant, for the quick share in the tests."""
    noted = {one["mutant"]: one["seed"] for one in results if one["seed"] is not None}
    FIRST_SEEDS.write_text(json.dumps(noted, indent=1) + "\n")


def explain(seed: int, server: str | None = None) -> str:
    """Tell a failing seed's shrunk history, and the command that shows it again."""
    story = "\n".join(shrunk_story(seed, server))
    on_server = f" --server {server}" if server else ""
    return f"{story}\n\nSee it again:  batchspine simulate --seeds 1 --seed {seed}{on_server}"


def _dealt(hands: Sequence[Sequence[dict[str, Any]]]) -> list[Finding]:
    """Give each hand of tasks to a worker process of its own; give all they find."""
    with ThreadPoolExecutor(max(1, len(hands))) as threads:
        return [found for findings in threads.map(_played, hands) for found in findings]


def _played(hand: Sequence[dict[str, Any]]) -> list[Finding]:
    env = os.environ | {"PYTHONPATH": str(TESTS), "PYTHONHASHSEED": "0"}
    command = [sys.executable, str(TESTS / "simulation" / "worker.py")]
    ended = subprocess.run(
        command, input=json.dumps(list(hand)), capture_output=True, text=True, env=env, cwd=ROOT, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"a simulation worker ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return [json.loads(line) for line in ended.stdout.splitlines()]
