"""Cut the power under SQLite at thousands of moments: what a phone was told is stored is there, and the books agree.

The disk is simulated (`powercuts/`), the writer and what opens the database afterwards are the product's own. By
command, as often as one likes: `pytest tests/test_power_cuts.py --times 10000`.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import apsw
import pytest
from conftest import Tell, Times
from powercuts.cuts import CUTS_PER_TRACE, cut, record

from server.database.engine import PRAGMAS, connect_raw, sqlite_version

CUTS = 50
CONTROL_CUTS = 20
NORMAL = tuple(pragma.replace("=FULL", "=NORMAL") for pragma in PRAGMAS)
FULL_ONLY = tuple(pragma for pragma in PRAGMAS if not pragma.endswith("=EXTRA"))


def losses(cuts: int, folder: Path, pragmas: tuple[str, ...]) -> tuple[Counter[str], list[str]]:
    """Cut so often; give the totals, and all faults with the seed of their trace."""
    totals: Counter[str] = Counter()
    faults: list[str] = []
    for seed in range(0, cuts, CUTS_PER_TRACE):
        trace = record(seed, pragmas)
        for loss in cut(trace, seed, folder, min(CUTS_PER_TRACE, cuts - seed)):
            totals.update(cuts=1, acknowledged=loss.acknowledged, lost=loss.lost, cuts_that_lost=loss.lost > 0)
            faults += [f"trace {seed}: {fault}" for fault in loss.faults]
    return totals, faults


@pytest.mark.requirement("S8", "A5")
def test_power_cuts_lose_nothing_that_was_acknowledged(tmp_path: Path, times: Times, tell: Tell) -> None:
    totals, faults = losses(times(CUTS), tmp_path, PRAGMAS)
    tell(f"power cuts under SQLite {sqlite_version()}, FULL: {dict(totals)}")
    assert list(islice(faults, 3)) == []
    assert totals["lost"] == 0
    assert totals["acknowledged"] > totals["cuts"]


def test_with_less_than_full_syncing_the_same_cuts_do_lose_scans(tmp_path: Path, times: Times, tell: Tell) -> None:
    totals, faults = losses(times(CONTROL_CUTS * 20) // 20, tmp_path, NORMAL)
    tell(f"power cuts under SQLite {sqlite_version()}, NORMAL (control): {dict(totals)}")
    assert totals["lost"] > 0
    assert list(islice(faults, 3)) == [], "less than full syncing loses the last scans, never the file"


def test_were_the_step_to_a_log_not_synced_either_a_cut_could_damage_the_file(tmp_path: Path) -> None:
    _, faults = losses(CONTROL_CUTS, tmp_path, FULL_ONLY)
    assert faults != []


def test_the_sqlite_that_is_cut_is_the_one_the_server_runs_on(tmp_path: Path) -> None:
    asked = "SELECT sqlite_source_id()"
    connection = connect_raw(tmp_path / "any.sqlite")
    served = connection.execute(asked).fetchone()
    connection.close()
    assert apsw.Connection(":memory:").execute(asked).fetchone() == served
