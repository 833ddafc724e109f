"""The app has words for everything the server can refuse, and they are the server's own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.problems import SENTENCES

WORDS = Path(__file__).resolve().parents[1] / "pwa" / "src" / "words" / "en.ts"
_PROBLEMS = re.compile(r"^  problems: \{\n(.*?)^  \}", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r'^    (\w+):\s+"((?:[^"\\]|\\.)*)",$', re.MULTILINE)


@pytest.mark.requirement("S6")
def test_every_refusal_of_the_server_is_in_the_words_of_the_app_as_the_server_says_it() -> None:
    """What is in the words is said in every language (`pwa/tests/languages.test.ts`)."""
    (block,) = _PROBLEMS.findall(WORDS.read_text("utf-8"))
    words = dict(_LINE.findall(block))
    assert {code: words.get(code) for code in SENTENCES} == SENTENCES
