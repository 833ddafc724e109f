"""Push and pull over HTTP against a real database: what bad input gets, and that nothing said to be saved is lost."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Installation
from floor import START, WH, material
from litestar.testing import TestClient
from signed_phone import SignedPhone
from sqlalchemy import text

from server.access.keys import INSTALLATION_KEY
from server.database import migrate
from server.intake.check import check
from sync.chain import fingerprint
from sync.outbox import Run
from sync.wire import BODY_BYTES_MAX, Link, outcome_key

pytestmark = pytest.mark.both_engines


@pytest.fixture
def phone(client: TestClient[Any], installation: Installation) -> SignedPhone:
    """An enrolled phone at the warehouse."""
    return SignedPhone(client, installation.office)


def verdicts(answer: Any) -> list[str]:
    """Give the verdicts of an answer that must be 200."""
    assert answer.status_code == 200, answer.json()
    return [verdict["v"] for verdict in answer.json()["verdicts"]]


@pytest.mark.requirement("S9", "S8")
def test_a_push_is_taken_and_the_same_push_again_is_known(phone: SignedPhone, installation: Installation) -> None:
    """The response was lost after the commit: the phone sends again, with a new signature."""
    phone.commission("D1"), phone.commission("D2")
    first = phone.push()
    assert verdicts(first) == ["stored", "stored"]
    assert verdicts(phone.push()) == ["duplicate", "duplicate"]
    assert first.json()["received"]["seq"] == 2
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S9")
def test_bad_events_in_the_middle_of_a_push_do_not_hold_up_the_good_ones(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """Noise, an unknown type, impossible quantities, an empty body, a deep one: each is kept and answered by itself."""
    phone.commission("D1")
    for body in (b"not json", b'{"type":"teleported","v":1}', b"", b"[" * 5_000):
        phone.outbox.record(phone.prefix + len(phone.outbox.events).to_bytes(12, "little"), body)
    phone.consume("D1", "0", at_place=WH)
    phone.commission("D2")
    answer = phone.push()
    assert verdicts(answer) == ["stored", *["quarantined"] * 4, "stored", "stored"]
    phone.outbox.events.clear()
    rows = client.get("/stock", headers=installation.office).json()["rows"]
    assert [(row["place"], row["quantity"]) for row in rows] == [(WH, "50000")]
    phone.pull()
    told = [data["code"] for (kind, _), data in phone.replica.items() if kind == "outcome" and data]
    assert sorted(told) == ["body_unreadable"] * 3 + ["quantity_not_positive", "unknown_type"]
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S8")
def test_a_phone_whose_clock_is_a_year_ahead_is_heard_like_any_other(
    phone: SignedPhone, installation: Installation
) -> None:
    """Clocks never reject, and no other phone is dragged along."""
    phone.skew_ms = 366 * 86_400_000
    phone.commission("D1")
    assert verdicts(phone.push()) == ["stored"]
    other = SignedPhone(phone.client, installation.office)
    sent = other.dispatch("D1", at=5)
    assert verdicts(other.push()) == ["stored"]
    assert json.loads(sent.body)["clock"]["at"][0] < json.loads(phone.outbox.events[0].body)["clock"]["at"][0]
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S11")
@pytest.mark.parametrize("forgery", ["body", "other_key", "other_purpose", "other_inc", "dropped"])
def test_what_the_phone_did_not_sign_is_turned_away_and_nothing_is_stored(
    phone: SignedPhone, installation: Installation, forgery: str
) -> None:
    """A relay, or anybody on the network, can delay scans but not alter, add or drop one."""
    phone.commission("D1"), phone.commission("D2")
    run = phone.outbox.next_run()
    assert run is not None
    pushed = phone.envelope(run)
    if forgery == "body":
        pushed["events"][1]["body"] = pushed["events"][1]["body"].replace("25000", "95000")
    elif forgery == "other_key":
        pushed["sig"] = SignedPhone(phone.client, installation.office).sign(
            "push", pushed["nonce"], run.inc, run.end.seq, run.end.hash
        )
    elif forgery == "other_purpose":
        pushed["sig"] = phone.sign("pull", pushed["nonce"], run.inc, run.end.seq, run.end.hash)
    elif forgery == "other_inc":
        pushed["inc"] = "ab" * 16
    else:
        del pushed["events"][1]
    answer = phone.client.post("/sync/v1/push", json=pushed)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_wrong")
    assert verdicts(phone.push()) == ["stored", "stored"]


@pytest.mark.requirement("S11")
def test_an_unknown_phone_is_turned_away_unless_this_installation_vouches_for_it(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """After a restore from an older backup the database has forgotten a phone; its certificate lets it in again."""
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(text("UPDATE enrolment SET used_by = NULL"))
        connection.execute(text("DELETE FROM device"))
    phone.commission("D1")
    run = phone.outbox.next_run()
    assert run is not None
    without = phone.envelope(run) | {"certificate": None}
    answer = client.post("/sync/v1/push", json=without)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_unknown")
    forged = phone.envelope(run) | {"certificate": phone.certificate[:-4] + "AAAA"}
    answer = client.post("/sync/v1/push", json=forged)
    assert (answer.status_code, answer.json()["code"]) == (401, "certificate_wrong")
    assert verdicts(phone.push()) == ["stored"]
    assert (installation.settings.keys_folder / INSTALLATION_KEY).exists()


@pytest.mark.requirement("S8")
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "envelope_unreadable"),
        (b"[]", "application/json", 400, "envelope_unreadable"),
        (b'{"proto":1}', "application/json", 400, "envelope_unreadable"),
        (b"[" * 5_000 + b"]" * 5_000, "application/json", 400, "too_deep"),
        (b"{}", "text/plain", 415, "content_type"),
        (b"{" + b" " * 5_000_000 + b"}", "application/json", 413, "too_large"),
    ],
)
def test_a_message_that_is_no_push_gets_a_clear_answer(
    client: TestClient[Any], body: bytes, content_type: str, status: int, code: str
) -> None:
    """Nothing of it can be kept, since nobody signed it; the phone keeps everything."""
    answer = client.post("/sync/v1/push", content=body, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.requirement("S8")
def test_a_body_over_the_limit_is_refused_with_its_push_and_the_rest_goes_alone(phone: SignedPhone) -> None:
    """No phone makes such a body; the refusal names the envelope, and the phone shrinks its runs."""
    phone.commission("D1")
    phone.outbox.record(bytes(16), b"x" * (BODY_BYTES_MAX + 1))
    answer = phone.push()
    assert (answer.status_code, answer.json()["code"]) == (400, "envelope_unreadable")
    phone.outbox.run_max = 1
    assert verdicts(phone.push()) == ["stored"]


@pytest.mark.requirement("S8")
def test_a_run_with_a_gap_in_it_is_refused_whole(phone: SignedPhone) -> None:
    """A run is unbroken by definition; holes are sent as several pushes."""
    made = [phone.commission(f"D{n}") for n in range(3)]
    broken = Run(made[0].inc, Link(0, made[0].previous.hex()), (made[0], made[2]))
    answer = phone.push(broken)
    assert (answer.status_code, answer.json()["code"]) == (400, "envelope_unreadable")


@pytest.mark.requirement("S8")
def test_an_old_nonce_is_replaced_and_the_push_goes_through(phone: SignedPhone) -> None:
    """The phone was away for a week: the refusal carries a new nonce, nobody has to do anything."""
    phone.commission("D1")
    run = phone.outbox.next_run()
    assert run is not None
    stale = phone.envelope(run) | {"nonce": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}
    answer = phone.client.post("/sync/v1/push", json=stale)
    assert (answer.status_code, answer.json()["code"]) == (401, "nonce_expired")
    nonce = answer.json()["nonce"]
    fresh = stale | {"nonce": nonce, "sig": phone.sign("push", nonce, run.inc, run.end.seq, run.end.hash)}
    assert verdicts(phone.client.post("/sync/v1/push", json=fresh)) == ["stored"]


@pytest.mark.requirement("S7", "S10")
def test_a_second_phone_sees_what_the_first_one_scanned(phone: SignedPhone, installation: Installation) -> None:
    """Through the feed: units with their heads, items, places, people of the site."""
    other = SignedPhone(phone.client, installation.office)
    born = phone.commission("D1", supplier_lot="NC-77")
    phone.push()
    answer = other.pull(limit=1)
    unit = other.replica["unit", "D1"]
    assert (unit["quantity"], unit["place"], unit["supplier_lot"]) == ("25000", WH, "NC-77")
    assert unit["heads"] == [born.id.hex()]
    assert ("company", "ASHA") in other.replica
    assert ("place", "ASHA-WH") in other.replica
    assert answer["judged"] == 0
    assert phone.pull()["judged"] == 1


@pytest.mark.requirement("F8", "S10")
def test_a_right_that_was_lent_is_known_on_every_phone_of_its_site_until_it_is_taken_back(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """Lent by a supervisor; what an operator lends is nobody's right, and another site hears of neither."""
    office = {"headers": installation.office}
    client.post(
        "/places", json={"code": "KIRAN-FL", "name": "K", "type": "factory_floor", "site": "KIRAN-FL"}, **office
    )
    other, far = SignedPhone(client, installation.office), SignedPhone(client, installation.office, site="KIRAN-FL")
    lent = {}
    for role, lending in (("supervisor", "ab" * 16), ("operator", "cd" * 16)):
        asked = {"name": role, "role": role, "site": "ASHA-WH", "pin": "615204"}
        phone.actor = bytes.fromhex(client.post("/people", json=asked, **office).json()["person"])
        lent[role] = phone.record("lent", person="ee" * 16, lending=lending, until=START + 3_600_000)
        if role == "supervisor":
            supervisor = phone.actor
    phone.push(), other.pull(), far.pull()
    assert lendings(other) == [
        {
            "lending": "ab" * 16, "event": lent["supervisor"].id.hex(), "person": "ee" * 16,
            "until": START + 3_600_000, "by": supervisor.hex(),
        }
    ]  # fmt: skip
    assert lendings(far) == []
    new = SignedPhone(client, installation.office)
    new.snapshot()
    assert lendings(new) == lendings(other)

    phone.actor = supervisor
    phone.void(lent["supervisor"])
    phone.push(), other.pull(), new.pull()
    assert lendings(other) == lendings(new) == []


