"""Takes the pictures in the documents: the real app, walked through the demo's story by the browser tests' own hands.

Run by `make pictures` whenever screens have changed. Every picture is named here once; the documents name it again,
and `tests/test_docs.py` looks whether the two still fit. Serials and times differ from one run to the next.
"""

from __future__ import annotations

import io
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from browser.built import built_app
from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import Handset
from browser.plant import Plant, new_plant, tell_demo
from browser.screens import ANITA, ANITA_PIN, FULL_DISK, SURESH, SURESH_PIN, disagree
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, Playwright, sync_playwright

from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, HELD_BATCH, RUN, WAREHOUSE

DOCS = Path(__file__).resolve().parents[2] / "docs"
CARDS = DOCS / "operator-cards" / "pictures"
PICTURES = DOCS / "pictures"

SHARPNESS = 1.5
"""Dots per CSS pixel: sharp enough for 4 cm of paper."""

COLOURS, COLOURS_EXACT = 96, 32
_SETTLED_MS = 400
"""Until nothing moves on a screen any more."""

_FOREIGN = "HTTPS://EXAMPLE.COM/P/9780306406157"
BACK = "TR-0008"


@dataclass
class Studio:
    """The demo, running, and whoever is photographed in it."""

    playwright: Playwright
    plant: Plant
    told: demo.Demo
    folder: Path
    given: list[Handset] = field(default_factory=list)

    def phone(self, name: str, film: Path | None = None) -> Operator:
        """Take a phone out of its box."""
        handset = Handset(self.playwright, self.plant, self.folder / name, film)
        self.given.append(handset)
        handset.start()
        return Operator(handset, Fingers(handset))

    def desk(self) -> Page:
        """Sit down in the office."""
        handset = Handset(self.playwright, self.plant, self.folder / "desk")
        self.given.append(handset)
        handset.start(is_desktop=True)
        page = handset.open("/desk")
        page.get_by_label("Login").fill(demo.OFFICE_LOGIN)
        page.get_by_label("Password").fill(demo.OFFICE_PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Stock").wait_for()
        return page

    def link_for(self, operator: str) -> str:
        """Give the link by which an operator's phone joins."""
        return next(invitation.link for invitation in self.told.invitations if invitation.operator == operator)

    def drums_on_the_road(self) -> list[str]:
        """Give the serials of what is on its way to the floor."""
        units = self.plant.office().get(f"/batches/{BATCH}")["units"]
        return [unit["unit"] for unit in units if unit["place"] == "transfer:TR-0007"]


def photograph(page: Page, path: Path, part: Locator | None = None) -> None:
    """Take a picture of a screen that has come to rest, or of a part of it, and keep it small."""
    page.wait_for_timeout(_SETTLED_MS)
    size = page.viewport_size if part is None else part.bounding_box()
    assert size is not None
    clip = {"x": 0, "y": 0, **size, "scale": SHARPNESS}
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "png", "clip": clip})
    keep(Image.open(io.BytesIO(b64decode(shot["data"]))), path)


def keep(picture: Image.Image, path: Path) -> None:
    """Write a picture with few colours: screens have no more. Their large areas keep exactly the colour they have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    exact = picture.convert("RGB")
    counted = sorted(exact.getcolors(exact.width * exact.height) or [], reverse=True)
    large = [colour for _, colour in counted[:COLOURS_EXACT]]
    others = exact.quantize(COLOURS - len(large), Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in large for part in colour] + others)
    few = exact.quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.relative_to(DOCS)}  {path.stat().st_size / 1000:.0f} kB")


@contextmanager
def opened(playwright: Playwright) -> Iterator[Studio]:
    """Tell the demo's story and serve it under a name of its own."""
    with TemporaryDirectory() as folder, new_plant(Path(folder), built_app()) as plant:
        studio = Studio(playwright, plant, tell_demo(plant), Path(folder))
        plant.office().post("/transfers", {"code": BACK, "from_place": FLOOR, "to_place": WAREHOUSE})
        try:
            yield studio
        finally:
            for handset in studio.given:
                handset.close()


Camera = Callable[[str], None]


def camera(operator: Operator, card: str) -> Camera:
    """Give what takes the pictures of one card, in the order they are taken."""
    return lambda name: photograph(operator.handset.page, CARDS / f"{card}-{name}.png")


