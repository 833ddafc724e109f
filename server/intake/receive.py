"""T1: take custody of bytes. Nothing here looks at what an event means, so nothing in it can refuse one.

Every event of a push gets a verdict: new, known, not understood yet, or part of a second history. Whatever it is, its
bytes are stored before the phone hears of it.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from server.database.numbers import Numbers
from server.database.statements import insert_text, upsert_text
from server.intake.delivery import Delivery, Incoming
from server.intake.tables import event, incarnation, push
from sync.chain import link, origin
from sync.order import Stored, stored
from sync.register import lot_indexed, register_indexed, target_of
from sync.wire import EventVerdict, Verdict

_INSERT_PUSH = insert_text(push)
_INSERT_EVENT = insert_text(event)
_UPSERT_INCARNATION = upsert_text(incarnation, ["held_seq", "held_hash", "announced_seq", "pending", "is_forked"])
_KNOWN = "SELECT id, fingerprint, n, pos FROM event WHERE id IN ?ids"
_INCARNATION = """SELECT n, held_seq, held_hash, announced_seq, pending, is_forked
                  FROM incarnation WHERE device = ? AND inc = ?"""
_AT_SEQ = "SELECT id, hash, body FROM event WHERE incarnation = ? AND seq = ? ORDER BY n LIMIT 1"
_IDS_AT = "SELECT seq, id FROM event WHERE incarnation = ? AND seq BETWEEN ? AND ? ORDER BY n"
_BEYOND = "SELECT seq, hash FROM event WHERE incarnation = ? AND seq > ? ORDER BY seq, n"
_HELD_BEYOND = "SELECT DISTINCT seq FROM event WHERE incarnation = ? AND seq > ? ORDER BY seq"


class Chain:
    """What the server holds of one incarnation."""

    __slots__ = ("announced_seq", "device", "held_hash", "held_seq", "inc", "is_forked", "n", "pending")

    def __init__(self, n: int, device: int, inc: bytes, row: tuple[int, bytes, int, int, bool]) -> None:
        self.n, self.device, self.inc = n, device, inc
        self.held_seq, self.held_hash, self.announced_seq, self.pending, self.is_forked = row

    def row(self) -> tuple[int, int, bytes, int, bytes, int, int, bool]:
        """Give the table's row."""
        held = (self.held_seq, self.held_hash, self.announced_seq, self.pending, self.is_forked)
        return (self.n, self.device, self.inc, *held)


class Fresh(msgspec.Struct, frozen=True, gc=False):
    """One event that was not held before."""

    stored: Stored
    incoming: Incoming
    chain: Chain
    push: int
    site: str


