"""GS1 data: the official vectors figure by figure, the rules they do not reach, and words for every fault."""

from __future__ import annotations

import random
import re
from pathlib import Path

import gs1_table
import gs1_vectors
import pytest
from gs1_twins import message
from hypothesis import given
from hypothesis import strategies as st

from labels.gs1 import coupons
from labels.gs1.associations import association_fault
from labels.gs1.checks import CHECKS, check_digit_of
from labels.gs1.digital_link import read_link, write_link
from labels.gs1.elements import Element, Fault, bracketed, element_string, entry_of, read_bracketed, read_elements
from labels.gs1.goods import Goods, read_goods
from labels.gs1.scan_data import read_scan
from labels.gs1.sentences import REASONS, SENTENCES, sentence_of
from labels.gs1.table import ENTRIES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "labels" / "README.md"

ZERO_SUPPRESSED = "GTIN of fewer than 14 digits in a link"
ALPHAS = "words such as /gtin/ and /ser/ in a link"
UNKNOWN = "unknown identifiers let through"
PREFIXES = "a look-up of company prefixes at GS1"
TRAILING = "a separator behind the last element"
CARRIERS = "a symbology that GS1's engine leaves out"
ARTICLE = "an article number as a GTIN"

# Every case that we answer otherwise than GS1's engine, and why; the lines are those of the files.
DIFFERENCES: dict[str, dict[str, set[int]]] = {
    "ai": {},
    "dl_generate": {UNKNOWN: {20}},
    "dl_parse": {
        ALPHAS: {38, 39, 40},
        ZERO_SUPPRESSED: {43, 45, 47, 49, 51, 85, 86, 92, 94, 96, 98},
        UNKNOWN: {113},
    },
    "linters": {PREFIXES: {*range(390, 398), *range(1347, 1351)}},
    "payload_verdicts": {CARRIERS: {66, 72, 74}, ARTICLE: {70, 71}},
    "scandata": {TRAILING: {7, 12, 17}},
    "uri_escape": {},
}


@pytest.mark.requirement("L2")
@pytest.mark.parametrize("name", gs1_vectors.FILES)
def test_we_answer_gs1s_own_cases_as_gs1_does_but_for_those_that_are_explained(name: str, tell) -> None:
    different = {at for at, _ in gs1_vectors.differences(name)}
    assert different == set().union(*DIFFERENCES[name].values())
    total = len(gs1_vectors.cases(name))
    tell(f"GS1 {name}: {total - len(different)} of {total} cases answered as GS1's engine does")


def test_the_readme_gives_the_figure_of_every_file_and_every_reason() -> None:
    text = README.read_text("utf-8")
    for name, reasons in DIFFERENCES.items():
        total = len(gs1_vectors.cases(name))
        row = f"| `{name}.jsonl` | {total - sum(map(len, reasons.values()))} of {total} |"
        (line,) = (line for line in text.splitlines() if line.startswith(row))
        for reason, lines in reasons.items():
            assert re.search(rf"{re.escape(reason)} \({len(lines)}\b", line), reason


@pytest.mark.parametrize("flag", ["PermitConvenienceAlphas", "PermitZeroSuppressedGTINinDLuris", "PermitUnknownAIs"])
def test_what_is_explained_by_a_switch_of_the_engine_had_that_switch_on(flag: str) -> None:
    reason = {"PermitConvenienceAlphas": ALPHAS, "PermitUnknownAIs": UNKNOWN}.get(flag, ZERO_SUPPRESSED)
    for name in ("dl_parse", "dl_generate"):
        cases = dict(gs1_vectors.cases(name))
        for at in DIFFERENCES[name].get(reason, ()):
            assert cases[at]["flags"][flag]


def test_both_tables_are_written_from_the_dictionary_as_it_stands() -> None:
    assert gs1_table.PYTHON.read_text("utf-8") == gs1_table.python(), "Run: make tables"
    assert gs1_table.TYPESCRIPT.read_text("utf-8") == gs1_table.typescript(), "Run: make tables"


def test_the_table_has_every_line_of_the_dictionary_and_no_check_is_missing() -> None:
    lines = [line for line in gs1_table.DICTIONARY.read_text("utf-8").splitlines() if re.match(r"\d", line)]
    assert len(ENTRIES) == len(lines) == 224
    assert {check for entry in ENTRIES for part in entry.components for check in part.checks} <= CHECKS.keys()
    assert {case["lint"] for _, case in gs1_vectors.cases("linters")} == CHECKS.keys()


@pytest.mark.parametrize("ai", ["3105", "3955", "91", "99", "3943"])
def test_every_identifier_of_a_range_is_known(ai: str) -> None:
    assert entry_of(ai) is not None


@pytest.mark.parametrize("ai", ["3106", "3944", "90 ", "9", "9999", ""])
def test_none_beyond_a_range_is(ai: str) -> None:
    assert entry_of(ai) is None


messages = st.integers(0, 10**9).map(lambda seed: message(random.Random(seed)))


def sound(written: list[Element]) -> tuple[Element, ...] | None:
    found = read_bracketed(bracketed(written))
    return None if isinstance(found, Fault) else found


@given(messages)
def test_a_message_is_read_back_as_it_was_written(written: list[Element]) -> None:
    """Bracketed, raw, as a scanner sends it, and as a link where it has a key."""
    elements = sound(written)
    if elements is None:
        return
    assert read_elements(element_string(elements)) == elements
    assert read_scan(f"]d2{element_string(elements)}").elements == elements
    link = write_link(elements)
    if isinstance(link, str):
        assert sorted(set(elements)) == sorted(read_link(link))


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    for found in (read_elements(text), read_bracketed(text), read_link(text), read_scan(text), read_goods(text, 2026)):
        if isinstance(found, Fault):
            assert sentence_of(found)


