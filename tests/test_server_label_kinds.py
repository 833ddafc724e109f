"""Every kind of label for material through the print queue; and status stickers that cannot lie."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
from conftest import Installation
from fake_printer import FakePrinter, copies_on, printed, printing, units_on
from floor import material
from test_server_print_jobs import Shop, ledger, serving, sums

from labels.reading import symbols_in

both = pytest.mark.both_engines

WEIGHED = {"gross": "13.1 kg", "tare": "0.6 kg", "net": "12.5 kg", "done_by": "A. Rao", "checked_by": "S. Nair"}
KINDS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unit": ({}, ["HANDLING UNIT"]),
    "part_used": (WEIGHED, ["PART USED", "0.6 kg", "A. Rao"]),
    "dispensing": (WEIGHED | {"used_for": "R-12"}, ["DISPENSED", "12.5 kg", "13.1 kg", "S. Nair", "R-12"]),
    "status": ({"report_number": "AR-26-0311"}, ["STATUS", "APPROVED", "AR-26-0311"]),
}
LOT_KINDS = {"lot": "LOT", "raw_material_lot": "RAW MATERIAL", "production_lot": "PRODUCTION LOT"}


def words_on(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document)


def file_of(shop: Shop, units: list[str], **said: Any) -> bytes:
    """Have a file made, and give it."""
    job = shop.ask(units, printer=None, **said).json()["job"]
    return bytes(shop.client.get(f"/print-jobs/{job}/file", headers=shop.headers).content)


@both
@pytest.mark.requirement("L1", "L4")
def test_each_kind_for_units_says_what_it_is_for_and_what_was_stated(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation)
        for kind, (stated, words) in KINDS.items():
            document = file_of(shop, ["D1", "D2"], kind=kind, stated=stated, stock="100x50")
            assert units_on(document) == ["D1", "D2"]
            said = words_on(document)
            assert [word for word in words if word not in said] == []


@pytest.mark.requirement("L1", "L4", "L6")
def test_each_kind_for_a_lot_and_a_manufacturers_own_number(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation)
        for kind, heading in LOT_KINDS.items():
            lot = {"item": "PARA-API", "batch": "MAK-2026-0142"}
            document = file_of(shop, [], kind=kind, stated={"internal_id": "KF-7731"}, **lot)
            assert ("QRCode", "MAK1:MAK-2026-0142/PARA-API") in symbols_in(printed(document)[0])
            assert heading in words_on(document)
            assert "KF-7731" in words_on(document)


@pytest.mark.requirement("L4", "L5")
def test_a_sticker_is_no_reprint_but_a_second_one_is_and_neither_takes_the_place_of_the_label(
    installation: Installation,
) -> None:
    with printing(FakePrinter()) as printer, serving(installation, printer.port) as client:
        shop = Shop(client, installation, units=1)
        shop.add_printer(printer.port, format="zpl", stock="100x50")
        shop.settled(shop.ask(["D1"]).json()["job"])
        sticker = shop.ask(["D1"], kind="status").json()
        assert (sticker["kind"], sticker["labels"][0]["copy"]) == ("status", 2)
        shop.settled(sticker["job"])
        assert shop.ask(["D1"], kind="status").json()["code"] == "reprint_needs_reason"
        assert [copies_on(job) for job in printer.jobs] == [{1}, {2}]
        shop.phone.consume("D1", 1_000, at=1, at_place="location:ASHA-WH")
        shop.phone.push()
        assert ledger(shop)["sums"] == [sums(issued=2, used=2)]
        assert [row["kind"] for row in ledger(shop)["labels"]] == [None, "status"]


@both
@pytest.mark.requirement("L1", "J4")
def test_a_sticker_says_what_the_records_say_and_never_approved_for_what_waits_or_is_held(
    installation: Installation,
) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation, units=1)
        shop.phone.commission("Q1", material=material(25_000) | {"status": "quarantine"})
        shop.phone.push()
        assert "UNDER TEST" in words_on(file_of(shop, ["Q1"], kind="status"))
        sampled = file_of(shop, ["Q1", "D1"], kind="status", stated={"is_sampled": True}, reason="sampled")
        assert words_on(sampled).count("SAMPLED") == 1
        assert words_on(sampled).count("APPROVED") == 1
        shop.phone.record("held", item="PARA-API", batch="MAK-2026-0142", reason="a smell")
        shop.phone.push()
        refused = shop.ask(["D1"], printer=None, kind="status", reason="once more")
        assert (refused.status_code, refused.json()["code"]) == (400, "status_on_hold")
        assert "UNDER TEST" in words_on(file_of(shop, ["Q1"], kind="status", reason="fallen off"))


@pytest.mark.requirement("L1", "L5")
def test_a_sticker_that_waits_for_its_printer_is_refused_when_the_lot_is_held_meanwhile(
    installation: Installation,
) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation, units=1)
        job = shop.ask(["D1"], printer=None, kind="status").json()["job"]
        shop.phone.record("held", item="PARA-API", batch="MAK-2026-0142", reason="a smell")
        shop.phone.push()
        answer = client.get(f"/print-jobs/{job}/file", headers=shop.headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "status_on_hold")
        assert shop.settled(job) == ("failed", "records_changed")


@pytest.mark.requirement("L1")
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"units": ["D1"], "kind": "raw_material_lot"}, "kind_does_not_fit"),
        ({"units": [], "item": "PARA-API", "batch": "MAK-2026-0142", "kind": "status"}, "kind_does_not_fit"),
        ({"units": ["D1"], "kind": "pallet"}, "field_wrong"),
        ({"units": ["D1"], "kind": "status", "stated": {"report_number": "x" * 61}}, "field_wrong"),
        ({"units": ["D1"], "kind": "status", "stated": {"status": "APPROVED"}}, "field_wrong"),
    ],
)
def test_what_does_not_fit_together_is_refused(installation: Installation, asked: dict[str, Any], code: str) -> None:
    with serving(installation) as client:
        answer = Shop(client, installation, units=1).ask(printer=None, **asked)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
