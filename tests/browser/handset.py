"""A phone: a browser profile that stays when its browser is closed, killed or started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from browser.chromium import arguments, find_chromium, process_of
from browser.plant import HOST, Plant
from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Locator, Page, Playwright, expect

PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}

HandOut = Callable[..., "Handset"]
"""Takes a name, and what the phone's camera sees; gives a phone nobody has touched yet."""

_KEPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("batchspine-outbox");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const reading = opening.result.transaction("events").objectStore("events").getAll();
    reading.onerror = () => reject(reading.error);
    reading.onsuccess = () => {
      opening.result.close();
      const seen = ({ id, hash, body, unsent }) => ({ id, hash, unsent: unsent === 1, ...JSON.parse(body) });
      resolve(reading.result.map(seen));
    };
  };
})"""

_IS_KEPT_OFFLINE = "() => navigator.serviceWorker.controller !== null"


@dataclass
class Handset:
    """One phone and whoever looks at its screen."""

    playwright: Playwright
    plant: Plant
    profile: Path
    film: Path | None = None
    """What its camera sees."""
    scripts: list[str] = field(default_factory=list)
    """What is put into each page before the app runs."""
    bindings: dict[str, Callable[[str], None]] = field(default_factory=dict)
    """What such a script may call here."""
    troubles: list[str] = field(default_factory=list)
    """Exceptions nobody caught and complaints of the browser."""
    _context: BrowserContext | None = None

    @property
    def is_closed(self) -> bool:
        """Say whether its browser is not running."""
        return self._context is None

    @property
    def page(self) -> Page:
        """The one page that is open."""
        assert self._context is not None, "the browser is not running"
        return self._context.pages[0]

    @property
    def context(self) -> BrowserContext:
        """The running browser."""
        assert self._context is not None, "the browser is not running"
        return self._context

    def start(self, *, is_desktop: bool = False) -> Page:
        """Start the browser; the page is empty still."""
        self._context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=find_chromium(),
            args=arguments(HOST, self.film),
            env={**os.environ, "HOME": str(self.plant.home)},
            viewport=DESKTOP if is_desktop else PHONE,
            has_touch=not is_desktop,
            accept_downloads=True,
        )
        self._context.set_default_timeout(15_000)
        for name, called in self.bindings.items():
            self._context.expose_function(name, called)
        for script in self.scripts:
            self._context.add_init_script(script)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._hear)
        return self.page

    def _hear(self, message: ConsoleMessage) -> None:
        # A server that does not answer is part of the story; everything else a browser complains of is a fault.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.troubles.append(message.text)

    def open(self, path: str = "/") -> Page:
        """Start the browser if need be and open an address of the installation."""
        page = self.page if self._context is not None else self.start()
        page.goto(path if path.startswith("https:") else f"{self.plant.settings.address}{path}")
        return page

    @property
    def process(self) -> int:
        """The process id of the browser."""
        return process_of(self.profile)

    def close(self) -> None:
        """Close the browser as a person would."""
        if self._context is not None:
            context, self._context = self._context, None
            context.close()

    def kill(self) -> None:
        """Kill the browser at once: it has no time to finish anything."""
        os.kill(self.process, signal.SIGKILL)
        context, self._context = self._context, None
        assert context is not None
        with suppress(Error):  # It is gone already.
            context.close()

    def photograph(self, folder: Path) -> None:
        """Keep a picture of the screen, if there is one."""
        if self._context is not None:
            self.page.screenshot(path=folder / f"{self.profile.name}.png")

    # --- what can be seen from outside

    def scans_kept(self) -> list[dict[str, Any]]:
        """Read what the outbox database really holds, past the app."""
        kept: list[dict[str, Any]] = self.page.evaluate(_KEPT)
        return kept

    def wait_until_kept_offline(self) -> None:
        """Wait until the app will start without a network."""
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_function(_IS_KEPT_OFFLINE)

    def wait_until_sent(self, seconds: float = 20) -> None:
        """Wait until nothing is unsent."""
        expect(self.unsent()).to_have_attribute("data-count", "0", timeout=seconds * 1000)

    def unsent(self) -> Locator:
        """The count of unsent scans in the head of each screen."""
        return self.page.get_by_test_id("unsent")

    def button(self, name: str, *, exact: bool = True) -> Locator:
        """A button by the words on it."""
        return self.page.get_by_role("button", name=name, exact=exact)

    def states(self) -> list[str]:
        """What My scans shows, from top to bottom."""
        rows = self.page.get_by_test_id("scan")
        return [row.get_attribute("data-state") or "" for row in rows.all()]

    def scans_in(self, state: str) -> Locator:
        """The rows of My scans that are in a state."""
        return self.page.locator(f'[data-testid="scan"][data-state="{state}"]')


@contextmanager
def handing_out(
    playwright: Playwright, plant: Plant, folder: Path, has_failed: Callable[[], bool] = lambda: False
) -> Iterator[HandOut]:
    """Hand out phones; in the end none of them may have stumbled. After a failure pictures of their screens stay."""
    given: list[Handset] = []

    def hand_out(name: str, film: Path | None = None) -> Handset:
        given.append(Handset(playwright, plant, folder / name, film))
        return given[-1]

    try:
        yield hand_out
    finally:
        for handset in given:
            if has_failed():
                handset.photograph(folder)
            handset.close()
    assert [trouble for handset in given for trouble in handset.troubles] == []
