"""A phone speaks the language of who holds it and shines as its place needs it, without a network too."""

from __future__ import annotations

import pytest
from browser.flows import Operator
from browser.hands import Fingers, Keys
from browser.handset import HandOut, Handset
from browser.plant import Plant, tell_demo
from playwright.sync_api import expect

from server.setup import demo
from server.setup.demo_story import FLOOR

pytestmark = [pytest.mark.browser, pytest.mark.requirement("S6")]

ANITA, ANITA_PIN = demo.OPERATORS[FLOOR]
SURESH, SURESH_PIN = demo.SUPERVISORS[FLOOR]

HINDI_FOREIGN = "यह हमारा लेबल नहीं है।"
FOREIGN = "https://shop.example/powder"
LOUDEST = "() => document.documentElement.dataset.sound"
THEME = "() => document.documentElement.dataset.theme"


RECEIVE = {"ta": "பெறு", "gu": "મેળવો", "es": "Recibir", "zh-Hans": "接收", "hi": "प्राप्त करें", "en": "Receive"}


def choose(handset: Handset, *choices: str) -> None:
    """Open the settings and press what is chosen; a language closes them again."""
    handset.page.get_by_test_id("settings").first.click()
    for choice in choices:
        handset.page.get_by_test_id(choice).click()
    if not choices[-1].startswith("language-"):
        handset.page.keyboard.press("Escape")


def speaks(handset: Handset, language: str) -> None:
    """Wait until the page is in a language."""
    expect(handset.page.locator("html")).to_have_attribute("lang", language)


def test_a_language_comes_with_who_signs_in_and_needs_no_network(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = handsets("shared")
    operator = Operator(handset, Fingers(handset))
    operator.enrol(plant.office().invite(FLOOR), "Shared")
    operator.sign_in(ANITA, ANITA_PIN)
    handset.wait_until_kept_offline()
    choose(handset, "language-hi")
    speaks(handset, "hi")
    expect(handset.page.get_by_role("button", name="प्राप्त करें")).to_be_visible()
    plant.stop()
    handset.open("/")
    operator.sign_in(ANITA, ANITA_PIN)
    speaks(handset, "hi")
    handset.page.get_by_role("button", name="यह क्या है?").click()
    Keys(handset).scan(FOREIGN)
    expect(handset.page.get_by_role("alertdialog")).to_contain_text(HINDI_FOREIGN)
    handset.page.keyboard.press("Escape")
    # Somebody else's phone for a while: their words are their own.
    handset.open("/")
    operator.sign_in(SURESH, SURESH_PIN)
    speaks(handset, "en")
    expect(handset.button("Receive", exact=False)).to_be_visible()


def test_light_and_sound_stay_as_they_were_chosen(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = handsets("bright")
    operator = Operator(handset, Fingers(handset))
    operator.enrol(plant.office().invite(FLOOR), "Bright")
    operator.sign_in(ANITA, ANITA_PIN)
    choose(handset, "theme-sunlight", "sound-off")
    for _ in range(2):
        assert handset.page.evaluate(THEME) == "sunlight"
        assert handset.page.evaluate(LOUDEST) == "off"
        handset.open("/")


def test_every_language_is_on_the_phone_before_it_was_ever_spoken(plant: Plant, handsets: HandOut) -> None:
    tell_demo(plant)
    handset = handsets("far")
    operator = Operator(handset, Fingers(handset))
    operator.enrol(plant.office().invite(FLOOR), "Far")
    operator.sign_in(ANITA, ANITA_PIN)
    handset.wait_until_kept_offline()
    plant.stop()
    for language, receive in RECEIVE.items():
        choose(handset, f"language-{language}")
        speaks(handset, language)
        expect(handset.page.get_by_role("button", name=receive).first).to_be_visible()
