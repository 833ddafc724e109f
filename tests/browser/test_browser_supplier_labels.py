"""Codes that are not ours on the goods that come in: suppliers' GS1 labels, batch numbers as on the papers."""

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import HandOut
from browser.office import Desk
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import BATCH, WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
GTIN, OTHER = "09521234543213", "04150123456782"
LABEL = f"]C101{GTIN}17290430310302500010ROQ-60001"
"""Article, last day, 25 kg, and the lot last: a scanner that types cannot send a separator."""


@pytest.mark.requirement("L2", "L3", "S4")
def test_goods_in_begins_with_the_suppliers_own_label_without_a_network(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/items/STARCH/gtin", {"gtin": GTIN})
    phone = handsets("ravi")
    ravi = Operator(phone, Fingers(phone))
    ravi.enrol(office.invite(WAREHOUSE), "Phone of Ravi")
    ravi.sign_in(RAVI, RAVI_PIN)
    phone.wait_until_kept_offline()
    page, scanner = phone.page, Keys(phone)
    ravi.go_to("goods_in")
    scanner.scan(f"]C101{OTHER}10A-1")
    expect(page.get_by_role("alertdialog")).to_contain_text(f"No item has the article number {OTHER}")
    ravi.hands.press(phone.button("I have seen this"))

    plant.stop()
    scanner.scan(LABEL)
    expect(page.get_by_label("Supplier's lot number")).to_have_value("ROQ-60001")
    expect(page.get_by_label("Last day of use")).to_have_value("2029-04-30")
    expect(page.get_by_text("Maize starch")).to_be_visible()
    scanner.scan(f"]C101{GTIN}10ROQ-60002")
    expect(page.get_by_label("Supplier's lot number")).to_have_value("ROQ-60002")
    ravi.hands.press(phone.button("Next"))
    ravi.choose("bag")
    ravi.number("2", "Next")
    expect(page.locator(".number-input")).to_have_value("25")
    ravi.hands.press(phone.button("Next"))
    ravi.hands.press(phone.button("Save 2 bags"))
    ravi.expect_saved()
    first, second = phone.scans_kept()[:2]
    for scan in (first, second):
        assert (scan["supplier_lot"], scan["expires_on"]) == ("ROQ-60002", "2029-04-30")
        assert (scan["material"]["item"], scan["material"]["quantity"]) == ("STARCH", "25000000")
    plant.start()
    phone.wait_until_sent()
    assert plant.check().returncode == 0


@pytest.mark.requirement("L1", "S2")
def test_a_batch_is_found_by_the_number_on_its_papers(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/batch-numbers", {"number": "MAK/2026/0142", "batch": BATCH})
    phone = handsets("ravi")
    ravi = Operator(phone, Fingers(phone))
    ravi.enrol(office.invite(WAREHOUSE), "Phone of Ravi")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("look")
    shown = []
    for text in (BATCH, "mak/2026/0142"):
        Keys(phone).scan(text)
        expect(phone.page.get_by_text(BATCH).first).to_be_visible()
        shown.append(phone.page.locator("main").inner_text())
    assert shown[0] == shown[1]
    Keys(phone).scan("MAK/2026/0143")
    expect(phone.page.get_by_role("alertdialog")).to_contain_text("not one of our labels")


@pytest.mark.requirement("S2")
def test_a_suppliers_own_code_is_taught_at_the_desk_and_begins_goods_in_on_a_phone(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    desk = Desk(handsets("office"))
    desk.sign_in()
    desk.go_to("Supplier codes")
    page = desk.page
    page.get_by_label("One such code").fill("ROQ12026000142-X")
    page.get_by_label("Which item is it?").select_option("STARCH")
    page.get_by_label("The lot begins at character").fill("2")
    page.get_by_label("and ends at character").fill("14")
    page.get_by_role("button", name="Teach").click()
    expect(page.get_by_text("At least 2 characters must stand before the lot")).to_be_visible()
    page.get_by_label("The lot begins at character").fill("5")
    page.get_by_role("button", name="Teach").click()
    expect(page.get_by_role("cell", name="2026000142", exact=True)).to_be_visible()

    phone = handsets("ravi")
    ravi = Operator(phone, Fingers(phone))
    ravi.enrol(office.invite(WAREHOUSE), "Phone of Ravi")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("goods_in")
    Keys(phone).scan("ROQ12027000001-Y")
    expect(phone.page.get_by_label("Supplier's lot number")).to_have_value("2027000001")
    expect(phone.page.get_by_text("Maize starch")).to_be_visible()