class Custody:
    """The custody of all pushes of one transaction."""

    def __init__(self, connection: Any, numbers: Numbers, chains: dict[tuple[int, bytes], Chain]) -> None:
        self.connection = connection
        self.numbers = numbers
        self.chains = chains
        self.fresh: list[Fresh] = []
        self.pushes: list[tuple[Any, ...]] = []
        self.touched: dict[int, Chain] = {}
        self._known: dict[bytes, dict[bytes, int]] = {}
        self._fresh_at: dict[tuple[int, int], tuple[bytes, bytes, bytes]] = {}
        self._indexed = 0

    def look_up(self, deliveries: Sequence[Delivery]) -> None:
        """Keep other processes off these chains; read in one statement which ids are held already, and where."""
        if self.connection.is_shared:
            self.chains.clear()
            self.connection.lock(f"custody:{delivery.sender.n}:{delivery.inc.hex()}" for delivery in deliveries)
        ids = [incoming.id for delivery in deliveries for incoming in delivery.events]
        for event_id, print_, _, pos in self.connection.execute(_KNOWN, (ids,)):
            self._known.setdefault(event_id, {})[print_] = pos

    def take(self, delivery: Delivery) -> list[tuple[Verdict, int | None, str | None]]:
        """Take one push; give each event's verdict, the position of a known one, and why if it is odd."""
        chain = self._chain(delivery)
        forked = self._is_forked(chain, delivery)
        number = next(self.numbers.of("push"))
        verdicts = [self._take_event(delivery, chain, incoming, forked, number) for incoming in delivery.events]
        chain.announced_seq = max(chain.announced_seq, delivery.push.head.seq, chain.held_seq)
        chain.pending = delivery.push.pending
        self.touched[chain.n] = chain
        if any(verdict != "duplicate" for verdict, _, _ in verdicts):
            last = delivery.events[-1]
            self.pushes.append(
                (number, chain.n, last.seq, last.hash, delivery.push.nonce, delivery.signature, delivery.received_at)
            )
        return verdicts

    def alone(self) -> list[bytes]:
        """Give the ids of new events under which nothing else is stored: where one writes, none need look again."""
        return [event.stored.id for event in self.fresh if len(self._known[event.stored.id]) == 1]

    def _take_event(
        self, delivery: Delivery, chain: Chain, incoming: Incoming, forked: bool, number: int
    ) -> tuple[Verdict, int | None, str | None]:
        prints = self._known.setdefault(incoming.id, {})
        if incoming.fingerprint in prints:
            return "duplicate", prints[incoming.fingerprint], None
        collides = bool(prints)
        prints[incoming.fingerprint] = -1
        n = next(self.numbers.of("event"))
        sender = delivery.sender
        chained = sender.id, delivery.inc, incoming.seq
        taken = stored(n, incoming.id, incoming.fingerprint, *chained, incoming.fact, is_desk=sender.is_desk)
        self.fresh.append(Fresh(taken, incoming, chain, number, sender.site))
        if collides or forked:
            chain.is_forked = chain.is_forked or forked
            return "stored_fork", None, "same_id" if collides else "second_history"
        self._advance(chain, incoming)
        return ("quarantined", None, incoming.fact) if isinstance(incoming.fact, str) else ("stored", None, None)

    def _advance(self, chain: Chain, incoming: Incoming) -> None:
        if incoming.seq == chain.held_seq + 1:
            chain.held_seq, chain.held_hash = incoming.seq, incoming.hash

    def _is_forked(self, chain: Chain, delivery: Delivery) -> bool:
        """Say whether this push belongs to another history than the one held: the phone was cloned or rolled back."""
        base, events = delivery.push.base, delivery.events
        if not events or all(incoming.fingerprint in self._known.get(incoming.id, ()) for incoming in events):
            return False
        held = self._hash_at(chain, base.seq)
        if held is not None and held != bytes.fromhex(base.hash):
            return True
        return any(
            incoming.seq <= chain.held_seq
            for incoming in events
            if incoming.fingerprint not in self._known.get(incoming.id, ())
        ) or self._overlaps_beyond(chain, events)

    def _overlaps_beyond(self, chain: Chain, events: Sequence[Incoming]) -> bool:
        """Behind a hole, look whether a sequence number is taken by another id, or the next one follows another."""
        if events[0].seq == chain.held_seq + 1 and chain.announced_seq <= chain.held_seq:
            return False
        taken = self._ids_at(chain, events[0].seq, events[-1].seq)
        if any(taken.get(incoming.seq, incoming.id) != incoming.id for incoming in events):
            return True
        last, following = events[-1], self._at(chain, events[-1].seq + 1)
        return following is not None and link(last.hash, following[0], last.seq + 1, following[2]) != following[1]

    def _hash_at(self, chain: Chain, seq: int) -> bytes | None:
        if seq == 0:
            return origin_of(chain, self.connection)
        if seq == chain.held_seq:
            return chain.held_hash
        at = self._at(chain, seq)
        return None if at is None else at[1]

    def _ids_at(self, chain: Chain, first: int, last: int) -> dict[int, bytes]:
        """Give the ids that stand at numbers of a chain; of twins the one that came first."""
        taken: dict[int, bytes] = {}
        for seq, event_id in self.connection.execute(_IDS_AT, (chain.n, first, last)).fetchall():
            taken.setdefault(seq, bytes(event_id))
        fresh = ((seq, self._taken_in_at(chain, seq)) for seq in range(first, last + 1))
        return taken | {seq: at[0] for seq, at in fresh if at is not None}

    def _at(self, chain: Chain, seq: int) -> tuple[bytes, bytes, bytes] | None:
        """Give id, hash and bytes of what stands at a number of a chain, or was taken in by this very transaction."""
        if (fresh := self._taken_in_at(chain, seq)) is not None:
            return fresh
        row = self.connection.execute(_AT_SEQ, (chain.n, seq)).fetchone()
        return None if row is None else (bytes(row[0]), bytes(row[1]), bytes(row[2]))

    def _taken_in_at(self, chain: Chain, seq: int) -> tuple[bytes, bytes, bytes] | None:
        """Give what this transaction took in first at a number of a chain; asked so seldom that it is listed late."""
        for fresh in self.fresh[self._indexed :]:
            incoming = fresh.incoming
            self._fresh_at.setdefault((fresh.chain.n, incoming.seq), (incoming.id, incoming.hash, incoming.body))
        self._indexed = len(self.fresh)
        return self._fresh_at.get((chain.n, seq))

    def _chain(self, delivery: Delivery) -> Chain:
        key = delivery.sender.n, delivery.inc
        if key not in self.chains:
            row = self.connection.execute(_INCARNATION, key).fetchone()
            if row is None:
                start = origin(delivery.sender.id, delivery.inc)
                self.chains[key] = Chain(next(self.numbers.of("incarnation")), *key, (0, start, 0, 0, False))
            else:
                self.chains[key] = Chain(row[0], *key, (*row[1:5], bool(row[5])))
        return self.chains[key]

    def _close_hole(self, chain: Chain) -> None:
        """Go on over events that came before their predecessors, as far as they now join."""
        if self._at(chain, chain.held_seq + 1) is None:
            return
        for seq, digest in self.connection.execute(_BEYOND, (chain.n, chain.held_seq)).fetchall():
            if seq > chain.held_seq + 1:
                break
            if seq == chain.held_seq + 1:
                chain.held_seq, chain.held_hash = seq, bytes(digest)

    def write_pushes(self) -> None:
        """Write chains and pushes."""
        self.connection.executemany(_UPSERT_INCARNATION, [chain.row() for chain in self.touched.values()])
        self.connection.executemany(_INSERT_PUSH, self.pushes)

    def write_events(self, unit_numbers: dict[str, int], positions: dict[str, int]) -> None:
        """Write the bytes of the events of all pushes; each has the head of its site's feed for its position."""
        self.connection.executemany(
            _INSERT_EVENT, [_event_row(fresh, unit_numbers, positions[fresh.site]) for fresh in self.fresh]
        )
        with_holes = [chain for chain in self.touched.values() if chain.announced_seq > chain.held_seq]
        for chain in with_holes:
            self._close_hole(chain)
        self.connection.executemany(_UPSERT_INCARNATION, [chain.row() for chain in with_holes])

    def missing(self, chain: Chain) -> list[tuple[int, int]]:
        """Give the ranges of sequence numbers that were announced and are not held."""
        if chain.announced_seq <= chain.held_seq:
            return []
        held = [row[0] for row in self.connection.execute(_HELD_BEYOND, (chain.n, chain.held_seq))]
        ranges, expected = [], chain.held_seq + 1
        for seq in [*held, chain.announced_seq + 1]:
            if seq > expected:
                ranges.append((expected, seq - 1))
            expected = seq + 1
        return ranges


