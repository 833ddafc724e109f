"""What must not be used stops the phone, without a network; two ways lead on, and all of it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Hands, Keys
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import FLOOR, HELD_BATCH, RUN

pytestmark = pytest.mark.browser

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
SURESH, SURESH_PIN = demo.SUPERVISORS[FLOOR]
BALA, BALA_PIN = "Bala Iyer", "991347"
TRIES_MAX = 10
_RETRY_SECONDS = 90
"""A phone that was offline for a while asks less and less often."""


@pytest.fixture
def held_bag(plant: Plant) -> str:
    """Tell the demo's story; gives the bag at the contract manufacturer that is on hold."""
    tell_demo(plant)
    (bag,) = plant.office().get(f"/batches/{HELD_BATCH}")["units"]
    return str(bag["unit"])


def go_dark(plant: Plant, handset: Handset, hands: Callable[[Handset], Hands]) -> Operator:
    """Join, hear of everything, lose the network; gives Anita, who stands at the run."""
    anita = Operator(handset, hands(handset))
    anita.enrol(plant.office().invite(FLOOR), "Dock 1")
    anita.sign_in(ANITA, ANITA_PIN)
    plant.stop()
    anita.go_to("use")
    anita.choose(RUN)
    return anita


def scanned(anita: Operator, serial: str) -> None:
    """Pull the trigger and wait for the red screen."""
    Keys(anita.handset).scan(serial)
    anita.expect_stop("On hold")


def kept(anita: Operator) -> list[dict[str, Any]]:
    """Give what the phone has kept, in order, without the chain's own fields."""
    fields = ("type", "unit", "stops", "overruled", "already_done", "reason", "second", "item", "batch")
    scans = sorted(anita.handset.scans_kept(), key=lambda scan: str(scan["id"]))
    return [{name: scan[name] for name in fields if scan.get(name) is not None} for scan in scans]


@pytest.mark.requirement("S5", "F8", "F13", "J4")
@pytest.mark.parametrize("hands", [Fingers, Keys], ids=["by finger", "by scanner and keyboard"])
def test_what_is_on_hold_stops_a_use_and_goes_on_only_by_a_second_person_or_as_already_done(
    plant: Plant, handsets: HandOut, held_bag: str, hands: Callable[[Handset], Hands]
) -> None:
    anita = go_dark(plant, handsets("anita"), hands)
    page = anita.handset.page
    scanned(anita, held_bag)
    page.keyboard.press("Enter")
    anita.expect_stop("On hold")
    anita.put_back()

    scanned(anita, held_bag)
    anita.ask_second(SURESH, "000000")
    expect(page.get_by_role("alert")).to_contain_text("Wrong PIN")
    anita.hands.digits(SURESH_PIN)
    anita.choose("Quality has agreed")
    anita.use_part("1.5")
    scanned(anita, held_bag)
    anita.already_done("Told to use it")
    anita.use_part("2")
    expect(page.get_by_test_id("result")).to_contain_text("What this run makes is now on hold")

    person = next(row for row in people_of(plant) if row["name"] == SURESH)["person"]
    stop = {"type": "stopped", "unit": held_bag, "stops": ["held"]}
    used = {"type": "consumed", "unit": held_bag, "stops": ["held"]}
    assert kept(anita) == [
        stop,
        stop,
        used | {"overruled": True, "reason": "Quality has agreed", "second": person},
        stop,
        used | {"already_done": True, "reason": "Told to use it"},
        {"type": "held", "item": "MAK-TAB", "batch": "MAK-2026-0142", "reason": "Told to use it"},
    ]
    expect_on_the_books(plant, anita, held_bag)


def people_of(plant: Plant) -> list[dict[str, Any]]:
    """Start the server again and ask it who is who."""
    plant.start()
    people: list[dict[str, Any]] = plant.office().get("/people")["people"]
    return people


