"""Signed labels: the text comes back, and nothing but our key makes one that verifies."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from PIL import Image
from test_labels_kinds import KINDS

from labels.content import LabelContent
from labels.identity import LotIdentity, Refused, UnitIdentity, parse
from labels.label import render_png
from labels.reading import symbols_in
from labels.signature import STOCK_MM_MIN, signed_bytes, split, with_signature
from labels.stock import built_in
from server.access.encoding import from_base64url

pytestmark = pytest.mark.requirement("L7")

VECTORS = json.loads((Path(__file__).parent / "vectors" / "label_signatures.json").read_text("utf-8"))
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = Ed25519PublicKey.from_public_bytes(from_base64url(VECTORS["public_key"]))


@pytest.mark.parametrize(("text", "signed"), VECTORS["signed"])
def test_a_signed_text_gives_back_what_was_signed_and_verifies(text: str, signed: str) -> None:
    assert with_signature(text, "A", KEY.sign(signed_bytes(text))) == signed
    found = split(signed)
    assert found is not None
    assert (found.text, found.key) == (text, "A")
    PUBLIC.verify(found.signature, signed_bytes(found.text))
    if "/01/" not in text:
        assert parse(signed, "camera") == parse(text, "camera")
        assert parse(f"]Q1{signed.lower()}", "wedge") == parse(text, "camera")
        assert not isinstance(parse(text, "camera"), Refused)


@pytest.mark.parametrize("forged", VECTORS["forged"])
def test_one_other_character_does_not_verify(forged: str) -> None:
    found = split(forged)
    assert found is not None
    with pytest.raises(InvalidSignature):
        PUBLIC.verify(found.signature, signed_bytes(found.text))


@pytest.mark.parametrize("unsigned", VECTORS["unsigned"])
def test_what_carries_no_signature_is_left_alone(unsigned: str) -> None:
    assert split(unsigned) is None


@pytest.mark.parametrize("kind", ["unit", "gs1_unit", "production_lot", "dispensing"])
@pytest.mark.parametrize("stock", sorted(built_in()))
def test_every_stock_that_is_large_enough_has_room_for_a_signature(stock: str, kind: str) -> None:
    size = built_in()[stock]
    if min(size.width_mm, size.height_mm) < STOCK_MM_MIN:
        return
    content = KINDS[kind]
    assert isinstance(content, LabelContent)
    identity = content.identity
    names = ("MAK-2026-0142", "PARA-500-TAB")
    origin = "HTTPS://BATCH.COMPANY.EXAMPLE:8443"
    if isinstance(identity, UnitIdentity):
        identity = UnitIdentity(*names, "U03K4QX-0001E", origin, 2)
    else:
        identity = LotIdentity(*names, origin)
    content = msgspec.structs.replace(content, identity=identity)
    signature = with_signature("", "A", KEY.sign(b"whatever"))
    picture = render_png(msgspec.structs.replace(content, signature=signature), stock, 203)
    (text,) = {text for kind, text in symbols_in(Image.open(BytesIO(picture)).convert("L")) if kind == "QRCode"}
    assert text.endswith(signature)
