"""Layer 1: the life of handling units, folded by a table of transitions.

*Presence beats plan*: a scan that shows a unit present always takes effect; the unit moves from wherever the books have
it to where it was seen. A receipt whose dispatch is unknown draws on that transfer's transit place, which falls below
zero until the dispatch arrives; the unit is usable at once. Partial uses add up; only `emptied` ends a unit.

A *yard* is one cluster of units that were ever packed into each other; what moves a pallet moves what is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from sync.context import Context, is_judged, judge, measures_of
from sync.event import (
    RANK,
    Approved,
    Commissioned,
    Consumed,
    Counted,
    Dispatched,
    Event,
    Handled,
    LabelVoided,
    Material,
    Moved,
    Packed,
    Produced,
    Received,
    Scrapped,
    Stopped,
    Unpacked,
    Unreadable,
)
from sync.movement import Bucket, Movement
from sync.order import Stored
from sync.outcome import Ending, Outcome, first
from sync.quantity import base_quantity, counted_quantity, signed_quantity
from sync.tolerance import Difference

HOLDERS = frozenset({"pallet", "container"})
"""Units that hold other units and need no material of their own."""

BIRTHS = (Commissioned, Produced)

ADJUSTED = "adjusted"


class Arrival(NamedTuple):
    """The first receipt under a transfer, and what arrived with it."""

    receipt: Stored
    quantity: int


class Unit(msgspec.Struct, gc=False):
    """A handling unit as the fold has it now."""

    serial: str
    kind: str | None = None
    item: str | None = None
    batch: str | None = None
    owner: str | None = None
    status: str | None = None
    quantity: int = 0
    """What it holds now, smallest units; below zero: more was used than it ever held."""
    place: str | None = None
    left: str | None = None
    """Where it was last dispatched from, and where to: both ends may see it while it is under way."""
    bound_for: str | None = None
    parent: str | None = None
    contents: list[str] = []
    supplier_lot: str | None = None
    expires_on: str | None = None
    tare: str | None = None
    """What the container weighs empty, as the latest weighing says: `2.1 kg`."""
    born: Stored | None = None
    placed_by: Stored | None = None
    packed_by: Stored | None = None
    ended_by: Stored | None = None
    ended_with: int = 0
    departures: set[str] = msgspec.field(default_factory=set)
    """The transfers under which it is known to have left."""
    arrivals: dict[str, Arrival] = {}
    """The receipt that counted, by transfer."""
    voided_copies: dict[int, Stored] = {}
    """Copies of its label that are out of use, with the word that said so first."""

    @property
    def is_seen(self) -> bool:
        """Say whether any scan has shown the unit yet."""
        return self.place is not None

    def movement(self, source: str, target: str, quantity: int) -> list[Movement]:
        """Write a movement of this unit's material; nothing if there is none, turned round if it is below zero."""
        if not quantity or self.item is None or source == target:
            return []
        assert self.batch is not None
        assert self.owner is not None
        assert self.status is not None
        a = Bucket(source, self.item, self.batch, self.owner, self.status)
        b = Bucket(target, self.item, self.batch, self.owner, self.status)
        return [Movement(a, b, quantity)] if quantity > 0 else [Movement(b, a, -quantity)]


class Effect(msgspec.Struct, gc=False):
    """What one event came to."""

    movements: list[Movement] = []
    ending: Ending | None = None
    difference: Difference | None = None
    """What it says of a quantity, if that is not what the books have."""
    remarks: list[Ending] = []
    """What is odd about it by what the unit's label says."""


Yard = dict[str, Unit]


def fold(events: Sequence[Stored], yard: Yard) -> dict[int, Effect]:
    """Fold one cluster's live events, already in order, into `yard` and give each event's effect."""
    return {event.n: _apply(event, yard) for event in events}


def _apply(event: Stored, yard: Yard) -> Effect:
    fact = event.fact
    assert not isinstance(fact, str)
    if (problem := problem_of(fact)) is not None:
        return Effect(ending=Ending(problem))
    effect = _TRANSITIONS[type(fact)](event, fact, yard)
    if (said := said_of(fact)) is not None:
        effect.ending = first(effect.ending, said)
    if is_judged(fact) and (effect.ending is None or effect.ending.outcome is Outcome.ATTENTION):
        odd = judge(fact, _context(event, yard))
        if odd:
            effect.remarks = [Ending(code) for code in odd]
            effect.ending = first(effect.ending, *effect.remarks)
    if (voided := _voided_label(event, fact, yard)) is not None:
        # Also beside what changes nothing: two labels of one unit are about, whichever was scanned first.
        effect.remarks = [*effect.remarks, voided]
        effect.ending = first(effect.ending, voided)
    return effect


