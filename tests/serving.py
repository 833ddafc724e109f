"""The real server as processes of its own, started by the command a person would type."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from server.settings import Settings, to_environment


@dataclass
class Server:
    """The real server as processes of its own, as `batchspine serve` starts it."""

    settings: Settings
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.settings.tls else 'http'}://127.0.0.1:{self.settings.port}"

    @property
    def said(self) -> str:
        """What it has printed for the person who started it."""
        return _log_of(self.settings).read_text()

    def stop(self) -> int:
        """Stop it as a person would, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """Kill it and its worker at once, without a word."""
        with suppress(ProcessLookupError):  # it may have ended by itself, which its caller tells by the exit code
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def start_server(settings: Settings) -> Server:
    """Start a server and wait until it answers."""
    command = [sys.executable, "-m", "server.cli", "serve"]
    environment = {**os.environ, **to_environment(settings)}
    with _log_of(settings).open("wb") as log:
        # A session of its own, so that one signal reaches server and worker alike.
        process = subprocess.Popen(command, env=environment, stdout=log, start_new_session=True)
    server = Server(settings, process)
    try:
        _wait_until_well(server)
    except BaseException:
        server.kill()
        raise
    return server


def _log_of(settings: Settings) -> Path:
    return settings.data.with_name(f"{settings.data.name}.log")


def trusting(settings: Settings) -> ssl.SSLContext | None:
    """Trust this installation's own authority; the name is left to browsers, which cannot be told to overlook it."""
    if not settings.tls:
        return None
    context = ssl.create_default_context(cafile=settings.tls_folder / "authority.pem")
    context.check_hostname = False
    return context


def _wait_until_well(server: Server, seconds: float = 90) -> None:
    context = trusting(server.settings)
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/health", timeout=5, context=context):
                return
        except (urllib.error.URLError, ConnectionError):
            assert server.process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)


def free_port() -> int:
    """Find a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