def expect_on_the_books(plant: Plant, anita: Operator, bag: str) -> None:
    """Look at the office's side: what was used counts, what needs a person's look is open, the output is on hold."""
    anita.handset.wait_until_sent(_RETRY_SECONDS)
    office = plant.office()
    assert office.stock(batch=HELD_BATCH, state="in_process") == {
        (f"run:{RUN}", "STARCH", HELD_BATCH, "in_process", "3.5")
    }
    types = [scan["type"] for scan in office.get(f"/units/{bag}")["scans"]]
    assert types[-5:] == ["stopped", "stopped", "consumed", "stopped", "consumed"]
    kinds = {trouble["kind"] for trouble in office.get("/exceptions")["exceptions"]}
    assert {"done_against_stop", "used_while_held"} <= kinds
    assert "overruled_without_right" not in kinds
    assert plant.check().returncode == 0, plant.check().stdout
    expect_output_on_hold(anita)


def expect_output_on_hold(anita: Operator) -> None:
    """Make a carton of the run: it may not be sent on, and the phone says why."""
    anita.go_home()
    (carton,) = anita.make(RUN, "carton", 1, "1000")
    anita.go_home()
    anita.go_to("look")
    anita.type_code(carton)
    expect(anita.handset.page.get_by_test_id("unit-card")).to_contain_text("On hold")


@pytest.mark.requirement("S5", "F5")
def test_what_is_past_its_last_day_comes_in_and_stops_at_its_use(
    plant: Plant, handsets: HandOut, held_bag: str
) -> None:
    anita = go_dark(plant, handsets("anita"), Fingers)
    anita.go_home()
    (bag,) = anita.goods_in("Maize starch", "ROQ-60001", "bag", 1, "20", last_day="2026-01-31")
    anita.go_home()
    anita.go_to("use")
    Keys(anita.handset).scan(bag)
    anita.expect_stop("Expired")
    expect(anita.handset.page.get_by_test_id("unit-card")).to_contain_text("31 Jan 2026")
    anita.put_back()
    assert [scan["type"] for scan in kept(anita)] == ["commissioned", "stopped"]


