"""Push and pull: what travels between a phone and its server, and the limits on it.

The push endpoint never refuses a fact: it stores bytes and answers event by event. A verdict is about custody
("your bytes are safe here"); what became of a scan comes back through pull.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from sync.event import Code, Hex32

PROTO = 1
PROTO_OLDEST = 1
EVENTS_PER_PUSH_MAX = 1_000
EVENTS_PER_PUSH_DEFAULT = 200
PUSH_BYTES_MAX = 4 * 1024 * 1024
BODY_BYTES_MAX = 64 * 1024
JSON_DEPTH_MAX = 64
CHANGES_PER_PULL_MAX = 2_000
SEQ_MAX = 2**53 - 1

Hex64 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Seq = Annotated[int, Meta(ge=0, le=SEQ_MAX)]

Verdict = Literal["stored", "duplicate", "quarantined", "stored_fork"]
"""stored: new · duplicate: same id, same bytes · quarantined: kept, not understood by this version yet ·
stored_fork: kept; this incarnation has two histories, or this id two bodies. All four mean: safe here."""


class Link(msgspec.Struct, frozen=True):
    """A point on a chain."""

    seq: Seq
    hash: Hex64


class PushedEvent(msgspec.Struct, frozen=True):
    """One event: `body` is the exact text that was hashed on the phone."""

    id: Hex32
    seq: Annotated[int, Meta(ge=1, le=SEQ_MAX)]
    body: Annotated[str, Meta(max_length=BODY_BYTES_MAX)]


class ClockReport(msgspec.Struct, frozen=True, kw_only=True):
    """The phone's clocks at sending, for the `clock_ahead` notice. Milliseconds."""

    wall: int
    mono: int
    boot: str
    offset: int | None = None
    offset_age: int | None = None
    round_trip: int | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling and what it still holds; on every push and every pull."""

    proto: int
    app: Annotated[str, Meta(max_length=40)] = ""
    device: Hex32
    inc: Hex32
    nonce: Annotated[str, Meta(max_length=200)]
    sig: Annotated[str, Meta(max_length=200)]
    """ECDSA P-256 over `chain.signed_bytes`, r|s, base64url without padding."""
    certificate: Annotated[str, Meta(max_length=4000)] | None = None
    """The enrolment certificate: lets a server that has forgotten the device know it again."""
    head: Link
    """The last event made on this incarnation."""
    pending: Annotated[int, Meta(ge=0)] = 0
    oldest_at: int | None = None
    clock: ClockReport | None = None


class Push(Contact, frozen=True, kw_only=True):
    """An unbroken, ascending run of one incarnation. The signature covers the hash of its last event.

    With an empty nonce it is a run signed for `export`: handed in from a copy, by whoever has it, in the phone's name.
    """

    base: Link
    """The event before the first one sent."""
    events: Annotated[list[PushedEvent], Meta(max_length=EVENTS_PER_PUSH_MAX)]
    epoch_seen: str | None = None


class Cursor(msgspec.Struct, frozen=True):
    """How far a replica has read: feed positions below and including `pos` of `epoch`."""

    epoch: str
    pos: int


class Pull(Contact, frozen=True, kw_only=True):
    """What has changed since `cursor` (null: everything). The signature covers `head`."""

    cursor: Cursor | None = None
    limit: Annotated[int, Meta(ge=1, le=CHANGES_PER_PULL_MAX)] = 500


class Bookmark(msgspec.Struct, frozen=True):
    """How far a phone has come with a snapshot that is pinned at `pos` of `epoch`; `after` is the server's own note."""

    epoch: str
    pos: int
    after: Annotated[str, Meta(max_length=60)]


class Snapshot(Contact, frozen=True, kw_only=True):
    """Ask for the books as they stand, instead of all that ever changed. The signature covers `head`."""

    bookmark: Bookmark | None = None
    """Null: from the beginning."""
    limit: Annotated[int, Meta(ge=1, le=CHANGES_PER_PULL_MAX)] = 500


class Wait(Contact, frozen=True, kw_only=True):
    """Ask to be told when there is something behind `cursor`. The signature covers `head`.

    A body like the others, not an address with a position in it: what proves who asks then stands in no log, and no
    cache on the way can answer in the server's place.
    """

    cursor: Cursor | None = None


class WaitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far the feed of the phone's site has come, in which epoch; what is new, pull tells."""

    epoch: str
    head: int


class EventVerdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """What happened to one event's bytes; `pos` counts within the answer's epoch."""

    id: str
    v: Verdict
    pos: int
    why: str | None = None


class Pace(msgspec.Struct, frozen=True):
    """How much the server would like next time, and how soon."""

    max_events: int
    after_ms: int


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """HTTP 200 whatever the content was."""

    proto: int
    server_time: int
    nonce: str
    epoch: str
    bases: list[tuple[str, int]]
    verdicts: list[EventVerdict]
    received: Link
    """The end of the unbroken run held."""
    missing: list[tuple[int, int]]
    """Sequence numbers announced or implied, not held."""
    fork: bool
    do: list[str]
    """`new_inc`: go on under a new incarnation."""
    feed_head: int
    next: Pace
    durable_pos: int = 0
    """First position of the phone's site that a restored server might not hold; all before it is in its backups too."""


Kind = Literal[
    "company",
    "item",
    "place",
    "person",
    "transfer",
    "run",
    "unit",
    "outcome",
    "exception",
    "batch_number",
    "supplier_code",
    "lending",
]


def outcome_key(event_id: bytes, fingerprint: bytes) -> str:
    """Name what became of a scan, among the rows of the books: of two bodies under one id each has its own."""
    return f"{event_id.hex()}.{fingerprint.hex()[:16]}"


class Change(msgspec.Struct, frozen=True):
    """One row of the replica as it is now; `data` null means: gone from your scope."""

    pos: int
    kind: Kind
    id: str
    data: dict[str, Any] | None


class PullAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Changes in (from, to]; ranges must join without a gap. `judged` settles what has no outcome row of its own."""

    proto: int
    server_time: int
    nonce: str
    epoch: str
    bases: list[tuple[str, int]]
    reset: bool
    """The cursor belongs to another epoch: drop the replica (never the outbox) and apply from 0."""
    from_: int = msgspec.field(name="from")
    to: int
    head: int
    more: bool
    changes: list[Change]
    judged: Seq
    """Every event of the asking incarnation up to this seq has been judged: without an outcome it is simply settled."""
    do: list[str]
    durable_pos: int = 0


class SnapshotAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the books as they are now, pinned at `at`: what has changed since is told by a pull from there on."""

    proto: int
    server_time: int
    nonce: str
    epoch: str
    bases: list[tuple[str, int]]
    reset: bool
    """The bookmark is of another epoch, or of a server that went through the books in another order: these are the
    first rows of a new snapshot."""
    at: int
    after: str | None
    """What the next bookmark says; null: that was all."""
    changes: list[Change]
    do: list[str]
    durable_pos: int = 0


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone sends to become a device: a one-time code and its public key (P-256, SubjectPublicKeyInfo)."""

    code: Annotated[str, Meta(max_length=100)]
    name: Annotated[str, Meta(min_length=1, max_length=60)]
    public_key: Annotated[str, Meta(max_length=300)]
    """Base64url without padding."""


class EnrolmentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The phone's identity; `certificate` is kept and shown on every contact."""

    device: str
    device_code: str
    """Three characters that begin every serial this phone mints."""
    name: str
    site: Code
    is_desk: bool = False
    certificate: str
    company: str
    is_demo: bool
    server_time: int
    epoch: str
