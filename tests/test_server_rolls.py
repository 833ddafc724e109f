"""Rolls of labels printed before their units are there, and labels of pallets: numbers given once, bound by a scan."""

from __future__ import annotations

import json
import secrets
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import SITE, Installation
from fake_printer import FakePrinter, printed, printing
from floor import material
from litestar.testing import TestClient
from PIL import Image
from sqlalchemy import update
from test_server_print_jobs import LOOPBACK, Shop

from labels.gs1.checks import check_digit
from labels.identity import is_serial_sound
from labels.reading import symbols_in
from labels.sscc import pallets_of, sscc
from server.database import migrate
from server.printing.tables import label_roll
from server.settings import SettingsWrong, from_environment, to_environment

both = pytest.mark.both_engines

PREFIX = "8901234"
VECTORS = Path(__file__).parent / "vectors"


def serving(installation: Installation, *ports: int, prefix: str | None = PREFIX) -> Installation:
    settings = msgspec.structs.replace(
        installation.settings, printer_networks=LOOPBACK, printer_ports=ports, gs1_prefix=prefix
    )
    return Installation(settings, installation.office)


def ask(shop: Shop, kind: str, count: int, **said: Any) -> Any:
    """Ask for a roll."""
    body = {"job": secrets.token_hex(16), "kind": kind, "count": count, "site": SITE}
    return shop.call("/rolls", body | said)


def numbers(answer: Any) -> list[str]:
    """Give the numbers of a roll."""
    return [label["unit"] for label in answer.json()["labels"]]


def rolls(shop: Shop) -> list[dict[str, Any]]:
    """List the rolls."""
    found: list[dict[str, Any]] = shop.client.get("/rolls", headers=shop.headers).json()["rolls"]
    return found


@both
@pytest.mark.requirement("L3", "L9")
def test_a_roll_comes_out_of_the_printer_with_its_numbers_and_nothing_else(installation: Installation) -> None:
    with printing(FakePrinter()) as printer, serving(installation, printer.port).client() as client:
        shop = Shop(client, installation, units=0)
        shop.add_printer(printer.port, format="zpl", stock="100x150")
        for kind in ("unit", "pallet"):
            answer = ask(shop, kind, 3, printer="L1")
            assert shop.settled(answer.json()["job"]) == ("sent", "handed_over")
            found = [symbols_in(page) for page in printed(printer.jobs[-1])]
            bars = [f"00{unit}" if kind == "pallet" else unit for unit in numbers(answer)]
            assert [dict(each) for each in found] == [
                {"QRCode": unit, "Code128": text} for unit, text in zip(numbers(answer), bars, strict=True)
            ]
        assert [(roll["kind"], roll["count"], roll["open"]) for roll in rolls(shop)] == [
            ("pallet", 3, 3),
            ("unit", 3, 3),
        ]


@both
@pytest.mark.requirement("L3", "L9")
def test_no_number_is_given_twice_and_every_number_is_sound(installation: Installation) -> None:
    with serving(installation).client() as client:
        shop = Shop(client, installation, units=0)
        given = [unit for kind in ("unit", "pallet") for _ in range(4) for unit in numbers(ask(shop, kind, 50))]
        assert len(set(given)) == len(given) == 400
        assert all(is_serial_sound(unit) and len(unit) <= 20 for unit in given)
        pallets = [unit for unit in given if unit.isdigit()]
        assert len(pallets) == 200
        assert all(check_digit(unit) is None and unit[1:].startswith(PREFIX) for unit in pallets)


@pytest.mark.requirement("L3", "L9")
def test_a_prefix_that_is_used_up_says_so_and_gives_no_number_again(installation: Installation) -> None:
    prefix = "890123456789"
    almost = pallets_of(prefix) - 900
    with serving(installation, prefix=prefix).client() as client:
        ask(Shop(client, installation, units=0), "pallet", 1)
    with migrate.connected(installation.settings.database) as connection:
        # As if the one roll had been given all numbers but the last nine hundred.
        connection.execute(update(label_roll).values(first=0, count=almost))
    with serving(installation, prefix=prefix).client() as client:
        shop = Shop(client, installation, units=0)
        answer = ask(shop, "pallet", 1000)
        assert (answer.status_code, answer.json()["code"]) == (400, "prefix_used_up")
        assert [roll["count"] for roll in rolls(shop)] == [almost]


