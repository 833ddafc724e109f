"""Badges: a scan says who is there, the PIN proves it; shared phones change hands in seconds."""

from __future__ import annotations

import pytest
from browser.flows import Operator
from browser.hands import Keys
from browser.handset import HandOut
from browser.plant import Plant, tell_demo
from fake_printer import printed
from playwright.sync_api import expect

from labels.reading import symbols_in
from server.setup import demo
from server.setup.demo_story import FLOOR, HELD_BATCH, RUN

pytestmark = [pytest.mark.browser, pytest.mark.requirement("S11", "S2", "L1")]

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
SURESH, SURESH_PIN = demo.SUPERVISORS[FLOOR]


def badges_of(plant: Plant) -> dict[str, str]:
    """Print the badges of the floor; gives what each person's says."""
    office = plant.office()
    people = [row for row in office.get("/people")["people"] if row["site"] == FLOOR and row["has_pin"]]
    document = office.file("/signs", kind="operator", site=FLOOR, stock="50x25")
    texts = {text for sheet in printed(document) for kind, text in symbols_in(sheet) if kind == "QRCode"}
    assert len(texts) == len(people) > 1
    found = {row["name"]: f"MAK1:O:{row['person'][:16].upper()}" for row in people}
    assert set(found.values()) == texts
    return found


def test_people_sign_in_and_change_by_badge_and_pin_without_a_network_and_nobodys_badge_is_refused(
    plant: Plant, handsets: HandOut
) -> None:
    tell_demo(plant)
    badges = badges_of(plant)
    handset = handsets("shared")
    scanner = Keys(handset)
    anita = Operator(handset, scanner)
    anita.enrol(plant.office().invite(FLOOR), "Dock 1")
    handset.wait_until_kept_offline()
    plant.stop()
    page = handset.page
    scanner.scan("MAK1:O:0123456789ABCDEF")
    expect(page.get_by_text("This badge is nobody's at this site.")).to_be_visible()
    anita.has_seen()

    scanner.scan(badges[ANITA])
    expect(page.get_by_role("heading", name=f"PIN of {ANITA}")).to_be_visible()
    scanner.digits(ANITA_PIN)
    anita.expect_home()
    # The scanner's keys are dated back, and must not reach the last digit of the PIN.
    page.wait_for_timeout(300)
    scanner.scan(badges[ANITA])
    expect(page.get_by_text(f"{ANITA} is signed in already.")).to_be_visible()

    scanner.scan(badges[SURESH])
    expect(page.get_by_role("heading", name=f"PIN of {SURESH}")).to_be_visible()
    scanner.digits(SURESH_PIN)
    anita.expect_home()

    anita.go_to("goods_in")
    scanner.press(page.get_by_role("button", name="Maize starch"))
    scanner.scan(badges[ANITA])
    expect(page.get_by_text("Finish or cancel this step, then scan it again.")).to_be_visible()


def test_a_second_person_is_chosen_by_badge_where_names_are_shown(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    badges = badges_of(plant)
    (bag,) = plant.office().get(f"/batches/{HELD_BATCH}")["units"]
    handset = handsets("anita")
    scanner = Keys(handset)
    anita = Operator(handset, scanner)
    anita.enrol(plant.office().invite(FLOOR), "Dock 1")
    anita.sign_in(ANITA, ANITA_PIN)
    anita.go_to("use")
    anita.choose(RUN)
    scanner.scan(bag["unit"])
    anita.expect_stop("On hold")
    page = handset.page
    scanner.press(page.get_by_role("button", name="Overrule"))
    scanner.scan(badges[ANITA])
    expect(page.get_by_text(f"{ANITA} cannot do this.")).to_be_visible()
    anita.has_seen()
    scanner.scan(badges[SURESH])
    expect(page.get_by_role("heading", name=f"PIN of {SURESH}")).to_be_visible()
