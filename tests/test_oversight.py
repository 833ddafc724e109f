"""The exceptions inbox over HTTP: what the office and a site see, and a desk that closes it through its own chain."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Installation
from floor import WH
from litestar.testing import TestClient
from signed_phone import SignedPhone

from server.intake.check import check
from sync.exception import Trouble

pytestmark = pytest.mark.both_engines


def trouble_of(shown: dict[str, Any]) -> Trouble:
    """Make of an exception as it is shown what a decision names."""
    ids = tuple(sorted(bytes.fromhex(scan["event"]) for scan in shown["scans"]))
    return Trouble(shown["kind"], shown["subject"], ids, shown["detail"])


@pytest.mark.requirement("S10", "S7")
def test_an_exception_travels_to_its_site_is_closed_at_a_desk_and_leaves_the_phones(
    client: TestClient[Any], installation: Installation
) -> None:
    """With both sides' evidence: who, when as an interval, on which phone."""
    phone = SignedPhone(client, installation.office, name="Dock 1")
    desk = SignedPhone(client, installation.office, name="Office desk", is_desk=True)
    phone.commission("D1"), phone.consume("D1", 26_000, at=1, at_place=WH)
    phone.push()
    listed = client.get("/exceptions", headers=installation.office).json()
    assert listed["counts"] == {"more_than_was_there": 1, "below_zero": 1}
    shown = next(e for e in listed["exceptions"] if e["kind"] == "more_than_was_there")
    assert shown["scans"][0]["device"] == "Dock 1"
    assert shown["scans"][0]["from"] < shown["scans"][0]["to"]
    phone.pull()
    assert phone.replica["exception", shown["exception"]]["decision"] is None
    trouble = trouble_of(shown)
    assert (trouble.id.hex(), trouble.evidence.hex()) == (shown["exception"], shown["evidence"])
    desk.decide(trouble, "accept", note="Spilled on the scale")
    assert [v["v"] for v in desk.push().json()["verdicts"]] == ["stored"]
    assert client.get("/exceptions", headers=installation.office).json()["counts"] == {"below_zero": 1}
    phone.pull()
    assert phone.replica["exception", shown["exception"]]["decision"]["note"] == "Spilled on the scale"
    assert client.get(f"/exceptions/{shown['exception']}", headers=installation.office).json()["decision"]
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S5", "J4")
def test_a_hold_reaches_the_phones_with_the_units_it_concerns(
    client: TestClient[Any], installation: Installation
) -> None:
    phone, other = (SignedPhone(client, installation.office) for _ in range(2))
    phone.commission("D1")
    held = phone.hold(at=1)
    phone.push()
    other.pull()
    assert other.replica["unit", "D1"]["is_held"] is True
    phone.release(at=2, after=(held,))
    phone.push()
    other.pull()
    assert other.replica["unit", "D1"]["is_held"] is False


@pytest.mark.requirement("N3")
def test_a_site_sees_only_its_own_exceptions(client: TestClient[Any], installation: Installation) -> None:
    client.post(
        "/places",
        json={"code": "KIRAN-FL", "name": "Kiran", "type": "contract_manufacturer", "site": "KIRAN-FL"},
        headers=installation.office,
    )
    here, there = SignedPhone(client, installation.office), SignedPhone(client, installation.office, site="KIRAN-FL")
    here.consume("D1", at_place=WH)
    here.push()
    here.pull(), there.pull()
    assert [kind for kind, _ in here.replica].count("exception") == 2
    assert [kind for kind, _ in there.replica].count("exception") == 0
    answer = client.get("/exceptions/00", headers=installation.office)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_exception")
