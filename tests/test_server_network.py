"""Items, places, transfers, runs: what the office adds reaches the sites it concerns, gapless and complete."""

from typing import Any

import pytest
from conftest import SITE, Installation
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import select, update

from server.access.tables import person
from server.database import migrate
from server.intake.tables import FEED_KINDS, feed, feed_head

pytestmark = pytest.mark.both_engines


FLOOR = {"code": "KIRAN-FL", "name": "Kiran Formulations", "type": "contract_manufacturer", "site": "KIRAN-FL"}
ITEM = {"code": "PARA-API", "name": "Paracetamol", "unit_of_measure": "kg", "per_unit": 1_000_000}
TRANSFER = {"code": "TR-0007", "from_place": SITE, "to_place": "KIRAN-FL"}
RUN = {"code": "R-12", "place": "KIRAN-FL", "item": "PARA-API", "batch": "MAK-2026-0142"}


def fed(installation: Installation, site: str) -> list[str]:
    """List what a site was told, in order; its positions must be gapless."""
    with migrate.connected(installation.settings.database) as connection:
        rows = connection.execute(select(feed).where(feed.c.site == site).order_by(feed.c.pos)).all()
        head = connection.execute(select(feed_head.c.head).where(feed_head.c.site == site)).scalar() or 0
    assert [row.pos for row in rows] == list(range(1, head + 1))
    return [FEED_KINDS[row.kind] for row in rows]


@pytest.fixture
def add(client: TestClient[Litestar], installation: Installation) -> Any:
    """Add something as the office, and give status and answer."""

    def send(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = client.post(path, json=body, headers=installation.office)
        return answer.status_code, answer.json()

    return send


@pytest.mark.requirement("J1", "J3")
def test_the_office_builds_a_network_and_everybody_concerned_hears_of_it(
    client: TestClient[Litestar], installation: Installation, add: Any
) -> None:
    other = {"code": "OTHER", "name": "Elsewhere", "type": "warehouse", "site": "OTHER"}
    for path, body in (
        ("/items", ITEM),
        ("/places", FLOOR),
        ("/places", other),
        ("/places", {"code": "ASHA-DISP", "name": "Dispatch", "type": "dispatch_area", "site": SITE}),
        ("/transfers", TRANSFER),
        ("/runs", RUN),
    ):
        status, answer = add(path, body)
        assert status == 201
        listed = client.get(path, headers=installation.office).json()[path[1:]]
        assert answer in listed
    assert fed(installation, SITE) == ["company", "place", "person", "item", "place", "place", "place", "transfer"]
    assert fed(installation, "KIRAN-FL") == ["company", "item", "place", "place", "place", "place", "transfer", "run"]
    assert fed(installation, "OTHER") == ["company", "item", "place", "place", "place", "place"]


def test_quantities_travel_as_text(client: TestClient[Litestar], installation: Installation, add: Any) -> None:
    assert add("/items", ITEM | {"per_unit": 10**15})[1]["per_unit"] == "1000000000000000"
    assert client.get("/items", headers=installation.office).json()["items"][0]["per_unit"] == "1000000000000000"


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("/items", ITEM, 409, "code_taken", "code"),
        ("/places", FLOOR, 409, "code_taken", "code"),
        ("/transfers", TRANSFER, 409, "code_taken", "code"),
        ("/runs", RUN, 409, "code_taken", "code"),
        ("/items", ITEM | {"code": "para api"}, 400, "field_wrong", "code"),
        ("/items", ITEM | {"code": "A" * 21}, 400, "field_wrong", "code"),
        ("/items", ITEM | {"code": "-A"}, 400, "field_wrong", "code"),
        ("/items", ITEM | {"code": "B", "per_unit": 0}, 400, "field_wrong", "per_unit"),
        ("/items", ITEM | {"code": "B", "per_unit": 1.5}, 400, "field_wrong", "per_unit"),
        ("/items", ITEM | {"code": "B", "per_unit": "ten"}, 400, "field_wrong", "per_unit"),
        ("/items", ITEM | {"code": "B", "per_unit": 10**16}, 400, "field_wrong", "per_unit"),
        ("/items", ITEM | {"code": "B", "unit_of_measure": ""}, 400, "field_wrong", "unit_of_measure"),
        ("/places", FLOOR | {"code": "X", "type": "moon"}, 400, "field_wrong", "type"),
        ("/places", FLOOR | {"code": "X", "site": "NOWHERE"}, 400, "unknown_site", "site"),
        ("/transfers", TRANSFER | {"code": "T", "to_place": "NOWHERE"}, 400, "unknown_place", "to_place"),
        ("/transfers", TRANSFER | {"code": "T", "from_place": "NOWHERE"}, 400, "unknown_place", "from_place"),
        ("/transfers", TRANSFER | {"code": "T", "to_place": SITE}, 400, "same_place", "to_place"),
        ("/runs", RUN | {"code": "R", "place": "NOWHERE"}, 400, "unknown_place", "place"),
        ("/runs", RUN | {"code": "R", "item": "NOTHING"}, 400, "unknown_item", "item"),
        ("/runs", RUN | {"code": "R", "batch": "MAK/" * 9}, 400, "field_wrong", "batch"),
        ("/runs", RUN | {"code": "R", "batch": " \t "}, 400, "field_wrong", "batch"),
        ("/runs", RUN | {"code": "R", "batch": "MAK/2026/0142"}, 409, "batch_number_taken", "batch"),
        ("/batch-numbers", {"number": "MAK-2026/0142"}, 409, "batch_number_taken", "number"),
        ("/batch-numbers", {"number": "A/1", "batch": "a 1"}, 400, "field_wrong", "batch"),
    ],
)
def test_what_cannot_be_added_is_refused_with_its_field_and_tells_nobody(
    standing: tuple[TestClient[Litestar], Installation],
    path: str,
    body: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    client, installation = standing
    # Known to the installation from the first of these tests on.
    for known_path, known in (("/items", ITEM), ("/places", FLOOR), ("/transfers", TRANSFER), ("/runs", RUN)):
        assert client.post(known_path, json=known, headers=installation.office).status_code in {201, 409}
    before = fed(installation, SITE), fed(installation, "KIRAN-FL")
    answer = client.post(path, json=body, headers=installation.office)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["field"]) == (status, code, field)
    assert (fed(installation, SITE), fed(installation, "KIRAN-FL")) == before


