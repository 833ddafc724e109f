"""Who waits for news of a site, and how they are woken.

A phone that has nothing to do leaves a question standing: is there anything behind this position? It is answered when
the feed of its site has moved, or after a while with the position it had. The bell carries no news, only that there
are some; missing it costs a phone a few seconds, never a scan. Nothing of the database is held while one waits.
Where several processes serve, each rings for itself at once and looks twice a second what the others have stored.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from server.problems import Unavailable

WAIT_SECONDS_MAX = 25.0
"""Below the half minute after which proxies give up on a silent answer."""

WAITING_MAX = 256
"""Each takes one of the connections the server holds open; whoever comes after asks now and then instead."""

FULL_SECONDS = 60

LOOK_SECONDS = 0.5
"""So late may news come that another process has stored."""

log = logging.getLogger("batchspine.bell")

Heads = Mapping[str, int]
"""How far the feeds of some sites have come."""


class _Waiting(NamedTuple):
    site: str
    after: int
    woken: "asyncio.Future[int]"


class Bell:
    """Rung in the event loop, or from another thread once it is hung up."""

    def __init__(self, waiting_max: int = WAITING_MAX, seconds_max: float = WAIT_SECONDS_MAX) -> None:
        self._waiting_max = waiting_max
        self._seconds_max = seconds_max
        self._waiting: dict[int, _Waiting] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def hang_up(self) -> None:
        """Take the running event loop for the one in which phones wait."""
        self._loop = asyncio.get_running_loop()

    def take_down(self) -> None:
        """Let everybody go: the server stops."""
        self._loop = None
        for waiting in self._waiting.values():
            _wake(waiting, waiting.after)

    def ring(self, heads: Heads) -> None:
        """Wake those for whom there is something new."""
        for waiting in self._waiting.values():
            head = heads.get(waiting.site, 0)
            if head > waiting.after:
                _wake(waiting, head)

    def ring_from_thread(self, heads: Heads) -> None:
        """Ring from outside the event loop; does not wait until it has been heard."""
        if self._loop is not None and heads and self._waiting:
            self._loop.call_soon_threadsafe(self.ring, heads)

    async def listen_beside(self, heads_now: Callable[[], Awaitable[Heads]]) -> None:
        """Look again and again, while somebody waits, whether another process has moved a feed."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._waiting:
                try:
                    self.ring(await heads_now())
                except (DBAPIError, OSError) as error:
                    log.warning("no news of other processes: %s", error)

    async def head_after(self, phone: int, site: str, after: int, head_now: Callable[[], Awaitable[int]]) -> int:
        """Give the head of a site once it is past `after`, or what it is when the time is over.

        One question per phone: a newer one answers the older, which nobody listens to any more.
        """
        older = self._waiting.pop(phone, None)
        if older is not None:
            _wake(older, older.after)
        if len(self._waiting) >= self._waiting_max:
            raise Unavailable(wait_seconds=FULL_SECONDS)
        waiting = _Waiting(site, after, asyncio.get_running_loop().create_future())
        self._waiting[phone] = waiting
        try:
            # Read after one can be woken: what is committed before the read is seen, what comes later rings.
            head = await head_now()
            if head > after or self._loop is None:
                return head
            async with asyncio.timeout(self._seconds_max):
                return await waiting.woken
        except TimeoutError:
            return after
        finally:
            if self._waiting.get(phone) is waiting:
                del self._waiting[phone]


def _wake(waiting: _Waiting, head: int) -> None:
    if not waiting.woken.done():
        waiting.woken.set_result(head)
