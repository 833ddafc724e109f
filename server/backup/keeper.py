"""The server's own care for copies: one a day, and phones told just what the copies that exist allow.

The copy is made by a process of its own at low priority, as if somebody had typed `batchspine backup`: proving it folds
every scan there ever was, which must not hold up those who are scanning now. The folder is looked at again and again,
so a copy somebody made by hand counts as soon as it is there, and one that has gone counts no longer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from server.access.keys import Keys
from server.backup import announced, disk
from server.backup.copies import KEPT, Copy, copies_in, counting, durable, installation_of
from server.intake.epochs import History
from server.settings import Settings, to_environment

DAY_MS = 24 * 3_600_000
LATE_MS = 36 * 3_600_000
AGAIN_MS = 3_600_000
"""After a copy that failed, it is tried again so much later."""

LOOK_SECONDS = 60
_PRIORITY = 10

State = Literal["off", "none", "late", "good"]

SENTENCES: dict[State, str] = {
    "off": "No folder for backups is set. Set BATCHSPINE_BACKUP to a folder on another disk. "
    "Until then phones keep every scan, and a broken disk takes the records.",
    "none": "There is no verified backup yet. Until there are two, phones keep every scan.",
    "late": "The newest verified backup is more than a day and a half old. Look why: batchspine backup",
    "good": "The newest verified backup is of the last day.",
}

log = logging.getLogger("batchspine.backup")


class Failure(msgspec.Struct, frozen=True):
    """Why the last daily copy was not made."""

    at: int
    sentence: str


def state_of(place: Path | None, copies: Sequence[Copy], now_ms: int) -> State:
    """Say how the installation stands with its copies."""
    made = [copy.manifest.made_at for copy in copies if copy.is_verified]
    if place is None:
        return "off"
    if not made:
        return "none"
    return "good" if abs(now_ms - made[-1]) <= LATE_MS else "late"


def is_same_disk(place: Path, data: Path) -> bool:
    """Say whether a broken disk would take records and copies together, as far as this machine can tell."""
    return place.exists() and place.stat().st_dev == data.stat().st_dev


class Keeper:
    """Start it once per server; without a folder for copies it tells phones that nothing is durable yet."""

    def __init__(self, settings: Settings, keys: Keys, history: History, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._installation = installation_of(keys)
        self._history = history
        self._now_ms = now_ms
        self._tried_at: int | None = None
        self.failure: Failure | None = None

    async def run(self, *, makes: bool = True) -> None:
        """Look after copies for as long as the server runs; of several processes only one makes them."""
        while self._settings.backup is not None:
            try:
                await asyncio.to_thread(self.look)
                if makes and await asyncio.to_thread(self.is_due):
                    await self.make()
                    await asyncio.to_thread(self.look)
            except (OSError, announced.RecordUnreadable) as error:
                self._failed(str(error))
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Tell phones what the copies that are there hold; written down before the first phone hears of it."""
        place = self._settings.backup
        if place is None or not place.is_dir():
            self._history.announce({})
            return
        held = durable(copies_in(place, self._installation), self._history.lineage)
        with disk.locked(self._settings.data / "announced.lock"):
            announced.record([self._settings.data, place], self._installation, self._history.lineage, held)
        self._history.announce(held)

    def is_due(self) -> bool:
        """Say whether it is time for the daily copy."""
        now = self._now_ms()
        made = [copy.manifest.made_at for copy in self._copies() if copy.is_verified]
        is_fresh = bool(made) and abs(now - made[-1]) < DAY_MS
        has_just_failed = self._tried_at is not None and abs(now - self._tried_at) < AGAIN_MS
        return not is_fresh and not has_just_failed

    async def make(self) -> None:
        """Make a copy in a process of its own."""
        self._tried_at = self._now_ms()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server.cli", "backup", "--keep", str(KEPT)),
            env={**os.environ, **to_environment(self._settings)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, _PRIORITY)
            said, _ = await process.communicate()
        except BaseException:
            # The server stops: what was begun has no name yet and counts for nothing.
            process.kill()
            await process.wait()
            raise
        if process.returncode == 0:
            self.failure = None
        else:
            self._failed(said.decode(errors="replace").strip().rsplit("\n", 1)[-1].removeprefix("Error: "))

    def shown(self) -> dict[str, Any]:
        """Tell the office how it stands with copies."""
        place, copies, now = self._settings.backup, self._copies(), self._now_ms()
        state = state_of(place, copies, now)
        relied_on = [copy.folder for copy in counting(copies)]
        return {
            "folder": str(place) if place else None,
            "state": state,
            "sentence": SENTENCES[state],
            "is_same_disk": place is not None and is_same_disk(place, self._settings.data),
            "last_failure": self.failure and {"at": self.failure.at, "sentence": self.failure.sentence},
            "durable": self._history.durable,
            "backups": [_shape(copy, is_relied_on=copy.folder in relied_on) for copy in reversed(copies)],
        }

    def _copies(self) -> list[Copy]:
        place = self._settings.backup
        return copies_in(place, self._installation) if place is not None and place.is_dir() else []

    def _failed(self, sentence: str) -> None:
        log.error("no backup: %s", sentence)
        self.failure = Failure(self._now_ms(), sentence)


def _shape(copy: Copy, *, is_relied_on: bool) -> dict[str, Any]:
    manifest = copy.manifest
    return {
        "backup": copy.folder.name,
        "made_at": manifest.made_at,
        "epoch": manifest.epoch,
        "heads": manifest.heads,
        "size_bytes": manifest.size_bytes,
        "version": manifest.version,
        "is_verified": copy.is_verified,
        "differences": manifest.differences,
        "is_relied_on": is_relied_on,
    }
