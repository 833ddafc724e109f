"""Signs over HTTP: places to scan a move at, commands for thick gloves, the sheet that sets up a scanner."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from conftest import SITE, Installation
from fake_printer import FakePrinter, printed, printing
from litestar.testing import TestClient
from PIL import Image
from signed_phone import SignedPhone
from test_server_print_jobs import serving

from labels.command import COMMANDS, command_text
from labels.reading import symbols_in
from labels.sign import SCANNER_STEPS
from server.printing import printers


def add_place(client: TestClient[Any], headers: dict[str, str], code: str, site: str = SITE) -> None:
    body = {"code": code, "name": f"Place {code}", "type": "warehouse", "site": site}
    assert client.post("/places", json=body, headers=headers).status_code == 201


def qr_texts(document: bytes) -> list[str]:
    """Read the QR symbols of a document once each, page for page."""
    return [
        text
        for page in printed(document)
        for text in sorted({text for kind, text in symbols_in(page) if kind == "QRCode"})
    ]


@pytest.mark.requirement("S3", "L4")
def test_each_place_of_a_site_has_a_label_that_phones_take_for_it(
    client: TestClient[Any], installation: Installation
) -> None:
    add_place(client, installation.office, "BAY-7")
    add_place(client, installation.office, "K", "K")
    answer = client.get("/signs", params={"kind": "location"}, headers=installation.office)
    assert answer.headers["content-type"] == "application/pdf"
    assert qr_texts(answer.content) == [f"MAK1:P:{SITE}", "MAK1:P:BAY-7"]
    one = client.get(
        "/signs",
        params={"kind": "location", "code": "BAY-7", "format": "png", "stock": "50x25", "dpi": 203},
        headers=installation.office,
    )
    assert symbols_in(Image.open(BytesIO(one.content)).convert("L")) == [("QRCode", "MAK1:P:BAY-7")]
    other = client.get("/signs", params={"kind": "location", "site": "K"}, headers=installation.office)
    assert qr_texts(other.content) == ["MAK1:P:K"]


@pytest.mark.requirement("S3", "L4")
def test_the_sheet_of_commands_has_every_command_and_the_one_for_scanners_every_step(
    client: TestClient[Any], installation: Installation
) -> None:
    commands = client.get("/signs", params={"kind": "command"}, headers=installation.office)
    assert sorted(qr_texts(commands.content)) == sorted(command_text(name) for name in COMMANDS)
    steps = client.get("/signs", params={"kind": "scanner", "stock": "100x50"}, headers=installation.office)
    assert qr_texts(steps.content) == [text for _, _, text in SCANNER_STEPS]


@pytest.mark.requirement("S11", "L1")
def test_each_person_with_a_pin_has_a_badge_that_says_nothing_but_who_it_is(
    client: TestClient[Any], installation: Installation
) -> None:
    for name, said in (("Ravi", {"pin": "123456"}), ("Meera", {"login": "meera", "password": "long enough to be"})):
        body = {"name": name, "role": "operator", "site": SITE} | said
        assert client.post("/people", json=body, headers=installation.office).status_code == 201
    people = client.get("/people", headers=installation.office).json()["people"]
    (ravi,) = (row["person"] for row in people if row["name"] == "Ravi")
    answer = client.get("/signs", params={"kind": "operator", "stock": "50x25"}, headers=installation.office)
    assert f"MAK1:O:{ravi[:16].upper()}" in qr_texts(answer.content)
    assert len(qr_texts(answer.content)) == sum(row["has_pin"] and row["site"] == SITE for row in people)


@pytest.mark.requirement("L4")
def test_a_thermal_printer_and_a_folder_take_signs_too(installation: Installation) -> None:
    with printing(FakePrinter()) as printer, serving(installation, printer.port) as client:
        said = {"name": "Dock", "site": SITE, "stock": "50x25"}
        network = {"code": "L1", "kind": "network", "host": "127.0.0.1", "port": printer.port, "format": "zpl"}
        for one in (network, {"code": "HOT", "kind": "folder"}):
            assert client.post("/printers", json=said | one, headers=installation.office).status_code == 201
            asked = {"printer": one["code"], "kind": "command", "codes": ["OK", "UNDO"]}
            answer = client.post("/signs", json=asked, headers=installation.office).json()
            assert (answer["state"], answer["detail"]) == ("sent", "handed_over")
        (job,) = printer.jobs
        assert qr_texts(job) == [command_text("OK"), command_text("UNDO")]
        (made,) = printers.folder_of("HOT", installation.settings).iterdir()
        assert qr_texts(made.read_bytes()) == qr_texts(job)
        assert client.get("/print-jobs", headers=installation.office).json()["jobs"] == []


@pytest.mark.requirement("L4", "N3")
@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"kind": "location", "site": "NOWHERE"}, 400, "unknown_site"),
        ({"kind": "command", "code": "DANCE"}, 404, "unknown_sign"),
        ({"kind": "command", "format": "png"}, 400, "labels_too_many"),
        ({"kind": "command", "stock": "a5"}, 400, "label_refused"),
        ({"kind": "command", "first_position": 22}, 400, "label_refused"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(
    standing: tuple[TestClient[Any], Installation], params: dict[str, Any], status: int, code: str
) -> None:
    client, installation = standing
    answer = client.get("/signs", params=params, headers=installation.office)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.requirement("N3")
def test_a_phone_makes_no_signs(client: TestClient[Any], installation: Installation) -> None:
    phone = SignedPhone(client, installation.office, name="Dock 1")
    token = client.post("/session", json=phone.contact_of_session()).json()["token"]
    answer = client.get("/signs", params={"kind": "command"}, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "people_only")
