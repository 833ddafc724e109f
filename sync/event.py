"""The catalogue: one frozen Struct per thing that can happen on a floor.

An event is a *fact*: what a person saw and did. It carries everything its effect needs, so that the same set of events
means the same stock wherever it is folded; master data is never read to compute an effect. Bodies are signed for ever:
a field may be added with a default, never removed or retyped; a changed meaning is a new `v`.

    commissioned  a handling unit got its identity (goods in, opening stock, an empty pallet)
    produced      a run made something
    dispatched    something left for another place, under a transfer
    received      something arrived
    consumed      something was used, in part or until `emptied`
    packed        a unit was put into a larger one        unpacked   and taken out again
    voided        an earlier scan should not have been recorded

(`gc=False`: events hold no cycles, so the collector need not look at them: there are many.)

Ids are 32 lower-case hex characters (UUIDv7). Places are written as in `sync/movement.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from sync.clock import Reading

VERSION = 1
"""The `v` this catalogue writes and understands."""

AFTER_MAX = 500
PHOTOS_MAX = 20

Hex32: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,19}$")]
Word: TypeAlias = Annotated[str, Meta(max_length=64)]
Line: TypeAlias = Annotated[str, Meta(max_length=400)]
PlaceText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(location:[A-Z0-9.-]{1,32}|transfer:[A-Z0-9.-]{1,32}|run:[A-Z0-9.-]{1,32}"
        r"|supplier|customer|made|used|scrapped|adjusted)$"
    ),
]
LocationText: TypeAlias = Annotated[str, Meta(pattern=r"^location:[A-Z0-9.-]{1,32}$")]
Status = Literal["available", "quarantine", "rejected"]
Obtained = Literal["assumed", "counted", "typed", "wedge", "scale", "computed", "from_paper"]
UnitKind = Literal["bag", "drum", "carton", "tote", "pallet", "container"]

RANK: dict[str, int] = {"bag": 1, "drum": 1, "carton": 1, "tote": 1, "pallet": 2, "container": 3}
"""A unit goes only into a unit of higher rank, so nothing can ever contain itself."""


class Entered(msgspec.Struct, frozen=True, gc=False):
    """A quantity as the operator put it: kept as evidence beside the base quantity."""

    quantity: Annotated[str, Meta(max_length=40)]
    unit_of_measure: Annotated[str, Meta(max_length=16)]


class Material(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was handled: which lot, how much, whose, in which state, and how the quantity came to be known."""

    item: Code
    batch: Code
    quantity: Annotated[str, Meta(max_length=48)]
    """Base quantity: smallest units as a decimal string."""
    entered: Entered
    owner: Code
    status: Status
    obtained: Obtained
    gross: str | None = None
    tare: str | None = None
    net: str | None = None
    """Weights as the scale gave them, decimal strings in `entered.unit_of_measure`."""
    scale: Word | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """What every event says, whatever happened."""

    v: int
    actor: Hex32
    """The person signed in; `grant` is the version of the rights that person used."""
    grant: int
    site: Code
    clock: Reading
    after: Annotated[list[Hex32], Meta(max_length=AFTER_MAX)] = []
    """The latest events the author knew of the units and events this one acts on."""
    basis: tuple[str, int] | None = None
    """(epoch, position) of the author's picture: tells a person how old it was, decides nothing."""
    reason: Line | None = None
    second: Hex32 | None = None
    """A second person who checked or witnessed."""
    for_review: bool = False
    """The operator's offline sign-in had run out: the scan counts, somebody should look."""
    claimed_at: int | None = None
    """When it really happened (ms), if it was recorded later than done."""
    shift: Word | None = None
    photos: Annotated[list[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]], Meta(max_length=PHOTOS_MAX)] = []
    """SHA-256 of each photo."""
    note: Line | None = None


class Handled(Fact, frozen=True, kw_only=True, gc=False):
    """Something was handled: a labelled unit, or loose material if `unit` is null."""

    unit: Code | None = None
    kind: UnitKind | None = None
    material: Material | None = None
    """Null only for a unit that holds other units, such as a pallet."""
    from_: PlaceText = msgspec.field(name="from")
    to: PlaceText
    transfer: Code | None = None
    run: Code | None = None
    step: Code | None = None
    container: tuple[int, int] | None = None
    """This is container n of m."""
    sealed: bool | None = None
    """True: closed with its seal; false: opened; null: nobody looked."""
    seal: Word | None = None


class Commissioned(Handled, frozen=True, kw_only=True, tag="commissioned", gc=False):
    """A handling unit got its identity and label: goods in without our label, opening stock, an empty pallet."""

    supplier: Word | None = None
    supplier_lot: Word | None = None
    maker_lot: Word | None = None
    goods_receipt: Word | None = None
    analytical_number: Word | None = None
    made_on: Word | None = None
    expires_on: Word | None = None
    retest_on: Word | None = None


class Produced(Handled, frozen=True, kw_only=True, tag="produced", gc=False):
    """A run made something: a new unit, or loose output."""

    made_on: Word | None = None
    expires_on: Word | None = None


class Dispatched(Handled, frozen=True, kw_only=True, tag="dispatched", gc=False):
    """Something left `from` under a transfer, bound for `destination`."""

    destination: LocationText | None = None


class Received(Handled, frozen=True, kw_only=True, tag="received", gc=False):
    """Something arrived at `to`."""


class Consumed(Handled, frozen=True, kw_only=True, tag="consumed", gc=False):
    """Something was used up, in part or, when `emptied`, until nothing usable was left."""

    emptied: bool = False


class Packed(Fact, frozen=True, kw_only=True, tag="packed", gc=False):
    """`unit` was put into `into`, at place `to`."""

    unit: Code
    into: Code
    to: LocationText


class Unpacked(Fact, frozen=True, kw_only=True, tag="unpacked", gc=False):
    """`unit` was taken out of `out_of`, at place `to`."""

    unit: Code
    out_of: Code
    to: LocationText


class Voided(Fact, frozen=True, kw_only=True, tag="voided", gc=False):
    """The event `target` should not have been recorded: its effect is undone, it stays visible."""

    target: Hex32


Event: TypeAlias = Commissioned | Produced | Dispatched | Received | Consumed | Packed | Unpacked | Voided

Unreadable = Literal["unknown_type", "unknown_version", "body_unreadable"]

_events = msgspec.json.Decoder(Event)


class _Head(msgspec.Struct):
    """Just enough of a body to say why the rest could not be read."""

    type: str
    v: int


_head = msgspec.json.Decoder(_Head)
TYPES = frozenset({"commissioned", "produced", "dispatched", "received", "consumed", "packed", "unpacked", "voided"})


def read(body: bytes) -> Event | Unreadable:
    """Read the exact bytes of a body, or say why they cannot be understood *yet*.

    What is not understood is kept and judged again after an upgrade; it never stops what stands behind it.
    """
    try:
        event = _events.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return _why_unreadable(body)
    return event if event.v == VERSION else "unknown_version"


def _why_unreadable(body: bytes) -> Unreadable:
    try:
        head = _head.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return "body_unreadable"
    if head.type not in TYPES:
        return "unknown_type"
    return "unknown_version" if head.v != VERSION else "body_unreadable"
