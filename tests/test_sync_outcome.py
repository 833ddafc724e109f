"""Every way a scan can end has one sentence a person on the floor can act on."""

from __future__ import annotations

import pytest

from sync.outcome import CODES, Ending, Outcome, first, sentence


@pytest.mark.requirement("S7", "S10")
@pytest.mark.parametrize("code", CODES)
def test_a_sentence_fits_on_a_phone_and_names_no_code(code: str) -> None:
    """At most 140 characters with real names in it; plain words where a name is not known."""
    said = sentence(code, unit="U03K4QX-0001E", who="Ravi Kumar", when="10:42", place="Kiran Formulations")
    assert len(said) <= 140
    assert "_" not in said
    assert "{" not in sentence(code)


def test_of_several_endings_the_gravest_is_told() -> None:
    """What has no effect outranks what was taken back, that what is already known, that what should be looked at."""
    order = [Outcome.NO_EFFECT, Outcome.VOIDED, Outcome.SUPERSEDED, Outcome.ATTENTION]
    ranks = [order.index(code.outcome) for code in CODES.values()]
    assert ranks == sorted(ranks)
    assert first(Ending("unit_unknown"), None, Ending("undone")) == Ending("undone")
    assert first(None, None) is None
