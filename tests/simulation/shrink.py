"""From a failing seed to a history a person can read: leave out steps as long as the same invariant still fails."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from simulation.hub import Hub
from simulation.hubs import MakesHub, hub_of
from simulation.plan import Plan, Step, plan
from simulation.world import Violation, World

SECONDS_MAX = 60.0


def failing(history: Plan, hub: MakesHub = Hub) -> str | None:
    """Name the invariant a history violates, or the error that ends it."""
    world = World(history, hub=hub)
    try:
        world.run()
    except Violation as found:
        return found.invariant
    except Exception as broken:  # noqa: BLE001 - a fold that raises is a finding like any other
        return type(broken).__name__
    finally:
        world.hub.close()
    return None


def shrink(history: Plan, seconds: float = SECONDS_MAX, hub: MakesHub = Hub) -> Plan:
    """Leave out ever smaller runs of steps while the same thing fails."""
    wanted, end = failing(history, hub), monotonic() + seconds
    assert wanted is not None
    steps: Sequence[Step] = history.steps
    size = len(steps) // 2
    while size and monotonic() < end:
        at, before = 0, len(steps)
        while at < len(steps) and monotonic() < end:
            fewer = (*steps[:at], *steps[at + size :])
            if fewer and failing(history._replace(steps=fewer), hub) == wanted:
                steps = fewer
            else:
                at += size
        if len(steps) == before or size > 1:
            size //= 2
    return history._replace(steps=tuple(steps))


def shrunk_story(seed: int, server: str | None = None) -> list[str]:
    """Tell the shrunk history of a seed, step by step, and what does not hold at its end."""
    history, hub = plan(seed), hub_of(server)
    if failing(history, hub) is None:
        return [f"Seed {seed}: every invariant holds."]
    small = shrink(history, hub=hub)
    story: list[str] = []
    world = World(small, story, hub)
    try:
        world.run()
        ending = "every invariant holds"
    except Violation as found:
        ending = str(found)
    except Exception as broken:  # noqa: BLE001 - as above
        ending = f"{type(broken).__name__}: {broken}"
    title = f"Seed {seed}, {len(history.steps)} steps shrunk to {len(small.steps)}; {len(world.phones)} phones:"
    return [title, "", *story, "", f"   {ending}"]
