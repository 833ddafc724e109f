"""People, phones, and the codes that turn a phone into a device of this installation."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from server.database.schema import Bytes, Millis, Number, metadata

person = Table(
    "person",
    metadata,
    Column("n", Number, primary_key=True),
    Column("id", Bytes(16), nullable=False, unique=True),
    Column("name", String(80), nullable=False),
    Column("role", String(16), nullable=False),  # office, operator, dock, quality, supervisor
    Column("site", String(32), nullable=False),
    Column("grant", Integer, nullable=False),  # version of the rights; events name the version they were made under
    Column("login", String(80), unique=True),  # only people who use the desk have one
    Column("password", String(200)),  # scrypt, "scrypt$n$r$p$salt$hash"
    Column("pin_salt", Bytes(16)),
    Column("pin_iterations", Integer),
    Column("pin_hash", Bytes(32)),  # PBKDF2-HMAC-SHA256: travels to the phones of the site, for signing in offline
    Column("is_active", Boolean, nullable=False),
    Column("created_at", Millis, nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("n", Number, primary_key=True),
    Column("id", Bytes(16), nullable=False, unique=True),
    Column("code", String(3), nullable=False, unique=True),  # begins every serial the device mints
    Column("name", String(60), nullable=False),
    Column("site", String(32), nullable=False),
    Column("is_desk", Boolean, nullable=False, server_default="0"),  # only a desk may revoke, admit and decide
    Column("public_key", Bytes, nullable=False),  # P-256, SubjectPublicKeyInfo (DER)
    Column("enrolled_at", Millis, nullable=False),
    Column("last_seen", Millis),
    Column("pending", BigInteger),  # scans it said it still had to hand in, when last seen
)

enrolment = Table(
    "enrolment",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code_hash", Bytes(32), nullable=False, unique=True),  # SHA-256: the code itself is shown once, never stored
    Column("site", String(32), nullable=False),
    Column("is_desk", Boolean, nullable=False, server_default="0"),
    Column("made_by", Number, ForeignKey("person.n")),
    Column("expires_at", Millis, nullable=False),
    Column("used_by", Number, ForeignKey("device.n")),
    Index("ix_enrolment_expires_at", "expires_at"),
)
