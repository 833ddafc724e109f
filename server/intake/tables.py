"""What devices said, byte for byte; what it came to; and the feed that tells every site.

`event`, `push` and `ledger` are append-only: the database itself refuses to change or delete a row (triggers in the
migration). `balance` and `unit` are the fold's present answer and can be rebuilt from events at any time
(`batchspine check` does, and compares).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.database.schema import Bytes, Millis, Number, metadata
from sync.wire import Kind

incarnation = Table(
    "incarnation",
    metadata,
    Column("n", Number, primary_key=True),
    Column("device", Number, ForeignKey("device.n"), nullable=False),
    Column("inc", Bytes(16), nullable=False),
    Column("held_seq", BigInteger, nullable=False),  # end of the unbroken run held, and its hash
    Column("held_hash", Bytes(32), nullable=False),
    Column("announced_seq", BigInteger, nullable=False),  # the last event the phone says it has made
    Column("pending", BigInteger, nullable=False),
    Column("is_forked", Boolean, nullable=False),
    UniqueConstraint("device", "inc"),
)

push = Table(
    "push",
    metadata,
    Column("n", Number, primary_key=True),
    Column("incarnation", Number, ForeignKey("incarnation.n"), nullable=False),
    Column("seq", BigInteger, nullable=False),  # the signed event
    Column("hash", Bytes(32), nullable=False),
    Column("nonce", String(200), nullable=False),
    Column("signature", Bytes, nullable=False),
    Column("received_at", Millis, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("n", Number, primary_key=True),
    Column("id", Bytes(16), nullable=False),
    Column("fingerprint", Bytes(32), nullable=False),
    Column("push", Number, ForeignKey("push.n"), nullable=False),
    Column("incarnation", Number, ForeignKey("incarnation.n"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Bytes(32), nullable=False),
    Column("body", Bytes, nullable=False),
    Column("pos", BigInteger, nullable=False),
    # Written before the fold has its answer for the unit, hence deferred.
    Column("unit", Number, ForeignKey("unit.n", deferrable=True, initially="DEFERRED")),
    Column(
        "other_unit", Number, ForeignKey("unit.n", deferrable=True, initially="DEFERRED")
    ),  # the larger unit of packed and unpacked
    Column("target", Bytes(16)),  # the event a void or an approval names
    Column("register", String(160)),  # the hold, run, count, phone … it speaks of; the run something came out of
    Column("lot", String(41)),  # "item/batch", of loose material and of what a hold would forbid
    Column("actor", Bytes(16)),  # who recorded it, for when that person's rights are changed
    UniqueConstraint("id", "fingerprint"),
    Index("ix_event_actor", "actor"),
    Index("ix_event_incarnation_seq", "incarnation", "seq"),
    Index(
        "ix_event_register",
        "register",
        sqlite_where=text("register IS NOT NULL"),
        postgresql_where=text("register IS NOT NULL"),
    ),
    Index("ix_event_lot", "lot", sqlite_where=text("lot IS NOT NULL"), postgresql_where=text("lot IS NOT NULL")),
    Index("ix_event_unit", "unit", sqlite_where=text("unit IS NOT NULL"), postgresql_where=text("unit IS NOT NULL")),
    Index(
        "ix_event_other_unit",
        "other_unit",
        sqlite_where=text("other_unit IS NOT NULL"),
        postgresql_where=text("other_unit IS NOT NULL"),
    ),
    Index(
        "ix_event_target",
        "target",
        sqlite_where=text("target IS NOT NULL"),
        postgresql_where=text("target IS NOT NULL"),
    ),
)

pending = Table(
    "pending",
    metadata,
    # Stored but not yet resolved: only after a resolver fault, never on the normal way. A worker retries them.
    Column("event", Number, ForeignKey("event.n"), primary_key=True, autoincrement=False),
    Column("since", Millis, nullable=False),
)

unit = Table(
    "unit",
    metadata,
    Column("n", Number, primary_key=True),
    Column("serial", String(20), nullable=False, unique=True),
    Column("kind", String(12)),
    Column("item", String(20)),
    Column("batch", String(20)),
    Column("owner", String(20)),
    Column("status", String(12)),
    Column("quantity", BigInteger, nullable=False),
    Column("place", String(48)),
    Column("left", String(48)),  # last dispatched from, and bound for: both ends see it under way
    Column("bound_for", String(48)),
    Column("parent", String(20)),
    Column("is_ended", Boolean, nullable=False),
    Column("supplier_lot", String(64)),
    Column("expires_on", String(64)),
    Column("tare", String(40)),  # of the empty container, with its unit of measure
    Column(
        "heads", Bytes, nullable=False
    ),  # ids of its latest events, 16 bytes each: what the next scan names as `after`
    Index("ix_unit_batch", "batch"),
)

bucket = Table(
    "bucket",
    metadata,
    Column("n", Number, primary_key=True),
    Column("place", String(48), nullable=False),
    Column("item", String(20), nullable=False),
    Column("batch", String(20), nullable=False),
    Column("owner", String(20), nullable=False),
    Column("status", String(12), nullable=False),
    UniqueConstraint("batch", "item", "place", "owner", "status"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("n", Number, primary_key=True),
    Column("event", Number, ForeignKey("event.n"), nullable=False),
    Column("cause", Number, ForeignKey("event.n"), nullable=False),  # the event whose arrival made this entry
    Column("from_bucket", Number, ForeignKey("bucket.n"), nullable=False),
    Column("to_bucket", Number, ForeignKey("bucket.n"), nullable=False),
    Column("quantity", BigInteger, nullable=False),  # smallest units, always positive; a reversal swaps the buckets
    Index("ix_ledger_event", "event"),
)

balance = Table(
    "balance",
    metadata,
    Column("bucket", Number, ForeignKey("bucket.n"), primary_key=True, autoincrement=False),
    Column("quantity", BigInteger, nullable=False),
)

outcome = Table(
    "outcome",
    metadata,
    # Only for events that are not simply settled.
    Column("event", Number, ForeignKey("event.n"), primary_key=True, autoincrement=False),
    Column("code", String(40), nullable=False),
    Column("by", Number, ForeignKey("event.n")),  # the event that got there first, if that is why
    Column("place", String(48)),  # the place the sentence names
)

hold = Table(
    "hold",
    metadata,
    Column("register", String(160), primary_key=True),  # "lot:ITEM/BATCH" or "unit:SERIAL"
    Column("is_held", Boolean, nullable=False),
    Column("heads", Bytes, nullable=False),  # what the next hold or release names as `after`
)

exception = Table(
    "exception",
    metadata,
    Column("n", Number, primary_key=True),
    Column("id", Bytes(16), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("subject", String(180), nullable=False),
    Column("evidence", Bytes(16), nullable=False),
    Column("participants", Bytes, nullable=False),  # ids of the events that form the evidence, 16 bytes each
    Column("detail", String(40), nullable=False),
    Column("sites", Text, nullable=False),  # JSON: the sites whose people it concerns
    Column("is_open", Boolean, nullable=False),  # one that closed itself is kept: it may open again
    Column("decided_by", Number, ForeignKey("event.n")),
    Column("since", Millis, nullable=False),  # when this server first saw it: for people, never compared
    Index("ix_exception_subject", "subject"),
)

feed_head = Table(
    "feed_head",
    metadata,
    Column("site", String(32), primary_key=True),
    Column("head", BigInteger, nullable=False),
)

FEED_KINDS: tuple[Kind, ...] = (
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
)
"""What a feed row points at, by its number in this list; `entity` is that table's `n` (for outcome and
lending: event.n)."""

feed = Table(
    "feed",
    metadata,
    Column("site", String(32), primary_key=True),
    Column("pos", BigInteger, primary_key=True),
    Column("kind", SmallInteger, nullable=False),
    Column("entity", Number, nullable=False),
    sqlite_with_rowid=False,
)

installation = Table(
    "installation",
    metadata,
    Column("n", Integer, primary_key=True),  # always 1
    Column("setup_token_hash", Bytes(32)),  # null once the first user exists
)

epoch = Table(
    "epoch",
    metadata,
    Column("n", Number, primary_key=True),  # in the order they began
    Column("id", String(32), nullable=False, unique=True),  # random: names that were counted could meet again
    Column("begun_at", Millis),
)

epoch_base = Table(
    "epoch_base",
    metadata,
    Column("epoch", Number, ForeignKey("epoch.n"), primary_key=True, autoincrement=False),
    Column("site", String(32), primary_key=True),  # a site without a row begins at 1
    Column("first_pos", BigInteger, nullable=False),
)
