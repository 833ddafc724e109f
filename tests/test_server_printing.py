"""Labels over HTTP: the records' own words, read back, and only for those who may see the unit."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from conftest import free_port
from litestar import Litestar
from litestar.testing import TestClient
from PIL import Image, ImageChops
from sqlalchemy import select

from labels.identity import LotIdentity, UnitIdentity
from labels.reading import read_image
from server.access import tokens
from server.access.keys import open_keys
from server.access.tables import device, person
from server.app import create_app
from server.clock import now_ms
from server.database import migrate
from server.intake.tables import unit
from server.printing import store
from server.printing.screen import qr_svg, qr_text
from server.settings import Settings
from server.setup import demo
from server.setup.demo_story import BATCH, FLOOR, WAREHOUSE

Headers = dict[str, str]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give an installation in which something has happened: the demo's story, told once for this module."""
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(data=folder / "data", pwa=folder / "no-app", port=free_port())
    demo.prepare(settings, keep=False)
    return settings


@pytest.fixture(scope="module")
def client(told: Settings) -> Any:
    """Serve it."""
    with TestClient(create_app(told)) as client:
        yield client


def session(settings: Settings, table: Any, *where: Any) -> Headers:
    """Open a session for a person or a phone of the demo."""
    with migrate.connected(settings.database) as connection:
        row = connection.execute(select(table).where(*where)).first()
    assert row is not None
    kind = "person" if table is person else "device"
    subject = tokens.Subject(kind, row.id.hex(), getattr(row, "grant", 0))
    token, _ = tokens.issue(open_keys(settings.keys_folder).token, subject, now_ms())
    return {"Authorization": f"Bearer {token}"}


def serials(settings: Settings, *where: Any) -> list[str]:
    """List units of the story."""
    with migrate.connected(settings.database) as connection:
        return list(connection.execute(select(unit.c.serial).where(*where).order_by(unit.c.n)).scalars())


@pytest.mark.requirement("L1", "L3", "L8")
@pytest.mark.parametrize("format_", ["pdf", "png"])
@pytest.mark.parametrize("dpi", [203, 300])
def test_a_unit_label_reads_back_as_that_unit(
    client: TestClient[Litestar], told: Settings, format_: str, dpi: int
) -> None:
    office = session(told, person, person.c.role == "office")
    serial = serials(told, unit.c.item == "PARA-API")[0]
    asked = {"unit": serial, "format": format_, "dpi": str(dpi)}
    answer = client.get("/labels", params=asked, headers=office)
    assert answer.status_code == 200
    assert answer.headers["content-type"].endswith(format_)
    identities = {reading.identity for reading in read_image(answer.content)}
    assert UnitIdentity(BATCH, "PARA-API", serial, None) in identities


@pytest.mark.requirement("L1", "J1")
def test_a_lot_label_carries_the_master_batch_for_another_item(client: TestClient[Litestar], told: Settings) -> None:
    office = session(told, person, person.c.role == "office")
    answer = client.get("/labels", params={"item": "MAK-TAB", "batch": BATCH, "format": "png"}, headers=office)
    assert LotIdentity(BATCH, "MAK-TAB", None) in {reading.identity for reading in read_image(answer.content)}


def test_a_document_holds_the_units_in_the_order_asked_for(client: TestClient[Litestar], told: Settings) -> None:
    office = session(told, person, person.c.role == "office")
    wanted = serials(told)[2::-1]
    answer = client.get("/labels", params={"unit": wanted}, headers=office)
    read = [reading.identity for reading in read_image(answer.content) if isinstance(reading.identity, UnitIdentity)]
    assert list(dict.fromkeys(identity.unit for identity in read)) == wanted


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 400, "label_unnamed"),
        ({"item": "PARA-API"}, 400, "label_unnamed"),
        ({"unit": "NOTHING"}, 404, "unknown_unit"),
        ({"item": "PARA-API", "batch": "MAK-2062-0142"}, 404, "unknown_lot"),
        ({"item": "NOTHING", "batch": BATCH}, 404, "unknown_lot"),
        ({"item": "MAK-TAB", "batch": BATCH, "stock": "huge"}, 400, "label_refused"),
        ({"item": "MAK-TAB", "batch": BATCH, "dpi": "72"}, 400, "label_refused"),
        ({"item": "MAK-TAB", "batch": BATCH, "dpi": "many"}, 400, "field_wrong"),
        ({"item": "MAK-TAB", "batch": BATCH, "format": "gif"}, 400, "field_wrong"),
    ],
)
def test_a_label_that_cannot_be_made_is_refused_in_plain_words(
    client: TestClient[Litestar], told: Settings, asked: dict[str, str], status: int, code: str
) -> None:
    answer = client.get("/labels", params=asked, headers=session(told, person, person.c.role == "office"))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_picture_holds_one_label(client: TestClient[Litestar], told: Settings) -> None:
    office = session(told, person, person.c.role == "office")
    answer = client.get("/labels", params={"unit": serials(told)[:2], "format": "png"}, headers=office)
    assert (answer.status_code, answer.json()["field"]) == (400, "format")


