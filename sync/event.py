"""The catalogue: one frozen Struct per thing that can happen on a floor.

An event is a *fact*: what a person saw and did. It carries everything its effect needs, so that the same set of events
means the same stock wherever it is folded; master data is never read to compute an effect. Bodies are signed for ever:
a field may be added with a default, never removed or retyped; a changed meaning is a new `v`.

    commissioned  a handling unit got its identity (goods in, opening stock, an empty pallet)
    produced      a run made something
    dispatched    something left for another place, under a transfer
    received      something arrived
    consumed      something was used, in part or until `emptied`
    moved         something was put somewhere else on the site
    scrapped      something was lost or thrown away
    packed        a unit was put into a larger one        unpacked   and taken out again
    counted       somebody looked how much is there
    held          a lot or unit must not be used          released   and may be used again
    finished      a run is over                           reopened   and goes on after all
    lost          scans that were announced are gone for good
    voided        an earlier scan should not have been recorded
    stopped       somebody was stopped before a scan; nothing was done by this
    label_voided  a printed copy of a unit's label must not be used any more

    revoked       the office switched a phone off         retired    a phone was given back, all is in order
    admitted      scans of a phone that was switched off count after all
    granted       what a person may do from now on
    approved      the difference a count found is settled
    decided       a person closed an exception

(`gc=False`: events hold no cycles, so the collector need not look at them: there are many.)

Ids are 32 lower-case hex characters (UUIDv7). Places are written as in `sync/movement.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from sync.clock import Reading

VERSION = 1
"""The `v` this catalogue writes and understands."""

AFTER_MAX = 500
PHOTOS_MAX = 20
STOPS_MAX = 20

Hex32: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Hex64: TypeAlias = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Code: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,19}$")]
Word: TypeAlias = Annotated[str, Meta(max_length=64)]
Line: TypeAlias = Annotated[str, Meta(max_length=400)]
Copy: TypeAlias = Annotated[int, Meta(ge=1, le=9999)]
Codes: TypeAlias = Annotated[list[Word], Meta(max_length=STOPS_MAX)]
PlaceText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(location:[A-Z0-9.-]{1,32}|transfer:[A-Z0-9.-]{1,32}|run:[A-Z0-9.-]{1,32}"
        r"|supplier|customer|made|used|scrapped|adjusted)$"
    ),
]
LocationText: TypeAlias = Annotated[str, Meta(pattern=r"^location:[A-Z0-9.-]{1,32}$")]
Challenge: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{8}$")]
"""What a phone that was stopped shows, to be read out on the telephone."""
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
    picture_at: int | None = None
    """When that picture was last compared with the server's (ms, server time); as `basis`, for people only."""
    reason: Line | None = None
    second: Hex32 | None = None
    """A second person who checked, witnessed or overruled; `second_grant` is the version of that person's rights."""
    second_grant: int | None = None
    for_review: bool = False
    """The operator's offline sign-in had run out: the scan counts, somebody should look."""
    claimed_at: int | None = None
    """When it really happened (ms), if it was recorded later than done."""
    shift: Word | None = None
    photos: Annotated[list[Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]], Meta(max_length=PHOTOS_MAX)] = []
    """SHA-256 of each photo."""
    note: Line | None = None
    label_copy: Copy | None = None
    """Which copy of its label was scanned; null: the first, or it was typed or read from a symbol that does not say."""


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
    stops: Codes = []
    """The codes (`sync/rules.py`) of what stopped the operator before this scan; `reason` says why it went on."""
    overruled: bool = False
    """The second person let it go on: by role, or by the word named here (`sync/overrule.py`)."""
    lending: Hex32 | None = None
    """The lending (`Lent`) by which the second person may."""
    challenge: Challenge | None = None
    """The second person was asked by telephone: what this phone showed, and the word (`Allowed`) names too."""
    already_done: bool = False
    """It had been done before the phone could stop it."""


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


class Moved(Handled, frozen=True, kw_only=True, tag="moved", gc=False):
    """Something was put somewhere else, without a transfer."""


class Scrapped(Handled, frozen=True, kw_only=True, tag="scrapped", gc=False):
    """Something was lost, spilled or thrown away, in part or, when `emptied`, all that was left."""

    emptied: bool = False


class Counted(Fact, frozen=True, kw_only=True, tag="counted", gc=False):
    """Somebody looked: so much of this lot is at `to`; of one unit, or loose. Nothing at all is a count too.

    Of a unit that was seen and not looked into the quantity is *assumed*: that says where it is, not how much it holds.
    """

    unit: Code | None = None
    to: LocationText
    material: Material


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


class Held(Fact, frozen=True, kw_only=True, tag="held", gc=False):
    """A lot, or one unit of it, must not be used until it is released."""

    item: Code
    batch: Code
    unit: Code | None = None


class Released(Fact, frozen=True, kw_only=True, tag="released", gc=False):
    """The holds named in `after` are lifted."""

    item: Code
    batch: Code
    unit: Code | None = None


