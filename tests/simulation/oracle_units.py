"""Labelled units, as the oracle has them: where each went, what it held, what has to be said about it."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from simulation.oracle_context import Known, measure_of, what_is_odd
from simulation.oracle_words import (
    TO_LOOK_AT,
    Apart,
    Lot,
    Odd,
    Said,
    Shelf,
    Told,
    gravest,
    held_in,
    is_counted,
    lot_of,
    seen_in,
    serials_in,
    told_of_itself,
    why_not,
)

from sync.event import (
    RANK,
    Commissioned,
    Consumed,
    Counted,
    Dispatched,
    Event,
    LabelVoided,
    Material,
    Moved,
    Packed,
    Produced,
    Received,
    Scrapped,
    Unpacked,
)


class UnitTold(NamedTuple):
    """What is known of a unit at the end of the story."""

    kind: str | None
    item: str | None
    batch: str | None
    owner: str | None
    status: str | None
    quantity: int
    place: str | None
    left: str | None
    bound_for: str | None
    parent: str | None
    is_ended: bool
    supplier_lot: str | None
    expires_on: str | None
    tare: str | None
    heads: bytes


def blank(latest: bytes) -> UnitTold:
    return UnitTold(None, None, None, None, None, 0, None, None, None, None, False, None, None, None, latest)


class _Thing:
    """A handling unit while the story is told."""

    def __init__(self, serial: str) -> None:
        self.serial = serial
        self.kind: str | None = None
        self.lot: Lot | None = None
        self.amount = 0
        self.where: str | None = None
        self.left: str | None = None
        self.bound_for: str | None = None
        self.inside: str | None = None
        self.supplier_lot: str | None = None
        self.expires_on: str | None = None
        self.empty_weight: str | None = None
        self.born: Told | None = None
        self.placed: Told | None = None
        self.packed: Told | None = None
        self.emptied: tuple[Told, int] | None = None
        self.departed: set[str] = set()
        self.arrived: dict[str, tuple[Told, int]] = {}
        self.dead_labels: dict[int, Told] = {}

    def as_told(self, latest: bytes) -> UnitTold:
        """Give what is known of it at the end."""
        item, batch, owner, status = self.lot or (None, None, None, None)
        return UnitTold(
            self.kind, item, batch, owner, status, self.amount, self.where, self.left, self.bound_for, self.inside,
            self.emptied is not None, self.supplier_lot, self.expires_on, self.empty_weight, latest,
        )  # fmt: skip

    @property
    def stands(self) -> bool:
        """Say whether the books have it standing at a location, not on a truck or outside."""
        return self.where is not None and self.where.startswith("location:")


class Floor:
    """All units of one group, and the shelves they stand on."""

    def __init__(
        self,
        shelves: defaultdict[Shelf, int],
        endings: dict[tuple[bytes, bytes], Said],
        apart: dict[tuple[bytes, bytes], Apart],
        odd: Odd,
    ) -> None:
        self.things: dict[str, _Thing] = {}
        self.shelves = shelves
        self.endings = endings
        self.apart = apart
        self.odd = odd
        self.said: list[Said] = []

    def tell(self, one: Told) -> None:
        """Tell what one event did, and what has to be said about it."""
        self.said = []
        if problem := why_not(one.fact):
            self.say(problem)
        else:
            self.happen(one)
            assert not isinstance(one.fact, str)
            for code in told_of_itself(one.fact):
                self.say(code)
            if all(code in TO_LOOK_AT for code, _, _ in self.said):
                self.judge(one, one.fact)
            self.look_at_label(one, one.fact)
        if ending := gravest(self.said):
            self.endings[one.held.id, one.held.fingerprint] = ending

    def say(self, code: str, by: Told | None = None, place: str | None = None) -> None:
        """Note something an operator should be told."""
        self.said.append((code, by.held.id if by else None, place))

    def judge(self, one: Told, fact: Event) -> None:
        """Hold what was done against what the label of the thing says."""
        thing = self.things.get(serials_in(fact)[0])
        if thing is None or thing.born is None or not isinstance(label := thing.born.fact, Commissioned | Produced):
            return
        item, batch, owner, status = thing.lot or (None, None, None, None)
        measure = None if label.material is None else measure_of(label.material)
        known = Known(item, batch, owner, status, label.expires_on, per_unit=measure)
        self.odd[one.held.id, one.held.fingerprint] = dict.fromkeys(what_is_odd(fact, known))
        for code in self.odd[one.held.id, one.held.fingerprint]:
            self.say(code)

    def look_at_label(self, one: Told, fact: Event) -> None:
        """Note a copy of a label that somebody had taken out of use before."""
        dead = self.things[serials_in(fact)[0]].dead_labels if serials_in(fact)[0] in self.things else {}
        killer = dead.get(fact.label_copy or 0)
        if killer is not None and killer is not one:
            self.odd.setdefault((one.held.id, one.held.fingerprint), {})["voided_label_scanned"] = killer.held.id
            self.say("voided_label_scanned", killer)

    def set_apart(self, one: Told, found: int, expected: int, whose: Told | None) -> None:
        """Note how much somebody found, how much was expected, and on whose word."""
        self.apart[one.held.id, one.held.fingerprint] = found, expected, whose.held.id if whose else None

    def happen(self, one: Told) -> None:
        """Do what the event says."""
        match one.fact:
            case Commissioned() | Produced():
                self.label(one, one.fact)
            case Dispatched():
                self.send(one, one.fact)
            case Received():
                self.arrive(one, one.fact)
            case Consumed() | Scrapped():
                self.use(one, one.fact)
            case Moved():
                self.move(one, one.fact)
            case Counted():
                self.count(one, one.fact)
            case Packed():
                self.pack(one, one.fact)
            case Unpacked():
                self.unpack(one, one.fact)
            case LabelVoided():
                self.thing(one.fact.unit).dead_labels.setdefault(one.fact.copy, one)

    def thing(self, serial: str | None) -> _Thing:
        """Give a unit; one nobody has spoken of before is an empty thing nowhere."""
        assert serial is not None
        return self.things.setdefault(serial, _Thing(serial))

    # --- carrying

    def carry(self, thing: _Thing, amount: int, source: str, target: str) -> None:
        """Carry some of what a thing is made of from one shelf to another."""
        if thing.lot is not None:
            self.shelves[source, *thing.lot] -= amount
            self.shelves[target, *thing.lot] += amount

    def with_contents(self, thing: _Thing) -> list[_Thing]:
        """Give a thing and everything in it, at any depth."""
        inner = [other for other in self.things.values() if other.inside == thing.serial]
        return [thing, *(deep for other in inner for deep in self.with_contents(other))]

    def holder_of(self, thing: _Thing) -> _Thing | None:
        """Give what a thing stands in."""
        return None if thing.inside is None else self.things[thing.inside]

    def bring(self, one: Told, thing: _Thing, place: str, out_of: str | None = None) -> None:
        """Bring a thing with all that is in it to a place, out of where it is or of where it is said to come from.

        What is brought to another place than the pallet it was on has left the pallet.
        """
        holder = self.holder_of(thing)
        if holder is not None and holder.where != place:
            thing.inside = None
        for each in self.with_contents(thing):
            self.carry(each, each.amount, out_of or each.where or place, place)
            each.where, each.placed = place, one

    def meet(self, one: Told, thing: _Thing, material: Material | None, place: str) -> bool:
        """Take somebody's word for a thing nobody has labelled yet: where it was and, if said, what it held."""
        if thing.born is not None:
            return False
        self.say("unit_unknown")
        if thing.lot is None and material is not None:
            thing.lot, thing.amount = lot_of(material), held_in(material)
        if thing.where is None:
            thing.where, thing.placed = place, one
        return True

    # --- the words of the floor

    def label(self, one: Told, fact: Commissioned | Produced) -> None:
        """A thing got its identity; what it holds comes from outside to where it was labelled."""
        thing = self.thing(fact.unit)
        if thing.born is not None:
            first = thing.born.fact
            assert isinstance(first, Commissioned | Produced)
            same = first.material == fact.material and first.to == fact.to
            self.say("already_commissioned" if same else "serial_used_twice", thing.born)
            return
        thing.born, thing.kind, thing.expires_on = one, fact.kind, fact.expires_on
        if isinstance(fact, Commissioned):
            thing.supplier_lot = fact.supplier_lot
        self.weigh(thing, fact.material)
        if fact.material is not None:
            self.shelves[fact.from_, *lot_of(fact.material)] -= held_in(fact.material)
            self.shelves[fact.to, *lot_of(fact.material)] += held_in(fact.material)
        if thing.where is None:  # else others have handled it without its label, and their picture of it stands
            thing.where, thing.placed = fact.to, one
            if fact.material is not None:
                thing.lot, thing.amount = lot_of(fact.material), held_in(fact.material)

    def send(self, one: Told, fact: Dispatched) -> None:
        """A thing leaves, whole, from wherever it is."""
        thing = self.thing(fact.unit)
        self.meet(one, thing, fact.material, fact.from_)
        if thing.where == fact.to:
            self.say("already_dispatched", thing.placed)
            return
        if thing.where is not None and thing.where.startswith("transfer:"):
            self.say("dispatched_twice", thing.placed)
        elif thing.where != fact.from_:
            self.say("seen_elsewhere", thing.placed, thing.where)
        if is_counted(fact.material) and thing.amount != held_in(fact.material):
            self.say("quantity_differs")
            self.set_apart(one, held_in(fact.material), thing.amount, thing.placed)
        self.bring(one, thing, fact.to)
        for each in self.with_contents(thing):
            each.left, each.bound_for = fact.from_, fact.destination
            each.departed.add(fact.to)

    def arrive(self, one: Told, fact: Received) -> None:
        """A thing arrives: whatever the books thought, here it is."""
        thing = self.thing(fact.unit)
        self.meet(one, thing, fact.material, fact.from_)
        under = None if fact.transfer is None else f"transfer:{fact.transfer}"
        first, arrived_with = thing.arrived.get(under or "", (None, thing.amount))
        differs = is_counted(fact.material) and thing.lot is not None and held_in(fact.material) != arrived_with
        if differs:
            self.set_apart(one, held_in(fact.material), arrived_with, first or thing.placed)
        if thing.where == fact.to:
            self.say("quantity_differs" if differs else "already_received", thing.placed)
            return
        out_of = self.came_from(thing, under)
        if differs:
            self.say("quantity_differs")
            if first is None:  # of two counts of one arrival the first counts
                thing.amount = held_in(fact.material)
        self.bring(one, thing, fact.to, out_of)
        for each in self.with_contents(thing):
            if under is not None and under not in each.arrived:
                each.arrived[under] = one, each.amount

    def came_from(self, thing: _Thing, under: str | None) -> str | None:
        """Say what an arriving thing is taken out of, if not out of where the books have it, and what is odd."""
        if under is None:
            if thing.stands:
                self.say("receipt_without_dispatch")
        elif under in thing.arrived and thing.where != under:
            self.say("received_elsewhere", thing.arrived[under][0], thing.where)
        elif thing.stands and under not in thing.departed:
            self.say("receipt_without_dispatch", thing.placed, thing.where)
            return under
        elif thing.where != under:
            self.say("seen_elsewhere", thing.placed, thing.where)
        return None

    def move(self, one: Told, fact: Moved) -> None:
        """A thing is put somewhere else."""
        thing = self.thing(fact.unit)
        self.meet(one, thing, fact.material, fact.from_)
        if thing.where == fact.to:
            self.say("already_moved", thing.placed)
            return
        if thing.where != fact.from_:
            self.say("seen_elsewhere", thing.placed, thing.where)
        self.bring(one, thing, fact.to)

    def weigh(self, thing: _Thing, what: Material | None) -> None:
        """Whoever weighed it last knows best what it weighs with nothing in it; a word that is no number is none."""
        if what is None or what.tare is None or len(what.tare) > 22:
            return
        whole, _, part = what.tare.partition(".")
        is_weight = whole.isascii() and whole.isdigit() and len(whole) <= 12
        if is_weight and ((part.isascii() and part.isdigit() and len(part) <= 9) or "." not in what.tare):
            thing.empty_weight = what.tare + " " + what.entered.unit_of_measure

    def count(self, one: Told, fact: Counted) -> None:
        """Somebody looked into a thing: it is here, and holds what was counted."""
        thing = self.thing(fact.unit)
        seen = seen_in(fact.material)
        assert isinstance(seen, int)
        if thing.born is None and thing.lot is None:
            thing.lot, thing.amount = lot_of(fact.material), seen
        self.meet(one, thing, None, fact.to)
        self.weigh(thing, fact.material)
        looked_in = is_counted(fact.material)
        if looked_in:
            self.set_apart(one, seen, thing.amount, thing.placed)
        if thing.where != fact.to:
            if thing.stands:
                self.say("seen_elsewhere", thing.placed, thing.where)
            self.bring(one, thing, fact.to)
        if looked_in and thing.lot is not None and seen != thing.amount:
            self.say("count_differs")
            self.carry(thing, seen - thing.amount, "adjusted", fact.to)
            thing.amount, thing.emptied = seen, None

    def use(self, one: Told, fact: Consumed | Scrapped) -> None:
        """Something is taken out where the thing stands; only *emptied* ends it."""
        thing = self.thing(fact.unit)
        taken = held_in(fact.material)
        if thing.born is not None and thing.lot is None:
            self.say("nothing_to_use")
            return
        self.weigh(thing, fact.material)
        if thing.emptied is not None:
            last, amount = thing.emptied
            if fact.emptied and taken == amount:
                self.say("already_emptied", last)
                return
            self.say("used_after_empty", last)
            self.carry(thing, taken, "adjusted", fact.to)
            return
        is_unknown = self.meet(one, thing, fact.material, fact.from_)
        if thing.where != fact.from_:
            if thing.stands:
                self.say("seen_elsewhere", thing.placed, thing.where)
            self.bring(one, thing, fact.from_)
        if is_unknown:  # then it held at least what was taken
            thing.amount = max(thing.amount, taken)
        self.set_apart(one, taken, thing.amount, thing.born)
        thing.amount -= taken
        self.carry(thing, taken, fact.from_, fact.to)
        if thing.amount < 0:
            self.say("more_than_was_there")
        if fact.emptied:
            if thing.amount > 0 and not is_unknown:
                self.say("rest_after_emptied")
            self.carry(thing, thing.amount, fact.from_, "adjusted")
            thing.amount, thing.emptied = 0, (one, taken)

    def pack(self, one: Told, fact: Packed) -> None:
        """A thing goes into a larger one and is from then on where that is."""
        thing, larger = self.thing(fact.unit), self.thing(fact.into)
        sizes_known = thing.kind is not None and larger.kind is not None
        if (sizes_known and RANK[thing.kind or ""] >= RANK[larger.kind or ""]) or larger in self.with_contents(thing):
            self.say("too_small_to_hold")
            return
        if thing.inside == fact.into:
            self.say("already_packed", thing.packed)
            return
        self.meet(one, thing, None, fact.to)
        self.meet(one, larger, None, fact.to)
        assert larger.where is not None
        thing.inside = None
        if thing.where != larger.where:
            self.bring(one, thing, larger.where)
        thing.inside, thing.packed = fact.into, one

    def unpack(self, one: Told, fact: Unpacked) -> None:
        """A thing is taken out of a larger one, and seen there."""
        thing = self.thing(fact.unit)
        self.thing(fact.out_of)
        self.meet(one, thing, None, fact.to)
        if thing.inside != fact.out_of and thing.where == fact.to:
            self.say("already_unpacked")
        if thing.inside == fact.out_of:
            thing.inside = None
        if thing.where != fact.to:
            self.bring(one, thing, fact.to)
