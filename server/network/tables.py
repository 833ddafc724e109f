"""The principal, its places and items, and the work that is planned between them."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from server.database.schema import Number, metadata

company = Table(
    "company",
    metadata,
    Column("n", Number, primary_key=True),  # always 1: one principal is one database
    Column("code", String(20), nullable=False),  # its owner code in stock
    Column("name", String(120), nullable=False),
    Column("is_demo", Boolean, nullable=False),
    # JSON: the public keys that labels are signed with, by their letters; null: revoked.
    Column("label_keys", String(4000), nullable=False, server_default="{}"),
    Column("gs1_prefix", String(12)),  # as the server was last started with: phones lay in pallet numbers under it
)

place = Table(
    "place",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),  # "location:<code>" in events and buckets
    Column("name", String(120), nullable=False),
    Column("type", String(32), nullable=False),  # warehouse, factory_floor, dispatch_area, contract_manufacturer
    Column("site", String(32), nullable=False),  # code of the site it belongs to; a site names itself
)

item = Table(
    "item",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("unit_of_measure", String(16), nullable=False),
    Column("per_unit", BigInteger, nullable=False),  # smallest units to one unit of measure; never changes
    Column("waits_for_quality", Boolean, nullable=False, server_default="0"),  # what comes in or is made is quarantined
    Column("gtin", String(14)),  # 14 digits: how a supplier's GS1 label names it
    Index("ix_item_gtin", "gtin", unique=True),
)

transfer = Table(
    "transfer",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("from_place", String(32), nullable=False),
    Column("to_place", String(32), nullable=False),
    Column("is_open", Boolean, nullable=False),
)

run = Table(
    "run",
    metadata,
    Column("n", Number, primary_key=True),
    Column("code", String(20), nullable=False, unique=True),
    Column("place", String(32), nullable=False),
    Column("item", String(20), nullable=False),  # what the run makes
    Column("batch", String(20), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Index("ix_run_batch", "batch"),
)

batch_number = Table(
    "batch_number",
    metadata,
    Column("n", Number, primary_key=True),
    Column("batch", String(20), nullable=False, unique=True),  # the code in symbols and events
    Column("number", String(32), nullable=False),  # as the papers have it
    Column("folded", String(32), nullable=False, unique=True),  # in capitals: how it is found
)

supplier_code = Table(
    "supplier_code",
    metadata,
    Column("n", Number, primary_key=True),
    Column("beginning", String(64), nullable=False),  # what stands before the lot, in capitals
    Column("length", Integer, nullable=False),  # of the whole code
    Column("item", String(20), nullable=False),
    Column("lot_to", Integer, nullable=False),  # the lot's last character, counted from 1
    Column("example", String(64), nullable=False),  # the code it was taught by
    Column("is_taught", Boolean, nullable=False),  # false: forgotten again
    UniqueConstraint("beginning", "length"),
)