class Finished(Fact, frozen=True, kw_only=True, tag="finished", gc=False):
    """A run is over: nothing more is to come out of it."""

    run: Code


class Reopened(Fact, frozen=True, kw_only=True, tag="reopened", gc=False):
    """The ends of a run named in `after` were too early: it goes on."""

    run: Code


class Lost(Fact, frozen=True, kw_only=True, tag="lost", gc=False):
    """Scans `first` to `last` of a chain were announced and will never come: storage, phone or person is gone."""

    inc: Hex32
    first: Annotated[int, Meta(ge=1)]
    last: Annotated[int, Meta(ge=1)]


class Voided(Fact, frozen=True, kw_only=True, tag="voided", gc=False):
    """The event `target` should not have been recorded: its effect is undone, it stays visible."""

    target: Hex32


class Stopped(Fact, frozen=True, kw_only=True, tag="stopped", gc=False):
    """The phone stopped somebody before `operation` on `unit`; by this alone nothing was done."""

    operation: Word
    unit: Code | None = None
    stops: Codes


class Lent(Fact, frozen=True, kw_only=True, tag="lent", gc=False):
    """Somebody whose word leads past a stop lends that right to `person`, at this site, for a shift."""

    person: Hex32
    lending: Hex32
    """A random number, by which overrules name it."""
    until: int
    """Its last moment (ms, server time)."""


class Allowed(Fact, frozen=True, kw_only=True, tag="allowed", gc=False):
    """Somebody whose word leads past a stop gave it by telephone, for the one stop that shows `challenge`."""

    challenge: Challenge


class LabelVoided(Fact, frozen=True, kw_only=True, tag="label_voided", gc=False):
    """Copy `copy` of a unit's label is out of use: spoiled before or after it was stuck on, or returned unused."""

    unit: Code
    copy: Copy
    fate: Literal["spoiled", "returned"]


class ChainEnd(msgspec.Struct, frozen=True, gc=False):
    """Up to here a chain stands: that very chain, so no clone can slip scans in beside it."""

    inc: Hex32
    seq: Annotated[int, Meta(ge=0)]
    hash: Hex64 | None = None
    """Of the event there; null if none is held."""


class Revoked(Fact, frozen=True, kw_only=True, tag="revoked", gc=False):
    """The office switched a phone off: what lies behind these chain ends does not count until it is admitted."""

    device: Hex32
    heads: list[ChainEnd]


class Retired(Fact, frozen=True, kw_only=True, tag="retired", gc=False):
    """A phone was given back in good order: everything it recorded stands."""

    device: Hex32


class Admitted(Fact, frozen=True, kw_only=True, tag="admitted", gc=False):
    """Scans of a phone that was switched off count after all."""

    device: Hex32
    events: Annotated[list[Hex32], Meta(max_length=AFTER_MAX)]


class Granted(Fact, frozen=True, kw_only=True, tag="granted", gc=False):
    """What a person may do from now on: version `version` of that person's rights, which events name as `grant`."""

    person: Hex32
    version: Annotated[int, Meta(ge=1)]
    sites: list[Code] | None = None
    """Where; null: at every site. An empty list: nowhere any more."""
    may_correct: bool = False
    """May take back what others recorded there."""
    may_decide: bool = False
    """May act at a desk."""


class Approved(Fact, frozen=True, kw_only=True, tag="approved", gc=False):
    """What a count of loose stock came to is settled: it adds `quantity`, whatever arrives later."""

    count: Hex32
    quantity: Annotated[str, Meta(max_length=48)]
    """Smallest units as a decimal string, below zero if something was missing."""


class Decided(Fact, frozen=True, kw_only=True, tag="decided", gc=False):
    """A person has looked at an exception as it stood (`evidence`); what was done about it is in `effects`."""

    exception: Hex32
    evidence: Hex32
    choice: Word
    effects: Annotated[list[Hex32], Meta(max_length=AFTER_MAX)] = []


Desk: TypeAlias = Revoked | Retired | Admitted | Granted | Approved | Decided
"""What only a desk may say; on a floor phone's chain it has no effect."""

Event: TypeAlias = (
    Commissioned
    | Produced
    | Dispatched
    | Received
    | Consumed
    | Moved
    | Scrapped
    | Counted
    | Packed
    | Unpacked
    | Held
    | Released
    | Finished
    | Reopened
    | Lost
    | Voided
    | Stopped
    | Lent
    | Allowed
    | LabelVoided
    | Revoked
    | Retired
    | Admitted
    | Granted
    | Approved
    | Decided
)

Unreadable = Literal["unknown_type", "unknown_version", "body_unreadable"]

_events = msgspec.json.Decoder(Event)


class _Head(msgspec.Struct):
    """Just enough of a body to say why the rest could not be read."""

    type: str
    v: int


_head = msgspec.json.Decoder(_Head)
TYPES = frozenset(str(kind.__struct_config__.tag) for kind in get_args(Event))


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
