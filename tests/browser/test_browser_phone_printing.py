"""Labels at a printer, from a phone: wanted without a network, printed once, looked at, spoiled and printed again."""

from __future__ import annotations

import msgspec
import pytest
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from fake_printer import FakePrinter, copies_on, printing
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]


@pytest.mark.requirement("L5", "L6", "S1", "S8")
def test_labels_wanted_without_a_network_are_printed_once_and_end_with_who_looked(
    plant: Plant, handsets: HandOut
) -> None:
    with printing(FakePrinter()) as printer:
        plant.settings = msgspec.structs.replace(
            plant.settings, printer_networks=("127.0.0.0/8",), printer_ports=(printer.port,)
        )
        tell_demo(plant)
        office = plant.office()
        at = {"kind": "network", "host": "127.0.0.1", "port": printer.port, "format": "zpl", "stock": "100x50"}
        office.post("/printers", {"code": "L1", "name": "Dock printer", "site": WAREHOUSE, **at})
        phone = handsets("ravi")
        ravi = Operator(phone, Fingers(phone))
        ravi.enrol(office.invite(WAREHOUSE), "Phone of Ravi")
        ravi.sign_in(RAVI, RAVI_PIN)
        ravi.goods_in("Maize starch", "ROQ-1", "bag", 1, "25")
        expect(phone.button("Print at Dock printer")).to_be_visible()
        ravi.go_home()

        plant.stop()
        bags = ravi.goods_in("Maize starch", "ROQ-2", "bag", 2, "25")
        ravi.hands.press(phone.button("Print at Dock printer"))
        wish = phone.page.get_by_test_id("print-wish")
        expect(wish).to_have_attribute("data-state", "waiting")
        expect(wish).to_contain_text("Goes to Dock printer when this phone is connected")
        phone.kill()
        phone.open()
        ravi.sign_in(RAVI, RAVI_PIN)
        ravi.go_to("scans")
        wish = phone.page.get_by_test_id("print-wish")
        expect(wish).to_have_attribute("data-state", "waiting")

        plant.start()
        expect(wish).to_have_attribute("data-state", "sent", timeout=40_000)
        expect(wish).to_contain_text("not confirmed")
        assert [sorted(job) for job in printer.labels()] == [sorted(bags)]

        ravi.hands.press(phone.button("They are spoiled"))
        expect(wish).to_have_attribute("data-state", "spoiled")
        phone.wait_until_sent()
        ravi.hands.press(phone.button("Print again"))
        expect(wish).to_have_attribute("data-state", "sent", timeout=40_000)
        ravi.hands.press(phone.button("They are good"))
        expect(wish).to_have_count(0)
        assert [copies_on(job) for job in printer.jobs] == [{1}, {2}]

        jobs = office.get("/print-jobs")["jobs"]
        assert [(job["state"], job["person"], job["device"], job["reason"]) for job in jobs] == [
            ("confirmed", RAVI, "Phone of Ravi", "The labels came out spoiled"),
            ("confirmed", RAVI, "Phone of Ravi", ""),
        ]
        batch = jobs[0]["labels"][0]["batch"]
        (sums,) = office.get(f"/batches/{batch}/labels")["sums"]
        assert (sums["issued"], sums["spoiled"], sums["open"]) == (4, 2, 2)
        assert plant.check().returncode == 0
