"""When each phone was last heard of, and what it said it still held.

Phones call every few seconds; a row written at each call would queue up behind, and before, the scans of everybody
else. So it is noted in memory, shown from there, and written down once a minute for all phones together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.access.tables import device

WRITTEN_EVERY_SECONDS = 60.0

log = logging.getLogger("batchspine.access")


class Sighting(NamedTuple):
    """What a phone's last contact told."""

    at: int
    pending: int


class Sightings:
    """The last contact of each phone, by the number of its row."""

    def __init__(self) -> None:
        self._seen: dict[int, Sighting] = {}
        self._unwritten: set[int] = set()

    @property
    def latest(self) -> Mapping[int, Sighting]:
        """Give the last contacts since the start."""
        return self._seen

    def saw(self, n: int, at: int, pending: int) -> None:
        """Note a contact whose signature was right."""
        self._seen[n] = Sighting(at, pending)
        self._unwritten.add(n)

    async def write(self, engine: AsyncEngine) -> None:
        """Write down what was noted since the last time."""
        noted, self._unwritten = self._unwritten, set()
        if not noted:
            return
        try:
            async with engine.begin() as connection:
                for n in sorted(noted):
                    seen = self._seen[n]
                    # Another process may have heard of it since.
                    older = device.c.last_seen.is_(None) | (device.c.last_seen < seen.at)
                    row = update(device).where(device.c.n == n, older)
                    await connection.execute(row.values(last_seen=seen.at, pending=seen.pending))
        except OperationalError as error:
            # Nothing depends on it but what the office sees; it is written with the next.
            self._unwritten |= noted
            log.warning("last contacts not written: %s", error.orig)

    async def run(self, engine: AsyncEngine) -> None:
        """Write once a minute for as long as the server runs."""
        while True:
            await asyncio.sleep(WRITTEN_EVERY_SECONDS)
            await self.write(engine)
