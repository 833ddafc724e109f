"""Scans carried as a file: handed in from the command line, by the door that phones use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result
from conftest import Installation, Serve, free_port
from signed_phone import SignedPhone

from server.cli import main
from server.intake.check import check
from server.settings import Settings, to_environment


def bring(path: Path, settings: Settings, *arguments: str) -> Result:
    """Hand a file in as a person would."""
    command = ["import", str(path), *arguments]
    return CliRunner().invoke(main, command, env=to_environment(settings), catch_exceptions=False)


def saved(path: Path, *pushes: dict[str, Any]) -> Path:
    """Write pushes as a phone saves them."""
    path.write_text(json.dumps({"batchspine_scans": 1, "phone": "Dock 1", "pushes": pushes}))
    return path


@pytest.mark.requirement("S8", "S11")
def test_a_file_of_scans_is_handed_in_once_however_often_it_is_brought_and_whoever_comes_first(
    installation: Installation, serve: Serve, tmp_path: Path
) -> None:
    settings = msgspec.structs.replace(installation.settings, port=free_port(), public_url="")
    server = serve(settings)
    with httpx.Client(base_url=server.url, timeout=30) as client:
        phone = SignedPhone(client, installation.office, name="Dock 1")
        phone.commission("D1"), phone.commission("D2")
        run = phone.exported()
        path = saved(tmp_path / "scans.json", run)
        assert bring(path, settings).output == "Dock 1: 2 scans taken, 0 known already\n"
        assert bring(path, settings, "--server", server.url).output == "Dock 1: 0 scans taken, 2 known already\n"
        answer = phone.push().json()
        assert [verdict["v"] for verdict in answer["verdicts"]] == ["duplicate", "duplicate"]

        phone.commission("D3")
        later = phone.exported()
        phone.push()
        assert bring(saved(path, later), settings).output == "Dock 1: 0 scans taken, 3 known already\n"

        phone.commission("D4")
        forged = json.loads(json.dumps(phone.exported()).replace("25000", "95000"))
        refused = bring(saved(path, forged), settings)
        assert (refused.exit_code, "(signature_wrong)" in refused.output) == (1, True)
    assert server.stop() == 0
    assert check(settings.database) == []
    refused = bring(path, settings)
    assert (refused.exit_code, "does not answer" in refused.output) == (1, True)


@pytest.mark.parametrize("text", ["", "[]", '{"batchspine_scans": 2, "phone": "X", "pushes": []}', "\xff"])
def test_what_is_no_file_of_scans_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scans.json"
    path.write_text(text, encoding="latin-1")
    refused = bring(path, Settings(data=tmp_path, pwa=tmp_path))
    assert (refused.exit_code, "holds no scans of a phone" in refused.output) == (1, True)
    refused = bring(path, Settings(data=tmp_path, pwa=tmp_path), "--server", "file:///etc")
    assert refused.exit_code == 1
