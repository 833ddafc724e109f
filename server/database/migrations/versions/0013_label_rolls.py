"""Rolls of labels that are printed before their units are there."""

import sqlalchemy as sa
from alembic import op

from server.database.schema import Number

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the numbers a roll was given, so that no other is given them."""
    op.create_table(
        "label_roll",
        sa.Column("n", Number, nullable=False),
        sa.Column("job", Number, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("head", sa.String(12), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_label_roll")),
        sa.ForeignKeyConstraint(["job"], ["print_job.n"], name=op.f("fk_label_roll_job_print_job")),
        sa.UniqueConstraint("job", name=op.f("uq_label_roll_job")),
        sa.UniqueConstraint("head", "first", name=op.f("uq_label_roll_head_first")),
    )
