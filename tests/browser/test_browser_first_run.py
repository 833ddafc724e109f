"""An empty installation, not the demo: from the link the server prints to the first scanned label."""

import re
from pathlib import Path

import pytest
from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut
from browser.plant import Plant
from playwright.sync_api import Page, expect

from labels.reading import read_image

pytestmark = pytest.mark.browser

NAME, PIN = "Meera Shah", "604172"
PASSWORD = "neem and tulsi"


def fill(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label.replace("_", " "), exact=True).fill(text)


def take_charge(page: Page) -> None:
    """Walk through the wizard up to the first phone."""
    expect(page.get_by_role("heading", name="Your company")).to_be_visible()
    fill(page, Company_name="Asha Pharma")
    page.get_by_role("button", name="Next").click()
    fill(page, Site_name="Warehouse Pune")
    page.get_by_role("button", name="Next").click()
    fill(page, Your_name=NAME, Login="meera", Password=PASSWORD, PIN_for_phones=PIN)
    page.get_by_role("button", name="Finish set-up").click()
    fill(page, Item_name="Neem extract")
    page.get_by_role("button", name="Add").click()


def link_in_qr(page: Page, folder: Path) -> str:
    """Photograph the code on the office's screen, as the phone's own camera would."""
    picture = folder / "qr.png"
    page.get_by_alt_text("Enrolment code").screenshot(path=picture)
    (reading,) = read_image(picture.read_bytes())
    return reading.text


@pytest.mark.requirement("A7", "L1", "L3", "D1")
def test_an_empty_installation_gets_from_the_set_up_link_to_a_scanned_label(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    plant.start()
    link = re.search(r"https://\S+/setup#\S+", plant.server.said if plant.server else "")
    assert link is not None
    desk, phone = handsets("desk"), handsets("phone")
    desk.start(is_desktop=True)
    page = desk.open(link[0])
    take_charge(page)

    meera = Operator(phone, Fingers(phone))
    meera.enrol(link_in_qr(page, tmp_path), "Dock 1")
    expect(page.get_by_role("heading", name="Ready")).to_be_visible()
    meera.sign_in(NAME, PIN)
    (drum,) = meera.goods_in("Neem extract", "SUP-77", "drum", 1, "24.5")
    phone.wait_until_sent()
    phone.button("Labels").tap()
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="Open labels").tap()
    labels = Path(download.value.path()).read_bytes()
    phone.close()

    phone.film = make_film(pages_of(labels), tmp_path / "label.mjpeg")
    phone.open()
    meera.sign_in(NAME, PIN)
    meera.go_to("look")
    phone.button("Start camera").tap()
    assert meera.shown_unit() == drum
    expect(phone.page.get_by_test_id("unit-card")).to_contain_text("24.5 kg")

    page.get_by_role("button", name="Go to the desk").click()
    page.get_by_role("link", name="Stock").click()
    row = page.get_by_role("row").filter(has_text="Neem extract")
    expect(row).to_contain_text("Warehouse Pune")
    expect(row).to_contain_text("24.5 kg")
    page.goto(link[0])
    expect(page.get_by_text("This set-up link was used already.", exact=False)).to_be_visible()
    assert plant.check().returncode == 0