# --- the cards, in the order of the story


def join(anita: Operator, link: str) -> None:
    """Enrol a phone and sign in on it."""
    take, page = camera(anita, "sign-in"), anita.handset.open(link)
    anita.hands.write(page.get_by_label("Name of this phone"), "Dock 1")
    take("enrol")
    anita.hands.press(anita.handset.button("Enrol"))
    anita.handset.button("Go on").wait_for()
    take("ready")
    anita.hands.press(anita.handset.button("Go on"))
    anita.handset.wait_until_kept_offline()
    anita.handset.button(ANITA, exact=False).wait_for()
    take("who")
    anita.hands.press(anita.handset.button(ANITA, exact=False))
    anita.hands.digits(ANITA_PIN[:3])
    take("pin")
    anita.hands.digits(ANITA_PIN[3:])
    anita.expect_home()
    take("home")


def receive(anita: Operator, drums: list[str]) -> None:
    """Take in the four drums: one by camera, the others by number."""
    take, button = camera(anita, "receive"), anita.handset.button
    anita.go_to("receive")
    take("scan")
    anita.hands.press(button("Start camera"))
    first = anita.shown_unit()
    take("question")
    anita.confirm_receipt()
    take("saved")
    anita.hands.press(button("Stop camera"))
    left = [drum for drum in drums if drum != first]
    anita.type_code(left[0])
    anita.hands.press(button("Other quantity"))
    anita.hands.digits("24.5")
    take("counted")
    anita.hands.press(button("Received"))
    anita.check_and_go_on()
    anita.expect_saved()
    anita.hands.press(anita.handset.page.get_by_role("switch"))
    anita.type_code(left[1])
    anita.expect_saved()
    take("at-once")
    anita.type_code("DRUM-7731")
    anita.hands.press(button("No transfer"))
    anita.handset.page.get_by_role("heading", name="What is in it?").wait_for()
    take("new")
    anita.go_home()


def goods_in(anita: Operator) -> None:
    """Take in three bags that carry no label of ours."""
    take, hands, button = camera(anita, "goods-in"), anita.hands, anita.handset.button
    anita.go_to("goods_in")
    take("item")
    anita.choose("Maize starch")
    hands.write(anita.handset.page.get_by_label("Supplier's lot number"), "ROQ-60001")
    take("supplier-lot")
    hands.press(button("Next"))
    take("kind")
    anita.choose("bag")
    anita.number("3", "Next")
    hands.digits("20")
    take("how-much")
    hands.press(button("Next"))
    take("check")
    hands.press(button("Save ", exact=False))
    anita.expect_saved()
    anita.handset.wait_until_sent()
    take("saved")
    anita.go_home()


def use(anita: Operator, drum: str) -> None:
    """Weigh a part of a drum into the run; be asked about a quantity that cannot be."""
    take, button = camera(anita, "use"), anita.handset.button
    anita.go_to("use")
    take("run")
    anita.choose(RUN)
    take("scan")
    anita.type_code(drum)
    take("question")
    anita.hands.press(button("Part of it"))
    anita.hands.digits("7.5")
    take("part")
    anita.hands.press(button("Take it, rest stays"))
    anita.expect_saved()
    take("saved")
    bag = next(scan["unit"] for scan in anita.handset.scans_kept() if scan["type"] == "commissioned")
    anita.type_code(bag)
    anita.hands.press(button("Part of it"))
    anita.number("25", "rest stays")
    button("Put it back").wait_for()
    take("check-first")
    anita.hands.press(button("Put it back"))
    anita.go_home()


def stop(anita: Operator, held: str) -> None:
    """Meet material on hold: overruled once, and once already done."""
    take, button = camera(anita, "stop"), anita.handset.button
    anita.go_to("use")
    anita.type_code(held)
    anita.expect_stop("On hold")
    take("red")
    anita.hands.press(button("Overrule"))
    button(SURESH, exact=False).wait_for()
    take("who")
    anita.enter_second(SURESH, SURESH_PIN[:3])
    take("pin")
    anita.hands.digits(SURESH_PIN[3:])
    button("Quality has agreed").wait_for()
    take("why")
    anita.choose("Quality has agreed")
    anita.use_part("1.5")
    anita.type_code(held)
    anita.hands.press(button("Already done"))
    button("Told to use it").wait_for()
    take("done")
    anita.choose("Told to use it")
    anita.use_part("2")
    take("saved")
    anita.go_home()


