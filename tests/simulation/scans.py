"""What people do on the simulated floors: mostly plausible, sometimes wrong, now and then a broken phone's nonsense."""

from __future__ import annotations

from typing import Any

import msgspec
from simulation.handset import Handset
from simulation.plan import HOUR, START, Dice

SITES = ("ASHA-WH", "KIRAN-FL", "NEEM-FL")
PLACES = tuple(f"location:{site}" for site in SITES)
DRUMS = ("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9")
STACKS = ((("P1", "P4"), ("C1", "C2", "C3")), (("P2",), ("C4", "C5", "C6")), (("K1",), ("P3", "C7", "C8")))
"""What is mostly packed together: the larger ones first."""

CARTONS = ("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8")
PALLETS = ("P1", "P2", "P3", "P4", "K1")
KINDS = {"D": "drum", "C": "carton", "P": "pallet", "K": "container"}
TRANSFERS = ("TR-1", "TR-2", "TR-3", "TR-4")
ACTIONS = (
    ("commission",) * 12 + ("dispatch",) * 10 + ("receive",) * 14 + ("consume",) * 12 + ("pack",) * 8 + ("unpack",) * 4
    + ("void",) * 8 + ("produce",) * 3 + ("loose",) * 7 + ("odd",) * 5 + ("move",) * 5 + ("scrap",) * 3
    + ("count",) * 5 + ("count_loose",) * 4 + ("hold",) * 3 + ("desk",) * 6 + ("stopped",) * 2
    + ("lend",) * 2 + ("allow",) * 2
)  # fmt: skip

PEOPLE = tuple(f"{n:032x}" for n in range(6))
LENDINGS = tuple(letter * 32 for letter in "abcde")
CHALLENGES = ("40000001", "40000002", "40000003", "40000004")

Body = dict[str, Any]
Scan = tuple[Body, list[str]]
"""What is recorded, without who and when, and the units it is about."""

_encode = msgspec.json.encode


class Papers:
    """What people know without a phone: the transfer a unit was sent under, its label, and what others tell them."""

    def __init__(self, phones: list[Handset]) -> None:
        self.phones = phones
        self.transfer: dict[str, str] = {}
        self.quantity: dict[str, int] = {}
        self.heard: dict[str, list[str]] = {"held": [], "loose": []}
        self.granted: dict[str, int] = {}

    def hear(self, said: Body, event_id: str) -> None:
        """Let people hear of a scan that others may refer to."""
        if said["type"] == "held":
            self.heard["held"].append(event_id)
        elif said["type"] == "granted":
            self.granted[said["person"]] = said["version"]
        elif "unit" in said and said["unit"] is None:
            self.heard["loose"].append(event_id)

    def some(self, dice: Dice, kind: str) -> list[str]:
        """Give a few scans somebody has heard of."""
        heard = self.heard[kind]
        return sorted({dice.choose(heard) for _ in range(dice.pick(3))}) if heard else []


def material(quantity: int | str, obtained: str = "assumed", batch: str = "MB-1") -> Body:
    """Say what was handled."""
    return {
        "item": "PARA", "batch": batch, "quantity": str(quantity), "owner": "ASHA", "status": "available",
        "obtained": obtained, "entered": {"quantity": str(quantity), "unit_of_measure": "g"},
    }  # fmt: skip


