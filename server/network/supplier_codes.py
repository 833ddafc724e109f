"""What suppliers' codes mean, as rows. Whoever writes here tells every site: what is taught once, all phones read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.supplier_code import Taught
from server.intake import feed
from server.network.tables import supplier_code


async def taught(connection: AsyncConnection) -> list[dict[str, Any]]:
    """List what is taught at present."""
    asked = select(supplier_code).where(supplier_code.c.is_taught).order_by(supplier_code.c.item, supplier_code.c.n)
    return [shape(row) for row in (await connection.execute(asked)).all()]


async def keep(connection: AsyncConnection, rule: Taught, example: str) -> dict[str, Any]:
    """Keep a rule; one for the same codes is replaced."""
    like = (supplier_code.c.beginning == rule.beginning, supplier_code.c.length == rule.length)
    known = (await connection.execute(select(supplier_code.c.n).where(*like))).scalar()
    values = {"item": rule.item, "lot_to": rule.lot_to, "example": example, "is_taught": True}
    if known is None:
        written = insert(supplier_code).values(beginning=rule.beginning, length=rule.length, **values)
        row = (await connection.execute(written.returning(supplier_code))).one()
    else:
        changed = update(supplier_code).where(supplier_code.c.n == known).values(values)
        row = (await connection.execute(changed.returning(supplier_code))).one()
    await _tell(connection, row.n)
    return shape(row)


async def forget(connection: AsyncConnection, n: int) -> bool:
    """Take a rule away; False if there is none. Its row stays, so that phones can be told that it is gone."""
    gone = update(supplier_code).where(supplier_code.c.n == n, supplier_code.c.is_taught).values(is_taught=False)
    if (await connection.execute(gone.returning(supplier_code.c.n))).first() is None:
        return False
    await _tell(connection, n)
    return True


async def _tell(connection: AsyncConnection, n: int) -> None:
    await feed.append(connection, {site: [("supplier_code", n)] for site in await feed.every_site(connection)})


def shape(row: Row[Any]) -> dict[str, Any]:
    """Show a rule; `lot_from` and `lot_to` count the example's characters from 1."""
    return {
        "supplier_code": row.n,
        "beginning": row.beginning,
        "length": row.length,
        "item": row.item,
        "lot_from": len(row.beginning) + 1,
        "lot_to": row.lot_to,
        "example": row.example,
        "lot": row.example[len(row.beginning) : row.lot_to].strip(),
    }
