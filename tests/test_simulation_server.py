"""The real server as the hub of simulated histories: custody, settlement, ledger, copies and pages of the product.

`batchspine simulate --server sqlite` (or `postgresql`) runs as many as anybody wants; this is the share of every test
run.
"""

from __future__ import annotations

import os

import pytest
from simulation import runner

JOBS = max(2, (os.cpu_count() or 2))
SEEDS = {"sqlite": (17, 405, 1056, 1064, 1078, *range(11)), "postgresql": (17, 405, 1056, 0)}
"""Clones, images put back, ids used twice, revocations; then whatever comes first."""


@pytest.mark.requirement("S8", "S9", "S10", "S11", "A1")
@pytest.mark.parametrize("server", SEEDS)
def test_the_real_server_holds_every_invariant_through_crashes_copies_and_restores(server: str) -> None:
    """Every one of them also for holds and exceptions, and the product's own check agrees."""
    figures = runner.run(SEEDS[server], JOBS, server)
    assert figures["violations"] == [], runner.explain(figures["violations"][0]["seed"], server)
    expected = {
        "crash_before_t1", "crash_between_t1_and_t2", "crash_after_t2", "settlement_failed", "doubled", "phone_cloned",
        "hub_restored", "storage_lost", "phone_put_back", "id_used_twice", "replica_lost",
    }  # fmt: skip
    assert expected <= figures["faults"].keys()
    assert min(figures["decisions"], figures["pages_of_standing_books"]) >= len(SEEDS[server])