def scan(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """Give what a person records next."""
    return _ACTIONS[dice.choose(ACTIONS)](dice, phone, papers)


def body(said: Body, phone: Handset, clock: Body, after: list[str]) -> bytes:
    """Write the exact bytes."""
    frame = {"v": 1, "actor": phone.actor, "grant": phone.grant, "site": phone.site, "clock": clock, "after": after}
    return _encode(frame | said)


def _here(dice: Dice, phone: Handset) -> str:
    """Nearly always the phone is where its site is."""
    return dice.choose(PLACES) if dice.chance(120) else f"location:{phone.site}"


def _handled(type_: str, unit: str | None, what: Body | None, from_: str, to: str, **more: Any) -> Scan:
    said = {"type": type_, "unit": unit, "material": what, "from": from_, "to": to} | more
    return said, [] if unit is None else [unit]


def _thing(dice: Dice) -> str:
    return dice.choose((*DRUMS, *CARTONS, *PALLETS))


def _commission(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = _thing(dice)
    kind = KINDS[unit[0]]
    quantity = dice.choose((25_000, 25_000, 20_000))
    papers.quantity.setdefault(unit, quantity)
    what = None if kind in ("pallet", "container") else material(quantity)
    return _handled(
        "commissioned",
        unit,
        what,
        "supplier",
        _here(dice, phone),
        kind=kind,
        supplier_lot="S-7",
        expires_on="2027-01-31",
    )


def _produce(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = dice.choose((None, *CARTONS))
    papers.quantity.setdefault(unit or "", 8_000)
    return _handled("produced", unit, material(8_000), "run:R-1", _here(dice, phone), kind="carton", run="R-1")


def _dispatch(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit, transfer = _thing(dice), dice.choose(TRANSFERS)
    papers.transfer[unit] = transfer
    what = (
        material(papers.quantity.get(unit, 25_000), dice.choose(("assumed", "counted"))) if dice.chance(300) else None
    )
    return _handled(
        "dispatched", unit, what, _here(dice, phone), f"transfer:{transfer}", transfer=transfer,
        destination=dice.choose(PLACES),
    )  # fmt: skip


def _receive(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = _thing(dice)
    transfer: str | None = papers.transfer.get(unit, "TR-1") if dice.chance(750) else dice.choose((None, *TRANSFERS))
    quantity = papers.quantity.get(unit, 25_000) - (1_000 if dice.chance(200) else 0)
    what = None if unit[0] in "PK" else material(quantity, dice.choose(("assumed", "counted", "scale")))
    source = "supplier" if transfer is None else f"transfer:{transfer}"
    return _handled("received", unit, what, source, _here(dice, phone), transfer=transfer)


def _consume(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = dice.choose((*DRUMS, *CARTONS))
    emptied = dice.chance(250)
    quantity = papers.quantity.get(unit, 25_000) if emptied and dice.chance(500) else dice.choose((1, 5_000, 30_000))
    told = {"stops": ["held"], "already_done": True, "reason": "mixed in before"} if quantity == 30_000 else {}
    told |= _overruled(dice) if quantity == 1 else {}
    here = _here(dice, phone)
    what = material(quantity) | _weights(dice)
    return _handled("consumed", unit, what, here, "run:R-1", run="R-1", emptied=emptied, **told)


def _overruled(dice: Dice) -> Body:
    """Somebody's word led past a stop: by role, lent, or on the telephone; sometimes it should not have."""
    word = dice.choose(({}, {"lending": dice.choose(LENDINGS)}, {"challenge": dice.choose(CHALLENGES)}))
    return {"stops": ["expired"], "overruled": True, "second": dice.choose(PEOPLE), "reason": "agreed"} | word


def _lend(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """A right is lent, for hours or days."""
    said = {"person": dice.choose(PEOPLE), "lending": dice.choose(LENDINGS), "until": START + dice.pick(80) * 12 * HOUR}
    return {"type": "lent"} | said, []


def _allow(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """A stop is overruled by telephone."""
    return {"type": "allowed", "challenge": dice.choose(CHALLENGES)}, []


def _weights(dice: Dice) -> Body:
    """Sometimes what is left was weighed, now and then on a scale that types nonsense."""
    return {"tare": dice.choose(("2.1", "2.15", "0", "1e3", "", "2."))} if dice.chance(300) else {}


def _stopped(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = _thing(dice)
    return {"type": "stopped", "operation": "consume", "unit": unit, "stops": ["held"]}, [unit]


def _stacked(dice: Dice) -> tuple[str, str]:
    larger, smaller = dice.choose(STACKS)
    return dice.choose(smaller), dice.choose(larger)


def _pack(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit, into = _stacked(dice) if dice.chance(950) else (_thing(dice), _thing(dice))
    return {"type": "packed", "unit": unit, "into": into, "to": _here(dice, phone)}, [unit, into]


def _unpack(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit, out_of = _stacked(dice)
    return {"type": "unpacked", "unit": unit, "out_of": out_of, "to": _here(dice, phone)}, [unit, out_of]


def _void(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """Mostly one's own last scans, sometimes what the phone knows of others'."""
    known = [head for heads in phone.heads.values() for head in heads]
    if phone.own_scans and dice.chance(750):
        target = dice.choose(phone.own_scans[-4:])[0]
    elif known:
        target = dice.choose(known)
    else:
        return _loose(dice, phone, papers)
    return {"type": "voided", "target": target, "reason": "wrong label", "after": [target]}, []


def _loose(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    here = _here(dice, phone)
    if dice.chance(500):
        return _handled("consumed", None, material(100, batch="MB-2"), here, "run:R-1", run="R-1")
    there, transfer = dice.choose(PLACES), dice.choose(TRANSFERS)
    if dice.chance(500):
        return _handled(
            "dispatched", None, material(500, batch="MB-2"), here, f"transfer:{transfer}", transfer=transfer,
            destination=there,
        )  # fmt: skip
    return _handled("received", None, material(500, batch="MB-2"), f"transfer:{transfer}", here, transfer=transfer)


def _move(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = dice.choose((None, *DRUMS, *PALLETS))
    what = material(500, batch="MB-2") if unit is None else material(25_000) if dice.chance(300) else None
    return _handled("moved", unit, what, _here(dice, phone), dice.choose(PLACES))


def _scrap(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = dice.choose((None, *DRUMS, *CARTONS))
    what = material(40, batch="MB-1" if unit else "MB-2")
    return _handled("scrapped", unit, what, _here(dice, phone), "scrapped", emptied=dice.chance(300))


def _count(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    unit = dice.choose((*DRUMS, *CARTONS, *PALLETS))
    what = material(dice.choose(("25000", "24000", "0")), "counted")
    return {"type": "counted", "unit": unit, "material": what, "to": _here(dice, phone)}, [unit]


def _count_loose(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """Of a place where others move things all the time; some of what they did the counter has been told."""
    said = {"type": "counted", "unit": None, "to": _here(dice, phone), "after": papers.some(dice, "loose")}
    return said | {"material": material(dice.choose(("0", "400", "1500", "-1")), "counted", "MB-2")}, []


def _hold(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    said = {"type": dice.choose(("held", "released")), "item": "PARA", "batch": "MB-1"}
    return said | {"unit": dice.choose((None, *DRUMS)), "after": papers.some(dice, "held")}, []


def _desk(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """A phone is switched off, up to what the office holds of it; some of its scans are admitted. A phone may try."""
    other, wrong = dice.choose(papers.phones), dice.choose(papers.phones)
    if not phone.is_desk and dice.chance(800):
        return _consume(dice, phone, papers)
    if dice.chance(400):
        return _granted(dice, papers, other)
    if dice.chance(500) and other.own_scans:
        about = wrong if dice.chance(150) else other
        events = sorted({dice.choose(other.own_scans)[0] for _ in range(3)})
        return {"type": "admitted", "device": about.disk.device.hex(), "events": events}, []
    end = _end(dice, other)
    kind = dice.choose(("revoked", "revoked", "retired"))
    ends = {"heads": [end] if dice.chance(900) else []} if kind == "revoked" else {}
    return {"type": kind, "device": other.disk.device.hex()} | ends, []


def _granted(dice: Dice, papers: Papers, other: Handset) -> Scan:
    """Somebody's rights are changed, mostly narrowed; two desks may give out one version."""
    version = papers.granted.get(other.actor, 1) + (0 if dice.chance(100) else 1)
    sites = dice.choose((None, [other.site], ["NEEM-FL"], []))
    rights = {"sites": sites, "may_correct": dice.chance(500), "may_decide": dice.chance(700)}
    return {"type": "granted", "person": other.actor, "version": version} | rights, []


def _end(dice: Dice, phone: Handset) -> dict[str, Any]:
    """How far an office may hold a phone's chain; older programs named no hash."""
    seq = dice.pick(phone.outbox.head.seq + 1)
    known = [kept.hash.hex() for kept in phone.outbox.events if (kept.inc, kept.seq) == (phone.outbox.inc, seq)]
    return {"inc": phone.outbox.inc.hex(), "seq": seq} | ({"hash": known[0]} if known and dice.chance(900) else {})


def _odd(dice: Dice, phone: Handset, papers: Papers) -> Scan:
    """Something no healthy phone sends: bad quantities, unknown types and versions, scans past the sign-in."""
    here, unit = _here(dice, phone), _thing(dice)
    match dice.pick(6):
        case 0:
            quantity = dice.choose(("0", "-5", "1.5", "9" * 30, "x", "1e3", ""))
            return _handled("consumed", unit, material(quantity), here, "run:R-1", run="R-1")
        case 1:
            return {"type": "teleported", "unit": unit}, []
        case 2:
            return {"type": "consumed", "v": 9, "unit": unit}, []
        case 3:
            return {"type": "consumed", "unit": ["not", "a", "unit"]}, []
        case 4:
            return _handled("consumed", unit, None, here, "run:R-1", run="R-1")
        case _:
            return _handled("received", unit, material(25_000), "supplier", here, for_review=True)


_ACTIONS = {
    "commission": _commission, "produce": _produce, "dispatch": _dispatch, "receive": _receive, "consume": _consume,
    "pack": _pack, "unpack": _unpack, "void": _void, "loose": _loose, "odd": _odd,
    "move": _move, "scrap": _scrap, "count": _count, "count_loose": _count_loose, "hold": _hold, "desk": _desk,
    "stopped": _stopped, "lend": _lend, "allow": _allow,
}  # fmt: skip