def _voided_label(event: Stored, fact: Event, yard: Yard) -> Ending | None:
    """Say that the label scanned is a copy that was out of use before."""
    if fact.label_copy is None or isinstance(fact, LabelVoided) or (unit := yard.get(event.units[0])) is None:
        return None
    by = unit.voided_copies.get(fact.label_copy)
    return None if by is None else Ending("voided_label_scanned", by.n)


def _context(event: Stored, yard: Yard) -> Context:
    """Give what the unit's own label says of it; of a unit nobody has labelled, nothing is known."""
    unit = yard.get(event.units[0])
    if unit is None or unit.born is None or not isinstance(label := unit.born.fact, BIRTHS):
        return Context()
    return Context(
        unit.item, unit.batch, unit.owner, unit.status, label.expires_on, per_unit=measures_of(label.material)
    )


def said_of(fact: Event) -> Ending | None:
    """Say what the author told of the scan itself: done against a stop, or signed in past the lease."""
    if isinstance(fact, Handled) and fact.already_done:
        return Ending("done_against_stop")
    return Ending("signed_in_past_lease") if fact.for_review else None


def problem_of(fact: Event | Unreadable) -> str | None:
    """Say by code why an event cannot have an effect as it stands, looking at nothing but the event."""
    quantity: int | str = 0
    if isinstance(fact, Handled):
        if fact.material is not None:
            quantity = base_quantity(fact.material.quantity)
        elif fact.unit is None or (isinstance(fact, BIRTHS) and fact.kind not in HOLDERS):
            return "material_missing"
    elif isinstance(fact, Counted):
        quantity = counted_quantity(fact.material.quantity)
    elif isinstance(fact, Approved):
        quantity = signed_quantity(fact.quantity)
    elif isinstance(fact, str):
        return fact
    return quantity if isinstance(quantity, str) else None


def amount(material: Material) -> int:
    """Give the base quantity of material that has passed `problem_of`."""
    quantity = counted_quantity(material.quantity)
    assert isinstance(quantity, int)
    return quantity


# --- what the transitions share -----------------------------------------------------------------------------------


def _get(yard: Yard, serial: str) -> Unit:
    if (unit := yard.get(serial)) is None:
        unit = yard[serial] = Unit(serial)
    return unit


def _take_over(unit: Unit, material: Material | None) -> None:
    if material is not None:
        unit.item, unit.batch = material.item, material.batch
        unit.owner, unit.status = material.owner, material.status


_weight = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


def _weigh(unit: Unit, material: Material | None) -> None:
    """Keep what the empty container weighs: whoever weighs the unit next, on any phone, need not take it off again."""
    if material is not None and material.tare is not None and _weight.fullmatch(material.tare):
        unit.tare = f"{material.tare} {material.entered.unit_of_measure}"


def _introduce(event: Stored, unit: Unit, material: Material | None, place: str) -> Ending | None:
    """Take an event's own word for a unit nobody has recorded yet: what it holds, and where it came from."""
    if unit.born is not None:
        return None
    if unit.item is None and material is not None:
        _take_over(unit, material)
        unit.quantity = amount(material)
    if not unit.is_seen:
        unit.place, unit.placed_by = place, event
    return Ending("unit_unknown")


def _inside(yard: Yard, unit: Unit) -> list[Unit]:
    """Give the unit and everything in it."""
    if not unit.contents:
        return [unit]
    found = [unit]
    for member in found:
        found.extend(yard[serial] for serial in member.contents)
    return found


def _leave(yard: Yard, unit: Unit) -> None:
    """Take a unit out of the one it stands in, if any."""
    if unit.parent is not None:
        yard[unit.parent].contents.remove(unit.serial)
        unit.parent = None


