"""Five hundred simulated histories hold every invariant, and every seeded bug is caught.

`batchspine simulate` runs as many as anybody wants; this is the share of every test run.
"""

from __future__ import annotations

import json
import os

import pytest
from simulation import runner
from simulation.mutants import Mutant, hunks
from simulation.plan import plan
from simulation.shrink import failing, shrink
from simulation.world import World

JOBS = max(2, (os.cpu_count() or 2))
SEEDS = 500


@pytest.mark.requirement("S8", "S9", "S10", "S11", "A1")
def test_five_hundred_histories_hold_every_invariant() -> None:
    """Lost and doubled letters, dying hubs and phones, clones, images put back, restores: nothing lost or doubled."""
    figures = runner.run(range(SEEDS), JOBS)
    assert figures["violations"] == [], runner.explain(figures["violations"][0]["seed"])
    assert figures["steps"] >= 300 * SEEDS
    expected = {
        "request_lost", "answer_lost", "doubled", "crash_before_t1", "crash_between_t1_and_t2", "crash_after_t2",
        "settlement_failed", "killed_while_saving", "phone_killed", "phone_cloned", "phone_put_back", "storage_lost",
        "clock_turned", "id_used_twice", "hub_restored", "hub_restored_twice", "backup_unreadable", "relay_cut_off",
        "pull_lost", "replica_lost", "phone_switched_off",
    }  # fmt: skip
    assert {kind for kind, count in figures["faults"].items() if count >= 20} == expected
    assert figures["decisions"] >= SEEDS
    assert figures["remedies"] >= 100
    assert figures["pages_of_standing_books"] >= SEEDS


@pytest.mark.requirement("S8", "S10")
def test_every_seeded_bug_is_caught() -> None:
    """Each patch in a copy of its own, beginning with the history that caught it last time."""
    results = runner.kill_mutants(JOBS, quickly=True)
    assert len(results) >= 25
    assert [one["mutant"] for one in results if one["seed"] is None] == []


def test_a_seed_is_the_same_history_every_time() -> None:
    """What failed on one machine fails on another: the story is equal, line by line."""
    stories: list[list[str]] = [[], []]
    for story in stories:
        World(plan(11), story).run()
    assert stories[0] == stories[1]
    assert len(stories[0]) > 200


def test_a_failing_history_is_shrunk_to_the_few_steps_that_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore command that goes back too far: most of the 320 steps have nothing to do with it."""
    monkeypatch.setattr("simulation.hub.Hub.restorable", lambda hub: hub.backups)
    history = next(plan(seed) for seed in range(40) if failing(plan(seed)) == "I6")
    small = shrink(history, seconds=20)
    assert failing(small) == "I6"
    assert len(small.steps) < 40


def test_every_patch_says_in_words_what_is_wrong() -> None:
    """A name, a sentence, and a change."""
    for mutant in Mutant.all():
        assert mutant.path.read_text().startswith("# ")
        assert mutant.what.endswith(".")
        assert list(hunks(mutant.path.read_text()))


def test_the_first_seeds_are_noted_for_every_mutant() -> None:
    """So that the quick share is quick."""
    assert set(json.loads(runner.FIRST_SEEDS.read_text())) == {mutant.name for mutant in Mutant.all()}