def test_a_place_that_is_no_site_of_its_own_founds_none(installation: Installation, add: Any) -> None:
    add("/places", {"code": "STORE", "name": "Store", "type": "warehouse", "site": SITE})
    assert add("/places", {"code": "SHELF", "name": "Shelf", "type": "warehouse", "site": "STORE"})[0] == 400
    assert fed(installation, "STORE") == []


@pytest.mark.requirement("N3")
def test_somebody_at_one_site_reads_nothing_of_the_others(
    client: TestClient[Litestar], installation: Installation, add: Any
) -> None:
    for code in ("KIRAN-FL", "NEEM-FL"):
        add("/places", FLOOR | {"code": code, "site": code})
        add("/transfers", {"code": f"TR-{code}", "from_place": SITE, "to_place": code})
        add("/people", {"name": f"At {code}", "role": "operator", "site": code, "pin": "482915"})
    add("/items", ITEM)
    add("/runs", RUN)
    add("/runs", RUN | {"code": "R-13", "place": "NEEM-FL"})
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(update(person).where(person.c.name == "Office").values(role="quality", site="KIRAN-FL"))
    seen = {path: client.get(f"/{path}", headers=installation.office).text for path in ("transfers", "runs", "people")}
    for path, text in seen.items():
        assert "KIRAN-FL" in text, path
        assert "NEEM-FL" not in text, path


@pytest.mark.requirement("L1")
def test_a_batch_number_that_no_symbol_can_carry_gets_a_code_and_is_found_by_either(
    client: TestClient[Litestar], installation: Installation, add: Any
) -> None:
    for path, body in (("/items", ITEM), ("/places", FLOOR)):
        add(path, body)
    status, run = add("/runs", RUN | {"batch": " MAK/26-27/0142 "})
    assert (status, run["batch"], run["batch_number"]) == (201, "MAK-26-27-0142", "MAK/26-27/0142")
    again = add("/runs", RUN | {"code": "R-13", "batch": "mak/26-27/0142"})[1]
    assert (again["batch"], again["batch_number"]) == ("MAK-26-27-0142", "MAK/26-27/0142")
    by_code = add("/runs", RUN | {"code": "R-14", "batch": "MAK-26-27-0142"})[1]
    assert by_code["batch_number"] == "MAK/26-27/0142"
    runs = client.get("/runs", headers=installation.office).json()["runs"]
    assert {(row["batch"], row["batch_number"]) for row in runs} == {("MAK-26-27-0142", "MAK/26-27/0142")}
    named = client.get("/batch-numbers", headers=installation.office).json()["batch_numbers"]
    assert named == [{"batch": "MAK-26-27-0142", "number": "MAK/26-27/0142"}]
    for site in (SITE, "KIRAN-FL"):
        assert fed(installation, site).count("batch_number") == 1


@pytest.mark.requirement("L1")
def test_a_batch_already_scanned_under_a_code_is_given_its_number_later_and_only_one(
    installation: Installation, add: Any
) -> None:
    for path, body in (("/items", ITEM), ("/places", FLOOR), ("/runs", RUN)):
        add(path, body)
    named = {"number": "MAK/2026/0142", "batch": "MAK-2026-0142"}
    assert add("/batch-numbers", named) == (201, {"batch": "MAK-2026-0142", "number": "MAK/2026/0142"})
    assert add("/batch-numbers", named)[0] == 201
    assert add("/batch-numbers", named | {"number": "MAK 2026 0142"})[1]["code"] == "batch_number_taken"
    assert add("/batch-numbers", named | {"batch": "OTHER"})[1]["code"] == "batch_number_taken"
    assert add("/runs", RUN | {"code": "R-15", "batch": "MAK/2026/0142"})[1]["batch"] == "MAK-2026-0142"


