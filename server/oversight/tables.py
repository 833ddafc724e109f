"""Tolerances: how far a quantity may be off before anybody is asked to look."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, UniqueConstraint, select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database.schema import Number, metadata
from sync.tolerance import Tolerance

ANY = ""
"""Stands for any item, or any place: a null would not be held to be unique."""

tolerance = Table(
    "tolerance",
    metadata,
    Column("n", Number, primary_key=True),
    Column("item", String(20), nullable=False),
    Column("place", String(32), nullable=False),
    Column("percent_hundredths", Integer),  # of what was expected; null: no such limit
    Column("quantity", BigInteger),  # smallest units; null: no such limit
    UniqueConstraint("item", "place"),
)


async def tolerances(connection: AsyncConnection) -> list[Tolerance]:
    """Read every tolerance."""
    rows = (await connection.execute(select(tolerance).order_by(tolerance.c.item, tolerance.c.place))).all()
    return [Tolerance(row.item or None, row.place or None, row.percent_hundredths, row.quantity) for row in rows]
