"""Passwords for the desk, PINs for the phone: what is stored instead of them, and how a guess is checked.

A password never leaves the server, so it gets scrypt. A PIN has to work on a phone without any network, so its verifier
travels to the phones of the site; the phone repeats this computation and locks the person after ten wrong tries.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import msgspec

from server.access.encoding import from_base64url, to_base64url

PIN_ITERATIONS = 210_000

_N, _R, _P = 2**14, 8, 5
_SALT_BYTES = 16
_HASH_BYTES = 32
_MEMORY_MAX = 64 * 1024 * 1024


class PinVerifier(msgspec.Struct, frozen=True):
    """PBKDF2-HMAC-SHA256 of a PIN."""

    salt: bytes
    iterations: int
    hash: bytes


def make_pin_verifier(pin: str) -> PinVerifier:
    """Compute what phones check a PIN against."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return PinVerifier(salt, PIN_ITERATIONS, _pin_hash(pin, salt, PIN_ITERATIONS))


def is_pin_right(pin: str, verifier: PinVerifier) -> bool:
    """Check a PIN as a phone does."""
    return hmac.compare_digest(_pin_hash(pin, verifier.salt, verifier.iterations), verifier.hash)


def _pin_hash(pin: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, iterations, _HASH_BYTES)


def hash_password(password: str) -> str:
    """Write a password as `scrypt$n$r$p$salt$hash`, so that the cost can grow without locking anybody out."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _scrypt(password, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${to_base64url(salt)}${to_base64url(digest)}"


def is_password_right(password: str, stored: str) -> bool:
    """Check a password; slow on purpose (about a fifth of a second), so call it in a thread."""
    _, n, r, p, salt, digest = stored.split("$")
    salt_bytes, expected = from_base64url(salt), from_base64url(digest)
    assert salt_bytes is not None
    assert expected is not None
    return hmac.compare_digest(_scrypt(password, salt_bytes, int(n), int(r), int(p)), expected)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_MAX, dklen=_HASH_BYTES)


NOBODY = f"scrypt${_N}${_R}${_P}${to_base64url(bytes(_SALT_BYTES))}${to_base64url(bytes(_HASH_BYTES))}"
"""A password nobody has: checked for an unknown login, so that it takes as long as a known one."""


def new_code() -> str:
    """Make a one-time code for a link: 144 random bits."""
    return to_base64url(secrets.token_bytes(18))


def code_hash(code: str) -> bytes:
    """Give what is stored of a one-time code."""
    return hashlib.sha256(code.encode()).digest()
