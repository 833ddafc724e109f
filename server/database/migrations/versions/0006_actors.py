"""Who recorded an event, by itself: so that what a change of a person's rights bears on can be found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of events stored before, no grant has spoken yet."""
    op.add_column("event", sa.Column("actor", sa.LargeBinary(length=16)))
    op.create_index("ix_event_actor", "event", ["actor"])
