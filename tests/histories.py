"""Random histories of a small network: plausible enough to meet every rule, wild enough to break a wrong one."""

from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

from floor import FL, FL2, WH, Phone, material

from sync.exception import Trouble
from sync.outbox import Kept

PLACES = (WH, FL, FL2)
UNITS = ("D1", "D2", "C1", "C2", "C3", "P1", "P2")
KILOGRAMS = {"entered": {"quantity": "25", "unit_of_measure": "g"}}
"""Entered as if grams were kilograms."""
KINDS = {"D": "drum", "C": "carton", "P": "pallet"}

Made = list[tuple[Phone, Kept]]


def history(seed: int, length: int = 24, *, units_only: bool = False) -> Made:
    """Make one history of events by three to five phones that know only some of each other's scans.

    `units_only` leaves out holds, counts, revocations and decisions: layers 0 to 2.
    """
    rng = random.Random(seed)
    phones = [
        Phone(n, ("ASHA-WH", "KIRAN-FL", "NEEM-FL")[(n - 1) % 3], skew_ms=rng.choice((0, 0, -90_000, 90_000, 10**10)))
        for n in range(1, rng.randint(4, 6))
    ]
    if not units_only:
        phones += [Phone(9)] * 2  # the desk
    made: Made = []
    for step in range(length):
        phone = rng.choice(phones)
        if not units_only and rng.random() < 0.02:
            phones.append(_clone(phone, len(phones)))
        known = tuple(kept for _, kept in rng.sample(made, k=min(len(made), rng.choice((0, 1, 1, 2, 3)))))
        _one(rng, phone, made, {"at": step * 1000, "after": known}, units_only=units_only)
    return made


def _clone(phone: Phone, n: int) -> Phone:
    """Give a twin that goes on with the same chain, under ids of its own."""
    twin = deepcopy(phone)
    twin.made += 1_000 * n
    return twin


def _one(rng: random.Random, phone: Phone, made: Made, said: dict[str, Any], *, units_only: bool) -> None:
    unit, place = rng.choice(UNITS), rng.choice(PLACES)
    transfer = rng.choice(("TR-1", "TR-2"))
    kinds = {
        "commission": 5, "dispatch": 5, "receive": 6, "consume": 4, "pack": 5, "unpack": 2, "void": 3, "odd": 1,
        "used_loose": 2,
    }  # fmt: skip
    if not units_only:
        kinds |= {"loose": 3, "register": 3, "count": 4, "run": 3, "settle": 2}
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    match kind:
        case "commission":
            quantity = None if unit[0] == "P" else rng.choice((20_000, 25_000))
            label = said | {"expires_on": rng.choice((None, None, "2020-01-01", "2030-12-31"))}
            if quantity is not None and rng.random() < 0.3:
                odd = (
                    {"status": rng.choice(("quarantine", "rejected"))},
                    {"owner": "NEEM"},
                    {"batch": "MAK-2"},
                    KILOGRAMS,
                )
                label["material"] = material(quantity, **rng.choice(odd))
            kept = phone.commission(unit, quantity, kind=KINDS[unit[0]], to=rng.choice((WH, WH, FL)), **label)
        case "dispatch":
            kept = phone.dispatch(unit, transfer, from_=place, to=rng.choice(PLACES), **said)
        case "receive":
            what = (
                None
                if unit[0] == "P"
                else material(rng.choice((24_000, 25_000)), obtained=rng.choice(("assumed", "counted")))
            )
            kept = phone.receive(unit, rng.choice((transfer, transfer, None)), to=place, material=what, **said)
        case "consume":
            kept = phone.consume(
                unit, rng.choice((1, 5_000, 30_000)), at_place=place, emptied=rng.random() < 0.3, **said
            )
        case "pack":
            kept = phone.pack(unit, rng.choice(("P1", "P2")), to=place, **said)
        case "unpack":
            kept = phone.unpack(unit, rng.choice(("P1", "P2")), to=place, **said)
        case "void" if made:
            kept = phone.void(rng.choice(made)[1], **said)
        case "used_loose":
            kept = phone.consume(None, 100, at_place=place, **said)
        case "loose":
            kept = _loose(rng, phone, place, said)
        case "register":
            kept = _register(rng, phone, made, unit, said)
        case "run":
            kept = _run(rng, phone, made, unit, said)
        case "settle" if made:
            kept = _settle(rng, phone, made, said)
        case "count":
            counted = rng.choice((unit, unit, None))
            kept = phone.count(counted, rng.choice((0, 50, 24_000)), to=place, **said)
        case _:
            kept = _odd(rng, phone, made, said)
    made.append((phone, kept))