def lead(studio: Studio, anita: Operator, held: str) -> None:
    """Overrule by telephone, on both phones; then lend the right for a shift."""
    suresh = studio.phone("suresh")
    suresh.enrol(studio.plant.office().invite(FLOOR), "Suresh's own")
    suresh.sign_in(SURESH, SURESH_PIN)
    take, hands, button = camera(suresh, "lead"), suresh.hands, suresh.handset.button
    anita.go_to("use")
    anita.type_code(held)
    anita.hands.press(anita.handset.button("Overrule"))
    anita.hands.press(anita.handset.button(SURESH, exact=False))
    anita.hands.press(anita.handset.button("By telephone"))
    shown = anita.handset.page.get_by_test_id("spoken-number")
    camera(anita, "lead")("stopped")
    suresh.go_to("more")
    take("more")
    hands.press(suresh.handset.page.get_by_test_id("flow-lead"))
    take("choose")
    suresh.choose("Overrule by telephone")
    hands.digits(shown.inner_text().replace(" ", ""))
    take("number")
    hands.press(button("Next"))
    hands.digits(SURESH_PIN)
    suresh.handset.page.get_by_test_id("spoken-number").wait_for()
    take("answer")
    hands.press(button("Done"))
    suresh.go_to("more")
    hands.press(suresh.handset.page.get_by_test_id("flow-lead"))
    suresh.choose("Lend your right")
    hands.press(button(ANITA, exact=False))
    suresh.choose("8 hours")
    hands.digits(SURESH_PIN)
    suresh.handset.page.get_by_test_id("lending").wait_for()
    take("lent")
    anita.go_home()


def make(anita: Operator) -> list[str]:
    """Record two cartons the run has made."""
    take, hands, button = camera(anita, "make"), anita.hands, anita.handset.button
    anita.go_to("make")
    take("run")
    anita.choose(RUN)
    take("kind")
    anita.choose("carton")
    hands.digits("2")
    take("how-many")
    hands.press(button("Next"))
    hands.digits("1000")
    take("how-much")
    hands.press(button("Next"))
    take("check")
    hands.press(button("Save ", exact=False))
    anita.expect_saved()
    anita.handset.wait_until_sent()
    take("saved")
    serials = [serial.inner_text() for serial in anita.handset.page.locator(".serials .code").all()]
    anita.go_home()
    return serials


def send(anita: Operator, drum: str, carton: str) -> None:
    """Put a carton and what is left of a drum on the truck; scan something that is not ours."""
    take = camera(anita, "send")
    anita.go_to("send")
    take("transfer")
    anita.choose(BACK)
    take("scan")
    anita.type_code(drum)
    anita.expect_saved()
    take("saved")
    anita.type_code(carton)
    anita.expect_saved()
    take("look")
    anita.type_code(_FOREIGN)
    anita.handset.button("I have seen this").wait_for()
    take("stop")
    anita.hands.press(anita.handset.button("I have seen this"))
    anita.go_home()


def second_page(anita: Operator, drums: list[str]) -> None:
    """Pack and unpack a pallet, move, count, send back, lose, and weigh what is left; pick one without its label."""
    cartons = anita.goods_in("Maize starch", "ROQ-60002", "carton", 4, "20")
    anita.go_home()
    (other,) = anita.goods_in("Maize starch", "ROQ-60003", "drum", 1, "20")
    anita.go_home()
    _pack(anita, cartons, other)
    _unpack(anita, cartons)
    _move_and_count(anita, cartons)
    _lose_and_give_back(anita, other)
    _weigh(anita, drums[2])


def _open_second(anita: Operator, flow: str) -> None:
    anita.go_to("more")
    anita.go_to(flow)


def _pack(anita: Operator, cartons: list[str], other: str) -> None:
    take, page = camera(anita, "pack"), anita.handset.page
    _open_second(anita, "pack")
    take("pallet")
    anita.hands.press(page.get_by_test_id("new-pallet"))
    page.get_by_role("heading", name="Scan what goes on it").wait_for()
    for count, carton in enumerate(cartons, 1):
        anita.type_code(carton)
        page.locator(f"[data-testid=contents][data-count='{count}']").wait_for()
    take("scan")
    anita.type_code(other)
    page.get_by_text("Another lot").wait_for()
    take("mixed")
    anita.hands.press(anita.handset.button("Put it back"))
    anita.go_home()


