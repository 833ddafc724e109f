"""Start the HTTP server: worker processes under a supervisor that starts each again should it die.

One worker with SQLite, because one writer serves everybody; several with PostgreSQL. A worker is stopped by SIGTERM,
finishes what it has taken, and loses nothing that was acknowledged when it is killed instead.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from server.settings import Settings, to_environment
from server.setup.authority import Files
from server.setup.first_run import NotReady

if TYPE_CHECKING:
    from litestar import Litestar

HEADER_MILLISECONDS_MAX = 5_000
STOP_SECONDS_MAX = 20
SUPERVISOR_LOOK_SECONDS = 1.0
CONNECTIONS_WAITING_MAX = 1_024

OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""So many new objects let Python look for cycles among the young ones. One large push makes as many, none in cycles."""


def serve(settings: Settings, *, quiet: bool = False) -> None:
    """Serve until told to stop."""
    _require_free(settings.host, settings.port)
    certificate, key = _tls(settings)
    # The worker is a process of its own and reads its settings as any server would.
    os.environ.update(to_environment(settings))
    server = Granian(
        "server.setup.serving:worker",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS_MAX),
        websockets=False,
        backlog=CONNECTIONS_WAITING_MAX,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS_MAX,
        log_level=LogLevels.warning if quiet else LogLevels.info,
        ssl_cert=certificate,
        ssl_key=key,
        # Handhelds with an old system still need 1.2.
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.serve()


def _require_free(host: str, port: int) -> None:
    """Refuse a port somebody listens on: the HTTP server would share it, and every other phone meet the other one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another --port.") from error


def _tls(settings: Settings) -> tuple[Path, Path] | tuple[None, None]:
    if not settings.tls:
        return None, None
    files = Files(settings.tls_folder)
    if not (files.server.exists() and files.server_key.exists()):
        raise NotReady(f"There is no certificate in {settings.tls_folder}. Run: batchspine certificate NAME")
    if not (settings.public_url or "").startswith("https:"):
        raise NotReady("Phones need one permanent address: set BATCHSPINE_PUBLIC_URL to https://NAME:PORT first.")
    return files.server, files.server_key


def worker() -> Litestar:
    """Make the app of the worker process."""
    # Imported here: the supervisor has no use for all of this.
    from server.app import from_environment as make_app  # noqa: PLC0415

    app = make_app()
    app.on_startup += [_follow_supervisor, _hurry_at_stop, _keep_what_was_made_at_start]
    return app


def _keep_what_was_made_at_start(_: Litestar) -> None:
    collect_as_a_server()


def collect_as_a_server() -> None:
    """Leave the program itself out of every later search for garbage: that was a sixth of all the server did."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


def _hurry_at_stop(app: Litestar) -> None:
    """Answer phones that wait for news when the server is told to stop: it would wait for them, and be killed.

    The HTTP server hears of signals through the event loop, which reads them from a pipe and leaves Python's own
    handler of a signal empty; so there is room for ours.
    """
    loop = asyncio.get_running_loop()

    def stopping(*_: object) -> None:
        loop.call_soon_threadsafe(app.state.bell.take_down)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stopping)


def _follow_supervisor(app: Litestar) -> None:
    """Stop when the supervisor has died without a word, so that it can be started again."""
    supervisor = os.getppid()

    async def watch() -> None:
        while os.getppid() == supervisor:  # noqa: ASYNC110 - the death of a parent sets no event
            await asyncio.sleep(SUPERVISOR_LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    app.state.supervisor_watch = asyncio.get_running_loop().create_task(watch())
