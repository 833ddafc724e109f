"""Labels of every kind: what kind of label a job prints, and what whoever asked had to say for it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; every job so far printed the usual label of its units or lot."""
    op.add_column("print_job", sa.Column("label_kind", sa.String(20)))
    op.add_column("print_job", sa.Column("stated", sa.String(4000), nullable=False, server_default="{}"))