def _relocate(event: Stored, yard: Yard, unit: Unit, place: str, source: str | None = None) -> list[Movement]:
    """Move a unit with all that is in it to a place, drawing on `source` instead of where the books have it, if given.

    A unit that is seen apart from the one it was packed in has left it.
    """
    if unit.parent is not None and yard[unit.parent].place != place:
        _leave(yard, unit)
    movements: list[Movement] = []
    for member in _inside(yard, unit):
        origin = source or member.place
        if origin is not None:
            movements += member.movement(origin, place, member.quantity)
        member.place, member.placed_by = place, event
    return movements


def _is_location(place: str | None) -> bool:
    return place is not None and place.startswith("location:")


# --- the table of transitions -------------------------------------------------------------------------------------


def _born(event: Stored, fact: Commissioned | Produced, yard: Yard) -> Effect:
    """A unit gets its identity: its material comes from outside to where it was labelled."""
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    if unit.born is not None:
        return Effect(ending=Ending(_second_birth(fact, unit.born), unit.born.n))
    unit.born, unit.kind, unit.expires_on = event, fact.kind, fact.expires_on
    if isinstance(fact, Commissioned):
        unit.supplier_lot = fact.supplier_lot
    _weigh(unit, fact.material)
    if unit.is_seen:  # others already handled it without its record: their picture of what it holds stands
        return Effect(_late_birth(fact))
    _take_over(unit, fact.material)
    unit.place, unit.placed_by = fact.to, event
    if fact.material is None:
        return Effect()
    unit.quantity = amount(fact.material)
    return Effect(unit.movement(fact.from_, fact.to, unit.quantity))


def _second_birth(fact: Commissioned | Produced, born: Stored) -> str:
    earlier = born.fact
    same = isinstance(earlier, Handled) and (earlier.material, earlier.to) == (fact.material, fact.to)
    return "already_commissioned" if same else "serial_used_twice"


def _late_birth(fact: Commissioned | Produced) -> list[Movement]:
    material = fact.material
    if material is None:
        return []
    lot = (material.item, material.batch, material.owner, material.status)
    return [Movement(Bucket(fact.from_, *lot), Bucket(fact.to, *lot), amount(material))]


def _dispatched(event: Stored, fact: Dispatched, yard: Yard) -> Effect:
    """A unit leaves: it goes, whole, from wherever it is into the transfer."""
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    unknown = _introduce(event, unit, fact.material, fact.from_)
    if unit.place == fact.to:
        assert unit.placed_by is not None
        return Effect(ending=Ending("already_dispatched", unit.placed_by.n))
    ending = _dispatch_surprise(fact, unit)
    difference = _difference(unit, fact.material)
    movements = _relocate(event, yard, unit, fact.to)
    for member in _inside(yard, unit):
        member.left, member.bound_for = fact.from_, fact.destination
        member.departures.add(fact.to)
    return Effect(movements, first(unknown, ending), difference)


def _dispatch_surprise(fact: Dispatched, unit: Unit) -> Ending | None:
    by = unit.placed_by.n if unit.placed_by else None
    whereabouts = quantity = None
    if unit.place is not None and unit.place.startswith("transfer:"):
        whereabouts = Ending("dispatched_twice", by)
    elif unit.place != fact.from_:
        whereabouts = Ending("seen_elsewhere", by, unit.place)
    if fact.material is not None and fact.material.obtained != "assumed" and amount(fact.material) != unit.quantity:
        quantity = Ending("quantity_differs")
    return first(whereabouts, quantity)


def _difference(unit: Unit, material: Material | None, earlier: Arrival | None = None) -> Difference | None:
    """Set what somebody counted beside what the books have, or an earlier receipt found, and name whose word it is."""
    if material is None or material.obtained == "assumed":
        return None
    if earlier is not None:
        return Difference(amount(material), earlier.quantity, earlier.receipt.n)
    return Difference(amount(material), unit.quantity, unit.placed_by.n if unit.placed_by else None)


