"""Labels at a printer on the network, from the desk: printed once, looked at, and once more only with a reason."""

from __future__ import annotations

import msgspec
import pypdfium2
import pytest
from browser.handset import HandOut
from browser.office import Desk
from browser.plant import Plant, tell_demo
from fake_printer import FakePrinter, printed, printing, units_on_page
from playwright.sync_api import expect

from labels.command import command_text
from labels.reading import symbols_in
from server.setup.demo_story import BATCH

pytestmark = pytest.mark.browser


@pytest.mark.requirement("L4", "L5")
def test_the_desk_adds_a_printer_prints_a_lot_says_that_it_came_out_and_reprints_for_a_reason(
    plant: Plant, handsets: HandOut
) -> None:
    with printing(FakePrinter()) as printer:
        plant.settings = msgspec.structs.replace(
            plant.settings, printer_networks=("127.0.0.0/8",), printer_ports=(printer.port,)
        )
        tell_demo(plant)
        desk = Desk(handsets("desk"))
        desk.sign_in()
        page = desk.page
        desk.go_to("Printing")
        page.get_by_label("Name", exact=True).fill("Dock printer")
        page.get_by_label("Site", exact=True).select_option(label="Asha warehouse (ASHA-WH)")
        page.get_by_label("Address").fill("127.0.0.1")
        page.get_by_label("Port").fill(str(printer.port))
        page.get_by_label("What it understands").select_option(label="ZPL (thermal label printer)")
        page.get_by_label("Labels in it").select_option(label="Roll, 100 × 50 mm")
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_role("cell", name=f"127.0.0.1:{printer.port}")).to_be_visible()
        expect(page.get_by_role("cell", name="100x50, ZPL, 203 dpi")).to_be_visible()
        page.get_by_role("button", name="Print a test page at Dock printer").click()
        expect(page.get_by_text("The printer took it.")).to_be_visible()

        handset = desk.handset
        handset.open(f"/desk/batch/{BATCH}")
        lot = page.get_by_role("listitem").filter(has_text="Maize starch")
        lot.get_by_label("Print at").select_option(label="Dock printer")
        lot.get_by_role("button", name="Print labels").click()
        expect(lot.get_by_text("Waits for DOCK-PRINTER")).to_be_visible()

        desk.go_to("Printing")
        job = page.get_by_test_id("print-job")
        expect(job).to_have_attribute("data-state", "sent")
        page.get_by_role("button", name="Labels came out").click()
        expect(job).to_have_attribute("data-state", "confirmed")

        handset.open(f"/desk/batch/{BATCH}")
        lot.get_by_label("Print at").select_option(label="Dock printer")
        lot.get_by_role("button", name="Print labels").click()
        lot.get_by_label("Why once more?").fill("The roll was wet")
        lot.get_by_role("button", name="Print labels").click()
        expect(lot.get_by_text("Waits for DOCK-PRINTER")).to_be_visible()
        desk.go_to("Printing")
        expect(page.get_by_role("cell", name="The roll was wet")).to_be_visible()
        expect(page.get_by_text("(copy 2)").first).to_be_visible()
        expect(job.first).to_have_attribute("data-state", "sent")
        page.get_by_role("button", name="Labels came out").first.click()
        expect(job.first).to_have_attribute("data-state", "confirmed")

        desk.become_desk()
        handset.open(f"/desk/batch/{BATCH}")
        starch = page.get_by_test_id("label-sum").filter(has_text="STARCH")
        issued = int(starch.inner_text().split()[1])
        page.get_by_role("button", name=f"{printer.labels()[1][0]} is spoiled").click()
        handset.wait_until_sent()
        expect(starch).to_contain_text(f"{issued} issued")
        expect(starch).to_contain_text("1 spoiled")
        test_page, first, again = printer.labels()
        assert test_page == []
        assert first == again != []


@pytest.mark.requirement("L4")
def test_a_file_of_labels_goes_on_with_a_started_sheet(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    desk = Desk(handsets("desk"))
    desk.sign_in()
    page = desk.page
    desk.handset.open(f"/desk/batch/{BATCH}")
    lot = page.get_by_role("listitem").filter(has_text="Maize starch")
    lot.get_by_label("Labels in it").select_option(label="A4, 3 × 7 labels of 63.5 × 38.1 mm")
    lot.get_by_label("First free place").fill("22")
    lot.get_by_role("button", name="Labels").click()
    expect(lot.get_by_text("A sheet has fewer labels than that.")).to_be_visible()
    lot.get_by_label("First free place").fill("21")
    with page.expect_download() as download:
        lot.get_by_role("button", name="Labels").click()
    sheet, *_ = printed(download.value.path().read_bytes())
    (unit,) = units_on_page(sheet)
    width, height = sheet.size
    assert units_on_page(sheet.crop((width * 2 // 3, height * 5 // 6, width, height))) == [unit]


@pytest.mark.requirement("S3", "L4")
def test_the_desk_makes_a_sheet_of_commands_and_labels_for_places(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    desk = Desk(handsets("desk"))
    desk.sign_in()
    page = desk.page
    desk.go_to("Printing")
    page.get_by_label("For the site").select_option(label="Asha warehouse (ASHA-WH)")
    made: dict[str, str] = {}
    for kind in ("Labels for places", "Sheet of commands"):
        page.get_by_label("What to print").select_option(label=kind)
        with page.expect_download() as download:
            page.get_by_role("button", name="Print sheet").click()
        found = [text for sheet in printed(download.value.path().read_bytes()) for _, text in symbols_in(sheet)]
        made[download.value.suggested_filename] = " ".join(found)
    assert list(made) == ["labels-for-places.pdf", "sheet-of-commands.pdf"]
    assert "MAK1:P:ASHA-WH" in made["labels-for-places.pdf"]
    assert {command_text("UNDO"), command_text("OK")} <= set(made["sheet-of-commands.pdf"].split())


@pytest.mark.requirement("L1", "L4")
def test_the_desk_prints_a_status_sticker_with_the_number_of_its_report(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    desk = Desk(handsets("desk"))
    desk.sign_in()
    page = desk.page
    desk.handset.open(f"/desk/batch/{BATCH}")
    lot = page.get_by_role("listitem").filter(has_text="Maize starch")
    lot.get_by_label("Which label").select_option(label="Status sticker")
    lot.get_by_label("Analytical report").fill("AR-26-0311")
    with page.expect_download() as download:
        lot.get_by_role("button", name="Labels").click()
    with pypdfium2.PdfDocument(download.value.path().read_bytes()) as document:
        said = document[0].get_textpage().get_text_bounded()
    assert "STATUS" in said
    assert "AR-26-0311" in said
    assert {"APPROVED", "UNDER TEST"} & {line.strip() for line in said.splitlines()}
