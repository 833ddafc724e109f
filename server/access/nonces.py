"""Nonces that nobody has to remember: a moment and a proof that this server named it.

A phone signs over the nonce of the server's last answer, so a signature taken from the air is worth nothing ten
minutes later. Within those minutes a replayed push is the same push: every event in it is a duplicate.
"""

from __future__ import annotations

import hmac
from typing import Literal

from server.access.encoding import from_base64url, to_base64url

VALID_MS = 10 * 60 * 1000

_MOMENT_BYTES = 8
_PROOF_BYTES = 16

NonceVerdict = Literal["ok", "expired", "wrong"]


class Nonces:
    """Issue and check nonces under one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, now_ms: int) -> str:
        """Give a nonce that is good for `VALID_MS` from now."""
        moment = now_ms.to_bytes(_MOMENT_BYTES, "big")
        return to_base64url(moment + self._proof(moment))

    def check(self, nonce: str, now_ms: int) -> NonceVerdict:
        """Say whether the nonce is ours and still good.

        One from the near future is fine: the server's own clock may have been set back since.
        """
        raw = from_base64url(nonce)
        if raw is None or len(raw) != _MOMENT_BYTES + _PROOF_BYTES:
            return "wrong"
        moment, proof = raw[:_MOMENT_BYTES], raw[_MOMENT_BYTES:]
        if not hmac.compare_digest(proof, self._proof(moment)):
            return "wrong"
        return "ok" if abs(now_ms - int.from_bytes(moment, "big")) <= VALID_MS else "expired"

    def _proof(self, moment: bytes) -> bytes:
        return hmac.digest(self._key, b"batchspine nonce\x00" + moment, "sha256")[:_PROOF_BYTES]
