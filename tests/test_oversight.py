"""The exceptions inbox over HTTP: what the office and a site see, and a desk that closes it through its own chain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Installation
from floor import BATCH, WH, material
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
    assert listed["open"] == 2
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


@pytest.mark.requirement("S10")
def test_both_sides_say_who_when_how_old_their_picture_was_and_of_which_other_scans_they_knew(
    client: TestClient[Any], installation: Installation
) -> None:
    dock = SignedPhone(client, installation.office, name="Dock 1")
    gate = SignedPhone(client, installation.office, name="Gate")
    dock.commission("D1", at=1_000)
    sent = dock.dispatch("D1", at=2_000)
    dock.push()
    came = gate.receive("D1", to=WH, at=3_000, material=material(24_000, obtained="counted"), picture_at=1_234)
    gate.push()
    (shown,) = client.get("/exceptions?kind=quantity_differs", headers=installation.office).json()["exceptions"]
    assert (shown["name"], shown["difference"]) == ("Quantity differs", {"found": "24000", "expected": "25000"})
    assert shown["about"] == {"unit": "D1", "item": "PARA-API", "batch": "MAK-2026-0142", "place": "ASHA-WH"}
    sender, receiver = shown["scans"]
    assert [(s["event"], s["device"]) for s in (sender, receiver)] == [
        (sent.id.hex(), "Dock 1"),
        (came.id.hex(), "Gate"),
    ]
    assert (sender["picture_at"], receiver["picture_at"]) == (None, 1_234)
    assert receiver["from"] < receiver["to"]
    assert receiver["received_at"] > 0
    assert (sender["knew"], receiver["knew"]) == ([], []), "neither knew of the other's scan"
    assert receiver["material"]["quantity"] == "24000"
    assert [choice["choice"] for choice in shown["choices"]] == ["count_again", "accept"]


@pytest.mark.requirement("S10")
def test_what_is_within_tolerance_is_folded_away_at_the_desk_and_on_phones_and_nowhere_else(
    client: TestClient[Any], installation: Installation
) -> None:
    office = installation.office
    item = {"code": "PARA-API", "name": "Paracetamol", "unit_of_measure": "kg", "per_unit": 1_000}
    client.post("/items", json=item, headers=office)
    phone = SignedPhone(client, office)
    phone.commission("D1"), phone.count("D1", 24_900, at=1, to=WH)
    phone.push()
    phone.pull()
    ((key, before),) = [(key, row) for key, row in phone.replica.items() if key[0] == "exception"]
    assert before["is_within_tolerance"] is False
    assert client.get("/exceptions/count", headers=office).json()["open"] == 1

    def answer(path: str, body: dict[str, Any]) -> Any:
        return client.post(path, json=body, headers=office)

    assert answer("/tolerances", {"percent": "0.5"}).status_code == 200
    counted = client.get("/exceptions/count", headers=office).json()
    assert (counted["open"], counted["within_tolerance"]) == (0, 1)
    phone.pull()
    assert phone.replica[key]["is_within_tolerance"] is True
    assert answer("/tolerances", {"item": "PARA-API", "place": "ASHA-WH", "quantity": "99"}).status_code == 200
    phone.pull()
    assert phone.replica[key]["is_within_tolerance"] is False, "the row for this item and place is more specific"
    rows = client.get("/tolerances", headers=office).json()["tolerances"]
    assert rows == [
        {"item": None, "place": None, "percent": "0.5", "quantity": None},
        {"item": "PARA-API", "place": "ASHA-WH", "percent": None, "quantity": "99"},
    ]
    answer("/tolerances/removals", {"item": "PARA-API", "place": "ASHA-WH"})
    assert client.get("/exceptions/count", headers=office).json()["open"] == 0
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S10")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "tolerance_without_limit"),
        ({"quantity": "5"}, "quantity_needs_item"),
        ({"item": "NOBODY", "percent": "1"}, "unknown_item"),
        ({"place": "NOWHERE", "percent": "1"}, "unknown_place"),
        ({"percent": "100.01"}, "field_wrong"),
        ({"percent": "-1"}, "field_wrong"),
    ],
)
def test_a_tolerance_that_makes_no_sense_is_not_taken(
    client: TestClient[Any], installation: Installation, body: dict[str, Any], code: str
) -> None:
    answer = client.post("/tolerances", json=body, headers=installation.office)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.requirement("S10", "J4")
def test_a_choice_brings_the_facts_it_leads_to_and_they_settle_the_matter(
    client: TestClient[Any], installation: Installation
) -> None:
    """A hold and a release that did not know of each other: the desk's release knows both."""
    office = installation.office
    phone, desk = SignedPhone(client, office), SignedPhone(client, office, is_desk=True)
    first = phone.hold()
    phone.push()
    desk.release(at=1, after=(first,))
    desk.push()
    phone.hold(at=2, after=(first,))
    phone.push()
    (shown,) = client.get("/exceptions?kind=hold_disputed", headers=office).json()["exceptions"]
    (effect,) = next(choice for choice in shown["choices"] if choice["choice"] == "release")["effects"]
    assert (effect["type"], len(effect["after"])) == ("released", 2)
    carry_out(desk, effect)
    desk.decide(trouble_of(shown), "release", at=4)
    desk.push()
    assert client.get("/exceptions/count", headers=office).json()["open"] == 0
    lots = client.get(f"/batches/{BATCH}", headers=office)
    assert lots.status_code == 404, "a hold alone is no batch"


