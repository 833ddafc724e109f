"""The demo's story: a principal, its contract manufacturer, one batch on its way between them.

Asha Pharma's warehouse has labelled its raw materials for master batch MAK-2026-0142. The starch went ahead under
transfer TR-0006 and is in use at Kiran Formulations; four drums of the active are on the road under TR-0007, and run
R-12 waits for them. Two things must not be used: two drums of a later lot of the active still wait for quality at the
warehouse, and a bag of an older lot of starch, which went along with the others, was put on hold when it was away.
"""

from __future__ import annotations

from typing import NamedTuple

from server.setup.demo_phone import DemoPhone
from sync.event import Commissioned, Consumed, Dispatched, Entered, Held, Material, Obtained, Received, Status, UnitKind
from sync.outbox import Kept
from sync.quantity import to_base

COMPANY = "ASHA"
WAREHOUSE, FLOOR = "ASHA-WH", "KIRAN-FL"
BATCH = "MAK-2026-0142"
WAITING_BATCH, HELD_BATCH = "RM-2026-0311", "RM-2026-0298"
AHEAD, ON_THE_ROAD, RUN = "TR-0006", "TR-0007", "R-12"

PER_KG = 1_000_000
HOUR_MS = 3_600_000


class _Made(NamedTuple):
    """A container of the story, and the scan that gave it its label."""

    serial: str
    scan: Kept
    material: Material


class Phones(NamedTuple):
    """Who records what has happened: at the warehouse, at the contract manufacturer, and who puts things on hold."""

    ravi: DemoPhone
    anita: DemoPhone
    farida: DemoPhone


def tell(phones: Phones, now: int) -> None:
    """Record what has happened up to now, at both ends of the road."""
    ravi, anita, farida = phones
    starch = _goods_in(ravi, now - 50 * HOUR_MS, "STARCH", 2, 20, "ROQ-55120", "bag")
    drums = _goods_in(ravi, now - 49 * HOUR_MS, "PARA-API", 4, 25, "GUJ-API-8841", "drum")
    waiting = _kilograms("PARA-API", WAITING_BATCH, 25, status="quarantine")
    _label(ravi, now - 48 * HOUR_MS, waiting, 2, "GUJ-API-8857", "drum")
    old = _label(ravi, now - 47 * HOUR_MS, _kilograms("STARCH", HELD_BATCH, 20), 1, "ROQ-54871", "bag")
    starch_sent = _dispatch(ravi, now - 30 * HOUR_MS, starch, AHEAD)
    old_sent = _dispatch(ravi, now - 30 * HOUR_MS + 60_000, old, AHEAD)
    _dispatch(ravi, now - 3 * HOUR_MS, drums, ON_THE_ROAD)
    arrived = _receive(anita, now - 6 * HOUR_MS, starch, starch_sent)
    _receive(anita, now - 6 * HOUR_MS + 60_000, old, old_sent)
    farida.scan(Held, now - 5 * HOUR_MS, item="STARCH", batch=HELD_BATCH, reason="Clumps found in a bag of this lot")
    _use_part(anita, now - 2 * HOUR_MS, starch[0], arrived[0])


def _goods_in(
    phone: DemoPhone, at: int, item: str, count: int, kg: int, supplier_lot: str, kind: UnitKind
) -> list[_Made]:
    """Label what has come for the batch."""
    return _label(phone, at, _kilograms(item, BATCH, kg), count, supplier_lot, kind)


def _label(phone: DemoPhone, at: int, material: Material, count: int, supplier_lot: str, kind: UnitKind) -> list[_Made]:
    """Label containers that came without our label, all with the same in them."""
    return [
        _Made(
            serial := phone.mint(),
            phone.scan(
                Commissioned,
                at + number * 20_000,
                unit=serial,
                kind=kind,
                material=material,
                from_="supplier",
                to=f"location:{WAREHOUSE}",
                container=(number, count),
                supplier_lot=supplier_lot,
            ),
            material,
        )
        for number in range(1, count + 1)
    ]


def _dispatch(phone: DemoPhone, at: int, units: list[_Made], transfer: str) -> list[Kept]:
    """Send containers to the contract manufacturer."""
    return [
        phone.scan(
            Dispatched,
            at + number * 8_000,
            after=[made.scan],
            unit=made.serial,
            material=made.material,
            from_=f"location:{WAREHOUSE}",
            to=f"transfer:{transfer}",
            transfer=transfer,
            destination=f"location:{FLOOR}",
        )
        for number, made in enumerate(units)
    ]


def _receive(phone: DemoPhone, at: int, units: list[_Made], sent: list[Kept]) -> list[Kept]:
    """Take containers in at the contract manufacturer."""
    return [
        phone.scan(
            Received,
            at + number * 8_000,
            after=[dispatched],
            unit=made.serial,
            material=made.material,
            from_=f"transfer:{AHEAD}",
            to=f"location:{FLOOR}",
            transfer=AHEAD,
        )
        for number, (made, dispatched) in enumerate(zip(units, sent, strict=True))
    ]


def _use_part(phone: DemoPhone, at: int, made: _Made, arrived: Kept) -> None:
    """Weigh 7.5 kg into the run."""
    phone.scan(
        Consumed,
        at,
        after=[arrived],
        unit=made.serial,
        material=_kilograms(made.material.item, made.material.batch, "7.5", obtained="typed"),
        from_=f"location:{FLOOR}",
        to=f"run:{RUN}",
        run=RUN,
    )


def _kilograms(
    item: str, batch: str, kg: int | str, obtained: Obtained = "counted", status: Status = "available"
) -> Material:
    base = to_base(str(kg), PER_KG)
    assert isinstance(base, int)
    return Material(
        item=item,
        batch=batch,
        quantity=str(base),
        entered=Entered(str(kg), "kg"),
        owner=COMPANY,
        status=status,
        obtained=obtained,
    )
