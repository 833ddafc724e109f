"""Batch numbers as the papers have them, beside the code that symbols can carry."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "batch_number",
        sa.Column("n", Number, nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("folded", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_batch_number")),
        sa.UniqueConstraint("batch", name=op.f("uq_batch_number_batch")),
        sa.UniqueConstraint("folded", name=op.f("uq_batch_number_folded")),
    )
