"""Signed labels over HTTP: phones hear of the keys with their books; a stolen key is revoked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from conftest import Installation
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from litestar.testing import TestClient
from PIL import Image
from test_server_print_jobs import Shop

from labels.reading import symbols_in
from labels.signature import signed_bytes, split
from server.access.encoding import from_base64url
from server.app import create_app
from server.cli import main
from server.settings import Settings, from_environment, to_environment

pytestmark = pytest.mark.requirement("L7")

both = pytest.mark.both_engines


@contextmanager
def serving(installation: Installation, *, signs: bool = True) -> Iterator[TestClient[Any]]:
    settings = msgspec.structs.replace(installation.settings, sign_labels=signs)
    with TestClient(create_app(settings)) as client:
        yield client


def keys_of(shop: Shop) -> dict[str, str | None]:
    """Give the label keys as the phone has heard of them."""
    shop.phone.pull()
    (company,) = (data for (kind, _), data in shop.phone.replica.items() if kind == "company")
    told: dict[str, str | None] = company["label_keys"]
    return told


def qr_of(client: TestClient[Any], shop: Shop, stock: str) -> str:
    params = {"unit": "D1", "format": "png", "stock": stock, "dpi": 203}
    picture = client.get("/labels", params=params, headers=shop.headers)
    return dict(symbols_in(Image.open(BytesIO(picture.content)).convert("L")))["QRCode"]


def command(settings: Settings, *words: str) -> str:
    """Run a command; gives what it says."""
    result = CliRunner().invoke(main, ["label-key", *words], env=to_environment(settings))
    assert result.exit_code == 0, result.output
    return result.output


@both
def test_labels_with_room_are_signed_and_a_phone_can_tell_by_its_books_alone(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation, units=1)
        signed = split(qr_of(client, shop, "100x150"))
        assert signed is not None
        assert signed.text == "MAK1:MAK-2026-0142/PARA-API/D1"
        public = keys_of(shop)[signed.key]
        assert public is not None
        Ed25519PublicKey.from_public_bytes(from_base64url(public)).verify(signed.signature, signed_bytes(signed.text))
        assert split(qr_of(client, shop, "50x25")) is None
    with serving(installation, signs=False) as client:
        shop.client = client
        assert split(qr_of(client, shop, "100x150")) is None


@both
def test_a_new_key_signs_the_old_one_is_verified_until_it_is_revoked(installation: Installation) -> None:
    with serving(installation) as client:
        shop = Shop(client, installation, units=1)
        assert list(keys_of(shop)) == ["A"]
        assert "Key B signs" in command(installation.settings, "new")
        told = keys_of(shop)
        assert list(told) == ["A", "B"]
        assert all(told.values())
        signed = split(qr_of(client, shop, "100x150"))
        assert signed is not None
        assert signed.key == "B"
        command(installation.settings, "revoke", "A")
        assert keys_of(shop)["A"] is None
        assert command(installation.settings, "list").split() == ["A", "revoked", "B", "signs"]
        command(installation.settings, "revoke", "B")
        assert "Key C signs" in command(installation.settings, "new")
    wrong = CliRunner().invoke(main, ["label-key", "revoke", "Z"], env=to_environment(installation.settings))
    assert wrong.exit_code == 1
    assert "There is no label key Z." in wrong.output


def test_without_the_setting_nothing_is_signed_and_no_key_is_made(installation: Installation) -> None:
    with installation.client() as client:
        shop = Shop(client, installation, units=1)
        assert keys_of(shop) == {}
        assert split(qr_of(client, shop, "100x150")) is None
    assert not list(installation.settings.keys_folder.glob("label-*.pem"))
    told = from_environment({"BATCHSPINE_SIGN_LABELS": "1"})
    assert told.sign_labels
    assert from_environment(to_environment(told)) == told
