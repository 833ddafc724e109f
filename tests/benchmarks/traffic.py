"""A day's traffic for the benchmarks: 20 phones, units with short histories, some of it late.

40 % of the events are new units, a unit sees at most five events, and 5 % are recorded on a unit whose last scan is
still on another phone, so that one of the two arrives late. Everything comes from one seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from floor import SITES, Phone, material

from sync.outbox import Kept

PHONES = 20
EVENTS_PER_PUSH = 100
NEW_UNITS = 0.4
SEEN_MAX = 5


LATE = 0.05
"""Share of events recorded on a unit whose last scan is still on another phone: they arrive before or after it."""


@dataclass
class OpenUnit:
    """A unit that may still see events."""

    serial: str
    last: Kept
    by: int
    place: str
    transfer: str | None = None
    seen: int = 1


class Floors:
    """Twenty phones at work; units they can see are their own last ones and those already handed in."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.phones = [Phone(n, SITES[(n - 1) % 3]) for n in range(1, PHONES + 1)]
        self.queues: dict[int, list[Kept]] = {phone.n: [] for phone in self.phones}
        self.fresh: dict[int, list[OpenUnit]] = {phone.n: [] for phone in self.phones}
        self.handed_in: list[OpenUnit] = []
        self.ready: list[tuple[Phone, list[Kept]]] = []
        self.serial = 0

    def step(self, number: int) -> None:
        """Let one phone record one scan."""
        phone = self.phones[number % PHONES]
        at = number * 100
        unit = None if self.rng.random() < NEW_UNITS else self._pick(phone)
        if unit is None:
            unit = self._born(phone, at)
            self.fresh[phone.n].append(unit)
        else:
            self._next(phone, unit, at)
        queue = self.queues[phone.n]
        queue.append(unit.last)
        if len(queue) == EVENTS_PER_PUSH:
            self.ready.append((phone, queue))
            self.queues[phone.n] = []
            self.handed_in += self.fresh[phone.n]
            self.fresh[phone.n] = []

    def _pick(self, phone: Phone) -> OpenUnit | None:
        """Take a unit out of sight of the others; a late one is still on another phone."""
        pool = self.handed_in if self.rng.random() < 0.5 and self.handed_in else self.fresh[phone.n]
        if self.rng.random() < LATE:
            pool = self.fresh[self.rng.randint(1, PHONES)]
        while pool:
            index = self.rng.randrange(max(0, len(pool) - 400), len(pool))
            unit = pool.pop(index)
            if unit.seen < SEEN_MAX:
                self.fresh[phone.n].append(unit)
                return unit
        return None

    def _born(self, phone: Phone, at: int) -> OpenUnit:
        self.serial += 1
        serial, here = f"U{self.serial:06d}", f"location:{phone.site}"
        kept = phone.record(
            "commissioned", unit=serial, kind="drum", material=material(batch=f"R{self.serial % 50:04d}"),
            from_="supplier", to=here, at=at, supplier="Nordchem", supplier_lot=f"NC-{self.serial}",
        )  # fmt: skip
        return OpenUnit(serial, kept, phone.n, here)

    def _next(self, phone: Phone, unit: OpenUnit, at: int) -> None:
        said = {"at": at, "after": (unit.last,), "material": material()}
        here = f"location:{phone.site}"
        if unit.transfer is not None:
            unit.last = phone.receive(unit.serial, unit.transfer, to=here, **said)
            unit.place, unit.transfer = here, None
        elif self.rng.random() < 0.5:
            unit.transfer = f"TR-{at // 100 % 40}"
            unit.last = phone.dispatch(unit.serial, unit.transfer, from_=unit.place, to=here, **said)
        else:
            unit.last = phone.consume(unit.serial, 100, at_place=unit.place, at=at, after=(unit.last,))
        unit.seen += 1


def pushes(count: int, seed: int = 1) -> tuple[list[Phone], list[tuple[Phone, list[Kept]]]]:
    """Make `count` pushes of 100 events each, in the order in which they are handed in."""
    floors = Floors(seed)
    number = 0
    while len(floors.ready) < count:
        floors.step(number)
        number += 1
    return floors.phones, floors.ready
