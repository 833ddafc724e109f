"""Labels in GS1's own form: for articles under the company's prefix, and for no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import msgspec
import pytest
from conftest import Installation
from floor import material
from litestar.testing import TestClient
from PIL import Image
from test_server_print_jobs import Shop

from labels.gs1.digital_link import read_link
from labels.gs1.elements import Element
from labels.reading import symbols_in
from labels.sscc import sscc
from server.app import create_app

PREFIX = "8901234"
OWN, SUPPLIERS = "08901234000014", "09521234543213"
ORIGIN = "HTTPS://BATCH.EXAMPLE.ORG"

both = pytest.mark.both_engines


@contextmanager
def serving(installation: Installation, **said: Any) -> Iterator[TestClient[Any]]:
    """Serve an installation at its permanent address."""
    settings = msgspec.structs.replace(installation.settings, public_url=ORIGIN.lower(), **said)
    with TestClient(create_app(settings), base_url=ORIGIN.lower()) as client:
        yield client


def qr_of(client: TestClient[Any], shop: Shop, **asked: Any) -> str:
    """Print a label and read its QR symbol."""
    params = {"format": "png", "stock": "100x150", "dpi": 203} | asked
    answer = client.get("/labels", params=params, headers=shop.headers)
    assert answer.status_code == 200, answer.text
    return dict(symbols_in(Image.open(BytesIO(answer.content)).convert("L")))["QRCode"]


def set_gtin(shop: Shop, gtin: str) -> None:
    """Give the item of the shop an article number."""
    assert shop.call("/items/PARA-API/gtin", {"gtin": gtin}).status_code == 200


@both
@pytest.mark.requirement("L2", "L1")
def test_labels_of_our_own_articles_are_digital_links_and_all_others_are_not(installation: Installation) -> None:
    with serving(installation, gs1_prefix=PREFIX) as client:
        shop = Shop(client, installation, units=1)
        own_form = f"{ORIGIN}/B/MAK-2026-0142/I/PARA-API/H/D1"
        assert qr_of(client, shop, unit="D1") == own_form
        set_gtin(shop, SUPPLIERS)
        assert qr_of(client, shop, unit="D1") == own_form
        set_gtin(shop, OWN)
        assert qr_of(client, shop, unit="D1") == f"{ORIGIN}/01/{OWN}/10/MAK-2026-0142/21/D1"
        lot = qr_of(client, shop, item="PARA-API", batch="MAK-2026-0142")
        assert lot == f"{ORIGIN}/01/{OWN}/10/MAK-2026-0142"
    with serving(installation, gs1_prefix=None) as client:
        shop.client = client
        assert qr_of(client, shop, unit="D1") == own_form


@pytest.mark.requirement("L2", "L3")
def test_a_pallet_of_one_of_our_articles_says_in_gs1s_words_how_many_of_which_lot(installation: Installation) -> None:
    pallet = sscc(PREFIX, 7)
    with serving(installation, gs1_prefix=PREFIX) as client:
        shop = Shop(client, installation, units=2)
        set_gtin(shop, OWN)
        shop.phone.commission(pallet, None, kind="pallet")
        shop.phone.pack("D1", pallet)
        shop.phone.pack("D2", pallet)
        shop.phone.push()
        elements = read_link(qr_of(client, shop, unit=pallet))
        assert isinstance(elements, tuple)
        assert set(elements) == {
            Element("00", pallet), Element("02", OWN), Element("37", "2"), Element("10", "MAK-2026-0142"),
        }  # fmt: skip
        shop.phone.commission("D9", material=material(batch="OTHER-1"))
        shop.phone.pack("D9", pallet)
        shop.phone.push()
        assert qr_of(client, shop, unit=pallet) == pallet
