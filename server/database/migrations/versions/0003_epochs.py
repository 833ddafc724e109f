"""The lives of the database: which epochs it has had and where each began; and what a phone says it still holds."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the one epoch known so far the first of a list."""
    op.create_table(
        "epoch",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_epoch")),
        sa.UniqueConstraint("id", name=op.f("uq_epoch_id")),
    )
    op.create_table(
        "epoch_base",
        sa.Column("epoch", Number, autoincrement=False, nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("first_pos", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["epoch"], ["epoch.n"], name=op.f("fk_epoch_base_epoch")),
        sa.PrimaryKeyConstraint("epoch", "site", name=op.f("pk_epoch_base")),
    )
    op.execute("INSERT INTO epoch (n, id) SELECT 1, epoch FROM installation")
    op.drop_column("installation", "epoch")
    op.add_column("device", sa.Column("pending", sa.BigInteger()))
