"""A push as it arrives at the writer: opened, its chain computed, its signature already checked."""

from typing import NamedTuple

import msgspec

from sync.chain import fingerprint, links
from sync.event import Event, Unreadable, read
from sync.wire import Push


class Incoming(msgspec.Struct, frozen=True, gc=False):
    """One event, with the hash its chain gives it and what could be read of it."""

    id: bytes
    seq: int
    body: bytes
    hash: bytes
    fingerprint: bytes
    fact: Event | Unreadable


class Sender(NamedTuple):
    """The phone that signed."""

    n: int
    id: bytes
    site: str
    is_desk: bool = False


class Delivery(NamedTuple):
    """One push."""

    sender: Sender
    inc: bytes
    push: Push
    events: tuple[Incoming, ...]
    signature: bytes
    received_at: int


def open_push(push: Push) -> tuple[Incoming, ...]:
    """Compute the chain of a push and read each body; what cannot be read stays as bytes."""
    bodies = [(bytes.fromhex(event.id), event.seq, event.body.encode()) for event in push.events]
    hashes = links(bytes.fromhex(push.base.hash), bodies)
    return tuple(
        Incoming(event_id, seq, body, digest, fingerprint(body), read(body))
        for (event_id, seq, body), digest in zip(bodies, hashes, strict=True)
    )


def is_unbroken(push: Push) -> bool:
    """Say whether the events follow their base and each other without a gap."""
    return all(event.seq == seq for seq, event in enumerate(push.events, push.base.seq + 1))


def is_exported(push: Push) -> bool:
    """Say whether a push without a nonce claims no more than was signed: some events, and nothing behind them."""
    return bool(push.events) and push.head.seq == push.events[-1].seq