@pytest.mark.requirement("J4")
def test_the_page_of_a_batch_says_which_lots_are_on_hold_and_whose_the_last_words_are(
    client: TestClient[Any], installation: Installation
) -> None:
    phone = SignedPhone(client, installation.office)
    phone.commission("D1")
    held = phone.hold(at=1)
    phone.push()
    (lot,) = client.get(f"/batches/{BATCH}", headers=installation.office).json()["lots"]
    assert (lot["is_held"], lot["hold_heads"]) == (True, [held.id.hex()])


@pytest.mark.requirement("S1", "S10")
def test_a_phone_switched_off_is_told_nothing_more_hands_in_its_scans_and_the_office_lets_them_count(
    client: TestClient[Any], installation: Installation
) -> None:
    office = installation.office
    lost = SignedPhone(client, office, name="Lost")
    desk = SignedPhone(client, office, name="Desk", is_desk=True)
    lost.commission("D1")
    lost.push()
    assert lost.pull()["head"] > 0
    before = phones(client, office)["Lost"]
    end = {"seq": 1, "hash": lost.outbox.head.hash}
    assert (before["standing"], before["chains"]) == ("active", [{"inc": lost.outbox.inc.hex(), **end}])
    carry_out(desk, {"type": "revoked", "device": lost.id.hex(), "heads": before["chains"]})
    desk.push()
    refused = lost.ask("pull")
    assert (refused.status_code, refused.json()["code"]) == (403, "device_switched_off")
    signed_in = client.post("/session", json=lost.contact_of_session())
    assert (signed_in.status_code, signed_in.json()["code"]) == (403, "device_switched_off")
    lost.commission("D2", at=1)
    assert lost.push().status_code == 200
    after = phones(client, office)["Lost"]
    assert (after["standing"], after["cut_off"]) == ("revoked", 1)
    assert client.get("/units/D2", headers=office).json()["item"] is None
    (shown,) = client.get("/exceptions?kind=device_cut_off", headers=office).json()["exceptions"]
    (admitted,) = shown["choices"][0]["effects"]
    carry_out(desk, admitted)
    desk.decide(trouble_of(shown), "admit", at=3)
    desk.push()
    assert client.get("/units/D2", headers=office).json()["quantity"] == "25000"
    assert phones(client, office)["Lost"]["cut_off"] == 0
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S1")
def test_a_floor_phone_switches_nobody_off(client: TestClient[Any], installation: Installation) -> None:
    one, other = (SignedPhone(client, installation.office, name=name) for name in ("One", "Other"))
    carry_out(one, {"type": "revoked", "device": other.id.hex(), "heads": []})
    one.push()
    assert other.pull()["head"] > 0
    assert phones(client, installation.office)["Other"]["standing"] == "active"


def phones(client: TestClient[Any], office: dict[str, str]) -> dict[str, Any]:
    return {row["name"]: row for row in client.get("/devices", headers=office).json()["devices"]}


def carry_out(desk: SignedPhone, effect: dict[str, Any]) -> None:
    """Record what a choice leads to, as the desk does."""
    said = {f"{key}_" if key == "from" else key: value for key, value in effect.items() if key not in ("type", "after")}
    known = tuple(SimpleNamespace(id=bytes.fromhex(i)) for i in effect.get("after", ()))
    desk.record(effect["type"], at=3, after=known, **said)
