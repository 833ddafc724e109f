"""What the books must say, worked out again from nothing: the simulator's judge.

It is given every event a server holds and tells the whole story from the beginning: who counts, in which order things
happened, where every unit went, what is on every shelf. It is written from the rules as people tell them (the model in
`sync/README.md`), slowly and one sentence after the other, and shares no code with `sync/` but the shapes of events:
a mistake would have to be made twice, in two different ways, to go unseen. It knows no increments, no ledger, no
closure and no differences; shelves are simply counted up and down while the story is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from sync.clock import Reading
from sync.event import (
    RANK,
    Admitted,
    Commissioned,
    Consumed,
    Counted,
    Decided,
    Dispatched,
    Event,
    Handled,
    Material,
    Moved,
    Packed,
    Produced,
    Received,
    Released,
    Retired,
    Revoked,
    Scrapped,
    Unpacked,
    Voided,
    read,
)
from sync.event import Held as OnHold

LARGEST = 10**15
HOLDS_OTHERS = RANK["pallet"]
HALF_A_DAY = 43_200_000
DESK_WORDS = (Revoked, Retired, Admitted, Decided)

_RANKED_WORDS = (
    "body_unreadable unknown_type unknown_version same_id_other_content quantity_not_understood "
    "quantity_not_positive quantity_too_precise quantity_too_large material_missing nothing_to_use "
    "too_small_to_hold undo_unknown undo_not_yours undo_of_undo device_cut_off not_a_desk undone "
    "already_undone already_commissioned already_dispatched already_received already_moved already_packed "
    "already_unpacked already_emptied serial_used_twice used_after_empty more_than_was_there "
    "rest_after_emptied dispatched_twice received_elsewhere quantity_differs counts_overlap count_differs "
    "seen_elsewhere unit_unknown receipt_without_dispatch signed_in_past_lease "
)
RANKED = _RANKED_WORDS.split()
"""If several things are to be said of a scan, the first of these is said."""

Shelf = tuple[str, str, str, str, str]
Lot = tuple[str, str, str, str]
Said = tuple[str, bytes | None, str | None]


class Held(NamedTuple):
    """One event as a server holds it."""

    id: bytes
    fingerprint: bytes
    device: bytes
    inc: bytes
    seq: int
    body: bytes
    is_desk: bool = False


class Told(NamedTuple):
    """A held event whose body has been read."""

    held: Held
    fact: Event | str

    @property
    def rank(self) -> tuple[object, ...]:
        """Where it stands when nothing but content decides."""
        at = (0, 0) if isinstance(self.fact, str) else tuple(self.fact.clock.at)
        held = self.held
        return (*at, held.device, held.inc, held.seq, held.id, held.fingerprint)


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
    heads: bytes


class Story(NamedTuple):
    """All that a set of events comes to."""

    shelves: dict[Shelf, int]
    units: dict[str, UnitTold]
    endings: dict[tuple[bytes, bytes], Said]


def tell(events: Iterable[Held]) -> Story:
    """Tell the whole story of a set of events."""
    told = [Told(held, read(held.body)) for held in dict.fromkeys(events)]
    endings: dict[tuple[bytes, bytes], Said] = {}
    facts = _one_fact_per_id(told, endings)
    silenced = _cut_off(facts, endings)
    undone = silenced | _undone(facts, silenced, endings)
    shelves: defaultdict[Shelf, int] = defaultdict(int)
    units: dict[str, UnitTold] = {serial: _blank(b"") for one in told for serial in _serials(one.fact)}
    in_units = [one for one in facts.values() if _serials(one.fact)]
    loose = [one for one in facts.values() if not _serials(one.fact) and one.held.id not in undone]
    for one in loose:
        _tell_loose(one, shelves, endings)
    _tell_counts(loose, shelves, endings)
    for group in _groups(in_units):
        ordered = in_order(group)
        floor = _Floor(shelves, endings)
        for one in ordered:
            if one.held.id not in undone:
                floor.tell(one)
        for serial in {serial for one in group for serial in _serials(one.fact)}:
            latest = b"".join(sorted(_heads([one for one in group if serial in _serials(one.fact)])))
            thing = floor.things.get(serial)
            units[serial] = _blank(latest) if thing is None else thing.as_told(latest)
    return Story({shelf: amount for shelf, amount in shelves.items() if amount}, units, endings)


def tell_holds(events: Iterable[Held]) -> dict[str, tuple[bool, bytes]]:
    """Say of every lot and unit anybody spoke of whether it is on hold, and whose the last words are.

    The most careful of the last words counts: only a release that knew of a hold lifts it.
    """
    ignored: dict[tuple[bytes, bytes], Said] = {}
    facts = _one_fact_per_id([Told(held, read(held.body)) for held in dict.fromkeys(events)], ignored)
    silenced = _cut_off(facts, ignored)
    taken_back = silenced | _undone(facts, silenced, ignored)
    words: defaultdict[str, list[Told]] = defaultdict(list)
    for one in facts.values():
        fact = one.fact
        if isinstance(fact, OnHold | Released) and one.held.id not in taken_back:
            words[f"unit:{fact.unit}" if fact.unit else f"lot:{fact.item}/{fact.batch}"].append(one)
    return {about: _last_words(said) for about, said in words.items()}


def _last_words(said: list[Told]) -> tuple[bool, bytes]:
    last = _heads(said)
    is_held = any(isinstance(one.fact, OnHold) for one in said if one.held.id in last)
    return is_held, b"".join(sorted(last))


def _blank(latest: bytes) -> UnitTold:
    return UnitTold(None, None, None, None, None, 0, None, None, None, None, False, None, latest)


def _serials(fact: Event | str) -> tuple[str, ...]:
    match fact:
        case Packed():
            return fact.unit, fact.into
        case Unpacked():
            return fact.unit, fact.out_of
        case Handled() | Counted() if fact.unit is not None:
            return (fact.unit,)
    return ()


# --- who counts ---------------------------------------------------------------------------------------------------


def _one_fact_per_id(told: Iterable[Told], endings: dict[tuple[bytes, bytes], Said]) -> dict[bytes, Told]:
    """Of several bodies under one id the one with the smallest fingerprint happened."""
    facts: dict[bytes, Told] = {}
    for one in sorted(told, key=lambda one: one.held.fingerprint):
        first = facts.setdefault(one.held.id, one)
        if first is not one:
            endings[one.held.id, one.held.fingerprint] = "same_id_other_content", first.held.id, None
    return facts


def _cut_off(facts: dict[bytes, Told], endings: dict[tuple[bytes, bytes], Said]) -> set[bytes]:
    """Say which facts do not count: of a phone that was switched off, or desk's words from one that is no desk."""
    by_rank = sorted(facts.values(), key=lambda one: one.rank)
    silenced = {one.held.id for one in by_rank if isinstance(one.fact, DESK_WORDS) and not one.held.is_desk}
    for one in by_rank:
        if one.held.id in silenced:
            endings[one.held.id, one.held.fingerprint] = "not_a_desk", None, None
    spoken = [one for one in by_rank if one.held.id not in silenced]
    for one in by_rank:
        if isinstance(one.fact, DESK_WORDS) or any(_admits(word.fact, one.held) for word in spoken):
            continue
        cut = next((word for word in spoken if _cuts_off(word.fact, one.held)), None)
        if cut is not None:
            silenced.add(one.held.id)
            endings[one.held.id, one.held.fingerprint] = "device_cut_off", cut.held.id, None
    return silenced


