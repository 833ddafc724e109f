"""The enrolment certificate: this installation's word that a key belongs to one of its phones.

The phone keeps it and shows it on every contact. A server brought back from a backup older than the phone can so know
it again: the key that signs lies outside the database. It is `payload "." signature`, both base64url.
"""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.access.encoding import from_base64url, to_base64url

CERTIFICATE_LENGTH_MAX = 4_000

_PURPOSE = b"batchspine device certificate\x00"


class EnrolledDevice(msgspec.Struct, frozen=True, kw_only=True):
    """What the installation vouches for."""

    device: str
    device_code: str
    name: str
    site: str
    public_key: str
    """P-256, SubjectPublicKeyInfo, base64url."""
    issued_at: int
    is_desk: bool = False
    """A desk may switch phones off and close exceptions; what a device is, it is for life."""


_decoder = msgspec.json.Decoder(EnrolledDevice)


def issue(key: Ed25519PrivateKey, enrolled: EnrolledDevice) -> str:
    """Sign what is known about a newly enrolled phone."""
    payload = to_base64url(msgspec.json.encode(enrolled))
    return f"{payload}.{to_base64url(key.sign(_PURPOSE + payload.encode()))}"


def verify(key: Ed25519PublicKey, certificate: str) -> EnrolledDevice | None:
    """Read a certificate of this installation; None if it is anybody else's, or was touched."""
    payload, dot, signature = certificate.partition(".")
    signed, content = from_base64url(signature), from_base64url(payload)
    if len(certificate) > CERTIFICATE_LENGTH_MAX or not dot or signed is None or content is None:
        return None
    try:
        key.verify(signed, _PURPOSE + payload.encode())
        return _decoder.decode(content)
    except (InvalidSignature, msgspec.MsgspecError):
        return None
