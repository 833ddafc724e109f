"""Is this really that phone? ECDSA P-256 over SHA-256, raw r|s as browsers write it."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from server.access.encoding import from_base64url

_SIGNATURE_BYTES = 64
_KEYS_CACHED_MAX = 1_000

_ECDSA = ec.ECDSA(SHA256())


def read_public_key(encoded: str) -> bytes | None:
    """Read a phone's public key (SubjectPublicKeyInfo, base64url) and give its DER form, None if it is no P-256 key.

    The DER is written anew, so that one key has one spelling in the database.
    """
    der = from_base64url(encoded)
    key = _load(der) if der else None
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) if key else None


def verify(public_key_der: bytes, signature_b64: str, message: bytes) -> bool:
    """Say whether the holder of this key signed the message."""
    raw = from_base64url(signature_b64)
    key = _load(public_key_der)
    if raw is None or len(raw) != _SIGNATURE_BYTES or key is None:
        return False
    half = _SIGNATURE_BYTES // 2
    signature = encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))
    try:
        key.verify(signature, message, _ECDSA)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=_KEYS_CACHED_MAX)
def _load(der: bytes) -> ec.EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None
