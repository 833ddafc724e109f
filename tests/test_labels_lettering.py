"""Words made to fit, and characters the fonts cannot draw."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labels.lettering import CODE, STRONG, bitmap, cut_words, fit_code, fit_words, outlines, require_glyphs
from labels.refusal import LabelRefused

texts = st.text(st.characters(min_codepoint=33, max_codepoint=126) | st.just(" "), min_size=1, max_size=150).map(
    lambda text: " ".join(text.split()) or "x"
)


def widest(lines: tuple[str, ...], face: str, size: int) -> float:
    return max(max(bitmap(face, size).getlength(line), outlines(face).stringWidth(line, size)) for line in lines)


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


@pytest.mark.parametrize("character", ["क", "漢", "ا", "\u0301", "\u0000", "\u202e", "\U0001f9ea", "\ue000"])
def test_a_character_that_would_come_out_wrong_is_refused_by_name(character: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        require_glyphs(f"ab{character}", STRONG, "item name")
    assert refusal.value.code == "glyph_missing"
    assert "item name" in refusal.value.detail


def test_the_letters_of_european_and_cyrillic_names_are_drawn() -> None:
    require_glyphs("Ærøskøbing Łódź Škoda Ñandú Ελλάδα Москва €µ±°²№ – …", STRONG, "owner")
