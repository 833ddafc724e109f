"""The flows of the second page: pack, unpack, move, count, send back, scrap; and weighing what is left of a drum."""

from __future__ import annotations

from typing import Any

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Hands, Keys
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from labels.command import command_text
from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, RUN, WAREHOUSE

pytestmark = pytest.mark.browser

BACK = "TR-0008"
BAY = "ASHA-DISP"
ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
UNTOUCHED = """
for (const type of ["pointerdown", "mousedown", "touchstart"]) {
  addEventListener(type, () => window.touched(type), { capture: true });
}
"""
GLOVE = 96
NO_BOUNCE_MS = 200
"""So long after it the same code is another pull of the trigger."""
LOWEST = """() => Math.min(...[...document.querySelectorAll(".tile, .button.primary, .switch")]
  .filter((element) => element.checkVisibility()).map((element) => element.getBoundingClientRect().height))"""


class Floor(Operator):
    """Somebody who works on the second page, with a scanner for the labels."""

    def scan(self, text: str) -> None:
        """Read a label."""
        Keys(self.handset).scan(text)

    def open_second(self, flow: str) -> None:
        """Open a flow of the second page."""
        self.go_to("more")
        self.go_to(flow)

    def press(self, name: str) -> None:
        """Press a button by its words."""
        self.hands.press(self.handset.button(name, exact=False).first)

    def press_id(self, test_id: str) -> None:
        """Press a button by its name in the page."""
        self.hands.press(self.handset.page.get_by_test_id(test_id))

    def expect_result(self, words: str) -> None:
        """Wait for a line of the result."""
        expect(self.handset.page.get_by_test_id("result")).to_contain_text(words)

    def expect_inside(self, count: int) -> None:
        """Wait until so much is known to be in the pallet."""
        expect(self.handset.page.get_by_test_id("contents")).to_have_attribute("data-count", str(count))

    def expect_tally(self, **counts: int) -> None:
        """Wait for the result of a count."""
        for group, count in counts.items():
            tally = self.handset.page.get_by_test_id(f"tally-{group}")
            expect(tally).to_have_attribute("data-count", str(count))

    def events(self, kind: str) -> list[dict[str, Any]]:
        """Give what the phone has kept of one type, in order."""
        return [scan for scan in self.handset.scans_kept() if scan["type"] == kind]


def pack(ravi: Floor, cartons: list[str], other: str) -> str:
    """Begin a pallet, put four cartons on it, and be asked about another lot; gives the pallet."""
    ravi.open_second("pack")
    ravi.press_id("new-pallet")
    ravi.expect_result("New pallet")
    (pallet,) = [scan["unit"] for scan in ravi.events("commissioned") if scan["kind"] == "pallet"]
    for count, carton in enumerate(cartons, 1):
        ravi.scan(carton)
        ravi.expect_result(carton)
        ravi.expect_inside(count)
    ravi.undo()
    ravi.expect_inside(3)
    ravi.scan(cartons[0])
    ravi.expect_result("Already scanned")
    ravi.scan(cartons[3])
    ravi.expect_inside(4)
    ravi.scan(other)
    expect(ravi.handset.page.get_by_text("Another lot")).to_be_visible()
    ravi.press("Put it back")
    ravi.press_id("pallet-full")
    expect(ravi.handset.page.get_by_role("heading", name="Scan the pallet")).to_be_visible()
    ravi.scan(cartons[0])
    refused = ravi.handset.page.get_by_role("alertdialog")
    expect(refused).to_contain_text("That is a carton")
    expect(refused).to_be_focused()
    ravi.handset.page.keyboard.press("Escape")
    ravi.go_home()
    return pallet


def unpack_all_but_two(ravi: Floor, pallet: str, cartons: list[str]) -> None:
    """Take two of four out: what stays is scanned."""
    ravi.open_second("unpack")
    ravi.scan(pallet)
    ravi.press("All but some")
    for carton in cartons[:2]:
        ravi.scan(carton)
        ravi.expect_result(f"{carton} stays")
    assert ravi.events("unpacked") == []
    ravi.press("Take 2 out, 2 stay")
    ravi.expect_result("2 units taken out")
    assert [scan["unit"] for scan in ravi.events("unpacked")] == cartons[2:]
    ravi.go_home()


