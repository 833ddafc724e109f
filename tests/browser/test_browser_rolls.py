"""Labels from a roll: printed at the desk, stuck on, and bound to units and pallets by a scan, without a network."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from browser.flows import Operator
from browser.hands import Keys
from browser.handset import HandOut, Handset
from browser.office import Desk
from browser.plant import Plant, tell_demo
from fake_printer import printed, until
from playwright.sync_api import expect

from labels.gs1.checks import check_digit
from labels.reading import symbols_in
from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, RUN

pytestmark = [pytest.mark.browser, pytest.mark.requirement("L9", "L3", "S3")]

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]


def printed_roll(desk: Desk, what: str, count: int, folder: Path) -> list[dict[str, str]]:
    """Print a roll as a file; gives what stands in the symbols of each label."""
    page = desk.page
    page.get_by_label("Labels for").select_option(label=what)
    page.get_by_label("How many labels").fill(str(count))
    page.get_by_label("Site of the roll").select_option(value=FLOOR)
    page.get_by_label("Labels of the roll").select_option(label="Roll, 100 × 150 mm")
    with page.expect_download() as download:
        page.get_by_role("button", name="Print roll").click()
    file = folder / f"{count}-{download.value.suggested_filename}"
    download.value.save_as(file)
    return [dict(symbols_in(sheet)) for sheet in printed(file.read_bytes())]


def pallets_begun(handset: Handset) -> list[str]:
    """Give the pallets that a phone has begun, in their order."""
    return [scan["unit"] for scan in handset.scans_kept() if scan.get("kind") == "pallet"]


def laid_in(handset: Handset) -> None:
    """Wait until a phone has numbers for pallets."""
    numbers = """new Promise((done) => {
      const opening = indexedDB.open("batchspine-outbox");
      opening.onsuccess = () => {
        const asked = opening.result.transaction("meta").objectStore("meta").get("pallet_numbers");
        asked.onsuccess = () => { opening.result.close(); done((asked.result?.blocks ?? []).length); };
      };
    })"""
    until(lambda: handset.page.evaluate(numbers) > 0)


def test_labels_of_a_roll_are_bound_to_what_a_run_makes_and_a_pallet_gets_its_number(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, gs1_prefix="8901234")
    tell_demo(plant)
    desk = Desk(handsets("desk"))
    desk.sign_in()
    desk.go_to("Printing")
    first, second = (label["QRCode"] for label in printed_roll(desk, "Drums, bags, cartons", 2, tmp_path))
    (pallet,) = (label["Code128"].removeprefix("00") for label in printed_roll(desk, "Pallets (SSCC)", 1, tmp_path))

    handset = handsets("anita")
    scanner = Keys(handset)
    anita = Operator(handset, scanner)
    anita.enrol(plant.office().invite(FLOOR), "Dock 1")
    anita.sign_in(ANITA, ANITA_PIN)
    laid_in(handset)
    plant.stop()
    page = anita.handset.page
    anita.go_to("make")
    anita.choose(RUN)
    scanner.press(page.get_by_role("button", name="Carton"))
    anita.number("2", "Next")
    anita.number("10", "Next")
    scanner.press(page.get_by_test_id("from-roll"))
    expect(page.get_by_role("heading", name="Scan the label of carton 1 of 2")).to_be_visible()
    scanner.scan("A-1")
    expect(page.get_by_text("That is no label from a roll.")).to_be_visible()
    anita.has_seen()
    scanner.scan(first)
    expect(page.get_by_test_id("bound")).to_have_attribute("data-count", "1")
    scanner.scan(first)
    expect(page.get_by_text(f"{first} is scanned already.")).to_be_visible()
    scanner.scan(second)
    expect(page.get_by_role("heading", name="The labels are on")).to_be_visible()

    anita.go_home()
    anita.go_to("more")
    anita.go_to("pack")
    scanner.scan(f"]C100{pallet}")
    scanner.press(page.get_by_role("button", name="Yes, begin it"))
    scanner.scan(first)
    anita.expect_saved()
    scanner.scan(second)
    anita.expect_saved()
    scanner.press(page.get_by_test_id("pallet-full"))
    scanner.press(page.get_by_test_id("new-pallet"))
    until(lambda: len(pallets_begun(handset)) == 2)
    own = pallets_begun(handset)[1]
    assert (own[1:8], len(own), check_digit(own)) == ("8901234", 18, None), "from what the phone had laid in"
    assert own != pallet

    plant.start()
    anita.handset.wait_until_sent(90)
    office = plant.office()
    assert {unit["unit"]: unit["parent"] for unit in office.get(f"/batches/{BATCH}")["units"]}.items() >= {
        first: pallet,
        second: pallet,
    }.items()
    sums = {roll["kind"]: (roll["used"], roll["open"]) for roll in office.get("/rolls")["rolls"]}
    assert sums == {"unit": (2, 0), "pallet": (1, 0)}
    (label,) = printed(office.file("/labels", unit=pallet, stock="100x150"))
    assert dict(symbols_in(label))["Code128"] == f"00{pallet}"
    assert plant.check().returncode == 0
