"""Photos, by what they are of: each belongs to the first scan that spoke of it."""

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table

from server.database.schema import Bytes, Millis, Number, metadata

photo = Table(
    "photo",
    metadata,
    Column("n", Number, primary_key=True),
    Column("hash", Bytes(32), nullable=False, unique=True),  # SHA-256: what the scan itself says, signed
    Column("event", Number, ForeignKey("event.n"), nullable=False),
    Column("unit", String(20)),
    Column("site", String(32), nullable=False),
    Column("received_at", Millis, nullable=False),
    Column("data", LargeBinary, nullable=False),  # JPEG
    Index("ix_photo_unit", "unit"),
)
