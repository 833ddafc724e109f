"""The first tables, and the promise of the ledger: what was recorded can be neither changed nor deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {"event": (("n",), ("id", "fingerprint")), "push": (("n",),), "ledger": (("n",),)}
"""Tables nothing may be changed in, with all their unique keys."""

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table, then have the database itself guard the ledger."""
    _create_tables()
    for table, keys in APPEND_ONLY.items():
        _forbid_changes(table, keys)


def _forbid_changes(table: str, keys: Sequence[Sequence[str]]) -> None:
    """Have the database refuse what no program of ours does, so that no other program can either.

    REPLACE deletes without firing DELETE's trigger, so a row whose key is there already is refused too.
    """
    if op.get_bind().dialect.name == "postgresql":
        _forbid_changes_in_postgres(table)
        return
    same = " OR ".join("(" + " AND ".join(f"{column} = NEW.{column}" for column in key) + ")" for key in keys)
    for verb, when in (
        ("UPDATE", ""),
        ("DELETE", ""),
        ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "),  # noqa: S608 - our own names
    ):
        op.execute(
            f"CREATE TRIGGER {table}_guards_{verb.lower()} BEFORE {verb} ON {table} {when}"
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )


def _forbid_changes_in_postgres(table: str) -> None:
    """Do the same there, where no insert can replace a row, but a whole table can be emptied."""
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_guards BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_tables() -> None:
    op.create_table(
        "bucket",
        sa.Column("n", Number, nullable=False),
        sa.Column("place", sa.String(length=48), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("owner", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_bucket")),
        sa.UniqueConstraint(
            "batch", "item", "place", "owner", "status", name=op.f("uq_bucket_batch_item_place_owner_status")
        ),
    )
    op.create_table(
        "company",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_company")),
    )
    op.create_table(
        "device",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_device")),
        sa.UniqueConstraint("code", name=op.f("uq_device_code")),
        sa.UniqueConstraint("id", name=op.f("uq_device_id")),
    )
    op.create_table(
        "feed",
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("entity", Number, nullable=False),
        sa.PrimaryKeyConstraint("site", "pos", name=op.f("pk_feed")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_head",
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_feed_head")),
    )
    op.create_table(
        "installation",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("setup_token_hash", sa.LargeBinary(length=32), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_installation")),
    )
    op.create_table(
        "item",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("unit_of_measure", sa.String(length=16), nullable=False),
        sa.Column("per_unit", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_item")),
        sa.UniqueConstraint("code", name=op.f("uq_item_code")),
    )
    op.create_table(
        "person",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("grant", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=True),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("pin_salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("pin_iterations", sa.Integer(), nullable=True),
        sa.Column("pin_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_person")),
        sa.UniqueConstraint("id", name=op.f("uq_person_id")),
        sa.UniqueConstraint("login", name=op.f("uq_person_login")),
    )
    op.create_table(
        "place",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_place")),
        sa.UniqueConstraint("code", name=op.f("uq_place_code")),
    )
    op.create_table(
        "run",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_run")),
        sa.UniqueConstraint("code", name=op.f("uq_run_code")),
    )
    op.create_index("ix_run_batch", "run", ["batch"], unique=False)
    op.create_table(
        "transfer",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("from_place", sa.String(length=32), nullable=False),
        sa.Column("to_place", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_transfer")),
        sa.UniqueConstraint("code", name=op.f("uq_transfer_code")),
    )
    op.create_table(
        "unit",
        sa.Column("n", Number, nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=True),
        sa.Column("item", sa.String(length=20), nullable=True),
        sa.Column("batch", sa.String(length=20), nullable=True),
        sa.Column("owner", sa.String(length=20), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(length=48), nullable=True),
        sa.Column("left", sa.String(length=48), nullable=True),
        sa.Column("bound_for", sa.String(length=48), nullable=True),
        sa.Column("parent", sa.String(length=20), nullable=True),
        sa.Column("is_ended", sa.Boolean(), nullable=False),
        sa.Column("supplier_lot", sa.String(length=64), nullable=True),
        sa.Column("heads", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_unit")),
        sa.UniqueConstraint("serial", name=op.f("uq_unit_serial")),
    )
    op.create_index("ix_unit_batch", "unit", ["batch"], unique=False)
    op.create_table(
        "balance",
        sa.Column("bucket", Number, autoincrement=False, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bucket"], ["bucket.n"], name=op.f("fk_balance_bucket")),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_balance")),
    )
    op.create_table(
        "enrolment",
        sa.Column("n", Number, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("made_by", Number, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_by", Number, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.n"], name=op.f("fk_enrolment_made_by")),
        sa.ForeignKeyConstraint(["used_by"], ["device.n"], name=op.f("fk_enrolment_used_by")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrolment_code_hash")),
    )
    op.create_index("ix_enrolment_expires_at", "enrolment", ["expires_at"], unique=False)
    op.create_table(
        "incarnation",
        sa.Column("n", Number, nullable=False),
        sa.Column("device", Number, nullable=False),
        sa.Column("inc", sa.LargeBinary(length=16), nullable=False),
        sa.Column("held_seq", sa.BigInteger(), nullable=False),
        sa.Column("held_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("announced_seq", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("is_forked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.n"], name=op.f("fk_incarnation_device")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_incarnation")),
        sa.UniqueConstraint("device", "inc", name=op.f("uq_incarnation_device_inc")),
    )
    op.create_table(
        "push",
        sa.Column("n", Number, nullable=False),
        sa.Column("incarnation", Number, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("nonce", sa.String(length=200), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incarnation"], ["incarnation.n"], name=op.f("fk_push_incarnation")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_push")),
    )
    op.create_table(
        "event",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("push", Number, nullable=False),
        sa.Column("incarnation", Number, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.Column("unit", Number, nullable=True),
        sa.Column("other_unit", Number, nullable=True),
        sa.Column("target", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["incarnation"], ["incarnation.n"], name=op.f("fk_event_incarnation")),
        sa.ForeignKeyConstraint(
            ["other_unit"], ["unit.n"], name=op.f("fk_event_other_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["push"], ["push.n"], name=op.f("fk_event_push")),
        sa.ForeignKeyConstraint(
            ["unit"], ["unit.n"], name=op.f("fk_event_unit"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_event")),
        sa.UniqueConstraint("id", "fingerprint", name=op.f("uq_event_id_fingerprint")),
    )
    op.create_index("ix_event_incarnation_seq", "event", ["incarnation", "seq"], unique=False)
    op.create_index(
        "ix_event_other_unit",
        "event",
        ["other_unit"],
        unique=False,
        sqlite_where=sa.text("other_unit IS NOT NULL"),
        postgresql_where=sa.text("other_unit IS NOT NULL"),
    )
    op.create_index(
        "ix_event_target",
        "event",
        ["target"],
        unique=False,
        sqlite_where=sa.text("target IS NOT NULL"),
        postgresql_where=sa.text("target IS NOT NULL"),
    )
    op.create_index(
        "ix_event_unit",
        "event",
        ["unit"],
        unique=False,
        sqlite_where=sa.text("unit IS NOT NULL"),
        postgresql_where=sa.text("unit IS NOT NULL"),
    )
    op.create_table(
        "ledger",
        sa.Column("n", Number, nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("cause", Number, nullable=False),
        sa.Column("from_bucket", Number, nullable=False),
        sa.Column("to_bucket", Number, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cause"], ["event.n"], name=op.f("fk_ledger_cause")),
        sa.ForeignKeyConstraint(["event"], ["event.n"], name=op.f("fk_ledger_event")),
        sa.ForeignKeyConstraint(["from_bucket"], ["bucket.n"], name=op.f("fk_ledger_from_bucket")),
        sa.ForeignKeyConstraint(["to_bucket"], ["bucket.n"], name=op.f("fk_ledger_to_bucket")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_event", "ledger", ["event"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("event", Number, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("by", Number, nullable=True),
        sa.Column("place", sa.String(length=48), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["event.n"], name=op.f("fk_outcome_by")),
        sa.ForeignKeyConstraint(["event"], ["event.n"], name=op.f("fk_outcome_event")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_outcome")),
    )
    op.create_table(
        "pending",
        sa.Column("event", Number, autoincrement=False, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["event.n"], name=op.f("fk_pending_event")),
        sa.PrimaryKeyConstraint("event", name=op.f("pk_pending")),
    )
