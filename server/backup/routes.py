"""What the office sees of copies."""

import asyncio
from typing import Any

from litestar import get
from litestar.di import NamedDependency

from server.access.session import office_only
from server.backup.keeper import Keeper


@get("/backups", guards=[office_only])
async def list_backups(keeper: NamedDependency[Keeper]) -> dict[str, Any]:
    """List the copies, newest first, and say in a sentence how it stands with them."""
    return await asyncio.to_thread(keeper.shown)


routes = [list_backups]