def _admits(word: Event | str, held: Held) -> bool:
    return isinstance(word, Admitted) and word.device == held.device.hex() and held.id.hex() in word.events


def _cuts_off(word: Event | str, held: Held) -> bool:
    """Say whether an event lies behind every end of its phone's chains that a revocation lets stand."""
    if not isinstance(word, Revoked) or word.device != held.device.hex():
        return False
    return not any(end.inc == held.inc.hex() and held.seq <= end.seq for end in word.heads)


def _undone(facts: dict[bytes, Told], silenced: set[bytes], endings: dict[tuple[bytes, bytes], Said]) -> set[bytes]:
    """Say which facts somebody took back, and how every undo ended."""
    undone: dict[bytes, Told] = {}
    for one in sorted(facts.values(), key=lambda one: one.rank):
        if not isinstance(one.fact, Voided) or one.held.id in silenced:
            continue
        mine = one.held.id, one.held.fingerprint
        wanted = bytes.fromhex(one.fact.target)
        target = facts.get(wanted)
        if target is None:
            endings[mine] = "undo_unknown", None, None
        elif isinstance(target.fact, (Voided, *DESK_WORDS)):
            endings[mine] = "undo_of_undo", target.held.id, None
        elif target.held.device != one.held.device and (
            isinstance(target.fact, str) or target.fact.actor != one.fact.actor
        ):
            endings[mine] = "undo_not_yours", target.held.id, None
        elif wanted in undone:
            endings[mine] = "already_undone", undone[wanted].held.id, None
        else:
            undone[wanted] = one
            if wanted not in silenced:
                endings[wanted, target.held.fingerprint] = "undone", one.held.id, None
    return set(undone)


