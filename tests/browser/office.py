"""What people do at the desk, in the words of its pages."""

from __future__ import annotations

from dataclasses import dataclass

from browser.handset import Handset
from playwright.sync_api import Locator, Page, expect

from server.setup import demo


@dataclass
class Desk:
    """Somebody of the office at a browser."""

    handset: Handset

    @property
    def page(self) -> Page:
        """What is on the screen."""
        return self.handset.page

    def sign_in(self) -> None:
        """Open the desk and sign in."""
        if self.handset.is_closed:
            self.handset.start(is_desktop=True)
        page = self.handset.open("/desk")
        page.get_by_label("Login").fill(demo.OFFICE_LOGIN)
        page.get_by_label("Password").fill(demo.OFFICE_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="First steps", level=1)).to_be_visible()

    def become_desk(self, name: str = "Office window") -> None:
        """Make this browser a desk: once, with one button."""
        self.go_to("This desk")
        self.page.get_by_label("Name of this desk").fill(name)
        self.page.get_by_role("button", name="Make this browser a desk").click()
        expect(self.page.get_by_text(f"{name}: All sent")).to_be_visible()

    def go_to(self, name: str) -> None:
        """Open a page."""
        self.page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(self.page.get_by_text("Loading …")).to_have_count(0)

    def open_count(self) -> Locator:
        """How many exceptions wait, as the navigation says on every page."""
        return self.page.get_by_test_id("open-count")

    def open_exception(self, kind: str) -> None:
        """Open the first exception of a kind."""
        self.page.get_by_test_id(f"kind-{kind}").locator("a").first.click()
        expect(self.page.get_by_test_id("side").first).to_be_visible()

    def decide(self, choice: str, note: str = "") -> None:
        """Choose, and wait until it is in the server's hands."""
        if note:
            self.page.get_by_label("Note (for everybody").fill(note)
        self.page.get_by_role("button", name=choice, exact=True).click()
        self.handset.wait_until_sent()
