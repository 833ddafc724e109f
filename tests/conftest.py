"""Shared fixtures: a real installation in a folder of its own, in process or behind the real HTTP server."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import postgres
import pytest
from browser.built import built_app
from browser.handset import HandOut, handing_out
from browser.plant import Plant, new_plant
from litestar.testing import TestClient
from playwright.sync_api import Playwright, expect, sync_playwright
from serving import Server, free_port, start_server
from xdist.scheduler import LoadScopeScheduling

from server.access import store as access
from server.access import tokens
from server.access.keys import open_keys
from server.app import create_app
from server.clock import now_ms
from server.database.engine import create_engine
from server.network import store as network
from server.settings import Settings
from server.setup import first_run

COMPANY, SITE = "ASHA", "ASHA-WH"

__all__ = ["COMPANY", "SITE", "Installation", "Serve", "Server", "Tell", "Times", "free_port"]


FIGURES = pytest.StashKey[list[str]]()

Times = Callable[[int], int]
"""Gives how often a proof is repeated: a share of its own, or what `--times` says."""

Tell = Callable[[str], None]
"""Puts a figure at the end of the run."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let proofs that repeat themselves be repeated more often than there is time for in every run."""
    parser.addoption("--times", type=int, help="Repeat power cuts, kills and drills so often, without a time limit.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run browser tests last: once the browser's driver has an event loop in this thread, no other can start one."""
    items.sort(key=_drives_a_browser)
    if config.getoption("times"):
        for item in items:
            item.add_marker(pytest.mark.timeout(0), append=False)


class BrowsersApart(LoadScopeScheduling):
    """Shares a run between two processes: one drives the browsers, the other does everything else."""

    def _split_scope(self, nodeid: str) -> str:
        return "browsers" if nodeid.startswith("tests/browser/") else "everything else"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BrowsersApart:
    """Part a run that several processes share (`make test`)."""
    return BrowsersApart(config, log)


def _drives_a_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the figures of proofs to the process that shows them, if that is another one."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["figures"] = session.config.stash.get(FIGURES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the figures of a process that has run its share."""
    node.config.stash.setdefault(FIGURES, []).extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Show the figures of proofs, whether they passed or not."""
    for line in config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def times(request: pytest.FixtureRequest) -> Times:
    """Say how often to repeat."""
    return lambda share: request.config.getoption("times") or share


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Tell:
    """Put figures at the end of the run."""
    return request.config.stash.setdefault(FIGURES, []).append


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests of modules that are about what both databases promise on each of them."""
    if metafunc.definition.get_closest_marker("both_engines") and not metafunc.definition.get_closest_marker("sqlite"):
        metafunc.parametrize("engine", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name the database this test is about; every installation and all books it makes are in one of these."""
    postgres.Chosen.engine = getattr(request, "param", "sqlite")
    yield postgres.Chosen.engine
    if postgres.is_chosen():
        postgres.Chosen.engine = "sqlite"
        postgres.cluster().clear()


Templates = Callable[[str], "Installation"]


@pytest.fixture(scope="session")
def empties(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """Give, for an engine, an installation that was started once and that nobody has taken charge of; copy it."""

    @cache
    def made(engine: str) -> Settings:
        folder = tmp_path_factory.mktemp(f"empty-{engine}") / "data"
        url = postgres.cluster().new(keep=True) if engine == "postgres" else None
        settings = Settings(data=folder, pwa=folder / "no-app", postgres=url)
        first_run.prepare(settings)
        return settings

    return made


@pytest.fixture
def empty(empties: Callable[[str], Settings], engine: str, tmp_path: Path) -> Settings:
    """Give an installation nobody has taken charge of."""
    return _copied(empties(engine), tmp_path)


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


@pytest.fixture(scope="session")
def set_ups(empties: Callable[[str], Settings], tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Give, for an engine, an installation to copy. Nobody has a password: that would cost each test some time."""

    @cache
    def made(engine: str) -> Installation:
        settings = _copied(empties(engine), tmp_path_factory.mktemp(f"set-up-{engine}"), keep=True)
        return Installation(settings, {"Authorization": f"Bearer {asyncio.run(_set_up(settings))}"})

    return made


async def _set_up(settings: Settings) -> str:
    person = access.NewPerson(name="Office", role="office", site=SITE, login=None, password_hash=None, pin=None)
    engine = create_engine(settings.database)
    async with engine.begin() as connection:
        await network.add_company(connection, code=COMPANY, name="Asha Pharma", is_demo=False)
        await network.add_place(connection, code=SITE, name="Asha warehouse", type_="warehouse", site=SITE)
        row = await access.add_person(connection, person, now_ms())
    await engine.dispose()
    subject = tokens.Subject("person", row.id.hex(), row.grant)
    return tokens.issue(open_keys(settings.keys_folder).token, subject, now_ms())[0]


def _copied(template: Settings, folder: Path, *, keep: bool = False) -> Settings:
    shutil.copytree(template.data, folder / "data")
    url = postgres.cluster().new(template.postgres, keep=keep) if template.postgres else None
    return Settings(data=folder / "data", pwa=folder / "no-app", port=free_port(), postgres=url)


@pytest.fixture
def installation(set_ups: Templates, engine: str, tmp_path: Path) -> Installation:
    """Give an installation that is set up."""
    template = set_ups(engine)
    return Installation(_copied(template.settings, tmp_path), template.office)


@pytest.fixture
def client(installation: Installation) -> Iterator[TestClient[Any]]:
    """Serve the installation in process."""
    with installation.client() as client:
        yield client


@pytest.fixture(scope="module")
def standing(
    set_ups: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient[Any], Installation]]:
    """Serve one installation for all tests of a module that change nothing in it, and give it too."""
    template = set_ups("sqlite")
    installation = Installation(_copied(template.settings, tmp_path_factory.mktemp("standing")), template.office)
    with installation.client() as client:
        yield client, installation


Serve = Callable[[Settings], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start real servers; all are gone after the test."""
    servers: list[Server] = []

    def start(settings: Settings) -> Server:
        servers.append(start_server(settings))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.kill()


@pytest.fixture(scope="session")
def app() -> Path:
    """Give the built app, made anew if it is older than what it is built from."""
    return built_app()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Drive browsers; from here on no other event loop can start in this thread."""
    expect.set_options(timeout=15_000)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def plant(app: Path, tmp_path: Path) -> Iterator[Plant]:
    """Give an empty installation under a name of its own, with a certificate; its server is not started."""
    with new_plant(tmp_path, app) as given:
        yield given


@pytest.fixture
def handsets(request: pytest.FixtureRequest, playwright: Playwright, plant: Plant, tmp_path: Path) -> Iterator[HandOut]:
    """Hand out phones of that installation."""
    failed_before = request.session.testsfailed
    with handing_out(playwright, plant, tmp_path, lambda: request.session.testsfailed > failed_before) as hand_out:
        yield hand_out
