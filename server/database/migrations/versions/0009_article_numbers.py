"""The article number (GTIN) of an item, by which a supplier's GS1 label names it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no item has one yet."""
    op.add_column("item", sa.Column("gtin", sa.String(length=14)))
    op.create_index("ix_item_gtin", "item", ["gtin"], unique=True)