# --- in which order -----------------------------------------------------------------------------------------------


def _groups(facts: list[Told]) -> list[list[Told]]:
    """Part the facts by the units they speak of; units that were ever packed together belong together."""
    group_of: dict[str, set[str]] = {}
    for one in facts:
        together = set().union(*(group_of.get(serial, {serial}) for serial in _serials(one.fact)))
        for serial in together:
            group_of[serial] = together
    parts: defaultdict[str, list[Told]] = defaultdict(list)
    for one in facts:
        parts[min(group_of[_serials(one.fact)[0]])].append(one)
    return list(parts.values())


def _knew(facts: list[Told]) -> dict[bytes, set[bytes]]:
    """Say for each event which of these its author knew at first hand: those it names, and the phone's one before."""
    here = {one.held.id for one in facts}
    knew: dict[bytes, set[bytes]] = {one.held.id: set() for one in facts}
    for one in facts:
        if not isinstance(one.fact, str):
            knew[one.held.id] |= {bytes.fromhex(name) for name in one.fact.after} & here - {one.held.id}
        before = [o for o in facts if o.held.inc == one.held.inc and o.held.seq < one.held.seq]
        last = max((o.held.seq for o in before), default=0)
        knew[one.held.id] |= {o.held.id for o in before if o.held.seq == last}
    return knew


def _all_behind(event: bytes, knew: dict[bytes, set[bytes]]) -> set[bytes]:
    """Say what an author knew at first hand or through what was known."""
    behind: set[bytes] = set()
    waiting = list(knew[event])
    while waiting:
        one = waiting.pop()
        if one not in behind:
            behind.add(one)
            waiting.extend(knew[one])
    return behind


def _way_of_things(facts: list[Told]) -> set[tuple[bytes, bytes]]:
    """Pair what cannot but come first with what follows: a label before its use, a departure before its arrival."""
    pairs = set()
    for first in facts:
        for then in facts:
            if first is not then and (_is_birth_of(first.fact, then.fact) or _is_departure_of(first.fact, then.fact)):
                pairs.add((first.held.id, then.held.id))
    return pairs


def _is_birth_of(first: Event | str, then: Event | str) -> bool:
    return (
        isinstance(first, Commissioned | Produced)
        and not isinstance(then, Commissioned | Produced)
        and first.unit in _serials(then)
    )


def _is_departure_of(first: Event | str, then: Event | str) -> bool:
    if not (isinstance(first, Dispatched) and isinstance(then, Received)):
        return False
    if then.transfer is not None:
        return first.transfer == then.transfer
    return first.unit == then.unit and first.destination == then.to


def in_order(facts: list[Told]) -> list[Told]:
    """Put the facts of one group in the order in which they happened."""
    knew = _knew(facts)
    natural: dict[bytes, set[bytes]] = {one.held.id: set() for one in facts}
    for first, then in _way_of_things(facts):
        if then not in _all_behind(first, knew):
            natural[then].add(first)
    waiting = {one.held.id: one for one in sorted(facts, key=lambda one: one.rank)}
    ordered = []
    while waiting:
        unknotted = [i for i in waiting if not (knew[i] | natural[i]) & waiting.keys()]
        known = [i for i in waiting if not knew[i] & waiting.keys()]
        ordered.append(waiting.pop(next(iter(unknotted or known or waiting))))
    return ordered


def _heads(facts: list[Told]) -> set[bytes]:
    """Name the events nobody else is known to have followed."""
    behind = set().union(*_knew(facts).values())
    return {one.held.id for one in facts} - behind


# --- what happened ------------------------------------------------------------------------------------------------


def _holds(material: Material | None) -> int:
    """Give the quantity an event speaks of; nothing if it speaks of none."""
    amount = 0 if material is None else _amount(material)
    assert isinstance(amount, int)
    return amount


def _is_counted(material: Material | None) -> bool:
    """Say whether somebody looked how much it is; what was only assumed counts nothing."""
    return material is not None and material.obtained != "assumed"


def _amount(material: Material) -> int | str:
    """Read a quantity, or say what is wrong with it."""
    text = material.quantity
    digits = text.removeprefix("-")
    whole, point, part = digits.partition(".")
    if not (_is_number(whole, 30) and (not point or _is_number(part, 12))):
        return "quantity_not_understood"
    if text.startswith("-") or not (whole + part).strip("0"):
        return "quantity_not_positive"
    if part.strip("0"):
        return "quantity_too_precise"
    return int(whole) if int(whole) <= LARGEST else "quantity_too_large"