def _unpack(anita: Operator, cartons: list[str]) -> None:
    take, page, button = camera(anita, "unpack"), anita.handset.page, anita.handset.button
    kept = anita.handset.scans_kept()
    (pallet,) = [scan["unit"] for scan in kept if scan["type"] == "commissioned" and scan["kind"] == "pallet"]
    _open_second(anita, "unpack")
    anita.type_code(pallet)
    button("All but some").wait_for()
    take("how")
    anita.hands.press(button("All but some"))
    for carton in cartons[:2]:
        anita.type_code(carton)
        page.locator(".serials").filter(has_text=carton).wait_for()
    take("stays")
    anita.hands.press(page.get_by_test_id("take-out"))
    anita.expect_saved()
    anita.go_home()


def _move_and_count(anita: Operator, cartons: list[str]) -> None:
    take, page = camera(anita, "move"), anita.handset.page
    _open_second(anita, "move")
    page.get_by_role("heading", name="Where does it go?").wait_for()
    take("where")
    anita.choose(FLOOR)
    page.get_by_role("heading", name="Scan what you put there").wait_for()
    take("scan")
    anita.go_home()
    take = camera(anita, "count")
    _open_second(anita, "count")
    take("what")
    anita.choose("Units with a label")
    for carton in cartons[2:]:
        anita.type_code(carton)
        anita.handset.page.get_by_test_id("result").filter(has_text=carton).wait_for()
    take("scan")
    anita.hands.press(page.get_by_test_id("count-finish"))
    page.get_by_test_id("tally-missing").wait_for()
    take("result")
    anita.go_home()


def _lose_and_give_back(anita: Operator, drum: str) -> None:
    take, page, button = camera(anita, "scrap"), anita.handset.page, anita.handset.button
    _open_second(anita, "scrap")
    anita.type_code(drum)
    page.get_by_role("heading", name="How much of it?").wait_for()
    take("question")
    anita.hands.press(button("Part of it"))
    anita.number("2", "Lost, rest stays")
    page.get_by_role("heading", name="What happened to it?").wait_for()
    take("why")
    anita.choose("Spilled")
    anita.expect_saved()
    anita.go_home()
    take = camera(anita, "send-back")
    _open_second(anita, "return")
    anita.choose(BACK)
    page.get_by_role("heading", name="Why does it go back?").wait_for()
    take("why")
    anita.choose("Not needed")
    page.get_by_role("heading", name="Scan what goes back").wait_for()
    take("scan")
    anita.hands.press(page.get_by_test_id("no-label"))
    page.get_by_role("heading", name="Which one is it?").wait_for()
    camera(anita, "no-label")("list")
    anita.go_home()


def _weigh(anita: Operator, drum: str) -> None:
    take, page, button = camera(anita, "weigh"), anita.handset.page, anita.handset.button
    anita.go_to("use")
    anita.type_code(drum)
    button("Weigh the rest").wait_for()
    take("question")
    anita.hands.press(button("Weigh the rest"))
    anita.handset.page.locator(".number-input").wait_for()
    anita.hands.digits("24")
    take("scale")
    anita.hands.press(button("Next"))
    page.get_by_role("heading", name="What does the empty container weigh?").wait_for()
    anita.number("4", "Next")
    page.get_by_role("heading", name="Is that right?").wait_for()
    take("review")
    anita.hands.press(button("Take ", exact=False))
    anita.expect_saved()
    anita.go_home()


def needs_attention(anita: Operator, plant: Plant) -> None:
    """Two others disagree about a drum; look at it, and count it."""
    take, page = camera(anita, "needs-attention"), anita.handset.page
    disagree(plant)
    page.locator("[data-testid=inbox-count]:not([data-count='0'])").wait_for(timeout=40_000)
    take("home")
    anita.hands.press(page.get_by_test_id("inbox-count"))
    line = page.get_by_test_id("exception").filter(has_text="Quantity differs").first
    line.wait_for()
    take("list")
    anita.hands.press(line)
    page.get_by_test_id("side").first.wait_for()
    take("one")
    anita.hands.press(anita.handset.button("Count it now"))
    take("count")
    anita.go_home()


