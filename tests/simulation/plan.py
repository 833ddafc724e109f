"""A seed becomes a plan: what is tried, when, and every choice in it as one number.

A step carries its own time and its own supply of choices, so that a step can be left out without changing what the
others do. That is what lets a long failing history be shrunk to one a person can read.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

START = 1_763_800_000_000
STEPS = 320
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

Choice = TypeVar("Choice")

WEIGHTS = {
    "scan": 480,  # a person records something
    "send": 150,  # a phone pushes what it has not heard of yet
    "deliver": 200,  # the network carries a letter, doubles it, loses it, or the hub dies over it
    "pull": 50,  # a phone reads the next page of its feed, or of the books as they stand
    "refill": 9,  # a phone throws away what it knows of its site, and fills itself anew
    "decide": 14,  # somebody at a desk decides an exception
    "relay": 30,  # a site's relay forwards what it holds
    "backup": 14,
    "restore": 8,  # the hub comes back from one of its last backups, sometimes twice in a row
    "retry": 10,  # the hub tries again what it could not settle
    "kill": 20,  # a phone's browser is killed
    "clone": 4,  # a phone's storage is copied to another phone
    "image": 7,  # somebody makes an image of a phone
    "rollback": 5,  # and puts it back
    "wipe": 4,  # a phone loses its storage and enrols anew
    "turn": 15,  # somebody turns a phone's clock
    "audit": 3,  # the books are compared with the oracle in mid-flight
}


class Step(NamedTuple):
    """One thing that is tried."""

    index: int
    at: int
    kind: str
    bits: int


class Plan(NamedTuple):
    """A seed's whole history before it happens."""

    seed: int
    setting: int
    steps: tuple[Step, ...]


class Dice:
    """A supply of choices taken off one large number."""

    __slots__ = ("bits",)

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def pick(self, count: int) -> int:
        """Give a number below `count`."""
        self.bits, picked = divmod(self.bits, count)
        return picked

    def choose(self, choices: Sequence[Choice]) -> Choice:
        """Give one of the choices."""
        return choices[self.pick(len(choices))]

    def chance(self, permille: int) -> bool:
        """Say yes so many times in a thousand."""
        return self.pick(1000) < permille


def plan(seed: int, length: int = STEPS) -> Plan:
    """Make the plan of a seed."""
    rng = random.Random(seed)
    setting = rng.getrandbits(128)
    at, steps = START, []
    kinds = rng.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    for index, kind in enumerate(kinds, 1):
        at += rng.choice((1_000, 20_000, 5 * MINUTE, 20 * MINUTE, 20 * MINUTE, 2 * HOUR, 12 * HOUR, DAY))
        steps.append(Step(index, at, kind, rng.getrandbits(192)))
    return Plan(seed, setting, tuple(steps))