def origin_of(chain: Chain, connection: Any) -> bytes:
    """Give h(0) of a chain."""
    device = connection.execute("SELECT id FROM device WHERE n = ?", (chain.device,)).fetchone()[0]
    return origin(device, chain.inc)


def _event_row(fresh: Fresh, unit_numbers: dict[str, int], pos: int) -> tuple[Any, ...]:
    event_, incoming = fresh.stored, fresh.incoming
    serials = event_.units
    return (
        event_.n,
        event_.id,
        event_.fingerprint,
        fresh.push,
        fresh.chain.n,
        event_.seq,
        incoming.hash,
        incoming.body,
        pos,
        unit_numbers[serials[0]] if serials else None,
        unit_numbers[serials[1]] if len(serials) > 1 else None,
        target_of(event_.fact),
        register_indexed(event_.fact),
        lot_indexed(event_.fact),
        None if isinstance(event_.fact, str) else bytes.fromhex(event_.fact.actor),
    )


def verdicts_of(
    delivery: Delivery, taken: list[tuple[Verdict, int | None, str | None]], pos: int
) -> list[EventVerdict]:
    """Put verdicts into the answer's form; a known event keeps the position of its first copy."""
    return [
        EventVerdict(incoming.id.hex(), verdict, pos if known is None or known < 0 else known, why)
        for incoming, (verdict, known, why) in zip(delivery.events, taken, strict=True)
    ]
