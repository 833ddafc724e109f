"""Suppliers' own codes: what they mean, taught once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "supplier_code",
        sa.Column("n", Number, nullable=False),
        sa.Column("beginning", sa.String(length=64), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("lot_to", sa.Integer(), nullable=False),
        sa.Column("example", sa.String(length=64), nullable=False),
        sa.Column("is_taught", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_supplier_code")),
        sa.UniqueConstraint("beginning", "length", name=op.f("uq_supplier_code_beginning_length")),
    )
