"""The device's side: what to send next, and what an answer means. Pure: storage, network and clock are the caller's.

An acknowledgement is (epoch, position), and counts only while no later restore of the server has taken that position
back: then the event is simply unsent again. So an event is kept long after it was acknowledged, and only one rule lets
go of it: its acknowledgement counts, every backup the server may still be restored from holds it, and two weeks have
passed. The phone's twin is `pwa/src/core/outbox.ts`; the load generator, the demo and the tests drive this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync.chain import link, origin
from sync.wire import (
    EVENTS_PER_PUSH_DEFAULT,
    EVENTS_PER_PUSH_MAX,
    EventVerdict,
    Link,
    PullAnswer,
    PushAnswer,
    PushedEvent,
)

KEPT_MS_MIN = 14 * 24 * 3_600_000
"""Every event is kept at least so long, whoever else has it."""

Bases = Sequence[tuple[str, int]]
"""Every epoch of the server, oldest first, with the first position it may hand out."""


@dataclass(slots=True)
class Kept:
    """One event in the outbox: exact bytes, its place on the chain, and who has acknowledged it."""

    id: bytes
    inc: bytes
    seq: int
    body: bytes
    previous: bytes
    hash: bytes
    ack: tuple[str, int] | None = None
    made_at: int | None = None
    """By the device's wall clock, ms; one that is not told is never let go."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to send in one push: an unbroken run of one incarnation."""

    inc: bytes
    base: Link
    events: tuple[Kept, ...]

    def pushed(self) -> list[PushedEvent]:
        """Give the events in the form they travel in."""
        return [PushedEvent(event.id.hex(), event.seq, event.body.decode()) for event in self.events]

    @property
    def end(self) -> Kept:
        """The event whose hash the push is signed over."""
        return self.events[-1]


@dataclass(slots=True)
class Outbox:
    """All events a device has made, and how far its chain has come."""

    device: bytes
    inc: bytes
    head: Link = field(init=False)
    events: list[Kept] = field(default_factory=list)
    bases: Bases = ()
    run_max: int = EVENTS_PER_PUSH_DEFAULT

    def __post_init__(self) -> None:
        self.head = Link(0, origin(self.device, self.inc).hex())

    def record(self, event_id: bytes, body: bytes, made_at: int | None = None) -> Kept:
        """Append an event to the chain."""
        previous, seq = bytes.fromhex(self.head.hash), self.head.seq + 1
        kept = Kept(event_id, self.inc, seq, body, previous, link(previous, event_id, seq, body), made_at=made_at)
        self.events.append(kept)
        self.head = Link(seq, kept.hash.hex())
        return kept

    def unsent(self) -> list[Kept]:
        """Give what the server does not hold, as far as its own history of restores tells."""
        return [event for event in self.events if not is_held(event.ack, self.bases)]

    def next_run(self) -> Run | None:
        """Give the next push: the first unbroken run of unsent events, one incarnation at a time."""
        waiting = self.unsent()
        if not waiting:
            return None
        run = [waiting[0]]
        for event in waiting[1 : self.run_max]:
            if event.inc != run[-1].inc or event.seq != run[-1].seq + 1:
                break
            run.append(event)
        return Run(run[0].inc, Link(run[0].seq - 1, run[0].previous.hex()), tuple(run))

    def answered(self, answer: PushAnswer) -> None:
        """Take an answer in: mark each event by its own verdict, learn the epochs, go on with larger runs."""
        self.bases = answer.bases
        by_id = {event.id.hex(): event for event in self.events}
        for verdict in answer.verdicts:
            self._mark(by_id.get(verdict.id), verdict, answer.epoch)
        self.run_max = min(self.run_max * 3 // 2 + 1, answer.next.max_events, EVENTS_PER_PUSH_MAX)

    def _mark(self, event: Kept | None, verdict: EventVerdict, epoch: str) -> None:
        if event is not None:
            event.ack = epoch, verdict.pos

    def let_go(self, answer: PushAnswer | PullAnswer) -> list[Kept]:
        """Remove what need not be kept any longer, after an answer was taken in; give what was removed.

        What is durable and which epochs there are must come from one answer: the bound of a later life of the server,
        read by the epochs of an earlier one, would let go of what a restore has just taken back. Each incarnation is
        let go from its beginning only, so that what is left is one unbroken run whose base is known.
        """
        stopped: set[bytes] = set()
        gone, left = [], []
        for event in self.events:
            if event.inc in stopped or not is_disposable(event, answer):
                stopped.add(event.inc)
                left.append(event)
            else:
                gone.append(event)
        self.events = left
        return gone

    def too_large(self) -> None:
        """Send shorter runs after the server, or a proxy before it, refused the size."""
        self.run_max = max(1, self.run_max // 2)

    def begin(self, inc: bytes) -> None:
        """Go on under a new incarnation; what was made before keeps its own and is still sent."""
        self.inc = inc
        self.head = Link(0, origin(self.device, inc).hex())


def is_held(ack: tuple[str, int] | None, bases: Bases) -> bool:
    """Say whether an acknowledgement still counts.

    Its epoch must be one of the server's, and its position below where *every* later epoch began: each restore took
    back what lay behind its backup, not only the newest one.
    """
    if ack is None:
        return False
    epoch, pos = ack
    names = [name for name, _ in bases]
    if epoch not in names:
        return False
    return all(pos < first for _, first in bases[names.index(epoch) + 1 :])


def is_disposable(event: Kept, answer: PushAnswer | PullAnswer) -> bool:
    """Say whether an event need not be kept: held for good by the server, by its backups, and old.

    The age is taken by the server's clock, which does not jump when somebody sets the device's.
    """
    return (
        event.ack is not None
        and is_held(event.ack, answer.bases)
        and event.ack[1] < answer.durable_pos
        and event.made_at is not None
        and answer.server_time - event.made_at > KEPT_MS_MIN
    )
