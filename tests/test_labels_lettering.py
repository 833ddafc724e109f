"""Words made to fit, and characters the fonts cannot draw."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.lettering import CODE, STRONG, cut_words, fit_code, fit_words, require_glyphs, shaped
from labels.png import written
from labels.refusal import LabelRefused

texts = st.text(st.characters(min_codepoint=33, max_codepoint=126) | st.just(" "), min_size=1, max_size=150).map(
    lambda text: " ".join(text.split()) or "x"
)


def widest(lines: tuple[str, ...], face: str, size: int) -> float:
    """Give the width of the widest line in dots, by its measure and by its ink."""
    inks = [written(line, face, size) for line in lines]
    measured = max(shaped(line, face).width * size for line in lines)
    return max(measured, *(left + mask.width for mask, left, _ in inks if mask is not None), 0)


@settings(deadline=None)
@given(st.from_regex(r"[A-Z0-9][A-Z0-9.-]{0,19}", fullmatch=True), st.integers(200, 900), st.integers(20, 90))
def test_a_code_is_made_smaller_but_stays_whole_on_one_line(text: str, width: int, height: int) -> None:
    fitted = fit_code(text, width=width, height=height, size_max=100)
    assert fitted.lines == (text,)
    assert widest(fitted.lines, CODE, fitted.size) <= width


@settings(deadline=None)
@given(texts, st.integers(150, 600), st.integers(25, 120))
def test_words_that_fit_are_all_shown(text: str, width: int, height: int) -> None:
    fitted = fit_words(text, STRONG, width=width, height=height, size_max=48, size_min=20)
    if fitted is not None:
        assert " ".join(fitted.lines) == text
        assert widest(fitted.lines, STRONG, fitted.size) <= width
        assert fitted.size * (1 + 1.16 * (len(fitted.lines) - 1)) <= height or len(fitted.lines) == 1


@settings(deadline=None)
@given(texts, st.integers(60, 300), st.integers(25, 80))
def test_words_that_are_cut_say_so_and_stay_in_their_box(text: str, width: int, height: int) -> None:
    fitted = cut_words(text, STRONG, width=width, height=height, size=20)
    assert widest(fitted.lines, STRONG, 20) <= width
    shown = "".join(fitted.lines).replace(" ", "")
    whole = text.replace(" ", "")
    assert shown == whole or (shown.endswith("…") and whole.startswith(shown[:-1]))


@pytest.mark.parametrize("character", ["অ", "ا", "\u0000", "\u202e", "\U0001f9ea", "\ue000"])
def test_a_character_that_would_come_out_wrong_is_refused_by_name(character: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        require_glyphs(f"ab{character}", STRONG, "item name")
    assert refusal.value.code == "glyph_missing"
    assert "item name" in refusal.value.detail


def test_the_letters_of_european_and_cyrillic_names_are_drawn() -> None:
    require_glyphs("Ærøskøbing Łódź Škoda Ñandú Ελλάδα Москва €µ±°²№ – …", STRONG, "owner")


VIRAMA = 9
NAMES = {
    "Devanagari": ("पैरासिटामोल क्षार, गुणवत्ता १२ किग्रा", "NotoSansDevanagari-SemiBold"),
    "Gujarati": ("પેરાસીટામોલ ગુણવત્તા ક્ષાર", "NotoSansGujarati-SemiBold"),
    "Tamil": ("பாராசிட்டமால் மூலப்பொருள் கொள்கலன்", "NotoSansTamil-SemiBold"),
    "Simplified Chinese": ("对乙酰氨基酚颗粒，批号", "NotoSansSC-Medium"),
    "Japanese": ("株式会社マカラ製薬 ひらがな", "NotoSansSC-Medium"),
    "Korean": ("아세트아미노펜 과립", "NotoSansKR-Medium"),
}


@pytest.mark.requirement("L4")
@pytest.mark.parametrize("script", NAMES)
def test_the_scripts_of_the_trade_are_drawn_with_no_letter_missing(script: str) -> None:
    text, face = NAMES[script]
    mixed = f"{text} 25 kg"
    require_glyphs(mixed, STRONG, "item name")
    glyphs = shaped(mixed, STRONG).glyphs
    assert all(glyph.number for glyph in glyphs)
    assert {glyph.face for glyph in glyphs} == {STRONG, face}
    assert "".join(glyph.text for glyph in glyphs) == mixed


@pytest.mark.requirement("L4")
@pytest.mark.parametrize(
    ("joined", "apart", "face"),
    [
        ("क्ष", "क्\u200cष", "NotoSansDevanagari-SemiBold"),
        ("ક્ષ", "ક્\u200cષ", "NotoSansGujarati-SemiBold"),
        ("க்ஷ", "க்\u200cஷ", "NotoSansTamil-SemiBold"),
    ],
)
def test_consonants_join_as_they_are_written(joined: str, apart: str, face: str) -> None:
    together = [glyph.number for glyph in shaped(joined, STRONG).glyphs if glyph.face == face]
    separate = [glyph.number for glyph in shaped(apart, STRONG).glyphs if glyph.face == face]
    assert len(together) < len(separate)


def test_a_vowel_sign_that_is_spoken_after_its_letter_is_written_before_it() -> None:
    sign, letter = (glyph.number for glyph in shaped("कि", STRONG).glyphs)
    assert letter == shaped("क", STRONG).glyphs[0].number
    assert sign != letter


@pytest.mark.parametrize("text", ["ि", "abc ா", "12 ્"])
def test_a_sign_without_its_letter_is_refused_and_not_drawn_on_a_dotted_circle(text: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        require_glyphs(text, STRONG, "item name")
    assert refusal.value.code == "glyph_missing"


@settings(deadline=None)
@given(st.integers(60, 300), st.sampled_from([text for text, _ in NAMES.values()]))
def test_a_text_is_cut_between_syllables_only(width: int, text: str) -> None:
    """A consonant that loses its vowel sign is another syllable."""
    (*_, last) = cut_words(text, STRONG, width=width, height=25, size=20).lines
    if last.endswith("…") and last != "…":
        rest = text[text.rindex(last[:-1]) + len(last) - 1 :]
        assert not unicodedata.category(rest[0]).startswith("M")
        assert unicodedata.combining(last[-2]) != VIRAMA or not rest[0].isalpha()
