"""Printers, what was asked of them, and every label that was to come out."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from server.database.schema import Bytes, Millis, Number, metadata

printer = Table(
    "printer",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("site", String(32), nullable=False),
    Column("kind", String(12), nullable=False),  # network, folder
    Column("host", String(253)),  # of a network printer: name or address
    Column("port", Integer),
    Column("format", String(8), nullable=False),  # what it understands
    Column("stock", String(40), nullable=False),  # what is on its roll
    Column("dpi", Integer, nullable=False),
    # How far it prints off, and by how much too large pages must be drawn to come out true; for PDF only.
    Column("offset_x_mm", Float, nullable=False, server_default="0"),
    Column("offset_y_mm", Float, nullable=False, server_default="0"),
    Column("scale", Float, nullable=False, server_default="1"),
    Column("is_active", Boolean, nullable=False),
)

print_job = Table(
    "print_job",
    metadata,
    Column("n", Number, primary_key=True),
    Column("id", Bytes(16), nullable=False, unique=True),  # made by who asks, so that asking twice is asking once
    Column("epoch", String(32), nullable=False),  # a job from before a restore is never sent by itself
    Column("printer", Number, ForeignKey("printer.n")),  # null: a file for whoever asked
    Column("site", String(32), nullable=False),
    Column("person", Bytes(16)),
    Column("device", Bytes(16)),
    Column("asked_at", Millis, nullable=False),
    Column("reason", String(400), nullable=False),
    Column("stock", String(40), nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("first_position", Integer, nullable=False, server_default="1"),  # the first free place of a started sheet
    Column("label_kind", String(20)),  # null: the usual one of its units or lot
    Column("stated", String(4000), nullable=False, server_default="{}"),  # JSON: what whoever asked said for it
    Column("state", String(12), nullable=False),  # queued, sending, sent, confirmed, failed
    Column("detail", String(40), nullable=False),
    Column("state_at", Millis, nullable=False),
    Column("settled_by", Bytes(16)),  # the person or device whose word ended it
    Index("ix_print_job_state", "state"),
)

label_roll = Table(
    "label_roll",
    metadata,
    Column("n", Number, primary_key=True),
    Column("job", Number, ForeignKey("print_job.n"), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),  # unit, pallet
    Column("head", String(12), nullable=False),  # what its numbers begin with: "L8F3QX" of serials, a prefix of SSCCs
    Column("first", BigInteger, nullable=False),  # the running number of its first label, with `count` - 1 behind it
    Column("count", Integer, nullable=False),
    UniqueConstraint("head", "first"),
)

pallet_block = Table(
    "pallet_block",
    metadata,
    Column("n", Number, primary_key=True),
    Column("device", Number, ForeignKey("device.n"), nullable=False),
    Column("request", Bytes(16), nullable=False, unique=True),  # made by the phone: asking twice is asking once
    Column("head", String(12), nullable=False),  # the company's prefix of then
    Column("first", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("given_at", Millis, nullable=False),
    UniqueConstraint("head", "first"),
    Index("ix_pallet_block_device", "device", "given_at"),
)

printed = Table(
    "printed",
    metadata,
    Column("n", Number, primary_key=True),
    Column("job", Number, ForeignKey("print_job.n"), nullable=False),
    Column("unit", String(20), nullable=False),  # empty: a label of the lot
    Column("item", String(20), nullable=False),
    Column("batch", String(20), nullable=False),
    Column("copy", BigInteger, nullable=False),  # 1, 2 … of this unit or lot; never given twice
    Column("is_missing", Boolean, nullable=False),  # somebody looked: it did not come out
    UniqueConstraint("unit", "item", "batch", "copy"),
    Index("ix_printed_job", "job"),
    Index("ix_printed_batch", "batch"),
)
