"""Photos: kept only if a scan of the same phone speaks of them, seen only by whoever may see the scan."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from conftest import Installation
from PIL import Image
from signed_phone import SignedPhone
from test_server_pallet_numbers import session_of

from server.intake.check import check

both = pytest.mark.both_engines


def jpeg(colour: str = "red") -> bytes:
    """Take a photo."""
    file = BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "JPEG")
    return file.getvalue()


def hand_in(client: Any, session: dict[str, str], event: str, photo: bytes) -> bool:
    """Hand a photo in; tells whether it was kept."""
    answer = client.post("/photos", json={"event": event, "data": b64encode(photo).decode()}, headers=session)
    assert answer.status_code == 200
    return bool(answer.json()["is_kept"])


@both
@pytest.mark.requirement("F8", "F11", "S8")
def test_a_photo_is_kept_once_its_scan_is_there_and_shown_with_the_batch(installation: Installation) -> None:
    photo = jpeg()
    name = sha256(photo).hexdigest()
    with installation.client() as client:
        phone = SignedPhone(client, installation.office)
        session = session_of(client, phone)
        phone.commission("D1")
        moved = phone.record(
            "moved", unit="D1", material=None, from_="location:ASHA-WH", to="location:KIRAN-FL", photos=[name],
            reason="label torn off",
        )  # fmt: skip
        assert not hand_in(client, session, moved.id.hex(), photo), "its scan has not arrived"
        phone.push()
        assert not hand_in(client, session, moved.id.hex(), jpeg("blue")), "another picture"
        assert not hand_in(client, session, moved.id.hex(), b"<svg>"), "no photo"
        assert hand_in(client, session, moved.id.hex(), photo)
        assert hand_in(client, session, moved.id.hex(), photo), "asked again after a lost answer"
        (shown,) = client.get("/photos", params={"batch": "MAK-2026-0142"}, headers=installation.office).json()[
            "photos"
        ]
        assert (shown["photo"], shown["unit"], shown["reason"]) == (name, "D1", "label torn off")
        answer = client.get(f"/photos/{name}", headers=installation.office)
        assert (answer.content, answer.headers["content-type"]) == (photo, "image/jpeg")
        assert client.get(f"/photos/{sha256(b'').hexdigest()}", headers=installation.office).status_code == 404
        assert client.get("/photos/no-hash", headers=installation.office).status_code == 404
    assert check(installation.settings.database) == []


@pytest.mark.requirement("A4")
def test_photos_are_taken_from_the_phone_that_scanned_and_from_nobody_else(installation: Installation) -> None:
    photo = jpeg()
    with installation.client() as client:
        phone, other = (SignedPhone(client, installation.office, name=name) for name in ("Dock 1", "Dock 2"))
        kept = phone.commission("D1", photos=[sha256(photo).hexdigest()])
        phone.push()
        assert not hand_in(client, session_of(client, other), kept.id.hex(), photo)
        assert not hand_in(client, installation.office, kept.id.hex(), photo)
        assert client.get("/photos", params={"batch": "X"}, headers=session_of(client, other)).status_code == 403
        assert hand_in(client, session_of(client, phone), kept.id.hex(), photo)