@pytest.mark.requirement("N3")
def test_a_phone_prints_what_its_site_may_see_and_nothing_else(client: TestClient[Litestar], told: Settings) -> None:
    elsewhere = serials(told, unit.c.place == f"location:{WAREHOUSE}")[0]
    on_the_road = serials(told, unit.c.place == "transfer:TR-0007")[0]
    at_kiran = session(told, device, device.c.site == FLOOR)
    at_asha = session(told, device, device.c.site == WAREHOUSE)
    for headers, serial, status in (
        (at_kiran, elsewhere, 404),
        (at_kiran, on_the_road, 200),
        (at_asha, elsewhere, 200),
        (at_asha, on_the_road, 200),
    ):
        assert client.get("/labels", params={"unit": serial}, headers=headers).status_code == status


def test_a_label_says_what_the_records_say(told: Settings) -> None:
    serial = serials(told, unit.c.item == "STARCH")[0]
    printing = store.Printing(origin=None, printed_at="22 Nov 2026 10:00", site=FLOOR, sees=None)
    content = asyncio.run(_label(told, printing, serial))
    said = (content.item_name, content.quantity, content.unit_of_measure, content.owner, content.status)
    assert said == ("Maize starch", "12.5", "kg", "Asha Pharma", "AVAILABLE")
    assert (content.supplier_lot, content.container_number, content.container_count) == ("ROQ-55120", 1, 2)
    assert (content.site_name, content.is_demo) == ("Kiran Formulations", True)


async def _label(settings: Settings, printing: store.Printing, serial: str) -> Any:
    engine = demo.create_engine(settings.database)
    async with engine.connect() as connection:
        (content,) = await store.unit_labels(connection, printing, [serial])
    await engine.dispose()
    return content


def test_only_a_permanent_https_address_is_printed() -> None:
    assert store.origin_to_print("https://batch.example.org") == "HTTPS://BATCH.EXAMPLE.ORG"
    assert store.origin_to_print("http://127.0.0.1:8000") is None
    assert store.origin_to_print(None) is None


def test_a_link_on_the_screen_is_one_square_of_paths() -> None:
    drawn = qr_svg("https://batch.example.org/enrol#abc")
    assert drawn.startswith("<svg ")
    assert "<script" not in drawn


@pytest.mark.parametrize("length", range(1, 120, 17))
def test_a_link_in_the_terminal_can_be_scanned(length: int) -> None:
    link = "https://batch.example.org/enrol#" + "aB3_-"[:5] * (length // 5 + 1)
    rows = qr_text(link).split("\n")
    assert len({len(row) for row in rows}) == 1
    light = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    picture = Image.new("L", (len(rows[0]), 2 * len(rows)))
    for y, row in enumerate(rows):
        for x, half in enumerate(row):
            for down in (0, 1):
                picture.putpixel((x, 2 * y + down), light[half][down])
    (found,) = zxingcpp.read_barcodes(picture.resize((picture.width * 6, picture.height * 6), Image.Resampling.NEAREST))
    assert found.text == link


@pytest.mark.requirement("L1")
def test_a_label_shows_the_number_on_the_papers_beside_the_code_in_its_symbols(
    client: TestClient[Litestar], told: Settings
) -> None:
    """The words cannot be decoded; so the label with the number is compared with the one without."""
    office = session(told, person, person.c.role == "office")
    serial = serials(told, unit.c.item == "PARA-API")[0]
    asked = ({"unit": serial, "format": "png"}, {"item": "MAK-TAB", "batch": BATCH, "format": "png"})
    before = [client.get("/labels", params=each, headers=office).content for each in asked]
    named = {"number": "MAK/26-27/0142", "batch": BATCH}
    assert client.post("/batch-numbers", json=named, headers=office).status_code == 201
    after = [client.get("/labels", params=each, headers=office).content for each in asked]
    for plain, shown in zip(before, after, strict=True):
        assert [reading.identity for reading in read_image(plain)] == [
            reading.identity for reading in read_image(shown)
        ]
        changed = ImageChops.difference(*(Image.open(BytesIO(each)).convert("L") for each in (plain, shown)))
        head = changed.crop((0, 0, changed.width, changed.height // 8))
        assert head.getbbox() is not None
    batch = client.get(f"/batches/{BATCH}", headers=office).json()
    assert (batch["batch"], batch["batch_number"]) == (BATCH, "MAK/26-27/0142")
    by_number = client.get("/stock", params={"batch": "mak/26-27/0142"}, headers=office).json()["rows"]
    assert by_number == client.get("/stock", params={"batch": BATCH}, headers=office).json()["rows"] != []
