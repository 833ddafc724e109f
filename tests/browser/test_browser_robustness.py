"""A phone in a rough world: killed, full, lied to, and held by somebody who guesses PINs.

Kills by command, as many as one likes: `pytest tests/browser/test_browser_robustness.py -k killed --times 50`.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from browser.flows import Operator
from browser.hands import Keys
from browser.handset import Handset, handing_out
from browser.plant import Plant, new_plant, tell_demo
from conftest import Tell, Times
from playwright.sync_api import Playwright, expect

from labels.identity import mint_serial
from server.setup import demo
from server.setup.authority import Files
from server.setup.demo_story import BATCH, FLOOR, RUN

pytestmark = pytest.mark.browser

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
BALA, BALA_PIN = "Bala Iyer", "991347"
KILLS = 5
TRIES = 10
SPINNER_MS = 300
"""Longer than this and somebody looks up from the drum."""

FULL_DISK = """() => {
IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = () => {
  throw new DOMException("the disk is full", "QuotaExceededError");
};
}"""
UNHELD = """() => {
let asked = "";
window.unheld = [];
new MutationObserver(() => {
  const shown = document.querySelector("h2.instruction")?.textContent ?? "";
  if (shown !== asked && shown !== "" && document.activeElement === document.body) window.unheld.push(shown);
  asked = shown;
}).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
"""Notes each question that is on the screen while no part of it has the keys yet; looks in the same breath."""
QUICK_THUMB = """() => {
  const watching = new MutationObserver(() => {
    const save = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.startsWith("Save "));
    if (save === undefined) return;
    watching.disconnect();
    save.click();
  });
  watching.observe(document.body, { childList: true, subtree: true });
}"""
"""Presses *Save* in the same breath in which it is there."""
DYING_DISK = """() => {
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (...given) {
  const request = add.apply(this, given);
  this.transaction.abort();
  return request;
};
}"""


class Floor:
    """A phone that is enrolled at the contract manufacturer's, worked by scanner and keyboard."""

    def __init__(self, plant: Plant, handset: Handset) -> None:
        self.plant = plant
        self.handset = handset
        self.keys = Keys(handset)
        self.anita = Operator(handset, self.keys)
        units = plant.office().get(f"/batches/{BATCH}")["units"]
        self.bags = [unit["unit"] for unit in units if unit["item"] == "STARCH"]

    def open(self, screen: str = "") -> None:
        """Start the app anew, sign in with a quick hand, and be on a screen."""
        self.handset.open("/")
        page = self.handset.page
        page.get_by_role("button", name=ANITA).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=f"PIN of {ANITA}")).to_be_focused()
        self.keys.digits(ANITA_PIN)
        self.anita.expect_home()
        if screen:
            self.anita.go_to(screen)

    def open_use(self) -> None:
        """Start the app anew and stand at the run, which may have to be chosen again."""
        self.open("use")
        page = self.handset.page
        run, ready = page.locator(".choice"), page.get_by_role("heading", name="Scan what you use")
        expect(run.or_(ready).first).to_be_visible()
        if run.is_visible():
            self.anita.choose(RUN)
        expect(ready).to_be_visible()

    def unsent(self) -> int:
        """Read the count in the head."""
        return int(self.handset.unsent().get_attribute("data-count") or "-1")


@pytest.fixture(scope="module")
def one_floor(
    request: pytest.FixtureRequest, playwright: Playwright, app: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Floor]:
    """Give a phone at work, for all tests of this module."""
    folder = tmp_path_factory.mktemp("floor")
    failed_before = request.session.testsfailed
    with new_plant(folder, app) as plant:
        tell_demo(plant)
        office = plant.office()
        office.post("/people", {"name": BALA, "role": "operator", "site": FLOOR, "pin": BALA_PIN})
        with handing_out(playwright, plant, folder, lambda: request.session.testsfailed > failed_before) as hand_out:
            floor = Floor(plant, hand_out("anita"))
            floor.anita.enrol(office.invite(FLOOR), "Dock 1")
            yield floor