@pytest.mark.requirement("L9")
def test_asking_again_after_a_lost_answer_is_one_roll(installation: Installation) -> None:
    with serving(installation).client() as client:
        shop = Shop(client, installation, units=0)
        job = secrets.token_hex(16)
        answers = [numbers(ask(shop, "unit", 5, job=job)) for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        assert len(rolls(shop)) == 1


@both
@pytest.mark.requirement("L9", "L5")
def test_labels_of_a_roll_add_up_as_they_are_bound_spoiled_and_lost(installation: Installation) -> None:
    with serving(installation).client() as client:
        shop = Shop(client, installation, units=0)
        job = ask(shop, "unit", 5)
        shop.client.get(f"/print-jobs/{job.json()['job']}/file", headers=shop.headers)
        first, second, third, fourth, _ = numbers(job)
        shop.say(job.json()["job"], "came_out", missing=[fourth])
        shop.phone.commission(first)
        shop.phone.commission(second)
        shop.phone.record("label_voided", unit=third, copy=1, fate="spoiled")
        shop.phone.push()
        (roll,) = rolls(shop)
        assert {name: roll[name] for name in ("issued", "used", "spoiled", "returned", "open")} == {
            "issued": 4,
            "used": 2,
            "spoiled": 1,
            "returned": 0,
            "open": 1,
        }
        ledger = client.get("/batches/MAK-2026-0142/labels", headers=shop.headers).json()
        assert ledger["sums"] == [{"item": "PARA-API", "issued": 2, "used": 2, "spoiled": 0, "returned": 0, "open": 0}]


@pytest.mark.requirement("L3", "N3")
@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"kind": "pallet", "count": 1}, 400, "prefix_missing"),
        ({"kind": "unit", "count": 0}, 400, "field_wrong"),
        ({"kind": "unit", "count": 1001}, 400, "field_wrong"),
        ({"kind": "unit", "count": 1, "site": "NOWHERE"}, 400, "unknown_site"),
        ({"kind": "unit", "count": 1, "printer": "L9"}, 404, "unknown_printer"),
        ({"kind": "unit", "count": 1, "first_position": 2}, 400, "no_such_place"),
    ],
)
def test_what_cannot_be_made_is_refused(
    installation: Installation, said: dict[str, Any], status: int, code: str
) -> None:
    with serving(installation, prefix=None).client() as client:
        shop = Shop(client, installation, units=0)
        answer = ask(shop, **said)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        answer = client.post("/rolls", json={}, headers=shop.sign_in_phone())
        assert answer.status_code == 403


def test_a_prefix_is_digits_and_survives_the_way_to_the_worker() -> None:
    told = from_environment({"BATCHSPINE_GS1_PREFIX": PREFIX})
    assert from_environment(to_environment(told)) == told
    for wrong in ("890", "8901234567890", "89O1234"):
        with pytest.raises(SettingsWrong, match="4 to 12 digits"):
            from_environment({"BATCHSPINE_GS1_PREFIX": wrong})


def test_a_pallet_number_is_the_one_gs1_gives_as_its_example() -> None:
    assert sscc("7610425", 3_002_123_456) == "376104250021234569"
    with pytest.raises(ValueError, match="no pallet"):
        sscc("7610425", 10_000_000_000)


def label_of(client: TestClient[Any], shop: Shop, unit: str) -> dict[str, str]:
    """Print the label of a pallet and read it."""
    params = {"unit": unit, "format": "png", "stock": "100x150", "dpi": 203}
    answer = client.get("/labels", params=params, headers=shop.headers)
    assert answer.status_code == 200, answer.text
    return dict(symbols_in(Image.open(BytesIO(answer.content)).convert("L")))


@both
@pytest.mark.requirement("L3", "L1")
def test_the_label_of_a_pallet_names_its_one_lot_or_none_and_keeps_its_number(installation: Installation) -> None:
    with serving(installation).client() as client:
        shop = Shop(client, installation, units=2)
        (pallet,) = numbers(ask(shop, "pallet", 1))
        shop.phone.commission(pallet, None, kind="pallet")
        shop.phone.push()
        assert label_of(client, shop, pallet) == {"QRCode": pallet, "Code128": f"00{pallet}"}
        shop.phone.pack("D1", pallet)
        shop.phone.pack("D2", pallet)
        shop.phone.push()
        one_lot = label_of(client, shop, pallet)
        assert one_lot["QRCode"].endswith(f"MAK-2026-0142/PARA-API/{pallet}")
        other = material() | {"batch": "OTHER-1"}
        shop.phone.commission("D9", material=other)
        shop.phone.pack("D9", pallet)
        shop.phone.push()
        assert label_of(client, shop, pallet)["QRCode"] == pallet


@pytest.mark.requirement("L3")
@pytest.mark.parametrize("case", json.loads((VECTORS / "sscc.json").read_text("utf-8")), ids=lambda case: case["sscc"])
def test_pallet_numbers_are_those_the_phone_writes(case: dict[str, Any]) -> None:
    assert sscc(case["prefix"], case["number"]) == case["sscc"]
    assert check_digit(case["sscc"]) is None


@pytest.mark.requirement("L3")
def test_a_pallet_without_a_number_of_gs1_has_its_serial_in_bars(installation: Installation) -> None:
    with serving(installation).client() as client:
        shop = Shop(client, installation, units=1)
        shop.phone.commission("PAL-7", None, kind="pallet")
        shop.phone.pack("D1", "PAL-7")
        shop.phone.push()
        assert label_of(client, shop, "PAL-7")["Code128"] == "PAL-7"
        shop.phone.commission("BOX-1", None, kind="carton")
        shop.phone.push()
        params = {"unit": "BOX-1", "format": "png"}
        assert client.get("/labels", params=params, headers=shop.headers).json()["code"] == "label_refused"