def move_to_bay(ravi: Floor, *units: str) -> None:
    """Say where by the label of the place, then scan what is put there."""
    ravi.open_second("move")
    ravi.scan(f"MAK1:P:{BAY}")
    for unit in units:
        ravi.scan(unit)
        ravi.expect_result(f"{unit}. Now at")
    ravi.handset.page.wait_for_timeout(NO_BOUNCE_MS)
    ravi.scan(units[-1])
    ravi.expect_result("Already scanned")
    ravi.go_home()


def count_bay(ravi: Floor, pallet: str, found: str, unexpected: str) -> None:
    """Scan what stands in the bay: the pallet is overlooked first, and one carton was not expected there."""
    ravi.open_second("count")
    ravi.choose("Units with a label")
    ravi.scan(f"MAK1:P:{BAY}")
    ravi.scan(found)
    ravi.expect_result("Found here")
    ravi.scan(unexpected)
    ravi.expect_result("Unexpected here")
    ravi.press_id("count-finish")
    ravi.expect_tally(found=1, unexpected=1, missing=3)
    ravi.press("Look again")
    ravi.scan(pallet)
    ravi.expect_result("Found here")
    ravi.press_id("count-finish")
    ravi.expect_tally(found=2, unexpected=1, missing=0)
    ravi.press("Done")
    ravi.go_home()


def miss_all(ravi: Floor, gone: str) -> None:
    """Count an empty yard, and report what nobody finds there."""
    ravi.open_second("count")
    ravi.choose("Units with a label")
    ravi.choose(WAREHOUSE)
    ravi.press_id("count-finish")
    expect(ravi.handset.page.get_by_test_id("tally-missing")).to_contain_text(gone)
    ravi.press("Report")
    ravi.expect_result("reported missing")
    ravi.go_home()


def count_loose(ravi: Floor) -> None:
    """Count what has no label: the lot, then how much."""
    ravi.open_second("count")
    ravi.choose("Loose stock")
    ravi.choose(BAY)
    ravi.choose("Maize starch")
    ravi.hands.write(ravi.handset.page.get_by_label("Batch number"), "LOOSE-1")
    ravi.press("Next")
    if ravi.handset.page.get_by_role("heading", name="What does its status label say?").is_visible():
        ravi.choose("Available")
    ravi.number("12.5", "Next")
    ravi.expect_result("12.5 kg Maize starch, LOOSE-1 counted")
    ravi.go_home()


@pytest.mark.requirement("S3", "S4", "S5", "S6", "F11", "J1")
@pytest.mark.parametrize("with_hands", [Fingers, Keys], ids=["touch", "keyboard"])
def test_a_pallet_is_packed_half_unpacked_moved_and_counted_without_a_network(
    plant: Plant, handsets: HandOut, with_hands: type[Fingers] | type[Keys]
) -> None:
    tell_demo(plant)
    office = plant.office()
    handset = handsets("ravi")
    hands: Hands = with_hands(handset)
    ravi = Floor(handset, hands)
    ravi.enrol(office.invite(WAREHOUSE), "Gate")
    ravi.sign_in(RAVI, RAVI_PIN)
    if with_hands is Fingers:
        ravi.go_to("more")
        handset.page.get_by_role("switch").tap()
        assert handset.page.evaluate(LOWEST) >= GLOVE
        ravi.go_home()
    cartons = ravi.goods_in("Maize starch", "ROQ-9", "carton", 4, "20")
    ravi.go_home()
    (other,) = ravi.goods_in("Maize starch", "ROQ-10", "drum", 1, "20")
    ravi.go_home()
    plant.stop()
    pallet = pack(ravi, cartons, other)
    unpack_all_but_two(ravi, pallet, cartons)
    move_to_bay(ravi, pallet, cartons[2])
    count_bay(ravi, pallet, cartons[2], cartons[3])
    count_loose(ravi)
    miss_all(ravi, other)
    plant.start()
    ravi.go_to("scans")
    ravi.press("Send now")
    handset.wait_until_sent()
    lot, gone = (ravi.events("commissioned")[n]["material"]["batch"] for n in (0, 4))
    assert (f"location:{BAY}", "STARCH", lot, "on_hand", "80") in office.stock(batch=lot)
    assert (f"location:{BAY}", "STARCH", "LOOSE-1", "on_hand", "12.5") in office.stock(batch="LOOSE-1")
    assert [row[4] for row in office.stock(batch=gone) if row[3] == "on_hand"] == []
    inside = {unit["unit"] for unit in office.get(f"/batches/{lot}")["units"] if unit["parent"] == pallet}
    assert inside == set(cartons[:2])
    assert plant.check().returncode == 0, plant.check().stdout


