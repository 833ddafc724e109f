"""A day's traffic for the benchmarks: 20 phones, units with short histories, some of it late.

40 % of the events are new units; a unit sees at most five events; one phone in twenty hands in everything only at the
end, so 5 % of all events arrive after others were built on them. Everything comes from one seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from floor import Phone, material

from sync.outbox import Kept

PHONES = 20
EVENTS_PER_PUSH = 100
SITES = ("ASHA-WH", "KIRAN-FL", "NEEM-FL")


@dataclass
class OpenUnit:
    """A unit that may still see events."""

    serial: str
    last: Kept
    place: str
    transfer: str | None = None
    seen: int = 1


def pushes(count: int, seed: int = 1) -> tuple[list[Phone], list[tuple[Phone, list[Kept]]]]:
    """Make `count` pushes of 100 events each, in the order in which they are handed in."""
    rng = random.Random(seed)
    phones = [Phone(n, SITES[(n - 1) % 3]) for n in range(1, PHONES + 1)]
    open_units: list[OpenUnit] = []
    queues: dict[int, list[Kept]] = {phone.n: [] for phone in phones}
    ready: list[tuple[Phone, list[Kept]]] = []
    serial = 0
    for step in range(count * EVENTS_PER_PUSH):
        phone = phones[step % PHONES]
        if not open_units or rng.random() < 0.4:
            serial += 1
            unit = OpenUnit(f"U{serial:06d}", _born(phone, serial, step), f"location:{phone.site}")
            open_units.append(unit)
            kept = unit.last
        else:
            kept = _next(rng, phone, open_units, step)
        queue = queues[phone.n]
        queue.append(kept)
        if len(queue) == EVENTS_PER_PUSH:
            ready.append((phone, queue))
            queues[phone.n] = []
    late = phones[-1].n
    return phones, [push for push in ready if push[0].n != late] + [push for push in ready if push[0].n == late]


def _born(phone: Phone, serial: int, step: int) -> Kept:
    lot = {"batch": f"R{serial % 50:04d}"}
    return phone.record(
        "commissioned", unit=f"U{serial:06d}", kind="drum", material=material(**lot), from_="supplier",
        to=f"location:{phone.site}", at=step * 100, supplier="Nordchem", supplier_lot=f"NC-{serial}",
    )  # fmt: skip


def _next(rng: random.Random, phone: Phone, open_units: list[OpenUnit], step: int) -> Kept:
    at = rng.randrange(max(0, len(open_units) - 400), len(open_units))
    unit = open_units[at]
    said = {"at": step * 100, "after": (unit.last,)}
    here = f"location:{phone.site}"
    if unit.transfer is not None:
        kept = phone.receive(unit.serial, unit.transfer, to=here, material=material(), **said)
        unit.place, unit.transfer = here, None
    elif rng.random() < 0.5:
        transfer = f"TR-{step % 40}"
        kept = phone.dispatch(unit.serial, transfer, from_=unit.place, to=here, material=material(), **said)
        unit.transfer = transfer
    else:
        kept = phone.consume(unit.serial, 100, at_place=unit.place, **said)
    unit.last = kept
    unit.seen += 1
    if unit.seen >= 5:
        open_units[at] = open_units[-1]
        open_units.pop()
    return kept
