"""Days of traffic for the benchmarks: ten phones, a thousand scans a day, some of them late, some in conflict.

40 % of the scans are new units, and a unit sees at most five. A day is the same whatever its number, but for serials,
ids and hours; so a ledger can be filled with any number of days by copying one (`ledger.py`). What the issue of large
keys is about is in it too: every fifth unit belongs to one lot that goes on for ever and was once on hold, and some of
that lot is used loose. What is counted loose are lots of the day.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from floor import SITES, START, Phone, material

from sync.outbox import Kept

PHONES = 10
EVENTS_PER_PUSH = 100
EVENTS_PER_DAY = PHONES * EVENTS_PER_PUSH
DAY_MS = 1_000_000
NEW_UNITS = 0.4
SEEN_MAX = 5
LATE = 0.20
"""Share of scans of a unit whose last scan is still on another phone: they arrive before or after it."""
CONFLICTS = 0.05
"""Share of scans by somebody who does not know of the last one of that unit."""
OLD = 0.05
"""Share of scans of a unit of the very first day."""
LOOSE = 0.02
COUNTED = 0.005
BULK = "BULK-1"
"""The lot that never ends."""

Pushes = list[tuple[Phone, list[Kept]]]


def day_mark(day: int) -> bytes:
    """Give what ids of a day have in common."""
    return b"\xee" + day.to_bytes(3, "big")


def serial_mark(day: int) -> str:
    """Give what serials and batches of a day begin with."""
    return f"G{day:06X}"


def hour_mark(day: int) -> str:
    """Give the first digits of all hours of a day."""
    return str(START // DAY_MS + day)


class WorkPhone(Phone):
    """A phone whose ids and hours tell the day; ids grow with time, as those of real phones (UUIDv7) do."""

    day = 0

    def record(self, type_: str, *, at: int = 0, **said: Any) -> Kept:  # type: ignore[override]
        """Record a scan `at` ms after the day began."""
        made = at.to_bytes(4, "big") + bytes([self.n]) + (self.made + 1).to_bytes(7, "big")
        ident = day_mark(self.day) + made
        return super().record(type_, at=self.day * DAY_MS + at, event_id=ident, **said)


@dataclass
class OpenUnit:
    """A unit that may still see events."""

    serial: str
    batch: str
    last: Kept
    before: Kept
    place: str
    transfer: str | None = None
    seen: int = 1


class Floors:
    """Phones at work, day by day."""

    def __init__(self, phones: list[WorkPhone], first_day: int = 0, old: list[OpenUnit] | None = None) -> None:
        self.phones = phones
        self.day = first_day
        self.old = list(old or ())
        self.fresh: dict[int, list[OpenUnit]] = {}

    def work(self) -> Pushes:
        """Let a day pass; give one push of each phone."""
        self.rng = random.Random(1)
        self.fresh = {phone.n: [] for phone in self.phones}
        self.serial = 0
        queues: dict[int, list[Kept]] = {phone.n: [] for phone in self.phones}
        for phone in self.phones:
            phone.day = self.day
        for number in range(EVENTS_PER_DAY):
            phone = self.phones[number % PHONES]
            queues[phone.n].append(self._scan(phone, number * (DAY_MS // EVENTS_PER_DAY)))
        self.day += 1
        return [(phone, queues[phone.n]) for phone in self.phones]

    def _scan(self, phone: WorkPhone, at: int) -> Kept:
        chance = self.rng.random()
        if chance < LOOSE + COUNTED:
            return self._loose(phone, at, is_count=chance < COUNTED)
        unit = None if self.rng.random() < NEW_UNITS else self._pick(phone)
        if unit is None:
            unit = self._born(phone, at)
            self.fresh[phone.n].append(unit)
        else:
            self._next(phone, unit, at)
        return unit.last

    def _loose(self, phone: WorkPhone, at: int, *, is_count: bool) -> Kept:
        here, of_day = f"location:{phone.site}", f"{serial_mark(self.day)}.L"
        if is_count:
            seen = material(10**9, batch=of_day, obtained="counted")
            return phone.record("counted", unit=None, material=seen, to=here, at=at)
        used = material(100, batch=self.rng.choice((BULK, of_day)))
        return phone.record("consumed", unit=None, material=used, from_=here, to="run:R-12", run="R-12", at=at)

    def _pick(self, phone: WorkPhone) -> OpenUnit | None:
        """Take a unit out of sight of the others; a late one is still on another phone, an old one on none."""
        pool, chance = self.fresh[phone.n], self.rng.random()
        if chance < LATE:
            pool = self.fresh[self.rng.randint(1, PHONES)]
        elif chance < LATE + OLD and self.old:
            pool = self.old
        while pool:
            unit = pool.pop(self.rng.randrange(len(pool)))
            if unit.seen < SEEN_MAX:
                self.fresh[phone.n].append(unit)
                return unit
        return None

    def _born(self, phone: WorkPhone, at: int) -> OpenUnit:
        self.serial += 1
        mark = serial_mark(self.day)
        serial, here = f"{mark}-{self.serial:05d}", f"location:{phone.site}"
        batch = BULK if self.serial % 5 == 0 else f"{mark}.{self.serial % 10}"
        kept = phone.record(
            "commissioned", unit=serial, kind="drum", material=material(batch=batch), from_="supplier", to=here, at=at,
            supplier="Nordchem", supplier_lot=f"NC-{self.serial}",
        )  # fmt: skip
        return OpenUnit(serial, batch, kept, kept, here)

    def _next(self, phone: WorkPhone, unit: OpenUnit, at: int) -> None:
        conflicts = self.rng.random() < CONFLICTS
        before, unit.before = unit.before, unit.last
        known = before if conflicts else unit.last
        here = f"location:{phone.site}"
        said: dict[str, Any] = {"at": at, "after": (known,)}
        if unit.transfer is not None:
            unit.last = phone.receive(unit.serial, unit.transfer, to=here, material=self._all_of(unit), **said)
            unit.place, unit.transfer = here, None
        elif self.rng.random() < 0.5:
            unit.transfer = f"TR-{self.rng.randrange(40)}"
            unit.last = phone.dispatch(
                unit.serial, unit.transfer, from_=unit.place, to=here, material=self._all_of(unit), **said
            )
        else:
            unit.last = phone.record(
                "consumed", unit=unit.serial, material=material(100, batch=unit.batch), from_=unit.place,
                to="run:R-12", run="R-12", **said,
            )  # fmt: skip
        unit.seen += 1

    def _all_of(self, unit: OpenUnit) -> dict[str, Any]:
        return material(batch=unit.batch)


def phones(inc: int = 0) -> list[WorkPhone]:
    """Give the phones, each in its `inc`-th incarnation."""
    made = [WorkPhone(n, SITES[(n - 1) % 3], compared=True) for n in range(1, PHONES + 1)]
    for phone in made:
        phone.is_desk = False
        phone.outbox = type(phone.outbox)(phone.id, bytes([0x40 + phone.n, inc]) * 8)
    return made


def pushes(count: int, first_day: int = 0) -> tuple[list[WorkPhone], Pushes]:
    """Make `count` pushes of 100 events each, in the order in which they are handed in."""
    floors = Floors(phones(), first_day)
    made: Pushes = []
    while len(made) < count:
        made += floors.work()
    return floors.phones, made[:count]
