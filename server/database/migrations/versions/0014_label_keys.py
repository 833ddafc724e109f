"""The public keys that labels are signed with, for phones to have with their books."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no label has been signed so far."""
    op.add_column("company", sa.Column("label_keys", sa.String(4000), nullable=False, server_default="{}"))