def lendings(phone: SignedPhone) -> list[dict[str, Any]]:
    """Give the rights a phone knows to be lent."""
    return [data for (kind, _), data in phone.replica.items() if kind == "lending" and data is not None]


@pytest.mark.requirement("S10")
def test_the_second_to_receive_a_pallet_is_told_in_plain_words_who_was_first(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """One counts, the other is told, and its phone counts it as settled."""
    other = SignedPhone(client, installation.office)
    phone.commission("D1"), phone.dispatch("D1", at=1)
    phone.push()
    first = phone.receive("D1", at=2, to=WH)
    second = other.receive("D1", at=3, to=WH)
    verdicts(phone.push()), verdicts(other.push())
    other.pull()
    told = other.replica["outcome", outcome_key(second.id, fingerprint(second.body))]
    assert (told["outcome"], told["code"], told["by"]) == ("superseded", "already_received", first.id.hex())
    assert told["sentence"].startswith("Phone received D1 at ⟨1763800000002⟩.")
    # A phone that speaks another language says the same with these.
    assert told["told"] == {"unit": "D1", "who": "Phone", "at": 1763800000002, "place": None}


@pytest.mark.requirement("S11")
def test_of_two_bodies_under_one_id_a_phone_hears_what_became_of_each(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """A clone may record under an id that was given already; each of the two finds the outcome of its own scan."""
    other = SignedPhone(client, installation.office)
    mine = phone.commission("D1")
    theirs = other.commission("D2", at=1)
    other.outbox.events.clear()
    other.outbox.record(mine.id, theirs.body)
    phone.push(), other.push()
    other.pull()
    fact, evidence = sorted(fingerprint(body) for body in (mine.body, theirs.body))
    assert other.replica.get(("outcome", outcome_key(mine.id, fact))) is None
    assert other.replica["outcome", outcome_key(mine.id, evidence)]["code"] == "same_id_other_content"


@pytest.mark.requirement("N3")
def test_a_unit_that_leaves_a_site_leaves_its_phones(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """While under way both ends see it; once it has arrived, only the receiver does."""
    for code in ("KIRAN-FL",):
        client.post(
            "/places",
            json={"code": code, "name": "Kiran", "type": "contract_manufacturer", "site": code},
            headers=installation.office,
        )
    far = SignedPhone(client, installation.office, site="KIRAN-FL")
    phone.commission("D1"), phone.dispatch("D1", at=1)
    phone.push()
    phone.pull(), far.pull()
    assert phone.replica["unit", "D1"]["place"] == far.replica["unit", "D1"]["place"] == "transfer:TR-1"
    far.receive("D1", at=5)
    far.push()
    phone.pull(), far.pull()
    assert phone.replica["unit", "D1"] is None
    assert far.replica["unit", "D1"]["place"] == "location:KIRAN-FL"


@pytest.mark.requirement("A5")
def test_a_cursor_of_another_epoch_starts_again(phone: SignedPhone) -> None:
    """The server was brought back from a backup: positions are used again, so the replica is rebuilt."""
    phone.commission("D1")
    phone.push()
    phone.pull()
    phone.cursor = {"epoch": "of-another-life", "pos": 3}
    assert phone.pull()["reset"] is True
    assert phone.replica["unit", "D1"] is not None


@pytest.mark.requirement("S9", "A5")
def test_phones_that_push_at_once_are_settled_together_and_each_gets_its_own_answer(
    client: TestClient[Any], installation: Installation
) -> None:
    """Group commit: twelve pushes, any grouping, no verdict mixed up, feed positions without a gap."""
    phones = [SignedPhone(client, installation.office, name=f"P{n}") for n in range(12)]
    made = [phone.commission(f"D{n}", at=n) for n, phone in enumerate(phones)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda phone: phone.push(), phones))
    for answer, kept in zip(answers, made, strict=True):
        assert [verdict["id"] for verdict in answer.json()["verdicts"]] == [kept.id.hex()]
        assert verdicts(answer) == ["stored"]
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S8")
def test_a_caller_who_hangs_up_while_waiting_does_not_stop_the_writer(tmp_path: Path) -> None:
    """Its delivery is simply not taken; the phone will send it again."""
    from floor import Books, Phone, single  # noqa: PLC0415

    from server.intake.writer import Writer  # noqa: PLC0415

    books = Books(tmp_path)
    books.connection.close()
    writer = Writer(books.address, lambda: 0)
    phone = Phone(1)
    one, two = single(phone, phone.commission("D1")), single(phone, phone.commission("D2"))
    gone = writer.hand_in(one)
    assert gone.cancel()
    writer.start()
    assert writer.hand_in(two).result(10).verdicts[0].v == "stored"
    writer.stop()
    assert threading.active_count() < 50


@pytest.mark.sqlite
@pytest.mark.requirement("S8")
def test_after_an_unclean_stop_bytes_are_committed_before_settlement_is_tried(tmp_path: Path) -> None:
    """An event that once killed the process in settlement is at least kept this time; it settles right after."""
    from floor import Books, Phone, single  # noqa: PLC0415

    from server.intake.writer import Writer  # noqa: PLC0415

    books = Books(tmp_path)
    books.path.with_name(books.path.name + ".running").touch()
    phone = Phone(1)
    writer = Writer(books.path, lambda: int(time.time() * 1000))
    writer.start()
    receipt = writer.hand_in(single(phone, phone.commission("D1"))).result(10)
    writer.stop()
    assert receipt.verdicts[0].v == "stored"
    assert books.at(WH) == 25_000
    assert not books.path.with_name(books.path.name + ".running").exists()
    assert material()["quantity"] == "25000"


# --- runs that somebody else hands in


@pytest.mark.requirement("S8", "S11")
def test_a_run_signed_for_export_is_taken_from_whoever_brings_it_and_again_says_nothing_new(
    phone: SignedPhone, client: TestClient[Any], installation: Installation
) -> None:
    """The phone's storage is gone, its second copy is not: what it signed then proves whose scans these are."""
    phone.commission("D1"), phone.commission("D2")
    run = phone.exported()
    assert verdicts(client.post("/sync/v1/push", json=run)) == ["stored", "stored"]
    assert verdicts(client.post("/sync/v1/push", json=run)) == ["duplicate", "duplicate"]
    assert verdicts(phone.push()) == ["duplicate", "duplicate"]
    assert check(installation.settings.database) == []


@pytest.mark.requirement("S11")
def test_a_brought_run_cannot_be_altered_prolonged_or_made_from_a_contact_that_was_overheard(
    phone: SignedPhone, client: TestClient[Any]
) -> None:
    phone.commission("D1"), phone.commission("D2")
    run = phone.exported()
    altered = json.loads(json.dumps(run).replace("25000", "95000"))
    assert client.post("/sync/v1/push", json=altered).json()["code"] == "signature_wrong"
    announced = run | {"head": {"seq": 900, "hash": "00" * 32}}
    assert client.post("/sync/v1/push", json=announced).json()["code"] == "envelope_unreadable"
    nothing = run | {"events": [], "head": run["base"]}
    assert client.post("/sync/v1/push", json=nothing).json()["code"] == "envelope_unreadable"
    overheard = run | {"nonce": phone.nonce()}
    assert client.post("/sync/v1/push", json=overheard).json()["code"] == "signature_wrong"
    pushed = phone.outbox.next_run()
    assert pushed is not None
    stripped = phone.envelope(pushed) | {"nonce": "", "head": run["head"]}
    assert client.post("/sync/v1/push", json=stripped).json()["code"] == "signature_wrong"
