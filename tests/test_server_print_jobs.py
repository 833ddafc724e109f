"""Printers and print jobs: nothing comes out twice by itself, and only where the office has put a printer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from conftest import SITE, Installation, free_port
from fake_printer import READ_DPI, FakePrinter, copies_on, printed, printing, units_on, units_on_page, until
from litestar.testing import TestClient
from PIL import Image
from signed_phone import SignedPhone
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from server.database import migrate
from server.intake.check import check
from server.printing import jobs, printers, spooler
from server.printing.printers import is_allowed
from server.printing.tables import print_job
from server.settings import PRINTER_NETWORKS, SettingsWrong, from_environment, to_environment

both = pytest.mark.both_engines

LOOPBACK = ("127.0.0.0/8",)


class Shop:
    """An installation with one printer, three units, and somebody of the office."""

    def __init__(self, client: TestClient[Any], installation: Installation, *, units: int = 3) -> None:
        self.client, self.installation = client, installation
        self.headers = installation.office
        item = {"code": "PARA-API", "name": "Paracetamol", "unit_of_measure": "kg", "per_unit": 1_000}
        self.call("/items", item)
        self.phone = SignedPhone(client, installation.office, name="Dock 1")
        self.units = [f"D{number}" for number in range(1, units + 1)]
        for unit in self.units:
            self.phone.commission(unit)
        if units:
            self.phone.push()

    def call(self, path: str, body: Any, **headers: str) -> Any:
        """Send something, and give the answer."""
        return self.client.post(path, json=body, headers=headers or self.headers)

    def add_printer(self, port: int, **said: Any) -> Any:
        """Add the printer L1 at the loopback."""
        printer = {"code": "L1", "name": "Dock", "site": SITE, "kind": "network", "host": "127.0.0.1", "port": port}
        return self.call("/printers", printer | said)

    def ask(self, units: list[str], *, printer: str | None = "L1", job: str | None = None, **said: Any) -> Any:
        """Ask for labels."""
        job = job or secrets.token_hex(16)
        return self.call("/print-jobs", {"job": job, "printer": printer, "units": units} | said)

    def job(self, job: str) -> Any:
        """Look at a job."""
        return self.client.get(f"/print-jobs/{job}", headers=self.headers).json()

    def settled(self, job: str) -> tuple[str, str]:
        """Wait until a job is out of the program's hands; give its state and detail."""
        until(lambda: self.job(job)["state"] not in {"queued", "sending"})
        shown = self.job(job)
        return shown["state"], shown["detail"]

    def say(self, job: str, word: str, **said: Any) -> Any:
        """Say what became of a job."""
        return self.call(f"/print-jobs/{job}/words", {"word": word} | said)

    def sign_in_phone(self) -> dict[str, str]:
        """Open a session for the phone."""
        token = self.client.post("/session", json=self.phone.contact_of_session()).json()["token"]
        return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def printer() -> Iterator[FakePrinter]:
    """Give a printer that works."""
    with printing(FakePrinter()) as fake:
        yield fake


@contextmanager
def serving(installation: Installation, *ports: int) -> Iterator[TestClient[Any]]:
    """Serve an installation that may print at the loopback."""
    settings = msgspec.structs.replace(installation.settings, printer_networks=LOOPBACK, printer_ports=ports)
    with Installation(settings, installation.office).client() as client:
        yield client


@both
@pytest.mark.requirement("L4", "L5")
def test_labels_go_to_a_printer_once_and_are_confirmed_by_who_looked(
    installation: Installation, printer: FakePrinter
) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        assert shop.add_printer(printer.port).status_code == 201
        job = shop.ask(["D2", "D1"]).json()
        assert (job["state"], [label["copy"] for label in job["labels"]]) == ("queued", [1, 1])
        assert shop.settled(job["job"]) == ("sent", "handed_over"), "taken is not printed: nobody has looked yet"
        assert shop.job(job["job"])["may"] == ["came_out", "did_not_come_out"]
        said = shop.say(job["job"], "came_out", missing=["D1"]).json()
        assert (said["state"], [label["is_missing"] for label in said["labels"]]) == ("confirmed", [False, True])
        assert shop.say(job["job"], "did_not_come_out").json()["code"] == "print_job_settled"
        assert printer.labels() == [["D2", "D1"]]


