"""Photos that scans speak of."""

import sqlalchemy as sa
from alembic import op

from server.database.schema import Bytes, Millis, Number

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for them; no scan so far spoke of any."""
    op.create_table(
        "photo",
        sa.Column("n", Number, nullable=False),
        sa.Column("hash", Bytes(32), nullable=False),
        sa.Column("event", Number, nullable=False),
        sa.Column("unit", sa.String(20), nullable=True),
        sa.Column("site", sa.String(32), nullable=False),
        sa.Column("received_at", Millis, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_photo")),
        sa.ForeignKeyConstraint(["event"], ["event.n"], name=op.f("fk_photo_event_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_photo_hash")),
    )
    op.create_index("ix_photo_unit", "photo", ["unit"])
