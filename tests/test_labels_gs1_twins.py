"""The phone's GS1 grammar gives our answers: on every case of GS1's suite and on generated and damaged codes.

By command, as many as one likes: `pytest tests/test_labels_gs1_twins.py --times 100000`.
"""

from __future__ import annotations

import os
import subprocess
from itertools import chain
from pathlib import Path

import pytest
from conftest import Tell, Times
from gs1_twins import FUNCTIONS, SHARE, SHARE_COUNT, generated_questions, lines, vector_questions

ROOT = Path(__file__).resolve().parent.parent
GENERATED = 3_000


def test_the_phones_share_of_the_questions_is_the_one_we_answer() -> None:
    assert SHARE.read_text("utf-8").splitlines() == list(lines(generated_questions(SHARE_COUNT))), "Run: make tables"


def test_the_questions_reach_every_function_and_most_find_both_good_and_bad() -> None:
    good: dict[str, int] = dict.fromkeys(FUNCTIONS, 0)
    bad = dict(good)
    for question in chain(vector_questions(), generated_questions(GENERATED)):
        answer = FUNCTIONS[question[0]](*question[1])
        is_bad = getattr(answer, "code", None) is not None or (question[0] == "lint" and answer is not None)
        (bad if is_bad else good)[question[0]] += 1
    assert all(good[name] + bad[name] for name in set(FUNCTIONS) - {"check_digit_of"})
    for name in ("lint", "read_bracketed", "read_elements", "read_link", "read_scan", "read_goods", "write_link"):
        assert min(good[name], bad[name]) > 50, name


@pytest.mark.requirement("L2", "S2")
def test_the_phone_gives_the_same_answers(tmp_path: Path, times: Times, tell: Tell) -> None:
    count = times(GENERATED)
    asked = tmp_path / "questions.jsonl"
    number = 0
    with asked.open("w", encoding="utf-8") as file:
        for line in lines(chain(vector_questions(), generated_questions(count))):
            file.write(line + "\n")
            number += 1
    run = subprocess.run(
        ["npx", "vitest", "run", "tests/gs1.test.ts"], cwd=ROOT / "pwa", check=False, capture_output=True,
        text=True, env={**os.environ, "GS1": str(asked)},
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    tell(f"GS1 twins: {number} questions, {count} of them generated, answered alike by Python and TypeScript")
