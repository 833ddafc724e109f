"""Rebuild everything from the raw events and compare it with the books.

This is what lets anybody trust the books: ledger, balances, units and outcomes must be just what a fold of all events
from scratch gives, and every event must hang in its chain. It reads only; an empty answer means all is well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from server.database.engine import Address, connect_raw
from server.database.statements import BEGIN_READING
from server.intake.books import Books
from server.intake.exceptions import FREE
from server.intake.settle import unit_row
from sync.chain import fingerprint, link, origin
from sync.event import Decided, read
from sync.exception import decision
from sync.movement import Bucket, Movement, balances, totals
from sync.order import Stored, stored
from sync.outcome import Ending
from sync.oversight import hold_registers, troubles
from sync.register import hold
from sync.resolve import Resolution, resolve
from sync.trust import Linked, strays_in

_EVENTS = """SELECT e.n, e.id, e.fingerprint, d.id, i.inc, e.seq, e.body, d.is_desk, e.hash
             FROM event e JOIN incarnation i ON i.n = e.incarnation JOIN device d ON d.n = i.device ORDER BY e.n"""
_LEDGER = """SELECT l.event, f.place, f.item, f.batch, f.owner, f.status, t.place, t.item, t.batch, t.owner, t.status,
                    l.quantity
             FROM ledger l JOIN bucket f ON f.n = l.from_bucket JOIN bucket t ON t.n = l.to_bucket"""
_BALANCES = """SELECT b.place, b.item, b.batch, b.owner, b.status, a.quantity
               FROM balance a JOIN bucket b ON b.n = a.bucket WHERE a.quantity != 0"""
_CHAINS = """SELECT d.id, i.inc, i.n, i.held_seq, i.held_hash, i.is_forked
             FROM incarnation i JOIN device d ON d.n = i.device ORDER BY i.n"""
_CHAIN = "SELECT id, seq, hash, body FROM event WHERE incarnation = ? ORDER BY seq, n"


def check(database: Address) -> list[str]:
    """Give a sentence for every difference between the books and the events; none if they agree."""
    connection = connect_raw(database)
    try:
        return check_connection(connection)
    finally:
        connection.close()


def check_connection(connection: Any) -> list[str]:
    """As `check`, on an open connection."""
    connection.execute(BEGIN_READING)
    try:
        held = [
            Linked(stored(n, event_id, print_, device, inc, seq, read(body), is_desk=bool(is_desk)), digest, body)
            for n, event_id, print_, device, inc, seq, body, is_desk, digest in connection.execute(_EVENTS)
        ]
        events = [one.event for one in held]
        due = resolve(events, strays=strays_in(held))
        return [
            *_pending(connection),
            *_bodies(connection),
            *_chains(connection),
            *_ledger(connection, due),
            *_balances(connection),
            *_endings(connection, due, events),
            *_units(connection, due),
            *_holds(connection, due, events),
            *_exceptions(connection, due, events),
            *_feed(connection),
        ]
    finally:
        connection.execute("ROLLBACK")


def _pending(connection: Any) -> Iterator[str]:
    for (n,) in connection.execute("SELECT event FROM pending ORDER BY event"):
        yield f"event {n} is stored but not settled yet"


def _bodies(connection: Any) -> Iterator[str]:
    for n, print_, body in connection.execute("SELECT n, fingerprint, body FROM event"):
        if fingerprint(body) != print_:
            yield f"event {n}: the bytes are not those that were received"


def _chains(connection: Any) -> Iterator[str]:
    """Follow every chain over what is held of it.

    Of a chain that forked, an event may follow a history whose earlier part is not held here.
    """
    for device, inc, n, held_seq, held_hash, is_forked in connection.execute(_CHAINS).fetchall():
        at: defaultdict[int, set[bytes]] = defaultdict(set)
        at[0].add(origin(device, inc))
        for event_id, seq, digest, body in connection.execute(_CHAIN, (n,)):
            known = at.get(seq - 1)
            if (
                known is not None
                and not is_forked
                and all(link(previous, event_id, seq, body) != digest for previous in known)
            ):
                yield f"event {event_id.hex()} does not follow its predecessor (incarnation {inc.hex()}, seq {seq})"
            at[seq].add(digest)
        if held_hash not in at[held_seq]:
            yield f"incarnation {inc.hex()}: the end of its chain is not what is noted"


def _ledger(connection: Any, due: Resolution) -> Iterator[str]:
    booked: defaultdict[int, list[Movement]] = defaultdict(list)
    for event, *shelves, quantity in connection.execute(_LEDGER):
        booked[event].append(Movement(Bucket(*shelves[:5]), Bucket(*shelves[5:]), quantity))
    for n in sorted(booked.keys() | due.effects.keys()):
        if _net(booked.get(n, [])) != _net(due.effects.get(n, [])):
            yield f"event {n}: the ledger has {_net(booked.get(n, []))}, due is {_net(due.effects.get(n, []))}"
    expected = balances(movement for movements in booked.values() for movement in movements)
    shown = {Bucket(*row[:5]): row[5] for row in connection.execute(_BALANCES)}
    for shelf in sorted(expected.keys() | shown.keys()):
        if expected.get(shelf, 0) != shown.get(shelf, 0):
            yield f"balance of {shelf}: {shown.get(shelf, 0)}, the ledger adds up to {expected.get(shelf, 0)}"


def _net(movements: list[Movement]) -> dict[tuple[Bucket, Bucket], int]:
    return {pair: quantity for pair, quantity in totals(movements).items() if quantity}


def _balances(connection: Any) -> Iterator[str]:
    row = connection.execute("SELECT COALESCE(SUM(quantity), 0) FROM balance").fetchone()
    if row[0]:
        yield f"material came from nowhere: all balances together are {row[0]}, not 0"


def _endings(connection: Any, due: Resolution, events: list[Stored]) -> Iterator[str]:
    shown = {n: Ending(*row) for n, *row in connection.execute('SELECT event, code, "by", place FROM outcome')}
    for event in events:
        if shown.get(event.n) != due.endings.get(event.n):
            yield f"event {event.n}: shown as {shown.get(event.n)}, due is {due.endings.get(event.n)}"


def _units(connection: Any, due: Resolution) -> Iterator[str]:
    serials = [row[0] for row in connection.execute("SELECT serial FROM unit")]
    shown = Books(connection).units(serials)
    for serial in sorted(shown.keys() | due.units.keys()):
        row = shown.get(serial, (0, None))[1]
        expected = unit_row(due.units.get(serial), serial, due.heads.get(serial, []))
        if row != expected:
            yield f"unit {serial}: shown as {row}, due is {expected}"


def _holds(connection: Any, due: Resolution, events: list[Stored]) -> Iterator[str]:
    shown = {register: (bool(is_held), heads) for register, is_held, heads in connection.execute("SELECT * FROM hold")}
    for register, standing in hold_registers(due.facts, due.without_effect).items():
        state = hold(standing)
        expected = state.is_held, b"".join(sorted(event.id for event in state.heads))
        if shown.pop(register, FREE) != expected:
            yield f"hold of {register}: not as its {len(events)} events say"
    for register, value in shown.items():
        if value != FREE:
            yield f"hold of {register}: nobody spoke of it"


def _exceptions(connection: Any, due: Resolution, events: list[Stored]) -> Iterator[str]:
    by_n = {event.n: event for event in events}
    expected = {trouble.id: trouble for trouble in troubles(due, by_n, Books(connection).roles())}
    decisions: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in due.facts:
        if isinstance(event.fact, Decided):
            decisions[event.fact.exception].append(event)
    rows = connection.execute("SELECT id, evidence, participants, detail, decided_by FROM exception WHERE is_open")
    shown = {row[0]: row[1:] for row in rows}
    for trouble_id in sorted(expected.keys() | shown.keys()):
        due_row = None
        if (trouble := expected.get(trouble_id)) is not None:
            decided = decision(trouble, decisions[trouble_id.hex()])
            due_row = trouble.evidence, b"".join(trouble.participants), trouble.detail, decided.n if decided else None
        if due_row != shown.get(trouble_id):
            yield f"exception {trouble or trouble_id.hex()}: shown as {shown.get(trouble_id)}, due is {due_row}"


def _feed(connection: Any) -> Iterator[str]:
    counts = Counter(dict(connection.execute("SELECT site, COUNT(*) FROM feed GROUP BY site")))
    last = dict(connection.execute("SELECT site, MAX(pos) FROM feed GROUP BY site"))
    heads = dict(connection.execute("SELECT site, head FROM feed_head"))
    for site in sorted(counts.keys() | heads.keys()):
        if not counts[site] == last.get(site, 0) == heads.get(site, 0):
            yield f"feed of {site}: {counts[site]} rows up to {last.get(site)}, head {heads.get(site)}"
