"""Printers, print jobs, and the labels of each: who had what printed, when, how often and why."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; what was printed before nobody has written down."""
    op.create_table(
        "printer",
        sa.Column("n", Number, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("stock", sa.String(length=40), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_printer")),
        sa.UniqueConstraint("code", name=op.f("uq_printer_code")),
    )
    op.create_table(
        "print_job",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("printer", Number, nullable=True),
        sa.Column("site", sa.String(length=32), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=True),
        sa.Column("device", sa.LargeBinary(length=16), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("stock", sa.String(length=40), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_by", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["printer"], ["printer.n"], name=op.f("fk_print_job_printer")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_print_job")),
        sa.UniqueConstraint("id", name=op.f("uq_print_job_id")),
    )
    op.create_index("ix_print_job_state", "print_job", ["state"])
    op.create_table(
        "printed",
        sa.Column("n", Number, nullable=False),
        sa.Column("job", Number, nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("batch", sa.String(length=20), nullable=False),
        sa.Column("copy", sa.BigInteger(), nullable=False),
        sa.Column("is_missing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["print_job.n"], name=op.f("fk_printed_job")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_printed")),
        sa.UniqueConstraint("unit", "item", "batch", "copy", name=op.f("uq_printed_unit_item_batch_copy")),
    )
    op.create_index("ix_printed_job", "printed", ["job"])
    op.create_index("ix_printed_batch", "printed", ["batch"])
