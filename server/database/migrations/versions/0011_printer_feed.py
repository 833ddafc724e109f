"""How labels go through a printer: its correction, and the first free place of a started sheet."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; no printer is corrected yet, and every job begins on a whole sheet."""
    for name, usual in (("offset_x_mm", "0"), ("offset_y_mm", "0"), ("scale", "1")):
        op.add_column("printer", sa.Column(name, sa.Float(), nullable=False, server_default=usual))
    op.add_column("print_job", sa.Column("first_position", sa.Integer(), nullable=False, server_default="1"))
