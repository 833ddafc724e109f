"""One transaction for a command: on records of this version, with nobody else's engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from server.database.engine import create_engine
from server.settings import Settings
from server.setup.first_run import require_current

Result = TypeVar("Result")


def in_transaction(settings: Settings, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """Do something to the records, all or nothing; gives what it gives."""
    require_current(settings)

    async def run() -> Result:
        engine = create_engine(settings.database)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(run())