def _seen(material: Material) -> int | str:
    """Read what was counted: nothing at all is an answer too."""
    is_zero = set(material.quantity) <= set("0.") and _amount(material) == "quantity_not_positive"
    return 0 if is_zero else _amount(material)


def _is_number(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and all(letter in "0123456789" for letter in text)


def _why_not(fact: Event | str) -> str | None:
    """Say why a fact cannot have an effect, whatever else happened."""
    if isinstance(fact, str):
        return fact
    if isinstance(fact, Counted):
        counted = _seen(fact.material)
        return counted if isinstance(counted, str) else None
    if isinstance(fact, Handled):
        if fact.material is not None:
            amount = _amount(fact.material)
            return amount if isinstance(amount, str) else None
        if fact.unit is None:
            return "material_missing"
        if isinstance(fact, Commissioned | Produced) and RANK.get(fact.kind or "", 0) < HOLDS_OTHERS:
            return "material_missing"
        if isinstance(fact, Consumed | Scrapped):
            return "nothing_to_use"
    return None


def _lot(material: Material) -> Lot:
    return material.item, material.batch, material.owner, material.status


def _first(codes: Collection[Said]) -> Said | None:
    return min(codes, key=lambda said: RANKED.index(said[0])) if codes else None


def _tell_loose(one: Told, shelves: defaultdict[Shelf, int], endings: dict[tuple[bytes, bytes], Said]) -> None:
    """Loose material goes from one place to another, whatever there was."""
    fact, mine = one.fact, (one.held.id, one.held.fingerprint)
    if isinstance(fact, Voided):
        return
    if problem := _why_not(fact):
        endings[mine] = problem, None, None
        return
    if not isinstance(fact, Handled):
        return
    assert fact.material is not None
    amount = _holds(fact.material)
    shelves[fact.from_, *_lot(fact.material)] -= amount
    shelves[fact.to, *_lot(fact.material)] += amount
    if fact.for_review:
        endings[mine] = "signed_in_past_lease", None, None


# --- counts of what carries no label ------------------------------------------------------------------------------


def _tell_counts(loose: list[Told], shelves: defaultdict[Shelf, int], endings: dict[tuple[bytes, bytes], Said]) -> None:
    """Every count sets its shelf to what was seen; what was moved before it, whenever that arrives, is part of that."""
    by_shelf: defaultdict[Shelf, list[Told]] = defaultdict(list)
    for one in loose:
        if isinstance(one.fact, Counted) and _why_not(one.fact) is None:
            by_shelf[one.fact.to, *_lot(one.fact.material)].append(one)
    moves = [one for one in loose if isinstance(one.fact, Handled) and _why_not(one.fact) is None]
    for shelf, counts in by_shelf.items():
        told: list[Told] = []
        added = 0
        for count in in_order(counts):
            assert isinstance(count.fact, Counted)
            expected = added + sum(_moved_on(shelf, one.fact) for one in moves if _is_part_of(one, count))
            seen = _seen(count.fact.material)
            assert isinstance(seen, int)
            said: list[Said] = []
            if seen != expected:
                said.append(("count_differs", None, None))
                shelves[shelf] += seen - expected
                shelves["adjusted", shelf[1], shelf[2], shelf[3], shelf[4]] -= seen - expected
                added += seen - expected
            said += [("counts_overlap", o.held.id, None) for o in told if not (_surely(o, count) or _surely(count, o))]
            if ending := _first(said):
                endings[count.held.id, count.held.fingerprint] = ending
            told.append(count)


def _moved_on(shelf: Shelf, fact: Event | str) -> int:
    """Say how much a loose movement brought onto a shelf."""
    assert isinstance(fact, Handled)
    lot = _lot(fact.material) if fact.material else None
    amount = _holds(fact.material)
    return amount * (((fact.to, *(lot or ())) == shelf) - ((fact.from_, *(lot or ())) == shelf))


def _names(later: Told, earlier: Told) -> bool:
    """Say whether the author of one event knew the other: named it, or made it before on the same chain."""
    if later.held.inc == earlier.held.inc:
        return later.held.seq > earlier.held.seq
    return not isinstance(later.fact, str) and earlier.held.id.hex() in later.fact.after


def _is_part_of(move: Told, count: Told) -> bool:
    return _names(count, move) or (not _names(move, count) and move.rank < count.rank)


def _surely(first: Told, second: Told) -> bool:
    """Say whether one was certainly done before the other: known, or their times do not touch."""
    if _names(second, first):
        return True
    if _names(first, second) or isinstance(first.fact, str) or isinstance(second.fact, str):
        return False
    return _when(first.fact.clock)[1] < _when(second.fact.clock)[0]


def _when(clock: Reading) -> tuple[int, int]:
    """Give the earliest and the latest moment at which something can have happened, by what the clocks said."""
    if clock.offset is None:
        return clock.wall - HALF_A_DAY, clock.wall + HALF_A_DAY
    doubt = (clock.round_trip or 0) // 2 + (clock.offset_age or 0) // 5000
    return clock.wall + clock.offset - doubt, clock.wall + clock.offset + doubt


# --- labelled units -----------------------------------------------------------------------------------------------


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
        self.born: Told | None = None
        self.placed: Told | None = None
        self.packed: Told | None = None
        self.emptied: tuple[Told, int] | None = None
        self.departed: set[str] = set()
        self.arrived: dict[str, tuple[Told, int]] = {}

    def as_told(self, latest: bytes) -> UnitTold:
        """Give what is known of it at the end."""
        item, batch, owner, status = self.lot or (None, None, None, None)
        return UnitTold(
            self.kind, item, batch, owner, status, self.amount, self.where, self.left, self.bound_for, self.inside,
            self.emptied is not None, self.supplier_lot, latest,
        )  # fmt: skip

    @property
    def stands(self) -> bool:
        """Say whether the books have it standing at a location, not on a truck or outside."""
        return self.where is not None and self.where.startswith("location:")


class _Floor:
    """All units of one group, and the shelves they stand on."""

    def __init__(self, shelves: defaultdict[Shelf, int], endings: dict[tuple[bytes, bytes], Said]) -> None:
        self.things: dict[str, _Thing] = {}
        self.shelves = shelves
        self.endings = endings
        self.said: list[Said] = []

    def tell(self, one: Told) -> None:
        """Tell what one event did, and what has to be said about it."""
        self.said = []
        if problem := _why_not(one.fact):
            self.say(problem)
        else:
            self.happen(one)
            assert not isinstance(one.fact, str)
            if one.fact.for_review:
                self.say("signed_in_past_lease")
        if ending := _first(self.said):
            self.endings[one.held.id, one.held.fingerprint] = ending

    def say(self, code: str, by: Told | None = None, place: str | None = None) -> None:
        """Note something an operator should be told."""
        self.said.append((code, by.held.id if by else None, place))

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
            thing.lot, thing.amount = _lot(material), _holds(material)
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
        thing.born, thing.kind = one, fact.kind
        if isinstance(fact, Commissioned):
            thing.supplier_lot = fact.supplier_lot
        if fact.material is not None:
            self.shelves[fact.from_, *_lot(fact.material)] -= _holds(fact.material)
            self.shelves[fact.to, *_lot(fact.material)] += _holds(fact.material)
        if thing.where is None:  # else others have handled it without its label, and their picture of it stands
            thing.where, thing.placed = fact.to, one
            if fact.material is not None:
                thing.lot, thing.amount = _lot(fact.material), _holds(fact.material)

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
        if _is_counted(fact.material) and thing.amount != _holds(fact.material):
            self.say("quantity_differs")
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
        differs = _is_counted(fact.material) and thing.lot is not None and _holds(fact.material) != arrived_with
        if thing.where == fact.to:
            self.say("quantity_differs" if differs else "already_received", thing.placed)
            return
        out_of = self.came_from(thing, under)
        if differs:
            self.say("quantity_differs")
            if first is None:  # of two counts of one arrival the first counts
                thing.amount = _holds(fact.material)
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

    def count(self, one: Told, fact: Counted) -> None:
        """Somebody looked into a thing: it is here, and holds what was counted."""
        thing = self.thing(fact.unit)
        seen = _seen(fact.material)
        assert isinstance(seen, int)
        if thing.born is None and thing.lot is None:
            thing.lot, thing.amount = _lot(fact.material), seen
        self.meet(one, thing, None, fact.to)
        if thing.where != fact.to:
            if thing.stands:
                self.say("seen_elsewhere", thing.placed, thing.where)
            self.bring(one, thing, fact.to)
        if thing.lot is not None and seen != thing.amount:
            self.say("count_differs")
            self.carry(thing, seen - thing.amount, "adjusted", fact.to)
            thing.amount, thing.emptied = seen, None

    def use(self, one: Told, fact: Consumed | Scrapped) -> None:
        """Something is taken out where the thing stands; only *emptied* ends it."""
        thing = self.thing(fact.unit)
        taken = _holds(fact.material)
        if thing.born is not None and thing.lot is None:
            self.say("nothing_to_use")
            return
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
