"""Base64url without padding: how keys, signatures and hashes travel in JSON."""

from __future__ import annotations

import binascii
from base64 import b64decode, urlsafe_b64encode

_TO_PLAIN = str.maketrans("-_", "+/")
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def to_base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes | None:
    """Read base64url without padding; anything else, a stray character or bit, is None."""
    if not _ALPHABET.issuperset(text):
        return None
    try:
        raw = b64decode(text.translate(_TO_PLAIN) + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None
    # Spare bits in the last character would give one value two spellings.
    return raw if to_base64url(raw) == text else None
