"""What a phone needs for stopping somebody in time: until when a unit may be used, and which items wait for quality."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; what is known of units stays as it is and follows from the events again at the next scan."""
    op.add_column("unit", sa.Column("expires_on", sa.String(length=64)))
    op.add_column("item", sa.Column("waits_for_quality", sa.Boolean(), server_default="0", nullable=False))