@pytest.mark.requirement("L1")
def test_a_new_site_is_told_the_numbers_there_are(installation: Installation, add: Any) -> None:
    add("/batch-numbers", {"number": "B/1"})
    add("/places", FLOOR)
    assert "batch_number" in fed(installation, "KIRAN-FL")


GTIN = "09521234543213"


@pytest.mark.requirement("L2", "L3")
def test_an_item_gets_its_article_number_with_it_or_later_and_every_site_hears_of_it(
    client: TestClient[Litestar], installation: Installation, add: Any
) -> None:
    assert add("/items", ITEM | {"gtin": "9521234543213"})[1]["gtin"] == GTIN
    assert add("/items", ITEM | {"code": "STARCH"})[1]["gtin"] is None
    assert add("/items/STARCH/gtin", {"gtin": "02345673"})[:1] == (200,)
    assert add("/items/STARCH/gtin", {"gtin": GTIN})[1]["code"] == "gtin_taken"
    assert add("/items/PARA-API/gtin", {"gtin": None})[1]["gtin"] is None
    assert add("/items/STARCH/gtin", {"gtin": GTIN}) == (200, add("/items/STARCH/gtin", {"gtin": GTIN})[1])
    listed = {row["item"]: row["gtin"] for row in client.get("/items", headers=installation.office).json()["items"]}
    assert listed == {"PARA-API": None, "STARCH": GTIN}
    assert fed(installation, SITE).count("item") == 2 + 4


@pytest.mark.requirement("L2")
@pytest.mark.parametrize("gtin", ["9521234543214", "123", "952123454321X", "", "095212345432130"])
def test_a_mistyped_article_number_is_refused(add: Any, gtin: str) -> None:
    status, problem = add("/items", ITEM | {"gtin": gtin})
    assert (status, problem["code"], problem["field"]) == (400, "field_wrong", "gtin")
    assert "check digit" in problem["detail"]
    add("/items", ITEM)
    assert add("/items/PARA-API/gtin", {"gtin": gtin})[1]["code"] == "field_wrong"
    assert add("/items/NOTHING/gtin", {"gtin": None})[1]["code"] == "unknown_item"


LESSON = {"example": "roq12026000142-X", "item": "PARA-API", "lot_from": 5, "lot_to": 14}


@pytest.mark.requirement("S2")
def test_a_suppliers_code_is_taught_once_and_every_phone_of_every_site_is_told(
    client: TestClient[Litestar], installation: Installation, add: Any
) -> None:
    add("/items", ITEM)
    add("/items", ITEM | {"code": "STARCH"})
    status, taught = add("/supplier-codes", LESSON)
    assert status == 201
    shown = {"beginning": "ROQ1", "length": 16, "item": "PARA-API", "lot_from": 5, "lot_to": 14, "lot": "2026000142"}
    assert taught | shown == taught
    again = add("/supplier-codes", LESSON | {"item": "STARCH", "lot_to": 12})[1]
    assert (again["supplier_code"], again["item"], again["lot"]) == (taught["supplier_code"], "STARCH", "20260001")
    listed = client.get("/supplier-codes", headers=installation.office).json()["supplier_codes"]
    assert listed == [again]
    add("/places", FLOOR)
    for site, told in ((SITE, 2), ("KIRAN-FL", 1)):
        assert fed(installation, site).count("supplier_code") == told
    removal = f"/supplier-codes/{taught['supplier_code']}/removal"
    assert add(removal, {})[0] == 200
    assert add(removal, {})[1]["code"] == "unknown_supplier_code"
    assert client.get("/supplier-codes", headers=installation.office).json()["supplier_codes"] == []
    assert fed(installation, "KIRAN-FL").count("supplier_code") == 2
    assert add("/supplier-codes", LESSON)[1] == taught


@pytest.mark.requirement("S2")
@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"item": "NOTHING"}, "unknown_item", "item"),
        ({"lot_from": 2}, "supplier_code_unclear", "lot_from"),
        ({"lot_to": 17}, "supplier_code_unclear", "lot_to"),
        ({"lot_to": 4}, "supplier_code_unclear", "lot_to"),
        ({"example": "औषधि-2026-12"}, "supplier_code_unclear", "example"),
        ({"lot_from": 0}, "field_wrong", "lot_from"),
        ({"lot_to": 65}, "field_wrong", "lot_to"),
    ],
)
def test_a_code_that_cannot_be_told_from_others_is_not_taught(
    add: Any, changed: dict[str, Any], code: str, field: str
) -> None:
    add("/items", ITEM)
    problem = add("/supplier-codes", LESSON | changed)[1]
    assert (problem["code"], problem["field"]) == (code, field)


@pytest.mark.requirement("S2")
def test_only_the_office_teaches(client: TestClient[Litestar], installation: Installation, add: Any) -> None:
    add("/items", ITEM)
    with migrate.connected(installation.settings.database) as connection:
        connection.execute(update(person).where(person.c.name == "Office").values(role="quality"))
    assert add("/supplier-codes", LESSON)[1]["code"] == "office_only"
    assert add("/batch-numbers", {"number": "A/1"})[1]["code"] == "office_only"
    assert client.get("/supplier-codes", headers=installation.office).status_code == 200
