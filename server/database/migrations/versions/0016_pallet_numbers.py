"""Pallet numbers that are handed to phones in advance, and the prefix they are under, for phones to know."""

import sqlalchemy as sa
from alembic import op

from server.database.schema import Bytes, Millis, Number

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them; no phone has any so far."""
    op.add_column("company", sa.Column("gs1_prefix", sa.String(12), nullable=True))
    op.create_table(
        "pallet_block",
        sa.Column("n", Number, nullable=False),
        sa.Column("device", Number, nullable=False),
        sa.Column("request", Bytes(16), nullable=False),
        sa.Column("head", sa.String(12), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("given_at", Millis, nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_pallet_block")),
        sa.ForeignKeyConstraint(["device"], ["device.n"], name=op.f("fk_pallet_block_device_device")),
        sa.UniqueConstraint("request", name=op.f("uq_pallet_block_request")),
        sa.UniqueConstraint("head", "first", name=op.f("uq_pallet_block_head_first")),
    )
    op.create_index("ix_pallet_block_device", "pallet_block", ["device", "given_at"])
