"""What a person must look at, in words."""

from __future__ import annotations

import pytest

from sync.exception import CHOICES, KINDS, name_of


@pytest.mark.requirement("S10", "S7")
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_exception_says_in_plain_words_what_it_is_and_what_can_be_done(kind: str) -> None:
    meaning = KINDS[kind]
    assert 0 < len(meaning.sentence) <= 140
    assert 0 < len(meaning.advice) <= 140
    assert 0 < len(name_of(kind)) <= 30
    assert meaning.choices
    assert set(meaning.choices) <= CHOICES.keys()
