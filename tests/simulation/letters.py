"""What travels: a signed push, and the hub's answer to it.

The simulator signs by a keyed hash instead of P-256: what is tried is that a letter nobody signed is never accepted
and that the signature covers the end of the run, not the mathematics of curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple, Protocol

import simulation.reading  # noqa: F401 - bodies are read once from now on

from server.intake.delivery import Incoming, open_push
from sync.chain import signed_bytes
from sync.outbox import Outbox, Run
from sync.wire import PROTO, Link, Push, PushAnswer


class Letter(NamedTuple):
    """A push under way: what the hub's enrolment says of its signer, and which life of the phone waits for it."""

    push: Push
    device: bytes
    site: str
    sender: int
    life: int
    is_desk: bool


class Answer(NamedTuple):
    """An answer under way, to a letter of this incarnation."""

    inc: str
    push: PushAnswer


def sign(device: bytes, nonce: str, inc: bytes, seq: int, digest: bytes) -> str:
    """Sign the end of a chain with the key of a device."""
    return blake2b(signed_bytes("push", nonce, device, inc, seq, digest), key=device, digest_size=16).hexdigest()


class Sender(Protocol):
    """A phone as a letter names it."""

    n: int
    site: str
    life: int
    is_desk: bool


def write(outbox: Outbox, run: Run | None, sender: Sender, nonce: str) -> Letter:
    """Write the letter for a run, or one that only says how far the chain has come."""
    inc = outbox.inc if run is None else run.inc
    head = outbox.head if run is None or run.inc == outbox.inc else Link(run.end.seq, run.end.hash.hex())
    seq, digest = (head.seq, bytes.fromhex(head.hash)) if run is None else (run.end.seq, run.end.hash)
    push = Push(
        proto=PROTO, device=outbox.device.hex(), inc=inc.hex(), nonce=nonce, head=head,
        sig=sign(outbox.device, nonce, inc, seq, digest), base=head if run is None else run.base,
        events=[] if run is None else run.pushed(),
    )  # fmt: skip
    return Letter(push, outbox.device, sender.site, sender.n, sender.life, sender.is_desk)


def is_signed(letter: Letter, events: Sequence[Incoming]) -> bool:
    """Verify a letter over the hash the hub computed itself."""
    push = letter.push
    end = (events[-1].seq, events[-1].hash) if events else (push.head.seq, bytes.fromhex(push.head.hash))
    return push.sig == sign(letter.device, push.nonce, bytes.fromhex(push.inc), *end)


def joined(first: Letter, second: Letter) -> Letter | None:
    """Join two runs that follow each other, as a relay may: the signature over the second's end covers both."""
    a, b = first.push, second.push
    if a.inc != b.inc or not a.events or not b.events or a.events[-1].seq + 1 != b.events[0].seq:
        return None
    if open_push(a)[-1].hash.hex() != b.base.hash:  # two histories of a cloned phone
        return None
    push = Push(
        proto=PROTO, device=b.device, inc=b.inc, nonce=b.nonce, sig=b.sig, base=a.base,
        events=[*a.events, *b.events], head=b.head, pending=b.pending,
    )  # fmt: skip
    return second._replace(push=push)
