"""Shared fixtures: a real installation in a folder of its own, in process or behind the real HTTP server."""

import asyncio
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from server.access import store as access
from server.access import tokens
from server.access.keys import open_keys
from server.app import create_app
from server.clock import now_ms
from server.database.engine import create_engine
from server.network import store as network
from server.settings import Settings, to_environment
from server.setup import first_run

COMPANY, SITE = "ASHA", "ASHA-WH"


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of an installation that was started once and that nobody has taken charge of; copy it."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    first_run.prepare(Settings(data=folder, pwa=folder / "no-app"))
    return folder


@pytest.fixture
def empty(empty_folder: Path, tmp_path: Path) -> Settings:
    """Give an installation nobody has taken charge of."""
    shutil.copytree(empty_folder, tmp_path / "data")
    return Settings(data=tmp_path / "data", pwa=tmp_path / "no-app", port=free_port())


@dataclass(frozen=True)
class Installation:
    """An installation with a company, a site and somebody in its office."""

    settings: Settings
    office: dict[str, str]
    """Headers of the office's session."""

    @contextmanager
    def client(self) -> Iterator[TestClient[Any]]:
        """Serve it in process."""
        with TestClient(create_app(self.settings)) as client:
            yield client


@pytest.fixture
def installation(empty: Settings) -> Installation:
    """Give an installation that is set up. Nobody has a password: that would cost each test a fifth of a second."""
    person = access.NewPerson(name="Office", role="office", site=SITE, login=None, password_hash=None, pin=None)

    async def set_up() -> str:
        engine = create_engine(empty.database)
        async with engine.begin() as connection:
            await network.add_company(connection, code=COMPANY, name="Asha Pharma", is_demo=False)
            await network.add_place(connection, code=SITE, name="Asha warehouse", type_="warehouse", site=SITE)
            row = await access.add_person(connection, person, now_ms())
        await engine.dispose()
        subject = tokens.Subject("person", row.id.hex(), row.grant)
        return tokens.issue(open_keys(empty.keys_folder).token, subject, now_ms())[0]

    return Installation(empty, {"Authorization": f"Bearer {asyncio.run(set_up())}"})


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient[Any]]:
    """Serve the installation in process."""
    with installation.client() as client:
        yield client


@dataclass
class Server:
    """The real server as processes of its own, as `batchspine serve` starts it."""

    settings: Settings
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.settings.tls else 'http'}://127.0.0.1:{self.settings.port}"

    def stop(self) -> int:
        """Stop it as a person would, and give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """Kill it and its worker at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


Serve = Callable[[Settings], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start real servers; all are gone after the test."""
    servers: list[Server] = []

    def start(settings: Settings) -> Server:
        servers.append(Server(settings, _start(settings)))
        _wait_until_well(servers[-1])
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


def _start(settings: Settings) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "server.cli", "serve"]
    environment = {**os.environ, **to_environment(settings)}
    # A session of its own, so that one signal reaches server and worker alike.
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)


def _wait_until_well(server: Server, seconds: float = 20) -> None:
    context = (
        ssl.create_default_context(cafile=server.settings.tls_folder / "authority.pem") if server.settings.tls else None
    )
    if context is not None:
        context.check_hostname = False
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
