"""Scans of a phone without a network, carried to the desk as a file: taken once, whoever comes first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser.flows import ravi_at_work
from browser.handset import HandOut, Handset
from browser.office import Desk
from browser.plant import Plant
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, _ = demo.OPERATORS[WAREHOUSE]


def saved_file(phone: Handset, folder: Path) -> Path:
    """Save the file the phone has made ready."""
    with phone.page.expect_download() as download:
        phone.page.get_by_role("link", name="Save the file").tap()
    download.value.save_as(saved := folder / download.value.suggested_filename)
    return saved


@pytest.mark.requirement("S8", "S11")
def test_scans_saved_as_a_file_reach_the_books_by_the_desk_and_count_once_when_the_phone_sends_them_too(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    ravi = ravi_at_work(plant, handsets, "Phone of Ravi")
    phone, office = ravi.handset, plant.office()
    before = office.stock(item="STARCH")

    plant.stop()
    ravi.goods_in("Maize starch", "ROQ-2", "bag", 2, "25")
    ravi.go_home()
    ravi.go_to("scans")
    ravi.hands.press(phone.button("Save unsent scans as a file"))
    expect(phone.page.get_by_text("2 scans in the file")).to_be_visible()
    carried = saved_file(phone, tmp_path)
    assert carried.name.startswith("scans-Phone-of-Ravi-")
    phone.close()

    plant.start()
    desk = Desk(handsets("desk"))
    desk.sign_in()
    desk.go_to("Phones")
    field = desk.page.get_by_label("Hand in a file of scans")
    field.set_input_files(carried)
    expect(desk.page.get_by_text("Phone of Ravi: 2 scans taken, 0 known already.")).to_be_visible()
    booked = office.stock(item="STARCH")
    assert len(booked - before) == 1
    field.set_input_files(carried)
    expect(desk.page.get_by_text("Phone of Ravi: 0 scans taken, 2 known already.")).to_be_visible()
    (wrong := tmp_path / "wrong.json").write_text("{}")
    field.set_input_files(wrong)
    expect(desk.page.get_by_text("This file holds no scans of a phone.")).to_be_visible()

    phone.open()
    phone.wait_until_sent()
    assert office.stock(item="STARCH") == booked
    assert plant.check().returncode == 0


def test_a_report_of_a_problem_is_made_without_a_network_and_says_nothing_of_people_or_goods(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    ravi = ravi_at_work(plant, handsets, "Phone of Ravi")
    phone = ravi.handset
    plant.stop()
    units = ravi.goods_in("Maize starch", "ROQ-SECRET", "bag", 2, "24.75")
    ravi.go_home()
    ravi.go_to("scans")
    ravi.hands.press(phone.button("Report a problem"))
    expect(phone.page.get_by_text("The report says how this phone is")).to_be_visible()
    text = saved_file(phone, tmp_path).read_text()
    report = json.loads(text)
    assert report["unsent"] == len(units)
    assert report["connection"]["state"] == "offline"
    assert [scan["state"] for scan in report["scans"]] == ["saved"] * len(units)
    assert {check["name"] for check in report["checks"]} >= {"persistence", "space"}
    for word in (RAVI, "Ravi", "starch", "STARCH", "ROQ-SECRET", "24.75", "24750", *units):
        assert word not in text, word
