"""Feed positions for what the desk writes: gapless per site, allocated last, in the writing transaction.

A cursor over a sequence loses rows that commit late; one counter row per site, taken as the last statement before the
commit, does not. (The push writer allocates in the same way on its own connection: `server/intake/settle.py`.)
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from server.intake.tables import FEED_KINDS, feed
from server.network import tables as network

KIND_NUMBER: dict[str, int] = {kind: number for number, kind in enumerate(FEED_KINDS)}

_TAKE = text(
    "INSERT INTO feed_head (site, head) VALUES (:site, :head)"
    " ON CONFLICT (site) DO UPDATE SET head = feed_head.head + excluded.head RETURNING head"
)

_EVERYWHERE = (
    ("company", network.company),
    ("item", network.item),
    ("batch_number", network.batch_number),
    ("supplier_code", network.supplier_code),
    ("place", network.place),
)

_MOVED = "feed_moved"
"""Where a connection remembers what its transaction appended."""


def listen(engine: AsyncEngine, ring: Callable[[Mapping[str, int]], None]) -> None:
    """Ring after every transaction that appended: when its connection is given back, the commit is done."""

    @event.listens_for(engine.sync_engine, "checkin")
    def _given_back(_: Any, record: Any) -> None:
        if moved := record.info.pop(_MOVED, None):
            ring(moved)


async def append(connection: AsyncConnection, rows: Mapping[str, Iterable[tuple[str, int]]]) -> None:
    """Tell each site that these (kind, n) have changed. Call it last before the commit."""
    for site, changed in sorted(rows.items()):
        entries = list(changed)
        if not entries:
            continue
        head: int = (await connection.execute(_TAKE, {"site": site, "head": len(entries)})).scalar_one()
        connection.info.setdefault(_MOVED, {})[site] = head
        first = head - len(entries) + 1
        await connection.execute(
            insert(feed),
            [
                {"site": site, "pos": first + offset, "kind": KIND_NUMBER[kind], "entity": n}
                for offset, (kind, n) in enumerate(entries)
            ],
        )


async def every_site(connection: AsyncConnection) -> list[str]:
    """Name every site that reads a feed."""
    return list((await connection.execute(select(network.place.c.site).distinct())).scalars())


async def seed_site(connection: AsyncConnection, site: str) -> None:
    """Give a new site what every site knows."""
    rows: list[tuple[str, int]] = []
    for kind, table in _EVERYWHERE:
        rows += [(kind, n) for n in (await connection.execute(select(table.c.n))).scalars()]
    await append(connection, {site: rows})
