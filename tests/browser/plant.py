"""An installation as a factory runs it: https under a name of its own, with an authority made for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
from browser.chromium import make_home
from serving import Server, free_port, start_server, trusting

from server.settings import Settings, to_environment
from server.setup import authority, demo

HOST = "batch.factory.test"

T = TypeVar("T")


@dataclass
class Plant:
    """One installation with its server, which may be running or not."""

    settings: Settings
    home: Path
    """Where browsers live that trust it."""
    server: Server | None = None
    clients: list[httpx.Client] = field(default_factory=list)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.server = start_server(self.settings)

    def stop(self) -> None:
        """Stop the server; nobody listens any more."""
        assert self.server is not None
        assert self.server.stop() == 0
        self.server = None

    def check(self) -> subprocess.CompletedProcess[str]:
        """Run `batchspine check` on it."""
        command = [sys.executable, "-m", "server.cli", "check"]
        environment = to_environment(self.settings)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def office(self, login: str = demo.OFFICE_LOGIN, password: str = demo.OFFICE_PASSWORD) -> Office:
        """Sign in as the office would."""
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{self.settings.port}", verify=trusting(self.settings) or True
        )
        self.clients.append(client)
        return Office(client, login, password)

    def end(self) -> None:
        """Let go of everything, whatever state it is in."""
        for client in self.clients:
            client.close()
        if self.server is not None:
            self.server.kill()


@dataclass
class Office:
    """The office's calls, signed in."""

    client: httpx.Client
    login: str
    password: str

    @cached_property
    def headers(self) -> dict[str, str]:
        """What a call of the office carries."""
        """Say who is asking."""
        answer = self.client.post("/session", json={"login": self.login, "password": self.password})
        return {"Authorization": f"Bearer {answer.raise_for_status().json()['token']}"}

    def get(self, path: str, **question: str | list[str]) -> Any:
        """Read something."""
        return self.client.get(path, params=question, headers=self.headers).raise_for_status().json()

    def file(self, path: str, **question: str | list[str]) -> bytes:
        """Fetch a file."""
        return self.client.get(path, params=question, headers=self.headers).raise_for_status().content

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Enter something."""
        return self.client.post(path, json=body, headers=self.headers).raise_for_status().json()

    def stock(self, **question: str) -> set[tuple[str, str, str, str, str]]:
        """Give the stock as (place, item, batch, state, quantity as shown)."""
        rows = self.get("/stock", **question)["rows"]
        return {(row["place"], row["item"], row["batch"], row["state"], row["shown"]) for row in rows}

    def invite(self, site: str) -> str:
        """Give the link by which one phone joins a site."""
        link: str = self.post("/devices/enrolments", {"site": site})["link"]
        return link


@contextmanager
def new_plant(folder: Path, app: Path) -> Iterator[Plant]:
    """Give an empty installation that serves `app`, certified and trusted; its server is not started."""
    port = free_port()
    address = f"https://{HOST}:{port}"
    settings = Settings(data=folder / "data", public_url=address, port=port, tls=True, pwa=app)
    authority.certify(settings.tls_folder, authority.reached(HOST, ()), authority.utc_now())
    plant = Plant(settings, make_home(folder / "home", settings.tls_folder / "authority.pem"))
    try:
        yield plant
    finally:
        plant.end()


def tell_demo(plant: Plant) -> demo.Demo:
    """Tell the demo's story in an empty installation, and start its server."""
    told = _apart(lambda: demo.prepare(plant.settings, keep=True))
    plant.start()
    return told


def _apart(work: Callable[[], T]) -> T:
    """Work in a thread of its own: the browser's driver keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