def _received(event: Stored, fact: Received, yard: Yard) -> Effect:
    """A unit arrives: presence beats plan."""
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    unknown = _introduce(event, unit, fact.material, fact.from_)
    earlier = unit.arrivals.get(fact.transfer or "")
    counted = _counted(fact, unit, unit.quantity if earlier is None else earlier.quantity)
    difference = _difference(unit, fact.material, earlier)
    if unit.place == fact.to:
        assert unit.placed_by is not None
        by = unit.placed_by.n
        code = "quantity_differs" if counted is not None else "already_received"
        return Effect(ending=Ending(code, by), difference=difference)
    source, ending = _arrival(fact, unit)
    if counted is not None:
        ending = first(ending, Ending("quantity_differs"))
        if earlier is None:  # what was counted is what arrived; the difference stays where it came from
            unit.quantity = counted
    movements = _relocate(event, yard, unit, fact.to, source)
    if fact.transfer is not None:
        for member in _inside(yard, unit):
            member.arrivals.setdefault(fact.transfer, Arrival(event, member.quantity))
    return Effect(movements, first(unknown, ending), difference)


def _counted(fact: Received, unit: Unit, expected: int) -> int | None:
    """Give what was counted on arrival if that differs from what was expected; an assumed quantity counts nothing.

    Expected is what the books have, or, of an arrival that was already received, what arrived then: some of it may have
    been used since.
    """
    material = fact.material
    if material is None or material.obtained == "assumed" or unit.item is None:
        return None
    quantity = amount(material)
    return quantity if quantity != expected else None


def _arrival(fact: Received, unit: Unit) -> tuple[str | None, Ending | None]:
    """Say where an arriving unit is drawn from (null: from where the books have it), and what is odd about that."""
    by = unit.placed_by.n if unit.placed_by else None
    transit = None if fact.transfer is None else f"transfer:{fact.transfer}"
    if transit is None:
        return None, Ending("receipt_without_dispatch") if _is_location(unit.place) else None
    if unit.place == transit:
        return None, None
    if fact.transfer in unit.arrivals:
        return None, Ending("received_elsewhere", unit.arrivals[fact.transfer or ""].receipt.n, unit.place)
    if _is_location(unit.place) and transit not in unit.departures:  # else it was sent, and seen once more before
        return transit, Ending("receipt_without_dispatch", by, unit.place)
    return None, Ending("seen_elsewhere", by, unit.place)


def _consumed(event: Stored, fact: Consumed | Scrapped, yard: Yard) -> Effect:
    """Material is taken out of a unit where it stands; `emptied` ends it and writes off what the books still had."""
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    if fact.material is None or (unit.born is not None and unit.item is None):
        return Effect(ending=Ending("nothing_to_use"))
    _weigh(unit, fact.material)
    taken = amount(fact.material)
    if unit.ended_by is not None:
        return _used_after_empty(fact, unit, taken)
    unknown = _introduce(event, unit, fact.material, fact.from_)
    elsewhere = None
    if unit.place != fact.from_ and _is_location(unit.place):
        elsewhere = Ending("seen_elsewhere", unit.placed_by.n if unit.placed_by else None, unit.place)
    movements = _relocate(event, yard, unit, fact.from_) if unit.place != fact.from_ else []
    if unknown is not None and unit.quantity < taken:
        unit.quantity = taken
    movements += unit.movement(fact.from_, fact.to, taken)
    difference = Difference(taken, unit.quantity, unit.born.n if unit.born else None)
    unit.quantity -= taken
    short = Ending("more_than_was_there") if unit.quantity < 0 else None
    rest = None
    if fact.emptied:
        rest = Ending("rest_after_emptied") if unit.quantity > 0 and unit.born else None
        movements += unit.movement(fact.from_, ADJUSTED, unit.quantity)
        unit.quantity, unit.ended_by, unit.ended_with = 0, event, taken
    return Effect(movements, first(unknown, elsewhere, short, rest), difference)


def _used_after_empty(fact: Consumed | Scrapped, unit: Unit, taken: int) -> Effect:
    """A use of what another scan declared empty: what was written off comes back out of *adjusted*."""
    assert unit.ended_by is not None
    if fact.emptied and taken == unit.ended_with:
        return Effect(ending=Ending("already_emptied", unit.ended_by.n))
    return Effect(unit.movement(ADJUSTED, fact.to, taken), Ending("used_after_empty", unit.ended_by.n))


def _moved(event: Stored, fact: Moved, yard: Yard) -> Effect:
    """A unit is put somewhere else: it is where it was seen last."""
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    unknown = _introduce(event, unit, fact.material, fact.from_)
    by = unit.placed_by.n if unit.placed_by else None
    if unit.place == fact.to:
        return Effect(ending=first(unknown, Ending("already_moved", by)))
    elsewhere = Ending("seen_elsewhere", by, unit.place) if unit.place != fact.from_ else None
    return Effect(_relocate(event, yard, unit, fact.to), first(unknown, elsewhere))