@pytest.fixture
def floor(one_floor: Floor) -> Floor:
    """Give that phone, with its server running."""
    if one_floor.plant.server is None:
        one_floor.plant.start()
    return one_floor


@contextmanager
def silent_server(plant: Plant) -> Iterator[None]:
    """Listen where the server was, shake hands, take every word, and never answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = Files(plant.settings.tls_folder)
    context.load_cert_chain(files.server, files.server_key)
    held: list[socket.socket] = []

    def listen(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
                held.append(context.wrap_socket(connection, server_side=True))
            except OSError:
                if listener.fileno() < 0:
                    return

    with socket.create_server(("127.0.0.1", plant.settings.port)) as listener:
        thread = threading.Thread(target=listen, args=(listener,), daemon=True)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for connection in held:
        connection.close()


@pytest.mark.requirement("S2", "S6")
def test_no_confirmed_scan_is_lost_when_the_browser_is_killed(floor: Floor, times: Times, tell: Tell) -> None:
    kills = times(KILLS)
    floor.open_use()
    floor.plant.stop()
    handset, keys = floor.handset, floor.keys
    held: set[str] = set()
    spared = 0
    for turn in range(kills):
        keys.scan(floor.bags[turn % 2])
        floor.anita.use_part("0.1")
        confirmed = {scan["id"] for scan in handset.scans_kept()}
        assert len(confirmed) == len(held) + 1
        # One more is under way when the browser dies: at its question, or in the middle of being saved.
        keys.scan(floor.bags[(turn + 1) % 2])
        keys.press(handset.button("Part of it"))
        keys.digits("0.1")
        if turn % 2:
            handset.page.keyboard.press("Enter")
        handset.kill()
        floor.open_use()
        held = {scan["id"] for scan in handset.scans_kept()}
        assert held >= confirmed
        assert len(held - confirmed) <= turn % 2
        spared += len(held - confirmed)
        expect(handset.unsent()).to_have_attribute("data-count", str(len(held)))
    floor.plant.start()
    handset.wait_until_sent()
    (in_run,) = floor.plant.office().stock(item="STARCH", state="in_process")
    assert Decimal(in_run[4]) == Decimal("7.5") + len(held) * Decimal("0.1")
    assert floor.plant.check().returncode == 0
    tell(
        f"kills of the browser: {kills}, scans confirmed: {len(held) - spared}, lost: 0, unconfirmed but kept: {spared}"
    )


@pytest.mark.requirement("S2")
@pytest.mark.parametrize("disk", [FULL_DISK, DYING_DISK], ids=["full", "dying"])
def test_a_scan_that_cannot_be_kept_turns_the_whole_screen_red(floor: Floor, disk: str) -> None:
    floor.open_use()
    handset, keys = floor.handset, floor.keys
    kept, unsent = handset.scans_kept(), floor.unsent()
    keys.scan(floor.bags[1])
    handset.page.evaluate(disk)
    keys.press(handset.button("All of it", exact=False))
    red = handset.page.get_by_role("alertdialog", name="NOT SAVED")
    expect(red).to_be_visible()
    assert red.bounding_box() == {"x": 0, "y": 0, "width": 360, "height": 640}
    expect(handset.page.get_by_test_id("result")).to_be_empty()
    keys.scan(floor.bags[1])
    expect(red).to_be_visible()
    assert (handset.scans_kept(), floor.unsent()) == (kept, unsent)
    handset.page.keyboard.press("Escape")
    expect(red).to_be_hidden()
    # The disk has recovered: the same scan is kept now.
    floor.open_use()
    keys.scan(floor.bags[1])
    floor.anita.use_part("0.1")
    assert len(handset.scans_kept()) == len(kept) + 1


@pytest.mark.requirement("S1", "S7")
def test_a_server_that_listens_and_never_answers_holds_nothing_up(floor: Floor) -> None:
    floor.open_use()
    floor.plant.stop()
    handset, keys = floor.handset, floor.keys
    with silent_server(floor.plant):
        for number in (1, 2, 3):
            keys.scan(floor.bags[1])
            floor.anita.use_part("0.1")
            expect(handset.unsent()).to_have_attribute("data-count", str(number))
        waits = "() => performance.getEntriesByName('feedback').map(({ duration }) => duration)"
        assert max(handset.page.evaluate(waits)) < SPINNER_MS
    floor.plant.start()
    handset.wait_until_sent(60)


WRONG_CODES = [
    ("]E04006381333931", "no item here has its article number. Ask the office."),
    ("https://shop.example/powder", "That is not one of our labels."),
    ("UYHJBWG-00019", "One character of that number is wrong."),
    ("HTTPS://OTHER.EXAMPLE/B/L-1/I/STARCH/H/D-1", "That label was printed by another installation."),
    (f"MAK1:{BATCH}/STARCH", f"That is the lot label of {BATCH}."),
]


@pytest.mark.requirement("S2", "S6")
def test_a_question_has_the_keys_as_soon_as_it_is_on_the_screen(floor: Floor) -> None:
    floor.open()
    page = floor.handset.page
    page.evaluate(UNHELD)
    floor.anita.goods_in("Maize starch", "ROQ-60002", "bag", 1, "20")
    assert page.evaluate("unheld") == []
    floor.anita.go_home()


@pytest.mark.requirement("S2", "S8")
def test_a_thumb_that_is_quicker_than_the_phones_own_lot_number_waits_for_it(floor: Floor) -> None:
    floor.open("goods_in")
    anita, page = floor.anita, floor.handset.page
    anita.choose("Maize starch")
    anita.hands.write(page.get_by_label("Supplier's lot number"), "ROQ-60003")
    anita.hands.press(floor.handset.button("Next"))
    anita.choose("bag")
    anita.number("1", "Next")
    page.evaluate(QUICK_THUMB)
    anita.number("20", "Next")
    anita.expect_saved()
    anita.go_home()


@pytest.mark.requirement("L3", "S6")
def test_a_wrong_code_says_what_it_is_and_waits_until_somebody_has_read_it(floor: Floor) -> None:
    floor.open("receive")
    handset, keys = floor.handset, floor.keys
    kept = handset.scans_kept()
    stop = handset.page.get_by_role("alertdialog", name="Stop")
    for code, sentence in WRONG_CODES:
        keys.scan(code)
        expect(stop).to_contain_text(sentence)
        handset.page.keyboard.press("Enter")
        keys.scan(floor.bags[0])
        handset.page.keyboard.press("Enter")
        expect(stop).to_contain_text(sentence)
        handset.page.keyboard.press("Escape")
        expect(stop).to_be_hidden()
    assert handset.scans_kept() == kept


@pytest.mark.requirement("L3")
def test_a_sound_label_nobody_has_heard_of_is_said_to_be_unknown(floor: Floor) -> None:
    floor.open("look")
    floor.keys.scan(mint_serial("ABC", "DEF", 1))
    expect(floor.handset.page.get_by_text("is not known to this phone")).to_be_visible()


@pytest.mark.requirement("S8")
def test_ten_wrong_pins_lock_one_person_on_this_phone_and_nobody_else(floor: Floor) -> None:
    handset = floor.handset
    page = handset.open("/")
    page.get_by_role("button", name=BALA).tap()
    expect(page.get_by_role("heading", name=f"PIN of {BALA}")).to_be_focused()
    alert = page.get_by_role("alert")
    for turn in range(TRIES):
        floor.keys.digits("00000")
        expect(alert).to_be_empty()
        floor.keys.digits("0")
        expect(alert).to_contain_text("Ten wrong PINs" if turn == TRIES - 1 else "Wrong PIN")
    floor.keys.digits(BALA_PIN)
    expect(alert).to_contain_text("Ten wrong PINs")
    page = handset.open("/")
    expect(page.get_by_role("button", name=BALA)).to_be_disabled()
    expect(page.get_by_role("button", name=BALA)).to_contain_text("Locked")
    floor.open_use()
