"""From the printer to the camera: every kind of label that is scanned is printed, filmed, read and acted on."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from browser.film import make_film, pages_of
from browser.flows import Operator
from browser.hands import Fingers
from browser.handset import HandOut, Handset
from browser.plant import Office, Plant, tell_demo
from PIL import Image
from playwright.sync_api import Page, expect

from labels.gs1.checks import check_digit_of
from labels.reading import symbols_in
from server.setup import demo
from server.setup.demo_story import WAREHOUSE

pytestmark = pytest.mark.browser

RAVI, RAVI_PIN = demo.OPERATORS[WAREHOUSE]
BAY = "ASHA-DISP"
PREFIX = "8901234"
GTIN = "0890123400001" + check_digit_of("0890123400001")
PAGE = "<style>@page { size: 100mm 150mm; margin: 0 } body { margin: 0 } svg { display: block }</style>"
WEIGHED = {"gross": "13.1 kg", "tare": "0.6 kg", "net": "12.5 kg", "done_by": "A. Rao", "checked_by": "S. Nair"}
STATED = {"part_used": WEIGHED, "dispensing": WEIGHED | {"used_for": "R-12"}, "status": {"report_number": "AR-26-0311"}}


class Camera:
    """The camera of a phone: its film is changed while it is off, and read anew when it is started."""

    def __init__(self, handset: Handset, film: Path) -> None:
        self.handset = handset
        self.film = film
        handset.film = film

    def show(self, label: Image.Image, button: str = "Start camera") -> None:
        """Start the camera in front of one label."""
        make_film([label], self.film, held=1.5, between=0.5)
        self.handset.button(button).tap()

    def stop(self) -> None:
        """Stop it again, if it runs still."""
        if self.handset.button("Stop camera").is_visible():
            self.handset.button("Stop camera").tap()


class PrintShop:
    """Prints labels as people do: a browser prints the drawing of one, or the program makes the document."""

    def __init__(self, office: Office, page: Page) -> None:
        self.office = office
        self.page = page

    def by_browser(self, path: str, **asked: str) -> Image.Image:
        """Have the browser print the drawing of a label, without margins and at its size."""
        drawing = self.office.file(path, format="svg", stock="100x150", **asked).decode()
        self.page.set_content(PAGE + drawing)
        return self._only(self.page.pdf(prefer_css_page_size=True, print_background=True))

    def of_kind(self, unit: str, kind: str) -> Image.Image:
        """Have the label of a kind made as a document."""
        asked = {"job": secrets.token_hex(16), "printer": None, "units": [unit], "kind": kind, "stated": STATED[kind]}
        job = self.office.post("/print-jobs", asked)["job"]
        return self._only(self.office.file(f"/print-jobs/{job}/file"))

    def pallet_of_roll(self) -> tuple[str, Image.Image]:
        """Have a roll with one pallet label made; gives its number and the label."""
        asked = {"job": secrets.token_hex(16), "kind": "pallet", "count": 1, "site": WAREHOUSE}
        job = self.office.post("/rolls", asked)
        return job["labels"][0]["unit"], self._only(self.office.file(f"/print-jobs/{job['job']}/file"))

    def _only(self, document: bytes) -> Image.Image:
        (page,) = pages_of(document)
        assert symbols_in(page.convert("L")), "the printed label cannot be read"
        return page


def recorded(handset: Handset, kind: str) -> list[str]:
    """Give the units of the scans of one type that the phone holds, in order."""
    return [str(scan.get("unit")) for scan in handset.scans_kept() if scan["type"] == kind]


@pytest.mark.requirement("L1", "L2", "L3", "L4", "L8", "S2")
def test_every_kind_of_label_that_is_scanned_is_printed_filmed_and_acted_on(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    plant.settings = msgspec.structs.replace(plant.settings, gs1_prefix=PREFIX)
    tell_demo(plant)
    office = plant.office()
    shop = PrintShop(office, handsets("printer").start(is_desktop=True))
    handset = handsets("ravi")
    camera = Camera(handset, tmp_path / "camera.mjpeg")
    make_film([Image.new("RGB", (100, 150), "white")], camera.film)
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(office.invite(WAREHOUSE), "Dock 1")
    page = handset.page

    (person,) = (row["person"] for row in office.get("/people")["people"] if row["name"] == RAVI)
    camera.show(shop.by_browser("/signs", kind="operator", site=WAREHOUSE, code=person[:16].upper()), "Scan a badge")
    expect(page.get_by_role("heading", name=f"PIN of {RAVI}")).to_be_visible()
    ravi.hands.digits(RAVI_PIN)
    ravi.expect_home()

    bags = ravi.goods_in("Maize starch", "ROQ-2", "bag", 4, "25")
    ravi.go_home()
    office.post("/items/PARA-API/gtin", {"gtin": GTIN})
    (drum,) = ravi.goods_in("Paracetamol", "GRX-1", "drum", 1, "25")
    ravi.go_home()
    handset.wait_until_sent()
    unit = shop.by_browser("/labels", unit=bags[0])
    link = shop.by_browser("/labels", unit=drum)
    assert any(f"/01/{GTIN}/10/" in text for _, text in symbols_in(link.convert("L")))

    pallet, blank = shop.pallet_of_roll()
    ravi.go_to("more")
    ravi.go_to("pack")
    camera.show(blank)
    handset.button("Yes, begin it").tap()
    camera.stop()
    camera.show(unit)
    expect(page.get_by_test_id("contents")).to_have_attribute("data-count", "1")
    camera.stop()
    assert recorded(handset, "packed") == [bags[0]]
    ravi.go_home()
    handset.wait_until_sent()

    ravi.go_to("more")
    ravi.go_to("move")
    camera.show(shop.by_browser("/signs", kind="location", site=WAREHOUSE, code=BAY))
    expect(page.get_by_role("heading", name="Scan what you put there")).to_be_visible()
    camera.stop()
    moves = {
        bags[1]: shop.of_kind(bags[1], "part_used"),
        bags[2]: shop.of_kind(bags[2], "dispensing"),
        bags[3]: shop.of_kind(bags[3], "status"),
        drum: link,
        pallet: shop.by_browser("/labels", unit=pallet),
    }
    for moved, label in moves.items():
        camera.show(label)
        expect(page.get_by_test_id("result")).to_contain_text(moved)
        camera.stop()
    assert recorded(handset, "moved") == list(moves)
    camera.show(shop.by_browser("/signs", kind="command", code="UNDO"))
    expect(page.get_by_test_id("result")).to_contain_text("Undone")
    camera.stop()
    assert len(recorded(handset, "voided")) == 1
    ravi.go_home()

    count_loose(ravi, camera, shop.by_browser("/labels", item="STARCH", batch=starch_lot(office, bags[0])))
    handset.wait_until_sent()
    assert plant.check().returncode == 0


def starch_lot(office: Office, bag: str) -> str:
    """Give the lot that a bag is of."""
    lot: str = office.get(f"/units/{bag}")["batch"]
    return lot


def count_loose(ravi: Operator, camera: Camera, label: Image.Image) -> None:
    """Count loose stock of the lot whose label is shown to the camera."""
    handset = ravi.handset
    ravi.go_to("more")
    ravi.go_to("count")
    ravi.choose("Loose stock")
    ravi.choose(BAY)
    camera.show(label)
    if handset.page.get_by_role("heading", name="What does its status label say?").is_visible():
        ravi.choose("Available")
    ravi.number("12.5", "Next")
    expect(handset.page.get_by_test_id("result")).to_contain_text("12.5 kg Maize starch")
    assert len(recorded(handset, "counted")) == 1
    ravi.go_home()


@pytest.mark.requirement("S2", "F4")
def test_a_suppliers_own_label_begins_goods_in_before_the_camera(
    plant: Plant, handsets: HandOut, tmp_path: Path
) -> None:
    tell_demo(plant)
    office = plant.office()
    office.post("/items/PARA-API/gtin", {"gtin": GTIN})
    handset = handsets("ravi")
    camera = Camera(handset, tmp_path / "camera.mjpeg")
    make_film([Image.new("RGB", (100, 150), "white")], camera.film)
    ravi = Operator(handset, Fingers(handset))
    ravi.enrol(office.invite(WAREHOUSE), "Dock 1")
    ravi.sign_in(RAVI, RAVI_PIN)
    ravi.go_to("goods_in")
    camera.show(suppliers_label(f"(01){GTIN}(17)291031(10)GRX-88213"), "Scan their label")
    expect(handset.page.get_by_label("Supplier's lot number")).to_have_value("GRX-88213")
    expect(handset.page.get_by_label("Last day of use")).to_have_value("2029-10-31")


def suppliers_label(elements: str) -> Image.Image:
    """Draw a supplier's label with a GS1 DataMatrix symbol, by another library than ours."""
    symbol = zxingcpp.create_barcode(elements, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, forceSquare=True)
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(symbol, scale=20, add_quiet_zones=True))
    label = Image.new("RGB", (800, 1200), "white")
    label.paste(drawn.convert("RGB"), (150, 250))
    return label
