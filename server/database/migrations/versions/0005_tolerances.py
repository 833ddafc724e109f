"""Tolerances: how far a quantity may be off, per item and place, before anybody is asked to look."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "tolerance",
        sa.Column("n", Number, nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("percent_hundredths", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_tolerance")),
        sa.UniqueConstraint("item", "place", name=op.f("uq_tolerance_item_place")),
    )