@pytest.mark.requirement("L5")
def test_a_job_asked_for_again_after_a_lost_answer_is_one_job(installation: Installation, printer: FakePrinter) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        job = secrets.token_hex(16)
        answers = [shop.ask(["D1"], job=job).json()["labels"] for _ in range(3)]
        assert answers[0] == answers[1] == answers[2]
        shop.settled(job)
        shop.ask(["D1"], job=job)
    assert printer.labels() == [["D1"]]


@both
@pytest.mark.requirement("L5")
def test_a_reprint_is_the_same_unit_with_the_next_copy_number_and_a_reason(
    installation: Installation, printer: FakePrinter
) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        shop.ask(["D1"], copies=2)
        refused = shop.ask(["D1", "D2"])
        assert (refused.status_code, refused.json()["code"]) == (400, "reprint_needs_reason")
        assert refused.json()["units"] == ["D1"]
        again = shop.ask(["D1", "D2"], reason="torn by the fork-lift").json()
        assert [(label["unit"], label["copy"]) for label in again["labels"]] == [("D1", 3), ("D2", 1)]


class Crash(BaseException):
    """The power goes."""


@pytest.mark.requirement("L5", "S8")
@pytest.mark.parametrize(
    ("cut", "state", "is_printed"),
    [
        ("before the claim", ("sent", "handed_over"), True),
        ("before the first byte", ("sent", "interrupted"), False),
        ("after the last byte", ("sent", "interrupted"), True),
    ],
)
def test_a_server_that_dies_while_printing_never_prints_twice_by_itself(
    installation: Installation,
    printer: FakePrinter,
    monkeypatch: pytest.MonkeyPatch,
    cut: str,
    state: tuple[str, str],
    is_printed: bool,
) -> None:
    deliver = spooler.Spooler._deliver

    async def cut_deliver(self: Any, job: Any, name: str, data: bytes) -> None:
        if cut == "after the last byte":
            await deliver(self, job, name, data)
        raise Crash

    async def cut_claim(self: Any, job: Any, of: Any, to: Any) -> bool:
        raise Crash

    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        with monkeypatch.context() as broken:
            if cut == "before the claim":
                broken.setattr(spooler.Spooler, "_advance", cut_claim)
            else:
                broken.setattr(spooler.Spooler, "_deliver", cut_deliver)
            job = shop.ask(["D1"]).json()["job"]
            until(lambda: shop.job(job)["state"] == ("queued" if cut == "before the claim" else "sending"))
            until(lambda: len(printer.jobs) == (cut == "after the last byte"))
    with serving(installation, printer.port) as client:
        shop.client = client
        assert shop.settled(job) == state
    assert printer.labels() == ([["D1"]] if is_printed else [])


