"""Every device signs its own chain, so nothing can be altered, dropped or slipped in between unseen.

An event is encoded once, on the phone; those exact bytes are hashed, numbered without gaps and never re-serialised:

    h(0) = SHA-256(device | incarnation)
    h(n) = SHA-256(h(n-1) | id | seq | body)          widths 32, 16, 8 bytes, then the body

A push is signed over the hash of the last event it carries, with a key that cannot leave the phone. That signature is
the credential: a phone whose operator's session has long expired can still hand in its scans.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

Purpose = Literal["push", "pull", "snapshot", "wait", "session", "export"]
"""`export` is signed over no nonce: a run that somebody else will hand in, some day, from a file. Handed in twice, it
says nothing new, so nothing is gained by replaying it."""


def origin(device: bytes, inc: bytes) -> bytes:
    """Give h(0) of an incarnation."""
    return sha256(device + inc).digest()


def link(previous: bytes, event_id: bytes, seq: int, body: bytes) -> bytes:
    """Give the hash of an event from that of its predecessor."""
    return sha256(previous + event_id + seq.to_bytes(8, "big") + body).digest()


def links(base: bytes, run: Iterable[tuple[bytes, int, bytes]]) -> list[bytes]:
    """Give the hash of every event of an unbroken run that follows `base`."""
    hashes = []
    for event_id, seq, body in run:
        base = link(base, event_id, seq, body)
        hashes.append(base)
    return hashes


def signed_bytes(purpose: Purpose, nonce: str, device: bytes, inc: bytes, seq: int, digest: bytes) -> bytes:
    """Give the bytes a device signs: what for, the server's nonce, who, and the end of its chain."""
    return b"\x00".join(
        (b"batchspine", purpose.encode(), nonce.encode(), device + inc + seq.to_bytes(8, "big") + digest)
    )


def fingerprint(body: bytes) -> bytes:
    """Give the content hash of a body: of two bodies under one id the smaller fingerprint is the fact."""
    return sha256(body).digest()
