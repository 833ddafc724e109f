"""A phone: the real `sync.outbox.Outbox` on a disk that can lose what was not completed, and the loop that drives it.

The disk is what survives a killed browser. A scan is *saved* once its write completed; only from then on may the
operator see green, and only saved scans are ever sent. Nothing here removes an event but `Outbox.let_go`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from simulation.letters import Answer, Letter, write

from sync.clock import tick
from sync.outbox import Bases, Kept, Outbox
from sync.wire import Link

TIMEOUT = 60_000


class Written(NamedTuple):
    """An event on the disk: what never changes of it, and when the phone's own clock says it was made."""

    id: bytes
    inc: bytes
    seq: int
    body: bytes
    previous: bytes
    hash: bytes
    made_at: int


class Disk:
    """What a phone has stored durably."""

    __slots__ = ("acks", "bases", "device", "events", "head", "inc", "last", "pruned")

    def __init__(self, device: bytes, inc: bytes, head: Link) -> None:
        self.device, self.inc, self.head = device, inc, head
        self.events: dict[bytes, Written] = {}
        self.acks: dict[bytes, tuple[str, int]] = {}
        self.bases: Bases = ()
        self.last = (0, 0)
        self.pruned = 0

    def copy(self) -> Disk:
        """Give a disk with the same content: an image, or the disk of a clone."""
        twin = Disk(self.device, self.inc, self.head)
        twin.events, twin.acks, twin.bases = dict(self.events), dict(self.acks), self.bases
        twin.last, twin.pruned = self.last, self.pruned
        return twin


class Replica:
    """What a phone knows of its site, by kind and name: disposable, filled by pulls.

    `is_filling`: first come the books as they stand, `after` saying how far; pulls go on from the position they are
    pinned at.
    """

    __slots__ = ("after", "epoch", "is_filling", "pos", "rows")

    def __init__(self, *, is_filling: bool = False) -> None:
        self.epoch, self.pos = "", 0
        self.rows: dict[tuple[str, Any], object] = {}
        self.is_filling = is_filling
        self.after: str | None = None


class Handset:
    """One phone."""

    def __init__(self, n: int, site: str, device: bytes, inc: bytes, actor: str, skew: int) -> None:
        self.n, self.site, self.actor, self.skew = n, site, actor, skew
        self.outbox = Outbox(device, inc)
        self.disk = Disk(device, inc, self.outbox.head)
        self.image: Disk | None = None
        self.replica = Replica()
        self.heads: dict[str, list[str]] = {}
        self.mine: dict[str, str] = {}
        self.own_scans: list[tuple[str, str]] = []
        self.waiting_since: int | None = None
        self.offset: tuple[int, int] | None = None
        """Server time minus wall as last learned, and when: an offset is as old as the last answer."""
        self.is_desk = False
        self.grant = 1
        """The version of its person's rights as last heard."""
        self.is_honest = True
        self.life = 0
        """Counts the starts of its browser: what was asked in one life is not answered in the next."""

    # --- recording

    def clock(self, now: int) -> dict[str, Any]:
        """Give what the phone's clocks say of an event made now."""
        wall = now + self.skew
        offset, learned = self.offset or (None, now)
        knows = {} if offset is None else {"offset": offset, "offset_age": now - learned, "round_trip": 800}
        return {"at": tick(self.disk.last, wall, offset), "wall": wall, "mono": now, "boot": "b"} | knows

    def record(self, event_id: bytes, body: bytes, now: int, *, completes: bool = True) -> Kept:
        """Save a scan. If the write never completes, the browser is dead and the scan was never shown as saved."""
        said = self.clock(now)
        kept = self.outbox.record(event_id, body, said["wall"])
        if completes:
            written = Written(kept.id, kept.inc, kept.seq, kept.body, kept.previous, kept.hash, said["wall"])
            self.disk.events[kept.hash] = written
            self.disk.head, self.disk.last = self.outbox.head, said["at"]
        return kept

    def knows(self, serials: list[str]) -> list[str]:
        """Name the latest events this phone knows of these units."""
        known: list[str] = []
        for serial in serials:
            known += self.heads.get(serial, ())
            if serial in self.mine:
                known.append(self.mine[serial])
        return list(dict.fromkeys(known))

    # --- sending

    def next_letter(self, now: int) -> Letter | None:
        """Write the next push, unless one is on its way."""
        if self.waiting_since is not None and now - self.waiting_since < TIMEOUT:
            return None
        self.waiting_since = now
        return write(self.outbox, self.outbox.next_run(), self, str(now))

    def hear(self, answer: Answer, now: int, new_inc: bytes, *, completes: bool = True) -> list[Written]:
        """Take an answer in: verdicts and epochs first, then let go, then do what is asked. Give what was let go."""
        self.waiting_since = None
        self.outbox.answered(answer.push)
        if completes:
            self.disk.bases = self.outbox.bases
            self.disk.acks = {event.hash: event.ack for event in self.outbox.events if event.ack is not None}
        gone = self._let_go(answer)
        if "new_inc" in answer.push.do and answer.inc == self.outbox.inc.hex():
            self.outbox.begin(new_inc)
            self.disk.inc, self.disk.head = new_inc, self.outbox.head
        self.offset = answer.push.server_time - (now + self.skew), now
        return gone

    def _let_go(self, answer: Answer) -> list[Written]:
        """Delete what need not be kept any longer; nothing else ever deletes an event."""
        gone = [self.disk.events[event.hash] for event in self.outbox.let_go(answer.push)]
        for written in gone:
            del self.disk.events[written.hash]
            self.disk.acks.pop(written.hash, None)
        return gone

    # --- what befalls it

    def forget(self, *, fills_anew: bool = False) -> None:
        """Throw away what is known of the site; unsent scans are elsewhere and stay."""
        self.replica, self.heads = Replica(is_filling=fills_anew), {}

    def reopen(self) -> None:
        """Start again from what the disk has."""
        disk = self.disk
        self.outbox = Outbox(disk.device, disk.inc)
        self.outbox.head, self.outbox.bases = disk.head, disk.bases
        self.outbox.events = [Kept(*w[:6], disk.acks.get(w.hash), w.made_at) for w in disk.events.values()]
        self.waiting_since = None
        self.life += 1

    def clone(self, n: int) -> Handset:
        """Give a second phone with the same storage."""
        twin = type(self)(n, self.site, self.disk.device, self.disk.inc, self.actor, self.skew)
        twin.disk, twin.heads, twin.mine = self.disk.copy(), dict(self.heads), dict(self.mine)
        twin.own_scans, twin.is_desk, twin.grant = list(self.own_scans), self.is_desk, self.grant
        twin.is_honest = self.is_honest = False
        twin.reopen()
        return twin

    def roll_back(self) -> None:
        """Put the image back."""
        assert self.image is not None
        self.disk, self.is_honest = self.image.copy(), False
        self.reopen()

    def wipe(self, device: bytes, inc: bytes) -> None:
        """Lose everything and enrol anew as another device."""
        self.outbox = Outbox(device, inc)
        self.disk = Disk(device, inc, self.outbox.head)
        self.forget(fills_anew=True)
        self.image, self.mine, self.own_scans = None, {}, []
        self.waiting_since, self.is_desk, self.grant = None, False, 1
        self.is_honest = True
        self.life += 1