@both
@pytest.mark.requirement("L5", "S8")
def test_a_server_that_stops_lets_go_of_a_print_job_before_it_closes_the_records(
    installation: Installation, printer: FakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It once closed them first, and a job then waited for ever for an answer about its own transaction."""
    said: list[str] = []
    dispose = AsyncEngine.dispose

    async def slow_deliver(self: Any, job: Any, name: str, data: bytes) -> None:
        try:
            said.append("begun")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.1)
            said.append("let go")

    async def told_dispose(self: AsyncEngine, *, close: bool = True) -> None:
        if "begun" in said:
            said.append("closed")
        await dispose(self, close=close)

    monkeypatch.setattr(spooler.Spooler, "_deliver", slow_deliver)
    monkeypatch.setattr(AsyncEngine, "dispose", told_dispose)
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        shop.ask(["D1"])
        until(lambda: said == ["begun"])
    assert said[:3] == ["begun", "let go", "closed"]


@pytest.mark.requirement("L5", "A5")
def test_a_job_that_waited_when_a_copy_of_the_records_was_made_is_not_sent_after_the_restore(
    installation: Installation, printer: FakePrinter
) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        job = shop.ask(["D1"]).json()["job"]
        shop.settled(job)
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(update(print_job).values(state="queued", detail="", epoch="0" * 32))
    with serving(installation, printer.port) as client:
        shop.client = client
        assert shop.settled(job) == ("sent", "before_restore")
    assert printer.labels() == [["D1"]]


@pytest.mark.requirement("L5")
def test_a_printer_that_breaks_off_leaves_a_question_and_one_that_is_off_leaves_nothing(
    installation: Installation,
) -> None:
    off = free_port()
    with printing(FakePrinter(hangs_up_after=1)) as broken, serving(installation, broken.port, off) as client:
        shop = Shop(client, installation)
        shop.add_printer(broken.port)
        shop.add_printer(off, code="L2")
        assert shop.settled(shop.ask(["D2"]).json()["job"])[0] == "sent"
        job = shop.ask(["D1"], printer="L2", reason="the other one broke").json()["job"]
        assert shop.settled(job) == ("failed", "printer_unreachable")
        assert shop.job(job)["may"] == ["send_again"]
        assert shop.say(job, "send_again").json()["state"] == "queued"
        assert shop.settled(job) == ("failed", "printer_unreachable")
        assert len(broken.jobs) == 1


@pytest.mark.requirement("L5")
def test_only_a_job_of_which_no_byte_has_left_can_be_sent_again() -> None:
    for detail in jobs.SENTENCES:
        is_safe = jobs.step("failed", detail, "send_again") is not None
        assert is_safe == (detail in jobs.NEVER_SENT)
    for state in ("sent", "sending", "confirmed", "queued"):
        assert jobs.step(state, "", "send_again") is None  # type: ignore[arg-type]


@pytest.mark.requirement("L4")
def test_a_folder_gets_each_job_as_one_whole_file(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation)
        answer = shop.call("/printers", {"code": "HOT", "name": "Hot folder", "site": SITE, "kind": "folder"})
        assert (answer.json()["host"], answer.json()["port"]) == (None, None)
        job = shop.ask(["D1"], printer="HOT").json()["job"]
        assert shop.settled(job) == ("sent", "handed_over")
    (made,) = printers.folder_of("HOT", installation.settings).iterdir()
    assert (made.name, units_on(made.read_bytes())) == (f"{job}.pdf", ["D1"])


@both
@pytest.mark.requirement("L4", "L5")
def test_a_thermal_printer_burns_just_the_labels_that_were_asked_for(
    installation: Installation, printer: FakePrinter
) -> None:
    """The tests' printer unpacks the picture again, and what it burns is decoded."""
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        added = shop.add_printer(printer.port, format="zpl", stock="100x50", dpi=300).json()
        assert (added["format"], added["stock"], added["dpi"]) == ("zpl", "100x50", 300)
        shop.settled(shop.ask(["D3", "D1", "D2"]).json()["job"])
        shop.settled(shop.ask(["D1"], reason="torn").json()["job"])
    assert printer.labels() == [["D3", "D1", "D2"], ["D1"]]
    assert [copies_on(job) for job in printer.jobs] == [{1}, {2}]
    assert printed(printer.jobs[1])[0].size == (round(100 * 300 / 25.4), round(50 * 300 / 25.4))


@pytest.mark.requirement("L4")
def test_a_started_sheet_is_gone_on_with_at_its_first_free_place(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation)
        listed = {
            one["stock"]: one["per_sheet"] for one in client.get("/label-stocks", headers=shop.headers).json()["stocks"]
        }
        assert (listed["a4-63x38"], listed["100x50"]) == (21, None)
        job = shop.ask(["D1", "D2"], printer=None, stock="a4-63x38", first_position=21).json()["job"]
        pages = printed(client.get(f"/print-jobs/{job}/file", headers=shop.headers).content)
        assert [sorted(_units_in_corner(page)) for page in pages] == [["D1"], []]
        assert [units_on_page(page) for page in pages] == [["D1"], ["D2"]]
        refused = shop.ask(["D3"], printer=None, stock="a4-63x38", first_position=22)
        assert (refused.status_code, refused.json()["code"]) == (400, "no_such_place")
        refused = shop.ask(["D3"], printer=None, stock="a5-unheard-of")
        assert (refused.status_code, refused.json()["code"]) == (400, "unknown_stock")


def _units_in_corner(page: Image.Image) -> list[str]:
    width, height = page.size
    return units_on_page(page.crop((width * 2 // 3, height * 5 // 6, width, height)))


@pytest.mark.requirement("L4")
def test_a_printer_that_is_off_by_a_little_is_corrected(installation: Installation, printer: FakePrinter) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port, stock="a4-63x38")
        shop.add_printer(printer.port, code="L2", stock="a4-63x38", offset_x_mm=2.0, offset_y_mm=-1.0)
        for code in ("L1", "L2"):
            answer = shop.call("/printers/test-pages", {"code": code}).json()
            assert (answer["state"], answer["detail"]) == ("sent", "handed_over")
        true, moved = (_first_ink(printed(job)[0]) for job in printer.jobs)
        dots = READ_DPI / 25.4
        assert [round((there - here) / dots) for here, there in zip(true, moved, strict=True)] == [-2, 1]
        refused = shop.add_printer(printer.port, code="L3", format="zpl", stock="a4-63x38")
        assert (refused.status_code, refused.json()["code"]) == (400, "printer_needs_roll")


def _first_ink(page: Image.Image) -> tuple[int, int]:
    left, top, _, _ = page.point(lambda value: 255 if value < 128 else 0).getbbox() or (0, 0, 0, 0)
    return left, top


@pytest.mark.requirement("L5", "N3")
def test_a_phone_prints_at_its_own_site_and_says_who_asked(installation: Installation, printer: FakePrinter) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.call("/places", {"code": "K", "name": "Kiran", "type": "contract_manufacturer", "site": "K"})
        shop.add_printer(printer.port)
        shop.add_printer(printer.port, code="L2", site="K")
        phone = shop.sign_in_phone()
        listed = client.get("/printers", headers=phone).json()["printers"]
        assert [row["printer"] for row in listed] == ["L1"]
        refused = shop.call("/print-jobs", {"job": "0" * 32, "printer": "L2", "units": ["D1"]}, **phone)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown_printer")
        me = client.get("/people", headers=installation.office).json()["people"][0]["person"]
        asked = {"job": "1" * 32, "printer": "L1", "units": ["D1"], "actor": me}
        job = shop.call("/print-jobs", asked, **phone).json()
        assert (job["person"], job["device"]) == ("Office", "Dock 1")
        elsewhere = SignedPhone(client, installation.office, site="K")
        token = client.post("/session", json=elsewhere.contact_of_session()).json()["token"]
        answer = client.get(f"/print-jobs/{job['job']}", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_print_job")


@pytest.mark.requirement("L5")
def test_a_file_is_a_job_too_and_its_labels_are_counted(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation)
        job = shop.ask(["D1", "D2"], printer=None).json()["job"]
        answer = client.get(f"/print-jobs/{job}/file", headers=shop.headers)
        assert units_on(answer.content) == ["D1", "D2"]
        assert shop.settled(job) == ("sent", "file_given")
        shop.say(job, "came_out")
        again = client.get(f"/print-jobs/{job}/file", headers=shop.headers)
        assert (again.status_code, again.json()["code"]) == (409, "print_job_settled")
        assert shop.ask(["D1"], printer=None).json()["code"] == "reprint_needs_reason"


@pytest.mark.requirement("L4")
@pytest.mark.parametrize(
    ("host", "port", "code"),
    [
        ("127.0.0.1", 9100, "printer_address_forbidden"),
        ("169.254.169.254", 9100, "printer_address_forbidden"),
        ("8.8.8.8", 9100, "printer_address_forbidden"),
        ("::1", 9100, "printer_address_forbidden"),
        ("::ffff:127.0.0.1", 9100, "field_wrong"),
        ("2130706433", 9100, "printer_address_forbidden"),
        ("10.0.0.8", 22, "printer_port_forbidden"),
        ("10.0.0.8/x", 9100, "field_wrong"),
        ("http://10.0.0.8", 9100, "field_wrong"),
    ],
)
def test_a_printer_can_be_added_only_where_printers_may_be(
    standing: tuple[TestClient[Any], Installation], host: str, port: int, code: str
) -> None:
    client, installation = standing
    asked = {"code": "X1", "name": "X", "site": SITE, "kind": "network", "host": host, "port": port}
    answer = client.post("/printers", json=asked, headers=installation.office)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.requirement("L4")
def test_a_name_is_judged_when_it_is_looked_up_and_the_judged_address_is_used(
    installation: Installation, printer: FakePrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that the office was allowed to add may point elsewhere a moment later."""
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port, host="localhost")
        assert shop.settled(shop.ask(["D1"]).json()["job"]) == ("sent", "handed_over")
    settings = msgspec.structs.replace(installation.settings, printer_ports=(printer.port,))
    with Installation(settings, installation.office).client() as client:
        shop.client = client
        job = shop.ask(["D2"]).json()["job"]
        assert shop.settled(job) == ("failed", "printer_forbidden")
    assert printer.labels() == [["D1"]]


def test_addresses_of_the_private_networks_are_allowed_and_no_others() -> None:
    allowed = ["10.1.2.3", "192.168.0.9", "172.31.255.1", "fd00::5", "::ffff:192.168.0.9"]
    refused = [
        "172.32.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "fe80::1",
        "::1",
        "8.8.8.8",
        "::ffff:8.8.8.8",
        "x",
    ]
    assert [address for address in allowed + refused if is_allowed(address, PRINTER_NETWORKS)] == allowed


def test_the_administrator_says_where_printers_may_be() -> None:
    told = {"BATCHSPINE_PRINTER_NETWORKS": "192.168.7.0/24 10.9.0.0/16", "BATCHSPINE_PRINTER_PORTS": "9100 9105"}
    settings = from_environment(told)
    assert (settings.printer_networks, settings.printer_ports) == (("192.168.7.0/24", "10.9.0.0/16"), (9100, 9105))
    assert from_environment(to_environment(settings)) == settings
    for wrong in ({"BATCHSPINE_PRINTER_NETWORKS": "everywhere"}, {"BATCHSPINE_PRINTER_PORTS": "ninety"}):
        with pytest.raises(SettingsWrong):
            from_environment(wrong)


def test_only_the_office_adds_printers(standing: tuple[TestClient[Any], Installation]) -> None:
    client, installation = standing
    phone = SignedPhone(client, installation.office)
    token = client.post("/session", json=phone.contact_of_session()).json()["token"]
    asked = {"code": "X1", "name": "X", "site": SITE, "kind": "folder"}
    answer = client.post("/printers", json=asked, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


@both
@pytest.mark.requirement("L5", "L9")
def test_the_labels_of_a_batch_add_up_and_what_does_not_is_open(
    installation: Installation, printer: FakePrinter
) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        job = shop.ask(shop.units).json()["job"]
        shop.settled(job)
        shop.say(job, "came_out", missing=["D3"])
        assert ledger(shop)["sums"] == [sums(issued=2, open=2)]
        again = shop.ask(["D1"], reason="torn").json()["job"]
        shop.settled(again)
        assert printer.labels()[-1] == ["D1"]
        torn = shop.phone.record("label_voided", unit="D1", copy=1, fate="spoiled")
        shop.phone.consume("D1", 1_000, at=1, at_place="location:ASHA-WH")
        shop.phone.push()
        assert ledger(shop)["sums"] == [sums(issued=3, used=1, spoiled=1, open=1)]
        shop.phone.record("label_voided", unit="D2", copy=1, fate="returned")
        shop.phone.push()
        found = ledger(shop)
        assert found["sums"] == [sums(issued=3, used=1, spoiled=1, returned=1)]
        told = [(row["unit"], row["copy"], row["fate"], row["person"], row["reason"]) for row in found["labels"]]
        assert told == [
            ("D1", 1, "spoiled", "Office", ""),
            ("D2", 1, "returned", "Office", ""),
            ("D3", 1, "missing", "Office", ""),
            ("D1", 2, "used", "Office", "torn"),
        ]
        shop.phone.record("voided", target=torn.id.hex())
        shop.phone.push()
        assert ledger(shop)["sums"] == [sums(issued=3, used=1, returned=1, open=1)]


@both
@pytest.mark.requirement("L5", "S10")
def test_a_reprinted_label_says_which_print_it_is_and_the_old_one_raises_an_exception_when_it_is_scanned(
    installation: Installation, printer: FakePrinter
) -> None:
    with serving(installation, printer.port) as client:
        shop = Shop(client, installation)
        shop.add_printer(printer.port)
        shop.settled(shop.ask(["D1"]).json()["job"])
        shop.settled(shop.ask(["D1"], reason="torn").json()["job"])
        assert [copies_on(job) for job in printer.jobs] == [{1}, {2}]
        shop.phone.record("label_voided", unit="D1", copy=1, fate="spoiled", at=1)
        shop.phone.consume("D1", 1_000, at=2, at_place="location:ASHA-WH", label_copy=2)
        shop.phone.push()
        assert client.get("/exceptions", headers=shop.headers).json()["counts"] == {}
        shop.phone.consume("D1", 1_000, at=3, at_place="location:ASHA-WH", label_copy=1)
        shop.phone.push()
        assert client.get("/exceptions", headers=shop.headers).json()["counts"] == {"voided_label_scanned": 1}
    assert check(installation.settings.database) == []


def ledger(shop: Shop) -> Any:
    """Read the print ledger of the batch."""
    return shop.client.get("/batches/MAK-2026-0142/labels", headers=shop.headers).json()


def sums(**counts: int) -> dict[str, Any]:
    """Write the sums of the one item."""
    return {"item": "PARA-API", "issued": 0, "used": 0, "spoiled": 0, "returned": 0, "open": 0} | counts
