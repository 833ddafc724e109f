"""Two people on two phones disagree; both phones and the desk show both sides, and the desk settles it."""

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import HandOut
from browser.office import Desk
from browser.plant import Plant, tell_demo
from playwright.sync_api import Locator, expect

from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, RUN

pytestmark = pytest.mark.browser

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
BALA, BALA_PIN = "Bala Iyer", "991347"


@pytest.mark.requirement("S9", "S10", "S7", "J4")
def test_two_phones_that_disagree_show_both_sides_and_the_desk_settles_it_for_all(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/people", {"name": BALA, "role": "operator", "site": FLOOR, "pin": BALA_PIN})
    drum = office.get(f"/lots/PARA-API/{BATCH}")["units"][0]["unit"]
    desk = Desk(handsets("desk"))
    desk.sign_in()
    desk.become_desk()
    anita, bala = (Operator(phone, Fingers(phone)) for phone in (handsets("anita"), handsets("bala")))
    for operator, name, pin in ((anita, ANITA, ANITA_PIN), (bala, BALA, BALA_PIN)):
        operator.enrol(office.invite(FLOOR), f"Phone of {name}")
        operator.sign_in(name, pin)
        expect(count_of(operator)).to_have_attribute("data-count", "0")
        operator.handset.context.set_offline(True)

    # One drum, two counts; and one uses what the other side has put on hold meanwhile.
    receive(anita, drum, "24")
    receive(bala, drum, "23")
    hold(desk, "Wait for the second test")
    anita.go_to("use")
    anita.choose(RUN)
    Keys(anita.handset).scan(drum)
    anita.use_part("5")
    anita.go_home()
    for operator in (anita, bala):
        operator.handset.context.set_offline(False)
        operator.handset.wait_until_sent(seconds=40)

    for operator in (anita, bala):
        expect(count_of(operator)).to_have_attribute("data-count", "2", timeout=40_000)
        look_at(operator, "Quantity differs")
        sides = operator.handset.page.get_by_test_id("side")
        for said in (f"{ANITA}on Phone of {ANITA}", f"{BALA}on Phone of {BALA}", "24 kg", "23 kg"):
            expect(sides.filter(has_text=said).first).to_be_visible()
        expect(sides.filter(has_text=f"Could not know of the scan by {ANITA}").first).to_be_visible()
        expect(operator.handset.page.get_by_text("Only the office decides")).to_be_visible()
        operator.go_home()

    expect(desk.open_count()).to_have_attribute("data-count", "2", timeout=40_000)
    desk.go_to("Exceptions")
    desk.open_exception("quantity_differs")
    for name in (ANITA, BALA):
        expect(desk.page.get_by_test_id("side").filter(has_text=name).first).to_be_visible()
    desk.decide("Accept it as it is", "Weighed again: 24 kg")
    expect(desk.open_count()).to_have_attribute("data-count", "1")
    desk.go_to("Exceptions")
    desk.open_exception("used_hold_unknown")
    desk.decide("Put what was made on hold")
    expect(desk.open_count()).to_have_attribute("data-count", "0")
    for operator in (anita, bala):
        expect(count_of(operator)).to_have_attribute("data-count", "0", timeout=40_000)
    desk.go_to("Exceptions")
    desk.page.get_by_label("Show").select_option("decided")
    expect(desk.page.get_by_text("Weighed again: 24 kg")).to_be_visible()
    desk.go_to("This desk")
    expect(desk.page.get_by_test_id("recorded")).to_have_count(4)
    for row in desk.page.get_by_test_id("recorded").all():
        expect(row).to_have_attribute("data-state", "settled")
    assert plant.check().returncode == 0


def count_of(operator: Operator) -> Locator:
    """How many things the phone's first screen says need attention."""
    return operator.handset.page.get_by_test_id("inbox-count")


def receive(operator: Operator, drum: str, counted: str) -> None:
    """Receive a drum, counting something else than was sent."""
    operator.go_to("receive")
    Keys(operator.handset).scan(drum)
    operator.hands.press(operator.handset.button("Other quantity"))
    operator.number(counted, "Received")
    operator.check_and_go_on()
    operator.expect_saved()
    operator.go_home()


def hold(desk: Desk, why: str) -> None:
    """Put the lot of the drum on hold at the desk."""
    desk.handset.page.evaluate(f"history.pushState(null, '', '/desk/batch/{BATCH}')")
    desk.page.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))")
    lot = desk.page.locator(".lots li").filter(has_text="PARA-API")
    lot.get_by_role("button", name="Put on hold").click()
    lot.get_by_label("Why").fill(why)
    lot.get_by_role("button", name="Put on hold").last.click()
    desk.handset.wait_until_sent()
    expect(lot.get_by_text("On hold")).to_be_visible()


def look_at(operator: Operator, name: str) -> None:
    """Open the inbox and one line of it."""
    operator.hands.press(count_of(operator))
    operator.hands.press(operator.handset.page.get_by_test_id("exception").filter(has_text=name))
    expect(operator.handset.page.get_by_test_id("side").first).to_be_visible()
