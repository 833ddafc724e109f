"""A walk past every screen, so that each can be examined, photographed, or looked at by a person.

The walk does real work on a real installation: what a screen shows is what it shows in use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import Handset, handing_out
from browser.plant import Plant, new_plant, tell_demo
from fake_printer import until
from floor import START, material
from playwright.sync_api import Page, Playwright, expect
from signed_phone import SignedPhone

from server.clock import now_ms
from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, HELD_BATCH, ON_THE_ROAD, RUN, WAITING_BATCH, WAREHOUSE

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
SURESH, SURESH_PIN = demo.SUPERVISORS[FLOOR]
FARIDA, FARIDA_PIN = demo.SUPERVISORS[WAREHOUSE]

FULL_DISK = """() => {
  IDBObjectStore.prototype.add = () => { throw new DOMException("the disk is full", "QuotaExceededError"); };
}"""
LOSE_STORAGE = """async () => {
  const copies = await navigator.storage.getDirectory();
  for await (const name of copies.keys()) await copies.removeEntry(name, { recursive: true });
  await new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase("batchspine-outbox");
    deleting.onsuccess = () => resolve(true);
    deleting.onerror = () => reject(deleting.error);
  });
}"""
"""The database and its second copy, both."""

See = Callable[[Page, str], None]
"""Is called at each screen with its name."""


class Tour:
    """A phone that shows its screens."""

    def __init__(self, plant: Plant, handset: Handset, see: See) -> None:
        self.plant = plant
        self.handset = handset
        self.scanner = Keys(handset)
        self.operator = Operator(handset, Fingers(handset))
        self._see = see

    @property
    def page(self) -> Page:
        """What is on the screen."""
        return self.handset.page

    def at(self, heading: str, name: str) -> None:
        """Wait until a step says what to do, and show it."""
        expect(self.page.get_by_role("heading", name=heading, exact=True).last).to_be_visible()
        self.show(name)

    def show(self, name: str) -> None:
        """Show what is there."""
        self._see(self.page, name)

    def tap(self, button: str) -> None:
        """Tap a button by the beginning of its words."""
        self.handset.button(button, exact=False).first.tap()

    def joining(self) -> None:
        """From a phone that is new here to an operator signed in."""
        self.handset.open("/")
        self.at("This phone is new here", "start")
        self.handset.open(f"/B/{BATCH}/I/PARA-API")
        self.at("Our label", "label-link")
        page = self.handset.open(self.plant.office().invite(FLOOR))
        page.get_by_label("Name of this phone").fill("Dock 1")
        self.at("Enrol this phone", "enrol")
        self.handset.button("Enrol").tap()
        self.at("This phone is ready", "enrol-done")
        self.tap("Go on")
        self.at("Who is scanning?", "sign-in")
        self.tap(ANITA)
        expect(page.get_by_role("heading", name=f"PIN of {ANITA}")).to_be_focused()
        self.operator.hands.digits("000000")
        expect(page.get_by_role("alert")).to_contain_text("Wrong PIN")
        self.show("sign-in-pin-wrong")
        self.operator.hands.digits(ANITA_PIN)
        self.operator.expect_home()
        self.show("home")

    def new_goods(self) -> None:
        """Goods in and make: questions, review, labels."""
        operator, hands = self.operator, self.operator.hands
        operator.go_to("goods_in")
        self.at("Which item came in?", "goods-in-item")
        operator.choose("Maize starch")
        self.tap("Next")
        expect(self.page.get_by_role("alert")).to_be_visible()
        self.show("goods-in-lot-missing")
        hands.write(self.page.get_by_label("Supplier's lot number"), "ROQ-60001")
        self.tap("Next")
        self.at("What does it come in?", "goods-in-kind")
        operator.choose("bag")
        self.at("How many bags?", "goods-in-count")
        operator.number("3", "Next")
        hands.digits("0.0000001")
        self.tap("Next")
        expect(self.page.get_by_role("alert")).to_be_visible()
        self.show("goods-in-quantity-wrong")
        for _ in range(9):
            self.tap("Erase")
        hands.digits("20")
        self.tap("Next")
        self.at("Check, then save", "goods-in-review")
        self.tap("Save 3 bags")
        operator.expect_saved()
        self.show("goods-in-saved")
        self.handset.wait_until_sent()
        self.handset.button("Labels").tap()
        expect(self.page.get_by_role("link", name="Open labels")).to_be_visible()
        self.show("goods-in-labels")
        operator.go_home()
        operator.go_to("make")
        self.at("Which run made it?", "make-run")
        operator.choose(RUN)
        operator.choose("carton")
        operator.number("2", "Next")
        operator.number("1000", "Next")
        self.at("Check, then save", "make-review")
        operator.go_home()

    def receiving(self) -> None:
        """Receive, by camera and scanner, with every question the phone may ask."""
        operator = self.operator
        units = self.plant.office().get(f"/lots/PARA-API/{BATCH}")["units"]
        drums = [unit["unit"] for unit in units]
        operator.go_to("receive")
        self.at("Scan what arrived", "receive")
        self.tap("Start camera")
        expect(self.handset.button("Stop camera")).to_be_visible()
        self.show("receive-camera")
        self.at("Is this what arrived?", "receive-confirm")
        seen = operator.confirm_receipt()
        self.tap("Stop camera")
        self.show("receive-saved")
        self.scanner.scan(seen)
        expect(self.page.get_by_text("Already scanned")).to_be_visible()
        self.show("receive-duplicate")
        self.scanner.scan(next(drum for drum in drums if drum != seen))
        self.tap("Other quantity")
        operator.number("20", "Received")
        self.at("Check first", "receive-check-first")
        self.tap("Put it back")
        self.scanner.scan(f"MAK1:{BATCH}/STARCH")
        expect(self.page.get_by_role("alertdialog")).to_be_visible()
        self.show("receive-refused")
        self.page.keyboard.press("Escape")
        self.scanner.scan("EXT-0815")
        self.at("Which transfer did it come on?", "receive-transfer")
        operator.choose(ON_THE_ROAD)
        self.at("What is in it?", "receive-what")
        operator.choose("Maize starch")
        self.at("Which batch is it?", "receive-batch")
        operator.hands.write(self.page.get_by_label("Batch number"), "MX-1")
        self.tap("Next")
        self.at("How much is in it?", "receive-how-much")
        operator.go_home()

    def using(self) -> None:
        """Use a part of the received drum, and ask what it is."""
        operator = self.operator
        (drum,) = [scan["unit"] for scan in self.handset.scans_kept() if scan["type"] == "received"]
        operator.go_to("use")
        self.at("Which run is this for?", "use-run")
        operator.choose(RUN)
        self.at("Scan what you use", "use")
        self.scanner.scan(drum)
        self.at("How much do you use?", "use-how-much")
        self.tap("Part of it")
        self.at("How much do you take?", "use-part")
        operator.number("5.5", "rest stays")
        operator.expect_saved()
        self.show("use-saved")
        operator.go_home()
        operator.go_to("look")
        self.at("Scan anything", "look")
        self.scanner.scan(drum)
        expect(self.page.get_by_test_id("unit-card")).to_be_visible()
        self.show("look-unit")
        operator.go_home()

    def second_page(self) -> None:
        """Pack, unpack, move, count, send back, scrap; weigh what is left, and pick what has no label."""
        operator = self.operator
        bags = [scan["unit"] for scan in self.handset.scans_kept() if scan["type"] == "commissioned"]
        operator.go_to("more")
        expect(self.page.get_by_test_id("flow-scrap")).to_be_visible()
        self.show("more")
        operator.go_to("pack")
        self.at("Scan the pallet", "pack")
        self.page.get_by_test_id("new-pallet").tap()
        self.at("Scan what goes on it", "pack-empty")
        for bag in bags[:2]:
            self.scanner.scan(bag)
            expect(self.page.get_by_test_id("result")).to_contain_text(bag)
        self.show("pack-two")
        pallet = self.handset.scans_kept()[-1]["into"]
        operator.go_home()
        operator.go_to("more")
        operator.go_to("unpack")
        self.scanner.scan(pallet)
        self.at("What do you take out?", "unpack")
        self.tap("All but some")
        self.scanner.scan(bags[0])
        expect(self.page.get_by_test_id("take-out")).to_be_visible()
        self.show("unpack-all-but")
        operator.go_home()
        operator.go_to("more")
        operator.go_to("move")
        self.at("Where does it go? Scan the place", "move")
        operator.go_home()
        operator.go_to("more")
        operator.go_to("count")
        self.at("What do you count?", "count")
        operator.choose("Units with a label")
        self.scanner.scan(bags[2])
        expect(self.page.get_by_test_id("result")).to_contain_text(bags[2])
        self.show("count-units")
        self.page.get_by_test_id("count-finish").tap()
        self.at("The count", "count-result")
        operator.go_home()
        operator.go_to("more")
        operator.go_to("scrap")
        self.scanner.scan(bags[2])
        self.at("How much of it?", "scrap")
        self.tap("All of it")
        self.at("What happened to it?", "scrap-why")
        operator.go_home()
        operator.go_to("use")
        self.page.get_by_test_id("no-label").tap()
        self.at("Which one is it?", "no-label")
        self.tap("Take a photo")
        self.at("Hold the camera on it", "photo")
        film = self.page.get_by_label("Hold the camera on it")
        until(lambda: film.evaluate("video => video.videoWidth") > 0)
        self.tap("Photograph")
        self.at("Is it sharp?", "photo-taken")
        self.tap("Use this photo")
        self.at("Which one is it?", "no-label-photo")
        self.tap("Cancel")
        self.scanner.scan(bags[2])
        self.tap("Weigh the rest")
        self.at("Weigh it. What does the scale show?", "weigh")
        operator.number("15", "Next")
        operator.number("1", "Next")
        self.at("Is that right?", "weigh-review")
        operator.go_home()

    def stopping(self) -> None:
        """Scan what is on hold: the red screen, and every way from it."""
        operator = self.operator
        (bag,) = self.plant.office().get(f"/batches/{HELD_BATCH}")["units"]
        operator.go_to("use")
        self.scanner.scan(bag["unit"])
        self.at("Stop. Do not use it.", "stop")
        self.tap("Put it back")
        expect(self.page.get_by_test_id("result")).to_contain_text("Put back")
        self.show("stop-put-back")
        self.scanner.scan(bag["unit"])
        self.tap("Overrule")
        self.at("Who overrules?", "stop-who")
        operator.enter_second(SURESH, "000000")
        expect(self.page.get_by_role("alert")).to_contain_text("Wrong PIN")
        self.show("stop-pin-wrong")
        self.tap("By telephone")
        operator.number("4821", "Next")
        expect(self.page.get_by_role("alert")).to_contain_text("It has 8 digits")
        self.show("stop-telephone")
        self.tap("Cancel")
        operator.hands.digits(SURESH_PIN)
        self.at("Why may it go on?", "stop-why-overrule")
        self.tap("Another reason")
        self.tap("Next")
        expect(self.page.get_by_role("alert")).to_be_visible()
        self.show("stop-own-words")
        operator.hands.write(self.page.get_by_label("Reason"), "Sieved it")
        self.tap("Next")
        operator.use_part("1.5")
        self.show("stop-overruled")
        self.scanner.scan(bag["unit"])
        self.tap("Already done")
        self.at("Why was it done already?", "stop-why-done")
        operator.choose("Told to use it")
        operator.use_part("2")
        self.show("stop-already-done")
        operator.go_home()
        operator.go_to("look")
        self.scanner.scan(bag["unit"])
        expect(self.page.get_by_test_id("unit-card")).to_contain_text("On hold")
        self.show("look-on-hold")
        operator.go_home()

    def leading(self) -> None:
        """A supervisor takes the phone over: overrules by telephone, lends the right, and gives the phone back."""
        operator, hands = self.operator, self.operator.hands
        self.page.locator(".head-person").tap()
        operator.sign_in(SURESH, SURESH_PIN)
        operator.go_to("more")
        self.show("more-supervisor")
        self.page.get_by_test_id("flow-lead").tap()
        self.at("What do you want to do?", "lead")
        operator.choose("Overrule by telephone")
        self.at("Type the number you are told", "lead-number")
        operator.number("48217730", "Next")
        hands.digits(SURESH_PIN)
        self.at("Say this answer", "lead-answer")
        self.tap("Done")
        operator.go_to("more")
        self.page.get_by_test_id("flow-lead").tap()
        operator.choose("Lend your right")
        expect(self.handset.button(ANITA, exact=False)).to_be_visible()
        self.at("Who shall be able to overrule?", "lend-whom")
        self.tap(ANITA)
        self.at("For how long?", "lend-how-long")
        operator.choose("8 hours")
        hands.digits(SURESH_PIN)
        expect(self.page.get_by_test_id("lending")).to_contain_text(ANITA)
        self.show("lend-lent")
        operator.go_home()
        self.page.locator(".head-person").tap()
        operator.sign_in(ANITA, ANITA_PIN)

    def trouble(self) -> None:
        """What the phone says when something is wrong; in the end it is a phone without storage."""
        operator = self.operator
        operator.go_to("scans")
        self.at("My scans", "my-scans")
        self.plant.stop()
        expect(self.page.get_by_text("Offline", exact=True)).to_be_visible()
        self.show("my-scans-offline")
        operator.go_home()
        operator.go_to("use")
        bag = next(scan["unit"] for scan in self.handset.scans_kept() if scan["type"] == "commissioned")
        self.scanner.scan(bag)
        self.tap("Part of it")
        operator.number("30", "rest stays")
        self.at("Check first", "use-check-first")
        self.page.evaluate(FULL_DISK)
        operator.check_and_go_on()
        expect(self.page.get_by_role("alertdialog", name="NOT SAVED")).to_be_visible()
        self.show("not-saved")
        self.plant.start()
        self.handset.open("/manifest.webmanifest")
        self.page.evaluate(LOSE_STORAGE)
        self.handset.open("/")
        self.at("This phone lost its storage", "storage-lost")

    def warehouse(self) -> None:
        """What only a site with several places and with outgoing transfers shows."""
        operator = self.operator
        operator.enrol(self.plant.office().invite(WAREHOUSE), "Gate")
        operator.sign_in(RAVI, RAVI_PIN)
        self.show("home-warehouse")
        self.handset.button("Change: You are at").tap()
        self.at("Where are you?", "where")
        operator.go_home()
        units = self.plant.office().get(f"/lots/PARA-API/{WAITING_BATCH}")["units"]
        operator.go_to("send")
        self.at("Which transfer is this?", "send-transfer")
        operator.choose(ON_THE_ROAD)
        self.at("Scan what goes on the truck", "send")
        self.scanner.scan(units[0]["unit"])
        self.at("Stop. Do not send it.", "send-stop")
        operator.ask_second(FARIDA, FARIDA_PIN)
        operator.choose("Quality has agreed")
        operator.expect_saved()
        self.show("send-saved")

    def inbox(self) -> None:
        """What needs attention, seen on a phone of the site."""
        expect(self.page.get_by_test_id("inbox-count")).to_have_attribute("data-count", "2", timeout=40_000)
        self.show("home-attention")
        self.page.get_by_test_id("inbox-count").tap()
        self.at("2 to look at", "inbox")
        self.page.get_by_test_id("exception").filter(has_text="Quantity differs").tap()
        self.at("Quantity differs", "inbox-one")
        self.tap("Count it now")
        self.at("How much is there now?", "inbox-count")
        self.operator.go_home()

    def desk_inbox(self) -> None:
        """The exceptions of all sites, one of them, and what this desk has said."""
        page = self.page
        self._desk_page("This desk")
        self.show("desk-not-yet-a-desk")
        page.get_by_label("Name of this desk").fill("Office window")
        page.get_by_role("button", name="Make this browser a desk").click()
        expect(page.get_by_text("Office window: All sent")).to_be_visible()
        self._desk_page("Exceptions")
        page.get_by_test_id("kind-quantity_differs").locator("a").first.click()
        expect(page.get_by_test_id("side").first).to_be_visible()
        self.show("desk-exception")
        page.get_by_label("Note (for everybody").fill("Weighed again with both")
        page.get_by_role("button", name="Accept it as it is").click()
        expect(page.get_by_text("Accept it as it is.", exact=False).first).to_be_visible()
        self._desk_page("This desk")
        expect(page.get_by_test_id("recorded")).to_have_count(1)
        self.show("desk-this-desk")
        self._desk_page("Phones")
        page.get_by_role("button", name="Switch off Gate").first.click()
        expect(page.get_by_role("button", name="Switch it off")).to_be_visible()
        self.show("desk-switch-off")
        self._desk_page("Tolerances")
        page.get_by_label("Percent of what was expected").fill("0.5")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("cell", name="0.5 %")).to_be_visible()
        self.show("desk-tolerances-set")

    def _desk_page(self, name: str) -> None:
        self.page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(self.page.get_by_text("Loading …")).to_have_count(0)

    def desk(self) -> None:
        """Every page of the office."""
        page = self.handset.open("/desk")
        self.at("Office sign-in", "desk-sign-in")
        page.get_by_label("Login").fill(demo.OFFICE_LOGIN)
        page.get_by_label("Password").fill(demo.OFFICE_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        for name in DESK_PAGES:
            page.get_by_role("navigation").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
            expect(page.get_by_text("Loading …")).to_have_count(0)
            if name == "Phones":
                page.get_by_label("Site of the phone").select_option(FLOOR)
                page.get_by_role("button", name="Show a code").click()
                expect(page.get_by_alt_text("Enrolment code")).to_be_visible()
            if name == "Items":
                page.get_by_role("button", name="Add").click()
                expect(page.get_by_role("alert").first).to_be_visible()
            self.show(f"desk-{name.lower().replace(' ', '-')}")
        self.handset.open(f"/desk/batch/{BATCH}")
        expect(page.get_by_role("heading", name=BATCH).first).to_be_visible()
        self.show("desk-batch")

    def set_up(self) -> None:
        """The wizard of an empty installation."""
        assert self.plant.server is not None
        link = re.search(r"https://\S+/setup#\S+", self.plant.server.said)
        assert link is not None
        self.handset.open("/setup")
        expect(self.handset.button("Office sign-in")).to_be_visible()
        self.show("setup-no-token")
        self.page.goto("about:blank")
        page = self.handset.open(link[0])
        for heading, fields, button in WIZARD:
            expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
            for label, text in fields.items():
                page.get_by_label(label, exact=True).fill(text)
            self.show(f"setup-{heading.lower().replace(' ', '-')}")
            page.get_by_role("button", name=button).click()
        expect(page.get_by_alt_text("Enrolment code")).to_be_visible()
        self.show("setup-your-first-phone")
        page.get_by_role("button", name="Skip for now").click()
        self.at("Ready", "setup-ready")


DESK_PAGES = (
    "First steps", "Exceptions", "Stock", "Printing", "Phones", "People", "Items", "Supplier codes", "Places",
    "Transfers", "Runs", "Tolerances",
)  # fmt: skip


def disagree(plant: Plant) -> None:
    """Have two phones count one drum differently, and one use what was put on hold."""
    office = plant.office()
    gate, dock = (SignedPhone(office.client, office.headers, site=FLOOR, name=name) for name in ("Gate", "Dock 2"))
    drum = office.get(f"/lots/PARA-API/{BATCH}")["units"][-1]["unit"]
    now = now_ms() - START
    for phone, quantity in ((gate, 24_000_000), (dock, 23_000_000)):
        counted = material(quantity, obtained="counted")
        phone.receive(
            drum, ON_THE_ROAD, to=f"location:{FLOOR}", at=now, material=counted, picture_at=START + now - 7_200_000
        )
    gate.hold(drum, at=now + 1, reason="Wait for the second test")
    dock.consume(drum, 5_000_000, at_place=f"location:{FLOOR}", at=now + 2)
    for phone in (gate, dock):
        assert phone.push().status_code == 200


YOU = {"Your name": "Meera", "Login": "meera", "Password": "neem and tulsi", "PIN for phones": "604172"}
WIZARD: tuple[tuple[str, dict[str, str], str], ...] = (
    ("Your company", {"Company name": "Asha Pharma"}, "Next"),
    ("Your first site", {"Site name": "Warehouse Pune"}, "Next"),
    ("You", YOU, "Finish set-up"),
    ("Your first item", {"Item name": "Neem extract"}, "Add"),
)


def walk_floor(playwright: Playwright, folder: Path, app: Path, see: See) -> None:
    """Walk past the screens of phones."""
    with new_plant(folder, app) as plant:
        labels = pages_of(tell_demo(plant).label_sheet.read_bytes())
        with handing_out(playwright, plant, folder) as hand_out:
            tour = Tour(plant, hand_out("anita", make_film(labels[2:3], folder / "film.mjpeg")), see)
            tour.joining()
            disagree(plant)
            tour.inbox()
            tour.new_goods()
            tour.receiving()
            tour.using()
            tour.second_page()
            tour.stopping()
            tour.leading()
            tour.trouble()
            Tour(plant, hand_out("ravi"), see).warehouse()


def walk_desk(playwright: Playwright, folder: Path, app: Path, see: See) -> None:
    """Walk past the pages of the office."""
    with new_plant(folder, app) as plant:
        tell_demo(plant)
        with handing_out(playwright, plant, folder) as hand_out:
            handset = hand_out("desk")
            handset.start(is_desktop=True)
            disagree(plant)
            tour = Tour(plant, handset, see)
            tour.desk()
            tour.desk_inbox()


def walk_set_up(playwright: Playwright, folder: Path, app: Path, see: See) -> None:
    """Walk through the wizard of an empty installation."""
    with new_plant(folder, app) as plant:
        plant.start()
        with handing_out(playwright, plant, folder) as hand_out:
            handset = hand_out("desk")
            handset.start(is_desktop=True)
            Tour(plant, handset, see).set_up()


WALKS = (walk_floor, walk_desk, walk_set_up)