def _counted_unit(event: Stored, fact: Counted, yard: Yard) -> Effect:
    """Somebody looked for a unit: it is there, and holds what was counted; the difference goes to *adjusted*.

    An *assumed* quantity counts nothing: the unit was seen, and what others used of it meanwhile stays used.
    """
    assert fact.unit is not None
    unit = _get(yard, fact.unit)
    unknown = _introduce(event, unit, fact.material, fact.to)
    elsewhere = None
    if unit.place != fact.to and _is_location(unit.place):
        elsewhere = Ending("seen_elsewhere", unit.placed_by.n if unit.placed_by else None, unit.place)
    _weigh(unit, fact.material)
    difference = _difference(unit, fact.material)
    movements = _relocate(event, yard, unit, fact.to) if unit.place != fact.to else []
    counted = amount(fact.material)
    if unit.item is None or counted == unit.quantity or fact.material.obtained == "assumed":
        return Effect(movements, first(unknown, elsewhere))
    movements += unit.movement(ADJUSTED, fact.to, counted - unit.quantity)
    unit.quantity, unit.ended_by = counted, None
    return Effect(movements, first(unknown, elsewhere, Ending("count_differs")), difference)


def _packed(event: Stored, fact: Packed, yard: Yard) -> Effect:
    """A unit goes into a larger one and is from then on where that is."""
    unit, into = _get(yard, fact.unit), _get(yard, fact.into)
    if not _fits(yard, unit, into):
        return Effect(ending=Ending("too_small_to_hold"))
    if unit.parent == into.serial:
        return Effect(ending=Ending("already_packed", unit.packed_by.n if unit.packed_by else None))
    unknown = first(_introduce(event, unit, None, fact.to), _introduce(event, into, None, fact.to))
    assert into.place is not None
    _leave(yard, unit)
    movements = _relocate(event, yard, unit, into.place) if unit.place != into.place else []
    unit.parent, unit.packed_by = into.serial, event
    into.contents.append(unit.serial)
    return Effect(movements, unknown)


def _fits(yard: Yard, unit: Unit, into: Unit) -> bool:
    """Packing needs strictly rising kinds, and nothing may end up inside itself: a kind may become known late."""
    if unit.kind is not None and into.kind is not None and RANK[unit.kind] >= RANK[into.kind]:
        return False
    outer: Unit | None = into
    while outer is not None:
        if outer is unit:
            return False
        outer = yard[outer.parent] if outer.parent is not None else None
    return True


def _unpacked(event: Stored, fact: Unpacked, yard: Yard) -> Effect:
    """A unit is taken out of a larger one, and seen at that place."""
    unit = _get(yard, fact.unit)
    _get(yard, fact.out_of)
    unknown = _introduce(event, unit, None, fact.to)
    was_in = unit.parent == fact.out_of
    ending = None if was_in or unit.place != fact.to else Ending("already_unpacked")
    if was_in:
        _leave(yard, unit)
    movements = _relocate(event, yard, unit, fact.to) if unit.place != fact.to else []
    return Effect(movements, first(unknown, ending))


def _stopped(event: Stored, fact: Stopped, yard: Yard) -> Effect:
    """Somebody was stopped: this belongs to the unit's history and changes nothing."""
    assert fact.unit is not None
    _get(yard, fact.unit)
    return Effect()


def _label_voided(event: Stored, fact: LabelVoided, yard: Yard) -> Effect:
    """A copy of the label is out of use: the unit stays where it is, and what shows that copy later is looked at."""
    _get(yard, fact.unit).voided_copies.setdefault(fact.copy, event)
    return Effect()


_TRANSITIONS: dict[type, Callable[..., Effect]] = {
    Commissioned: _born,
    Produced: _born,
    Dispatched: _dispatched,
    Received: _received,
    Consumed: _consumed,
    Moved: _moved,
    Scrapped: _consumed,
    Counted: _counted_unit,
    Packed: _packed,
    Unpacked: _unpacked,
    Stopped: _stopped,
    LabelVoided: _label_voided,
}
