"""From a failing seed to a history a person can read: leave out steps as long as the same invariant still fails."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from simulation.plan import Plan, Step, plan
from simulation.world import Violation, World

SECONDS_MAX = 60.0


def failing(history: Plan) -> str | None:
    """Name the invariant a history violates, or the error that ends it."""
    try:
        World(history).run()
    except Violation as found:
        return found.invariant
    except Exception as broken:  # noqa: BLE001 - a fold that raises is a finding like any other
        return type(broken).__name__
    return None


def shrink(history: Plan, seconds: float = SECONDS_MAX) -> Plan:
    """Leave out ever smaller runs of steps while the same thing fails."""
    wanted, end = failing(history), monotonic() + seconds
    assert wanted is not None
    steps: Sequence[Step] = history.steps
    size = len(steps) // 2
    while size and monotonic() < end:
        at, before = 0, len(steps)
        while at < len(steps) and monotonic() < end:
            fewer = (*steps[:at], *steps[at + size :])
            if fewer and failing(history._replace(steps=fewer)) == wanted:
                steps = fewer
            else:
                at += size
        if len(steps) == before or size > 1:
            size //= 2
    return history._replace(steps=tuple(steps))


def shrunk_story(seed: int) -> list[str]:
    """Tell the shrunk history of a seed, step by step, and what does not hold at its end."""
    history = plan(seed)
    if failing(history) is None:
        return [f"Seed {seed}: every invariant holds."]
    small = shrink(history)
    story: list[str] = []
    world = World(small, story)
    try:
        world.run()
        ending = "every invariant holds"
    except Violation as found:
        ending = str(found)
    except Exception as broken:  # noqa: BLE001 - as above
        ending = f"{type(broken).__name__}: {broken}"
    title = f"Seed {seed}, {len(history.steps)} steps shrunk to {len(small.steps)}; {len(world.phones)} phones:"
    return [title, "", *story, "", f"   {ending}"]
