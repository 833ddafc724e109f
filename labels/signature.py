"""The signature of a label: who holds its key's public half can tell, without a network, that we issued the text.

It stands behind the text of the QR symbol: `/S/`, one character that names the key, 103 of base32 (Ed25519, RFC 8032
and RFC 4648); behind a GS1 Digital Link in its query, which GS1's readers pass over. A photocopy verifies too: what
proves a copy is that one serial is scanned at two places. Making and checking signatures is the shell's business.
`pwa/src/scan/label-signature.ts` is the twin of this file, and both are held to `tests/vectors/label_signatures.json`.
"""

from __future__ import annotations

import base64
import re
from typing import NamedTuple

KEY_IDS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STOCK_MM_MIN = 40
"""On smaller labels the modules of a symbol with a signature would be too fine."""

_DOMAIN = b"batchspine label 1\n"
_signed = re.compile(r"(?P<text>.+)(?:/S/|[?&]S=)(?P<key>[A-Z])(?P<signature>[A-Z2-7]{103})", re.DOTALL)


class Signed(NamedTuple):
    """A text that carries a signature: what was signed, the key's id, and the 64 bytes."""

    text: str
    key: str
    signature: bytes


def signed_bytes(text: str) -> bytes:
    """Give the bytes that are signed: nothing else that any key of ours signs begins so."""
    return _DOMAIN + text.encode("utf-8")


def with_signature(text: str, key: str, signature: bytes) -> str:
    """Put a signature behind a text."""
    return text + _behind(text) + key + base64.b32encode(signature).decode("ascii").rstrip("=")


def _behind(text: str) -> str:
    if "?" in text:
        return "&S="
    return "?S=" if re.match(r"HTTPS://[^/]+/0[01]/", text) else "/S/"


def split(text: str) -> Signed | None:
    """Take a signature off a text in upper case; None if it carries none."""
    found = _signed.fullmatch(text)
    if found is None:
        return None
    return Signed(found["text"], found["key"], base64.b32decode(found["signature"] + "="))