@pytest.mark.requirement("S3", "S6", "F1", "F2", "F11")
def test_command_barcodes_alone_weigh_scrap_and_send_back_a_drum(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/transfers", {"code": BACK, "from_place": FLOOR, "to_place": WAREHOUSE})
    touched: list[str] = []
    handset = handsets("anita")
    handset.scripts.append(UNTOUCHED)
    handset.bindings["touched"] = lambda kind: touched.append(kind)  # noqa: PLW0108 - the driver marks it
    anita = Floor(handset, Keys(handset))
    anita.enrol(office.invite(FLOOR), "Dock 1")

    def order(*commands: str) -> None:
        """Scan symbols of the command sheet."""
        for command in commands:
            anita.scan(command_text(command))
            handset.page.wait_for_timeout(150)

    people = handset.page.locator(".person")
    expect(people.first).to_be_visible()
    number = next(n for n, person in enumerate(people.all(), 1) if ANITA in person.inner_text())
    order(str(number))
    expect(handset.page.get_by_role("heading", name=f"PIN of {ANITA}")).to_be_visible()
    order(*ANITA_PIN)
    anita.expect_home()
    plant_drums = [u["unit"] for u in office.get(f"/batches/{BATCH}")["units"] if u["place"] == "transfer:TR-0007"]
    drum = plant_drums[0]
    order("RECEIVE")
    anita.scan(drum)
    order("OK")
    anita.expect_saved()

    order("USE", "1")
    anita.scan(drum)
    # Weigh the rest: 24 kg on the scale, of which the drum is 4.
    order("2", "2", "4", "OK", "4", "OK", "OK")
    anita.expect_result("5 kg")
    (used,) = anita.events("consumed")
    assert (used["material"]["gross"], used["material"]["tare"], used["material"]["net"]) == ("24", "4", "20")
    assert used["material"]["obtained"] == "scale"
    assert not used["emptied"]

    order("SCRAP")
    anita.scan(drum)
    order("PART", "3", "OK", "1")
    anita.expect_result("Lost or scrapped")
    (lost,) = anita.events("scrapped")
    assert (lost["material"]["entered"]["quantity"], lost["reason"]) == ("3", "Spilled")

    order("RETURN", "1", "1")
    anita.scan(drum)
    anita.expect_result(f"back on {BACK}")
    order("UNDO")
    anita.expect_saved("Undone")
    anita.scan(drum)
    anita.expect_result(f"back on {BACK}")
    order("HOME")
    anita.expect_home()
    handset.wait_until_sent()
    stock = office.stock(batch=BATCH)
    assert (f"transfer:{BACK}", "PARA-API", BATCH, "in_transit", "17") in stock
    assert (f"run:{RUN}", "PARA-API", BATCH, "in_process", "5") in stock
    assert touched == []
    assert plant.check().returncode == 0, plant.check().stdout


@pytest.mark.requirement("S2", "F11")
def test_what_has_no_label_is_picked_from_what_is_expected_or_typed_with_its_check_character(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    handset = handsets("anita")
    anita = Floor(handset, Fingers(handset))
    anita.enrol(office.invite(FLOOR), "Dock 1")
    anita.sign_in(ANITA, ANITA_PIN)
    anita.go_to("receive")
    anita.press_id("no-label")
    drums = [u["unit"] for u in office.get(f"/batches/{BATCH}")["units"] if u["place"] == "transfer:TR-0007"]
    anita.choose(drums[1])
    assert anita.confirm_receipt() == drums[1]
    wrong = drums[2][:-1] + ("A" if drums[2][-1] != "A" else "B")
    anita.type_code(wrong)
    expect(handset.page.get_by_role("alertdialog")).to_contain_text("One character of that number is wrong")
    handset.button("I have seen this").tap()
    anita.type_code(drums[2].lower())
    assert anita.confirm_receipt() == drums[2]
