"""Three phones without a network tell one story from different ends; the server makes one truth of it."""

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import FLOOR, ON_THE_ROAD, RUN, WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
BALA, BALA_PIN = "Bala Iyer", "991347"
_LOOKS_MAX = 40
"""Phones ask every five seconds."""


def send(ravi: Operator, keys: Keys, pallet: str) -> None:
    """Put a pallet on the truck to the contract manufacturer."""
    ravi.go_to("send")
    ravi.choose(ON_THE_ROAD)
    keys.scan(pallet)
    ravi.expect_saved()
    ravi.go_home()


@pytest.mark.requirement("S4", "S8", "S9")
def test_one_of_two_receipts_counts_and_what_came_before_its_dispatch_is_usable_at_once(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/people", {"name": BALA, "role": "operator", "site": FLOOR, "pin": BALA_PIN})
    phones = [handsets(name) for name in ("ravi", "anita", "bala")]
    ravi, anita, bala = (Operator(phone, Fingers(phone)) for phone in phones)
    for operator, site, name, pin in (
        (ravi, WAREHOUSE, RAVI, RAVI_PIN),
        (anita, FLOOR, ANITA, ANITA_PIN),
        (bala, FLOOR, BALA, BALA_PIN),
    ):
        operator.enrol(office.invite(site), f"Phone of {name}")
        operator.sign_in(name, pin)
    known, ahead = ravi.goods_in("Maize starch", "ROQ-7", "pallet", 2, "500")
    lot = ravi.handset.scans_kept()[0]["material"]["batch"]
    ravi.go_home()
    send(ravi, Keys(ravi.handset), known)
    ravi.handset.wait_until_sent()
    for operator in (anita, bala):
        expect_known(operator, known)

    plant.stop()
    # The second pallet leaves while nobody can hear of it, and its scan stays on Ravi's phone.
    send(ravi, Keys(ravi.handset), ahead)
    ravi.handset.close()
    for operator in (anita, bala):
        operator.go_to("receive")
        Keys(operator.handset).scan(known)
        operator.confirm_receipt()
    receive_unheard_of(anita, f"MAK1:{lot}/STARCH/{ahead}")
    anita.go_home()
    anita.go_to("use")
    anita.choose(RUN)
    Keys(anita.handset).scan(ahead)
    anita.use_part("120")

    plant.start()
    for operator in (anita, bala):
        operator.handset.wait_until_sent()
    in_the_books = {
        (f"location:{FLOOR}", "STARCH", lot, "on_hand", "880"),
        (f"run:{RUN}", "STARCH", lot, "in_process", "120"),
    }
    assert office.stock(batch=lot) >= in_the_books
    assert plant.check().returncode == 0
    ravi.handset.open()
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.handset.wait_until_sent()
    assert {row for row in office.stock(batch=lot) if row[3] != "outside"} == in_the_books
    expect_one_told(anita, bala, known)
    assert plant.check().returncode == 0


def expect_known(operator: Operator, pallet: str) -> None:
    """Wait until a phone has heard of a pallet on the road."""
    operator.go_to("look")
    page = operator.handset.page
    on_its_way = page.get_by_text(f"On its way, {ON_THE_ROAD}")
    for _ in range(_LOOKS_MAX):
        Keys(operator.handset).scan(pallet)
        page.wait_for_timeout(500)
        if on_its_way.is_visible():
            return operator.go_home()
    raise AssertionError(f"{pallet} is still unheard of")


def receive_unheard_of(operator: Operator, code: str) -> None:
    """Receive a unit nobody has told this phone about: its label says what it is, a person says how much."""
    Keys(operator.handset).scan(code)
    page = operator.handset.page
    expect(page.get_by_role("heading", name="Which transfer did it come on?")).to_be_visible()
    operator.choose(ON_THE_ROAD)
    operator.number("500", "Next")
    operator.confirm_receipt()


def expect_one_told(anita: Operator, bala: Operator, pallet: str) -> None:
    """One receipt counts; the other phone says who was first, in plain words, and needs nobody's attention."""
    for operator in (anita, bala):
        operator.go_home()
        operator.go_to("scans")
        # What the late dispatch has settled reaches a phone with its next question.
        expect(operator.handset.scans_in("attention")).to_have_count(0)
    told = [operator.handset.page.get_by_test_id("scan").filter(has_text="Carry on") for operator in (anita, bala)]
    assert sorted(row.count() for row in told) == [0, 1]
    first, second = (ANITA, 1) if told[0].count() == 0 else (BALA, 0)
    expect(told[second]).to_contain_text(f"{first} received {pallet}")
    expect(told[second]).to_have_attribute("data-state", "settled")
