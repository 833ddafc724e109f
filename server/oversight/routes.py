"""The exceptions inbox: what does not fit, by site, kind and age, with both sides' evidence.

Nothing is decided here: a decision is a fact like any other and comes from a desk's own chain through push.
"""

import json
from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.session import Session
from server.intake import evidence
from server.intake.tables import exception
from server.problems import NotFound

EXCEPTIONS_SHOWN_MAX = 500

Filter = Annotated[str | None, QueryParameter(required=False, max_length=64)]


@get("/exceptions", devices_too=True)
async def exceptions(
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    site: Filter = None,
    kind: Filter = None,
    decided: Annotated[bool, QueryParameter(required=False)] = False,
) -> dict[str, Any]:
    """List open exceptions, oldest first, and count all of them by kind."""
    asked = select(exception).where(exception.c.is_open).order_by(exception.c.since, exception.c.n)
    rows = [row for row in (await reading.execute(asked)).all() if _concerns(row.sites, session.sees, site)]
    counts: dict[str, int] = {}
    for row in rows:
        if row.decided_by is None:
            counts[row.kind] = counts.get(row.kind, 0) + 1
    wanted = [row for row in rows if kind in (None, row.kind) and (row.decided_by is not None) == decided]
    shown = wanted[:EXCEPTIONS_SHOWN_MAX]
    shapes = await evidence.shapes(reading, shown)
    return {"exceptions": [shapes[row.n] for row in shown], "counts": counts, "left_out": len(wanted) - len(shown)}


@get("/exceptions/{exception_id:str}", devices_too=True)
async def one_exception(
    exception_id: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Give one exception with all its evidence."""
    asked = select(exception).where(exception.c.id == _id(exception_id), exception.c.is_open)
    row = (await reading.execute(asked)).first()
    if row is None or not _concerns(row.sites, session.sees, None):
        raise NotFound("unknown_exception")
    return (await evidence.shapes(reading, [row]))[row.n]


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("unknown_exception") from None


def _concerns(sites: str, sees: str | None, asked: str | None) -> bool:
    """Say whether an exception is of the asker's site (an office sees all), and of the site asked for."""
    concerned = json.loads(sites)
    return (sees is None or sees in concerned) and (asked is None or asked in concerned)


routes = [exceptions, one_exception]
