"""Commands as symbols, on the same vectors as the phone's twin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labels.command import COMMANDS, command_text
from labels.identity import Refused, parse
from labels.sign import SCANNER_STEPS

VECTORS = json.loads((Path(__file__).parent / "vectors" / "commands.json").read_text("utf-8"))


@pytest.mark.requirement("S2")
def test_the_sheet_has_the_commands_the_phone_obeys() -> None:
    assert [*COMMANDS] == VECTORS["commands"]
    assert all(command_text(name) == f"MAK1:C:{name}" for name in COMMANDS)


@pytest.mark.requirement("S2")
def test_the_sheet_for_scanners_has_the_texts_the_phone_compares() -> None:
    assert [text for _, _, text in SCANNER_STEPS] == VECTORS["scanner"]


@pytest.mark.requirement("S2", "L1")
@pytest.mark.parametrize("source", ["wedge", "camera", "typed"])
def test_no_command_can_be_taken_for_a_batch_or_a_unit(source: str) -> None:
    for name in COMMANDS:
        assert isinstance(parse(command_text(name), source), Refused)  # type: ignore[arg-type]


@pytest.mark.requirement("S2")
def test_what_is_no_command_is_not_printed() -> None:
    with pytest.raises(KeyError):
        command_text("SELF-DESTRUCT")
