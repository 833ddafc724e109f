"""A phone in Python, for the demo's story: it has a key, a chain and an outbox; its scans go the way of all scans.

Only camera and screen are missing. Its key is thrown away once the story is told, as if the phone had been lost.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Row

from labels.identity import mint_serial
from server.access.encoding import to_base64url
from server.access.nonces import Nonces
from server.intake.delivery import Delivery, Sender, open_push
from server.intake.writer import Writer
from sync.chain import signed_bytes
from sync.clock import Reading, tick
from sync.event import VERSION, Fact
from sync.outbox import Kept, Outbox, Run
from sync.wire import PROTO, Push

_TAG_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WRITER_SECONDS_MAX = 30

Scan = TypeVar("Scan", bound=Fact)


class DemoPhone:
    """One enrolled phone, and the person who holds it."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, device: Row[Any], actor: bytes) -> None:
        self._key = key
        self._device = device
        self._actor = actor
        self._outbox = Outbox(device.id, secrets.token_bytes(16))
        self._clock = (0, 0)
        self._minted = 0

    def mint(self) -> str:
        """Give the serial of the next label."""
        self._minted += 1
        return mint_serial(self._device.code, incarnation_tag(self._outbox.inc), self._minted)

    def scan(self, happened: type[Scan], at_ms: int, /, *, after: list[Kept] | None = None, **said: Any) -> Kept:
        """Record that something happened at a moment, knowing the events in `after`."""
        self._clock = tick(self._clock, at_ms, 0)
        reading = Reading(at=self._clock, wall=at_ms, offset=0, offset_age=0, round_trip=40, mono=at_ms, boot="demo")
        known = [event.id.hex() for event in after or []]
        common = {"actor": self._actor.hex(), "grant": 1, "site": self._device.site, "clock": reading, "after": known}
        fact = happened(v=VERSION, **common, **said)
        return self._outbox.record(_event_id(at_ms), msgspec.json.encode(fact))

    def hand_in(self, writer: Writer, nonces: Nonces, now_ms: int) -> None:
        """Push what was recorded, signed, to the server's own writer."""
        run = self._outbox.next_run()
        assert run is not None
        nonce = nonces.issue(now_ms)
        signature = self._signature(nonce, run)
        push = Push(
            proto=PROTO,
            app="demo",
            device=self._device.id.hex(),
            inc=run.inc.hex(),
            nonce=nonce,
            sig=to_base64url(signature),
            head=self._outbox.head,
            base=run.base,
            events=run.pushed(),
        )
        sender = Sender(self._device.n, self._device.id, self._device.site)
        receipt = writer.hand_in(Delivery(sender, run.inc, push, open_push(push), signature, now_ms))
        verdicts = {verdict.v for verdict in receipt.result(_WRITER_SECONDS_MAX).verdicts}
        assert verdicts == {"stored"}, verdicts

    def _signature(self, nonce: str, run: Run) -> bytes:
        signed = signed_bytes("push", nonce, self._device.id, run.inc, run.end.seq, run.end.hash)
        r, s = decode_dss_signature(self._key.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def new_key() -> tuple[ec.EllipticCurvePrivateKey, bytes]:
    """Make a phone's key, and the form its public half is enrolled in."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def incarnation_tag(inc: bytes) -> str:
    """Give the three characters that keep serials of two incarnations apart, as the phone computes them."""
    number = int.from_bytes(sha256(inc).digest()[:4], "big") % len(_TAG_LETTERS) ** 3
    return "".join(_TAG_LETTERS[number // weight % 36] for weight in (1296, 36, 1))


def _event_id(at_ms: int) -> bytes:
    """Make a UUIDv7: the moment, then random bits."""
    number = at_ms << 80 | 7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return number.to_bytes(16, "big")
