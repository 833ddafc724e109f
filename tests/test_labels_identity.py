"""What a scan means: the grammar, its vectors and the check character."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.gs1.digital_link import read_link, write_link
from labels.gs1.elements import Element
from labels.gs1.goods import goods_of
from labels.identity import (
    BareCode,
    LotIdentity,
    Refused,
    UnitIdentity,
    check_character,
    is_serial_sound,
    linear_text,
    mint_serial,
    origin_of,
    parse,
    payload,
)
from labels.refusal import LabelRefused

VECTORS = json.loads((Path(__file__).parent / "vectors" / "label_grammar.json").read_text("utf-8"))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

codes = st.from_regex(r"[A-Z0-9][A-Z0-9.-]{0,19}", fullmatch=True)
unit_codes = codes.filter(is_serial_sound)
origins = st.none() | st.sampled_from(["HTTPS://L.EXAMPLE.COM", "HTTPS://MAK.LAN:8443", "HTTPS://10.0.0.7:443"])
identities = st.builds(LotIdentity, codes, codes, origins) | st.builds(
    UnitIdentity, codes, codes, unit_codes, origins, st.just(1) | st.integers(1, 9_999)
)
three = st.text(ALPHABET, min_size=3, max_size=3)


@pytest.mark.requirement("S2")
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_a_scan_means_what_the_vectors_say(case: dict[str, object]) -> None:
    assert msgspec.to_builtins(parse(case["text"], case["source"])) == case["expect"]


def test_the_vectors_give_check_characters_and_serials() -> None:
    for case in VECTORS["check_characters"]:
        assert check_character(case["text"]) == case["check"]
    for case in VECTORS["serials"]:
        assert mint_serial(case["device_code"], case["incarnation_tag"], case["counter"]) == case["serial"]


@pytest.mark.requirement("L1")
@given(identities, st.sampled_from(["camera", "wedge", "typed"]))
def test_what_is_printed_is_read_back_from_every_source(identity: LotIdentity | UnitIdentity, source: str) -> None:
    assert parse(payload(identity, identity.origin), source) == identity


@given(identities)
def test_case_and_line_ends_of_a_wedge_change_nothing(identity: LotIdentity | UnitIdentity) -> None:
    assert parse(f"]Q1{payload(identity, identity.origin).lower()}\r\n", "wedge") == identity


@given(identities)
def test_a_payload_stays_in_the_alphanumeric_mode_of_qr(identity: LotIdentity | UnitIdentity) -> None:
    assert set(payload(identity, identity.origin)) <= set(ALPHABET + " $%*+-./:")


@given(st.text(max_size=600), st.sampled_from(["camera", "wedge", "typed"]))
def test_any_text_is_answered_and_a_bare_code_obeys_the_grammar(text: str, source: str) -> None:
    match parse(text, source):
        case BareCode(text=code):
            assert 1 <= len(code) <= 20
            assert set(code) <= set(ALPHABET + ".-")
        case Refused(text=kept):
            assert text.startswith(kept)


@given(st.text("A1]/:.-BIHE \r", max_size=60), st.sampled_from(["camera", "wedge", "typed"]))
def test_reading_the_written_form_of_a_scan_gives_the_same(text: str, source: str) -> None:
    found = parse(text, source)
    if isinstance(found, LotIdentity | UnitIdentity):
        assert parse(payload(found, found.origin), "camera") == found


@pytest.mark.parametrize("code", ["", "mak", "A B", "-A", "A" * 21, "MÄK", "A/B", "A\n"])
def test_a_code_outside_the_grammar_is_not_printed(code: str) -> None:
    for identity in (LotIdentity(code, "X", None), LotIdentity("X", code, None), UnitIdentity("X", "X", code, None)):
        with pytest.raises(LabelRefused) as refusal:
            payload(identity, None)
        assert refusal.value.code == "code_unprintable"


def test_the_public_address_is_printed_in_upper_case_without_its_last_slash() -> None:
    assert origin_of(" https://l.example.com:8443/ ") == "HTTPS://L.EXAMPLE.COM:8443"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://a.b",
        "https://",
        "https://a.b/c",
        "https://[::1]",
        "https://a_b",
        "https://a.b?c",
        "a.b",
        "https://" + "a." * 132 + "a",
    ],
)
def test_an_address_that_could_not_be_read_back_is_refused(address: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        origin_of(address)
    assert refusal.value.code == "address_unprintable"


def test_the_linear_symbol_carries_the_serial_of_a_unit_and_the_batch_of_a_lot() -> None:
    assert linear_text(UnitIdentity("B", "I", "U", None)) == "U"
    assert linear_text(LotIdentity("B", "I", None)) == "B"


def test_the_check_character_is_that_of_the_standard() -> None:
    """The worked example of the Global Release Identifier, which uses ISO 7064 MOD 37,36."""
    assert check_character("A12425GABC1234002") == "M"


@pytest.mark.requirement("L1", "F11")
@given(three, three, st.integers(0, 99_999_999_999))
def test_a_minted_serial_fits_the_grammar_and_carries_its_check(device: str, tag: str, counter: int) -> None:
    serial = mint_serial(device, tag, counter)
    assert parse(serial.lower(), "typed") == BareCode(serial)


@given(three, three, st.integers(0, 99_999_999_999))
def test_every_single_wrong_character_is_caught(device: str, tag: str, counter: int) -> None:
    serial = mint_serial(device, tag, counter)
    body, check = serial[:-1], serial[-1]
    for at in range(len(body)):
        if body[at] != "-":
            for other in set(ALPHABET) - {body[at]}:
                assert check_character(body[:at] + other + body[at + 1 :]) != check


def test_of_all_swaps_of_neighbours_one_in_six_hundred_passes() -> None:
    """The standard does not promise more: every state of the sum is reached by one leading character."""
    passed = sum(
        check_character(first + a + b) == check_character(first + b + a)
        for first, a, b in product(ALPHABET, repeat=3)
        if a != b
    )
    assert passed == 72
    assert 36 * 36 * 35 / passed > 600


@pytest.mark.parametrize(
    ("device", "tag", "counter"), [("3K", "4QX", 1), ("03K", "4qx", 1), ("03K", "4QX", -1), ("03K", "4QX", 10**11)]
)
def test_a_serial_outside_the_grammar_is_not_minted(device: str, tag: str, counter: int) -> None:
    with pytest.raises(ValueError, match=r"not three characters|no serial"):
        mint_serial(device, tag, counter)


@pytest.mark.requirement("L2", "L1")
@given(identities.filter(lambda identity: identity.origin is not None))
def test_under_an_article_number_of_ours_a_symbol_is_a_digital_link_that_names_the_same(
    identity: LotIdentity | UnitIdentity,
) -> None:
    gtin = "08901234000014"
    text = payload(identity, identity.origin, gtin)
    elements = read_link(text)
    assert isinstance(elements, tuple)
    unit = (Element("21", identity.unit),) if isinstance(identity, UnitIdentity) else ()
    assert elements == (Element("01", gtin), Element("10", identity.batch), *unit)
    assert write_link(elements, identity.origin or "") == text.partition("?")[0]
    said = goods_of(elements, 2026)
    assert (said.gtin, said.lot) == (gtin, identity.batch)
    copy = identity.copy if isinstance(identity, UnitIdentity) else 1
    assert text.partition("?")[2] == (f"C={copy}" if copy > 1 else "")


@pytest.mark.requirement("L2")
def test_without_an_address_the_form_is_ours_whatever_the_article() -> None:
    assert payload(LotIdentity("MAK-2026-0142", "MAK-TAB", None), None, "08901234000014") == (
        "MAK1:MAK-2026-0142/MAK-TAB"
    )
