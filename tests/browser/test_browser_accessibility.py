"""Every screen by the rules of WCAG 2.2, on phone and desk, in light, dark and sunlight, for gloves, in long words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser.handset import DESKTOP, PHONE
from browser.screens import walk_desk, walk_floor, walk_set_up
from playwright.sync_api import Page, Playwright

pytestmark = [pytest.mark.browser, pytest.mark.requirement("S6")]

AXE = Path(__file__).resolve().parents[2] / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

# The only rule of WCAG 2.2 is off unless one asks for it.
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {"target-size": {"enabled": True}}}
# A theme changes colours and nothing else; in sunlight seven to one, as AAA wants it.
DARK = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
BRIGHT = {"runOnly": {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]}}
THEMES = (("light", OPTIONS), ("dark", DARK), ("sunlight", BRIGHT))
"""Colours are the same at every size, so the other themes are looked at on the phone alone."""
EXAMINE = """async (options) => {
  // At the end of a list nothing lies under the buttons that stay in sight.
  document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  const { violations, passes } = await axe.run(document, options);
  const line = (id, { target, failureSummary }) => `${id} ${target} ${failureSummary}`;
  return {
    passed: passes.map(({ id }) => id),
    wrong: violations.flatMap(({ id, nodes }) => nodes.map((node) => line(id, node))),
  };
}"""

NARROW = {"width": 320, "height": 568}
TOO_WIDE = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"

SETTINGS = "batchspine-settings"
CHOOSE = """([key, chosen]) => {
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}");
  localStorage.setItem(key, JSON.stringify({ ...kept, people: {}, ...chosen }));
  window.dispatchEvent(new StorageEvent("storage", { key }));
}"""
SPOKEN = "(language) => document.documentElement.lang === language"
CLIPPED = """() => [...document.querySelectorAll(".primary, .tile, .choice, h1, h2")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]"))
  .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 1)
  .map((element) => element.outerHTML.slice(0, 120))"""
LONGER = "en-XA"

GLOVE = 48
THUMB = 64
TARGETS = """() => [...document.querySelectorAll("button, a[href], input, select, [role=switch]")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert]"))
  .map((element) => {
    const { width, height } = element.getBoundingClientRect();
    const isPrimary = element.matches(".primary, .tile, .on-red");
    return { what: element.outerHTML.slice(0, 90), isPrimary, width, height };
  })"""


class Examination:
    """Looks at each screen a walk passes, and keeps what is wrong with it."""

    def __init__(self, *, for_gloves: bool) -> None:
        self._for_gloves = for_gloves
        self._axe = AXE.read_text()
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.passed: set[str] = set()

    def __call__(self, page: Page, name: str) -> None:
        """Examine one screen in all its shapes."""
        self.seen.add(name)
        before = page.viewport_size
        page.evaluate(self._axe)
        for device, size, themes in (("phone", PHONE, THEMES), ("desktop", DESKTOP, THEMES[:1])):
            page.set_viewport_size(size)
            for theme, options in themes:
                page.emulate_media(reduced_motion="reduce")
                choose(page, theme=theme)
                found: dict[str, Any] = page.evaluate(EXAMINE, options)
                self.passed.update(found["passed"])
                self.wrong += [f"{name} {device} {theme}: {line}" for line in found["wrong"]]
            choose(page, theme="system")
        page.set_viewport_size(NARROW)
        if page.evaluate(TOO_WIDE) > 0:
            self.wrong.append(f"{name}: wider than 320 px")
        page.set_viewport_size(PHONE)
        if self._for_gloves:
            self._measure_targets(page, name)
            self._say_it_longer(page, name)
        page.set_viewport_size(before or PHONE)

    def _say_it_longer(self, page: Page, name: str) -> None:
        choose(page, language=LONGER)
        page.wait_for_function(SPOKEN, arg=LONGER)
        if page.evaluate(TOO_WIDE) > 0:
            self.wrong.append(f"{name}: wider than the phone in longer words")
        self.wrong += [f"{name}: clipped in longer words: {what}" for what in page.evaluate(CLIPPED)]
        choose(page, language="en")
        page.wait_for_function(SPOKEN, arg="en")

    def _measure_targets(self, page: Page, name: str) -> None:
        targets: list[dict[str, Any]] = page.evaluate(TARGETS)
        for target in targets:
            least = THUMB if target["isPrimary"] else GLOVE
            if round(target["height"]) < least or round(target["width"]) < GLOVE:
                self.wrong.append(f"{name}: {target['width']:.0f} × {target['height']:.0f} px: {target['what']}")


def choose(page: Page, **chosen: str) -> None:
    """Choose light or language as another tab of the phone would, so that nothing that was entered is lost."""
    page.evaluate(CHOOSE, [SETTINGS, chosen])


Walk = Callable[[Playwright, Path, Path, Examination], None]


@pytest.mark.parametrize(
    ("walk", "screens", "for_gloves"), [(walk_floor, 40, True), (walk_desk, 10, False), (walk_set_up, 7, False)]
)
def test_no_screen_breaks_a_rule_or_has_a_target_too_small_for_gloves(
    playwright: Playwright, app: Path, tmp_path: Path, walk: Walk, screens: int, for_gloves: bool
) -> None:
    examination = Examination(for_gloves=for_gloves)
    walk(playwright, tmp_path, app, examination)
    assert not examination.wrong, "\n".join(examination.wrong)
    assert len(examination.seen) >= screens
    assert {"color-contrast", "color-contrast-enhanced", "target-size"} <= examination.passed