@pytest.mark.requirement("F8", "S11")
def test_ten_wrong_pins_of_a_second_person_lock_that_person_and_nobody_else(
    plant: Plant, handsets: HandOut, held_bag: str
) -> None:
    handset = handsets("anita")
    anita = go_dark(plant, handset, Fingers)
    page = handset.page
    scanned(anita, held_bag)
    anita.ask_second(SURESH, "000000")
    for turn in range(1, TRIES_MAX):
        expect(page.get_by_role("img", name="0 of 6 digits entered")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text("Wrong PIN")
        anita.hands.digits(f"00000{turn}")
    expect(page.get_by_role("alert")).to_contain_text("Ten wrong PINs: this name is locked on this phone")
    anita.hands.press(handset.button("Cancel"))
    expect(handset.button(SURESH, exact=False)).to_be_disabled()
    anita.hands.press(handset.button("Cancel"))
    anita.already_done("Done before it was scanned")
    anita.use_all()
    assert [scan["type"] for scan in kept(anita)] == ["stopped", "consumed", "held"]
    handset.close()
    handset.open()
    anita.sign_in(ANITA, ANITA_PIN)


def at_the_phone(plant: Plant, handset: Handset, name: str, hands: Callable[[Handset], Hands]) -> Operator:
    """Join a phone at the contract manufacturer's and let Suresh, the supervisor, sign in."""
    suresh = Operator(handset, hands(handset))
    suresh.enrol(plant.office().invite(FLOOR), name)
    suresh.sign_in(SURESH, SURESH_PIN)
    return suresh


def open_lead(suresh: Operator, choice: str) -> None:
    """Go where stops are overruled for others."""
    suresh.go_to("more")
    suresh.hands.press(suresh.handset.page.get_by_test_id("flow-lead"))
    suresh.choose(choice)


def spoken_number(operator: Operator) -> str:
    """Read the number out, without its gap."""
    return operator.handset.page.get_by_test_id("spoken-number").inner_text().replace(" ", "")


def exceptions_of(plant: Plant) -> set[str]:
    """Name the kinds of what is open."""
    return {trouble["kind"] for trouble in plant.office().get("/exceptions")["exceptions"] if not trouble["decision"]}


@pytest.mark.requirement("F8", "S5", "S10", "J4")
@pytest.mark.parametrize("hands", [Fingers, Keys], ids=["by finger", "by scanner and keyboard"])
def test_a_stop_is_overruled_by_telephone_while_neither_phone_has_a_network(
    plant: Plant, handsets: HandOut, held_bag: str, hands: Callable[[Handset], Hands]
) -> None:
    suresh = at_the_phone(plant, handsets("suresh"), "Suresh's own", hands)
    anita = go_dark(plant, handsets("anita"), hands)
    scanned(anita, held_bag)
    anita.hands.press(anita.handset.button("Overrule"))
    anita.hands.press(anita.handset.button(SURESH, exact=False))
    anita.hands.press(anita.handset.button("By telephone"))
    asked = spoken_number(anita)

    open_lead(suresh, "Overrule by telephone")
    suresh.number(asked, "Next")
    suresh.hands.digits("000000")
    expect(suresh.handset.page.get_by_role("alert")).to_contain_text("Wrong PIN")
    suresh.hands.digits(SURESH_PIN)
    answer = spoken_number(suresh)
    assert answer != asked
    suresh.hands.press(suresh.handset.button("Done"))
    suresh.expect_home()
    suresh.handset.close()

    wrong = f"{(int(answer) + 1) % 10**8:08}"
    anita.number(wrong, "Next")
    expect(anita.handset.page.get_by_role("alert")).to_contain_text("That does not fit")
    anita.number(answer, "Next")
    anita.choose("Quality has agreed")
    anita.use_part("1.5")
    used = next(scan for scan in anita.handset.scans_kept() if scan["type"] == "consumed")
    assert (used["overruled"], used["challenge"]) == (True, asked)

    plant.start()
    anita.handset.wait_until_sent(_RETRY_SECONDS)
    assert "overrule_unconfirmed" in exceptions_of(plant)
    suresh.handset.open()
    suresh.handset.wait_until_sent(_RETRY_SECONDS)
    assert not {"overrule_unconfirmed", "overruled_without_right"} & exceptions_of(plant)
    assert plant.check().returncode == 0, plant.check().stdout


@pytest.mark.requirement("F8", "S5", "S10", "J4")
def test_a_supervisor_lends_the_right_to_overrule_for_a_shift_and_takes_it_back(
    plant: Plant, handsets: HandOut, held_bag: str
) -> None:
    plant.office().post("/people", {"name": BALA, "role": "operator", "site": FLOOR, "pin": BALA_PIN})
    suresh = at_the_phone(plant, handsets("suresh"), "Suresh's own", Fingers)
    open_lead(suresh, "Lend your right")
    suresh.hands.press(suresh.handset.button(BALA, exact=False))
    suresh.choose("8 hours")
    suresh.hands.digits(SURESH_PIN)
    expect(suresh.handset.page.get_by_test_id("lending")).to_contain_text(BALA)
    suresh.handset.wait_until_sent()

    anita = go_dark(plant, handsets("anita"), Fingers)
    scanned(anita, held_bag)
    anita.hands.press(anita.handset.button("Overrule"))
    expect(anita.handset.button(BALA, exact=False)).to_contain_text("Operator, until")
    anita.enter_second(BALA, BALA_PIN)
    anita.choose("Quality has agreed")
    anita.use_part("1.5")
    plant.start()
    anita.handset.wait_until_sent(_RETRY_SECONDS)
    assert not {"overrule_unconfirmed", "overruled_without_right"} & exceptions_of(plant)

    suresh.hands.press(suresh.handset.button("Take back"))
    expect(suresh.handset.page.get_by_test_id("lending")).to_have_count(0)
    suresh.handset.wait_until_sent(_RETRY_SECONDS)
    scanned(anita, held_bag)
    anita.hands.press(anita.handset.button("Overrule"))
    expect(anita.handset.button(SURESH, exact=False)).to_be_visible()
    expect(anita.handset.button(BALA, exact=False)).to_have_count(0)
    assert "overrule_unconfirmed" in exceptions_of(plant)
    assert plant.check().returncode == 0, plant.check().stdout