def _loose(rng: random.Random, phone: Phone, place: str, said: dict[str, Any]) -> Kept:
    """Handle what carries no label, or move or scrap what does."""
    match rng.randint(0, 4):
        case 0:
            return phone.consume(None, 100, at_place=place, **said)
        case 1:
            return phone.receive(None, "TR-1", to=place, material=material(1_000), **said)
        case 2:
            return phone.move(rng.choice((None, "D1", "P1")), 500, from_=place, to=rng.choice(PLACES), **said)
        case 3:
            return phone.scrap(rng.choice((None, "D1")), 10, at_place=place, **said)
        case _:
            return phone.scrap("D2", 10, at_place=place, emptied=True, **said)


def _register(rng: random.Random, phone: Phone, made: Made, unit: str, said: dict[str, Any]) -> Kept:
    """Say something about a lot, a unit, a phone or an exception."""
    of_unit = rng.choice((None, unit))
    match rng.randint(0, 8):
        case 7 | 8 if made:
            sites = rng.choice((None, ["KIRAN-FL"], ["ASHA-WH", "NEEM-FL"], []))
            may = {"may_correct": rng.random() < 0.5, "may_decide": rng.random() < 0.5}
            return phone.grant(rng.choice(made)[0], rng.randint(1, 3), sites, **may, **said)
        case 0 | 1:
            return phone.hold(of_unit, **said)
        case 2 | 3:
            holds = tuple(kept for _, kept in made if b'"held"' in kept.body)
            said = said | {"after": (*said["after"], *rng.sample(holds, k=rng.randint(0, len(holds))))}
            return phone.release(of_unit, **said)
        case 4 if made:
            return phone.revoke(rng.choice(made)[0], rng.randint(0, 3), **said)
        case 5 if made:
            other, kept = rng.choice(made)
            return phone.admit(other, kept, **said)
        case _:
            kind = rng.choice(("quantity_differs", "seen_elsewhere", "unit_unknown"))
            ids = tuple(sorted(kept.id for _, kept in rng.sample(made, k=min(1, len(made)))))
            return phone.decide(Trouble(kind, f"unit:{unit}", ids), **said)


def _run(rng: random.Random, phone: Phone, made: Made, unit: str, said: dict[str, Any]) -> Kept:
    """Let something come out of a run, end it, or let it go on."""
    ends = tuple(kept for _, kept in made if b'"finished"' in kept.body)
    match rng.randint(0, 3):
        case 0:
            return phone.finish(**said)
        case 1:
            return phone.reopen(**said | {"after": (*said["after"], *rng.sample(ends, k=rng.randint(0, len(ends))))})
        case _:
            return phone.produce(rng.choice((None, unit)), **said)


def _settle(rng: random.Random, phone: Phone, made: Made, said: dict[str, Any]) -> Kept:
    """Approve a count, or what is none; give scans up for lost."""
    counts = [kept for _, kept in made if b'"counted"' in kept.body] or [made[-1][1]]
    other, kept = rng.choice(made)
    if rng.random() < 0.3:
        return phone.give_up(other, rng.randint(1, 4), rng.randint(1, 12), **said)
    return phone.approve(rng.choice((*counts, *counts, kept)), rng.choice((0, -50, 50, 300)), **said)


def _odd(rng: random.Random, phone: Phone, made: Made, said: dict[str, Any]) -> Kept:
    """Something a healthy phone never sends: a bad quantity, an unknown type, an id used twice, a stranger's review."""
    match rng.randint(0, 3):
        case 0:
            return phone.consume(rng.choice(UNITS), rng.choice(("0", "-5", "1.5", "9" * 30, "x")), **said)
        case 1:
            return phone.record("teleported", unit="D1", **said)
        case 2 if made:
            return phone.consume(rng.choice(UNITS), 77, event_id=rng.choice(made)[1].id, **said)
        case _:
            return phone.receive(rng.choice(UNITS), for_review=True, **said)
