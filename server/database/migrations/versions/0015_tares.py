"""What empty containers weigh, for whoever weighs next what is left in them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PENDING = "INSERT INTO pending (event, since) SELECT n, 0 FROM event WHERE "
SETTLE_AGAIN = {
    "sqlite": _PENDING + "instr(body, CAST('\"tare\"' AS BLOB)) > 0 ON CONFLICT DO NOTHING",
    "postgresql": _PENDING + "position(convert_to('\"tare\"', 'UTF8') in body) > 0 ON CONFLICT DO NOTHING",
}


def upgrade() -> None:
    """Add the column, and have every scan that weighed an empty container settled again: that fills it."""
    op.add_column("unit", sa.Column("tare", sa.String(40), nullable=True))
    op.execute(SETTLE_AGAIN[op.get_bind().dialect.name])