def test_every_fault_of_gs1s_suite_has_words_and_no_words_are_left_over() -> None:
    named = {case["error"].lower() for _, case in gs1_vectors.cases("linters") if not case["ok"]}
    unsaid = {"invalid_gcp_prefix", "gcp_datasource_offline"}
    coupon = {name for name in named if re.match(r"coupon_(missing|truncated|invalid|too_short)", name)}
    assert named - coupon - unsaid == REASONS.keys()
    for name in coupon:
        words = sentence_of(Fault("gs1_value_wrong", "8110", name))
        assert re.fullmatch(r"What stands behind \(8110\) is wrong: the coupon's [a-z0-9 ]+\.", words)


def test_every_code_that_is_given_has_a_sentence_and_none_is_never_given() -> None:
    sources = [path.read_text("utf-8") for path in Path(coupons.__file__).parent.glob("*.py")]
    given_codes = {code for text in sources for code in re.findall(r'Fault\("(\w+)"', text)}
    assert given_codes == SENTENCES.keys()


SSCC = "106141412345678908"
GTIN = "09521234543213"


@pytest.mark.requirement("L2", "L3")
@pytest.mark.parametrize(
    ("text", "goods"),
    [
        (f"]C100{SSCC}", Goods(sscc=SSCC)),
        (f"]C102{GTIN}3748\x1d10MAK-2026-0142", Goods(gtin=GTIN, lot="MAK-2026-0142", count="48")),
        (f"]d201{GTIN}17270200310300750010AB-1\x1d21S7",
         Goods(gtin=GTIN, lot="AB-1", serial="S7", expires_on="2027-02-28", measure="7.5", unit_of_measure="kg")),
        (f"(01){GTIN}(15)281130(10)X(1", "gs1_brackets_wrong"),
        (f"(01){GTIN}(15)281130(10)X", Goods(gtin=GTIN, lot="X", expires_on="2028-11-30")),
        (f"01{GTIN}10AB", Goods(gtin=GTIN, lot="AB")),
        ("]E09521234543213", Goods(gtin=GTIN)),
        ("9521234543213", Goods(gtin=GTIN)),
        (f"]Q1HTTPS://ID.EXAMPLE.COM/01/{GTIN}/10/L1/21/HU1?17=281130&7003=2811300815",
         Goods(gtin=GTIN, lot="L1", serial="HU1", expires_on="2028-11-30")),
        (f"https://id.gs1.org/00/{SSCC}?02={GTIN}&37=25&10=ABC", Goods(sscc=SSCC, gtin=GTIN, lot="ABC", count="25")),
        ("]C1400ORDER-7", "gs1_no_goods"),
        ("https://www.example.com/about", "gs1_link_without_key"),
        (f"]C101{GTIN}1", "gs1_ai_unknown"),
        (f"(01){GTIN}(01)04150123456782", "gs1_ai_repeated"),
        ("]Q1MAK-2026-0142", None),
        ("MAK-2026-0142", None),
        ("9521234543214", None),
    ],
)  # fmt: skip
def test_a_code_says_what_goods_it_stands_on(text: str, goods: Goods | str | None) -> None:
    found = read_goods(f" {text}\r\n", 2026)
    assert (found.code if isinstance(found, Fault) else found) == goods


@pytest.mark.parametrize(
    ("yymmdd", "day"), [("760101", "2076-01-01"), ("770101", "1977-01-01"), ("000229", "2000-02-29")]
)
def test_a_year_of_two_digits_is_the_nearest_one(yymmdd: str, day: str) -> None:
    assert read_goods(f"(01){GTIN}(17){yymmdd}", 2026).expires_on == day


def test_a_lost_separator_is_not_guessed_but_a_value_that_became_too_long_is_found_out() -> None:
    """`]C1` 01, 10 ABC123, 21 HU1 without its separator is, by every rule of GS1, the lot ABC12321HU1."""
    assert read_goods(f"]C101{GTIN}10ABC12321HU1", 2026) == Goods(gtin=GTIN, lot="ABC12321HU1")
    found = read_goods(f"]C101{GTIN}10MAK-2026-014221HU0001234", 2026)
    assert isinstance(found, Fault)
    assert "separator" in sentence_of(found)


@pytest.mark.parametrize(
    ("text", "code", "ai"),
    [
        (f"(00){SSCC}(10)MAK-2026-0142", "gs1_ai_unaccompanied", "10"),
        ("(10)MAK-2026-0142", "gs1_ai_unaccompanied", "10"),
        (f"(01){GTIN}(37)3", "gs1_ai_excluded", "01"),
        (f"(01){GTIN}(21)A(21)B", "gs1_ai_repeated", "21"),
        ("(253)9526064000028(8030)AA", "gs1_signature_unserialised", "253"),
    ],
)
def test_elements_that_must_not_stand_alone_or_together_are_told(text: str, code: str, ai: str) -> None:
    fault = association_fault(read_bracketed(text))
    assert (fault.code, fault.ai) == (code, ai)


@given(st.from_regex(r"[0-9]{1,17}", fullmatch=True), st.integers(1, 9), st.data())
def test_a_check_digit_catches_every_wrong_digit(digits: str, step: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(digits) - 1))
    wrong = digits[:at] + str((int(digits[at]) + step) % 10) + digits[at + 1 :]
    assert check_digit_of(wrong) != check_digit_of(digits)
