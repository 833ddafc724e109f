"""Holds, counts, revocations and exceptions: what events say beside moving material, and what a person must look at."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the columns by which holds and counts find events, and the tables of their outcome."""
    for table in ("device", "enrolment"):
        op.add_column(table, sa.Column("is_desk", sa.Boolean(), server_default="0", nullable=False))
    for column, length in (("register", 160), ("lot", 41)):
        op.add_column("event", sa.Column(column, sa.String(length=length)))
        op.create_index(
            f"ix_event_{column}",
            "event",
            [column],
            sqlite_where=sa.text(f"{column} IS NOT NULL"),
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_table(
        "hold",
        sa.Column("register", sa.String(length=160), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column("heads", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("register", name=op.f("pk_hold")),
    )
    op.create_table(
        "exception",
        sa.Column("n", Number, nullable=False),
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=180), nullable=False),
        sa.Column("evidence", sa.LargeBinary(length=16), nullable=False),
        sa.Column("participants", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("decided_by", Number, nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["event.n"], name=op.f("fk_exception_decided_by")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_exception")),
        sa.UniqueConstraint("id", name=op.f("uq_exception_id")),
    )
    op.create_index("ix_exception_subject", "exception", ["subject"])
