"""Photograph every screen, phone and desktop, light and dark; in `tests`: python -m browser.screenshots FOLDER

For looking at with one's own eyes; nothing is compared.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser.built import built_app
from browser.handset import DESKTOP, PHONE
from browser.screens import WALKS
from playwright.sync_api import Page, expect, sync_playwright

_FULL_HEIGHT = "() => document.documentElement.scrollHeight"


def main(folder: Path) -> None:
    """Walk past every screen with a camera of one's own."""

    def see(page: Page, name: str) -> None:
        before = page.viewport_size
        for device, size in (("phone", PHONE), ("desktop", DESKTOP)):
            page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.screenshot(path=folder / f"{name}-{device}-{scheme}.png")
            if page.evaluate(_FULL_HEIGHT) > size["height"]:
                page.screenshot(path=folder / f"{name}-{device}-whole.png", full_page=True)
        page.set_viewport_size(before or PHONE)

    folder.mkdir(parents=True, exist_ok=True)
    app = built_app()
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        for walk in WALKS:
            with tempfile.TemporaryDirectory() as work:
                walk(playwright, Path(work), app, see)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
