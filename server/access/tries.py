"""Wrong guesses are counted per login, code or phone, never per network address.

A whole factory sits behind one address: one person's forgotten password must not lock out the line. After ten wrong
tries the wait begins at half a minute and doubles up to a quarter of an hour; the right answer clears it.
"""

from __future__ import annotations

import asyncio

import msgspec

from server.access import credentials
from server.problems import TooManyTries

TRIES_MAX = 10
WAIT_SECONDS_FIRST = 30
WAIT_SECONDS_MAX = 900
CHECKED_AT_ONCE_MAX = 2
"""Passwords checked at the same time: each takes 16 MB and a fifth of a second of one processor."""

REMEMBERED_MAX = 10_000
"""Keys remembered at once. Whoever floods us with invented logins pushes out the least guessed ones first."""


class _Count(msgspec.Struct):
    wrong: int = 0
    locked_until: int = 0


class Tries:
    """Count tries in memory: a restart forgives, which costs a guesser more than it gives."""

    def __init__(self, remembered_max: int = REMEMBERED_MAX) -> None:
        self._counts: dict[tuple[str, str], _Count] = {}
        self._remembered_max = remembered_max
        self._checking = asyncio.Semaphore(CHECKED_AT_ONCE_MAX)

    def begin(self, kind: str, key: str, now_ms: int) -> None:
        """Let a try pass, or say how long to wait. Call it before looking at the secret.

        It counts as wrong until `right` is called, so that a hundred tries at once are no more than ten.
        """
        count = self._counts.get((kind, key))
        if count is None:
            self._make_room(now_ms)
            count = self._counts[kind, key] = _Count()
        if now_ms < count.locked_until:
            raise TooManyTries(-(-(count.locked_until - now_ms) // 1000))
        count.wrong += 1
        if count.wrong >= TRIES_MAX:
            doublings = min(count.wrong - TRIES_MAX, 5)
            count.locked_until = now_ms + min(WAIT_SECONDS_FIRST * 2**doublings, WAIT_SECONDS_MAX) * 1000

    def right(self, kind: str, key: str) -> None:
        """Forget earlier mistakes."""
        self._counts.pop((kind, key), None)

    async def is_password_right(self, password: str, stored: str) -> bool:
        """Check a password beside the event loop, in turn with the others that wait."""
        async with self._checking:
            return await asyncio.to_thread(credentials.is_password_right, password, stored)

    def _make_room(self, now_ms: int) -> None:
        if len(self._counts) < self._remembered_max:
            return
        spare = sorted(self._counts, key=lambda key: (self._counts[key].locked_until > now_ms, self._counts[key].wrong))
        for key in spare[: self._remembered_max // 10]:
            del self._counts[key]
