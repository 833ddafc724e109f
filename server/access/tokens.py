"""Session tokens: signed by this installation, short-lived, and good for nothing else than this server's API.

Scans never need one: a push is signed by the phone itself. A token lets a person use the desk, or a phone fetch labels.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PERSON_SECONDS = 8 * 3600
DEVICE_SECONDS = 600

_TYPE = "at+jwt"
_ISSUER = "batchspine"
_AUDIENCE = "batchspine-api"
_LEEWAY_SECONDS = 60
_REQUIRED = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub"]

_SUBJECT = re.compile(r"(?P<kind>person|device):(?P<id>[0-9a-f]{32})")

SubjectKind = Literal["person", "device"]


class Subject(msgspec.Struct, frozen=True):
    """Whom a token speaks for; `grant` ends it when that person's rights change."""

    kind: SubjectKind
    id: str
    grant: int = 0


def issue(key: Ed25519PrivateKey, subject: Subject, now_ms: int) -> tuple[str, int]:
    """Sign a session and say when it ends (ms)."""
    issued = now_ms // 1000
    expires = issued + (PERSON_SECONDS if subject.kind == "person" else DEVICE_SECONDS)
    claims = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": f"{subject.kind}:{subject.id}",
        "grant": subject.grant,
        "iat": issued,
        "nbf": issued,
        "exp": expires,
        "jti": secrets.token_hex(16),
    }
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"typ": _TYPE}), expires * 1000


def read(key: Ed25519PublicKey, token: str) -> Subject | None:
    """Give the subject of a token that is ours, whole and still good; None for any other text."""
    try:
        decoded = jwt.decode_complete(
            token,
            key,
            algorithms=["EdDSA"],
            audience=_AUDIENCE,
            issuer=_ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": _REQUIRED, "strict_aud": True},
        )
    except jwt.InvalidTokenError:
        return None
    return _subject(decoded["payload"]) if decoded["header"].get("typ") == _TYPE else None


def _subject(claims: dict[str, Any]) -> Subject | None:
    named, grant = _SUBJECT.fullmatch(str(claims["sub"])), claims.get("grant")
    if named is None or not isinstance(grant, int):
        return None
    return Subject("person" if named["kind"] == "person" else "device", named["id"], grant)