def look_back(anita: Operator, plant: Plant) -> None:
    """Look what became of the scans, take one back, go on without a network, and run out of space."""
    take, page = camera(anita, "my-scans"), anita.handset.page
    anita.handset.wait_until_sent()
    anita.go_to("scans")
    settled = page.locator("[data-testid=scan][data-state=settled]").first
    settled.wait_for()
    take("list")
    anita.hands.press(settled.get_by_test_id("undo"))
    anita.expect_saved("Undone")
    take("undone")
    anita.go_home()
    anita.handset.wait_until_sent()
    plant.stop()
    page.get_by_role("link").filter(has_text="Offline").wait_for()
    anita.go_to("use")
    here = [scan["unit"] for scan in anita.handset.scans_kept() if scan["type"] == "received"][1:]
    anita.type_code(here[0])
    anita.use_part("2")
    take("offline")
    anita.type_code(here[1])
    page.evaluate(FULL_DISK)
    anita.hands.press(anita.handset.button("All of it", exact=False))
    page.get_by_role("alertdialog").wait_for()
    take("not-saved")
    plant.start()


# --- pictures of the office, and the first picture of the README


def at_the_desk(studio: Studio) -> None:
    """Photograph what the office sees."""
    page = studio.desk()
    page.get_by_role("link", name="Stock", exact=True).click()
    page.get_by_role("link", name=BATCH).first.click()
    page.get_by_role("heading", name="Lots").wait_for()
    photograph(page, PICTURES / "desk-batch.png")
    page.get_by_role("link", name="Phones", exact=True).click()
    page.get_by_label("Site of the phone").select_option(FLOOR)
    page.get_by_role("button", name="Show a code").click()
    page.get_by_alt_text("Enrolment code").wait_for()
    page.set_viewport_size({"width": 1280, "height": 1000})
    photograph(page, CARDS / "sign-in-office.png", page.get_by_role("region", name="Add a phone"))


def phone_and_label(screen: Path, label: Image.Image, path: Path) -> None:
    """Lay a phone beside the label it has just read."""
    height, gap, edge = 900, 60, 18
    screenshot = Image.open(screen).convert("RGB")
    shown = screenshot.resize((round(screenshot.width * height / screenshot.height), height), Image.Resampling.LANCZOS)
    printed = label.resize((round(label.width * height / label.height), height), Image.Resampling.LANCZOS)
    size = (shown.width + printed.width + 3 * gap + 2 * edge, height + 2 * gap + 2 * edge)
    table = Image.new("RGB", size, (226, 222, 212))
    draw = ImageDraw.Draw(table)
    body = (gap, gap, gap + shown.width + 2 * edge, gap + height + 2 * edge)
    draw.rounded_rectangle(body, 2 * edge, fill=(24, 22, 26))
    table.paste(shown, (gap + edge, gap + edge))
    at = (body[2] + gap, gap + edge)
    draw.rectangle((at[0] - 2, at[1] - 2, at[0] + printed.width + 1, at[1] + height + 1), fill=(150, 146, 138))
    table.paste(printed, at)
    keep(table, path)


def main() -> None:
    """Take every picture."""
    with sync_playwright() as playwright, opened(playwright) as studio:
        labels = pages_of(studio.told.label_sheet.read_bytes())
        drums = studio.drums_on_the_road()
        anita = studio.phone("anita", make_film(labels[2:3], studio.folder / "drum.mjpeg", held=4))
        join(anita, studio.link_for(ANITA))
        receive(anita, drums)
        phone_and_label(CARDS / "receive-question.png", labels[2], PICTURES / "phone-and-label.png")
        goods_in(anita)
        use(anita, drums[0])
        (bag,) = studio.plant.office().get(f"/batches/{HELD_BATCH}")["units"]
        stop(anita, bag["unit"])
        lead(studio, anita, bag["unit"])
        send(anita, drums[0], make(anita)[0])
        second_page(anita, drums)
        at_the_desk(studio)
        needs_attention(anita, studio.plant)
        look_back(anita, studio.plant)


if __name__ == "__main__":
    main()
