"""T2: what new facts change. Gather the closed working set, resolve it (pure), write the difference.

Nothing here decides: which events belong together, what they come to and what must be booked all come from `sync`.
The rows are collected in a `Changes` and written at the end, many per statement; feed positions are taken last.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from server.database.statements import add_text, insert_text, upsert_text
from server.intake.books import Books, UnitRow
from server.intake.exceptions import Found, oversee, tell, write_found
from server.intake.feed import KIND_NUMBER
from server.intake.tables import balance, feed, feed_head, ledger, outcome, unit
from sync.event import Counted, Lent, Voided
from sync.movement import Bucket, Movement, balances, difference
from sync.order import Stored
from sync.outcome import Ending
from sync.register import counted_bucket
from sync.resolve import Moved, Resolution, WorkingSet, resolve
from sync.trust import behind
from sync.unit import Unit

WORKING_SET_MAX = 50_000
"""A set larger than this is put off rather than holding up everybody's push; it is retried alone."""

_UPSERT_UNIT = upsert_text(unit, [column.name for column in unit.columns if column.name not in {"n", "serial"}])
_INSERT_LEDGER = insert_text(ledger)
_ADD_BALANCE = add_text(balance, "quantity")
_UPSERT_OUTCOME = upsert_text(outcome, ["code", "by", "place"])
_DELETE_OUTCOME = "DELETE FROM outcome WHERE event = ?"
_INSERT_FEED = insert_text(feed)
_ADD_FEED_HEAD = f"{add_text(feed_head, 'head')} RETURNING head"
_HEAD = "SELECT head FROM feed_head WHERE site = ?"


class WorkingSetTooLarge(Exception):  # noqa: N818 - named for what it is
    """The closure of one transaction's events passed `WORKING_SET_MAX`."""


Feed = dict[str, dict[tuple[str, int], None]]
"""Per site the entities that changed, each once, in order."""


class Booking(msgspec.Struct, frozen=True, gc=False):
    """One ledger entry to be made: whose effect, whose arrival caused it, what moves."""

    event: int
    cause: int
    movement: Movement


class Changes(NamedTuple):
    """What a settlement writes."""

    units: dict[str, tuple[int, UnitRow]]
    bookings: list[Booking]
    endings: dict[int, Ending]
    withdrawn: list[int]
    feed: Feed
    found: Found
    moved: Mapping[Bucket, int] = MappingProxyType({})
    """What all bookings add up to."""


def settle(
    books: Books,
    fresh: Sequence[Stored],
    unit_numbers: dict[str, int],
    sites: dict[int, str],
    now_ms: int,
    alone: Iterable[bytes] = (),
) -> Changes:
    """Work out what these new events change. `sites` gives the phone's site of each that is not stored yet.

    `alone` are ids of theirs under which nothing else is stored.
    """
    books.learn(fresh)
    working = gather(books, fresh, alone)
    books.require_locked(working.events.values())
    resolution = resolve(list(working.events.values()), _loose_elsewhere(books, working), working.strays)
    earlier = [n for n in working.events if n not in sites]
    changes = Changes({}, [], {}, [], defaultdict(dict), Found({}, {}))
    _book(changes, books, working, resolution, earlier, fresh)
    _end(changes, books, resolution, earlier, sites)
    _place(changes, books, working, resolution, unit_numbers)
    _tell_lendings(changes, books, working, fresh)
    moved = balances(booking.movement for booking in changes.bookings)
    books.lock_buckets(sorted(moved))
    changes = changes._replace(found=oversee(books, working, resolution, moved, fresh, now_ms), moved=moved)
    tell(books, changes.found, changes.feed)
    return changes


def _loose_elsewhere(books: Books, working: WorkingSet) -> Moved:
    """Give what is booked in counted buckets by loose events this settlement does not look at."""
    counts = [event.fact for event in working.of_kind(Counted) if not event.units]
    shelves = {counted_bucket(count) for count in counts if isinstance(count, Counted)}
    others = [
        event
        for event in books.events_of_lots({f"{shelf.item}/{shelf.batch}" for shelf in shelves})
        if event.n not in working.events and not event.units
    ]
    booked = books.booked([event.n for event in others])
    moved: defaultdict[Bucket, list[tuple[Stored, int]]] = defaultdict(list)
    for event in others:
        for shelf, quantity in balances(booked.get(event.n, [])).items():
            moved[shelf].append((event, quantity))
    return moved


def gather(books: Books, fresh: Sequence[Stored], alone: Iterable[bytes] = ()) -> WorkingSet:
    """Read everything the new events can change."""
    working = WorkingSet()
    working.has_read_ids(alone)
    wanted = working.add(fresh)
    while wanted:
        found = books.events_of_units(wanted.units) + books.events_by_id(wanted.ids) + books.voids_of(wanted.targets)
        found += books.events_of_registers(wanted.registers)
        for revocation in wanted.revocations:
            cut, strays = behind(revocation, books.held_of(revocation.device))
            found += cut
            working.strays |= strays
        for granted in wanted.grants:
            found += books.events_under(granted)
        wanted = working.add(found)
        if len(working.events) > WORKING_SET_MAX:
            raise WorkingSetTooLarge
    return working


def _book(
    changes: Changes,
    books: Books,
    working: WorkingSet,
    resolution: Resolution,
    earlier: Sequence[int],
    fresh: Sequence[Stored],
) -> None:
    booked = books.booked(earlier)
    causes: dict[int, int] = {}
    nothing: list[Movement] = []
    for n in working.events:
        due, already = resolution.effects.get(n, nothing), booked.get(n, nothing)
        if not already:
            changes.bookings.extend([Booking(n, n, movement) for movement in due])
        elif due != already:
            causes = causes or _causes(fresh, resolution)
            cause = causes.get(resolution.cluster.get(n, -n), fresh[0].n)
            changes.bookings.extend([Booking(n, cause, movement) for movement in difference(due, already)])


def _causes(fresh: Sequence[Stored], resolution: Resolution) -> dict[int, int]:
    """Name for each cluster the new event that made it change (the last one, if several came together)."""
    causes: dict[int, int] = {}
    ids = {event.id: event.n for event in resolution.facts}
    for event in fresh:
        n = event.n
        if isinstance(event.fact, Voided):
            n = ids.get(bytes.fromhex(event.fact.target), n)
        causes[resolution.cluster.get(n, -n)] = event.n
    return causes


def _end(changes: Changes, books: Books, resolution: Resolution, earlier: Sequence[int], sites: dict[int, str]) -> None:
    before = books.endings(earlier)
    for n, ending in resolution.endings.items():
        if before.get(n) != ending:
            changes.endings[n] = ending
    changes.withdrawn.extend(n for n in before if n not in resolution.endings)
    for n in (*changes.endings, *changes.withdrawn):
        changes.feed[sites.get(n) or books.site_of_event(n)]["outcome", n] = None


def _place(
    changes: Changes, books: Books, working: WorkingSet, resolution: Resolution, unit_numbers: dict[str, int]
) -> None:
    serials = {serial for event in working.events.values() for serial in event.units}
    before = books.units(serials)
    for serial in sorted(serials):
        row = unit_row(resolution.units.get(serial), serial, resolution.heads.get(serial, []))
        n, known = before.get(serial) or (unit_numbers[serial], None)
        if row != known:
            changes.units[serial] = n, row
            seeing = books.sites_seeing(row)
            for site in seeing if known is None else seeing | books.sites_seeing(known):
                changes.feed[site]["unit", n] = None


def _tell_lendings(changes: Changes, books: Books, working: WorkingSet, fresh: Sequence[Stored]) -> None:
    """Tell a site whose right to lead past a stop was lent there, or no longer is."""
    lent = working.of_kind(Lent)
    altered = {*changes.endings, *changes.withdrawn, *(event.n for event in fresh)} if lent else ()
    for event in lent:
        if event.n in altered and isinstance(event.fact, Lent) and event.fact.site in books.every_site():
            changes.feed[event.fact.site]["lending", event.n] = None


def unit_row(folded: Unit | None, serial: str, heads: list[bytes]) -> UnitRow:
    """Write a folded unit as its table row; one that no fact speaks of any more is blank."""
    folded = folded or Unit(serial)
    return UnitRow(
        folded.kind,
        folded.item,
        folded.batch,
        folded.owner,
        folded.status,
        folded.quantity,
        folded.place,
        folded.left,
        folded.bound_for,
        folded.parent,
        folded.ended_by is not None,
        _legible(folded.supplier_lot),
        _legible(folded.expires_on),
        _legible(folded.tare),
        heads[0] if len(heads) == 1 else b"".join(sorted(heads)),
    )


def _legible(word: str | None) -> str | None:
    """Show the one sign that no PostgreSQL text can hold as unknown: a supplier's label may say anything."""
    return word and word.replace("\x00", "\ufffd")


# --- writing ------------------------------------------------------------------------------------------------------


def write_units(connection: Any, units: Iterable[tuple[str, tuple[int, UnitRow]]]) -> None:
    """Write units as the fold has them now."""
    connection.executemany(_UPSERT_UNIT, [(n, serial, *row) for serial, (n, row) in units])


def write(books: Books, changes: Changes) -> None:
    """Write ledger entries, balances and outcomes."""
    connection = books.connection
    shelves = {shelf for booking in changes.bookings for shelf in booking.movement[:2]}
    number = books.bucket_numbers(shelves)
    entries = [
        (n, booking.event, booking.cause, number[source], number[target], quantity)
        for booking, n in zip(changes.bookings, books.numbers.of("ledger"), strict=False)
        for source, target, quantity in (booking.movement,)
    ]
    connection.executemany(_INSERT_LEDGER, entries)
    # In one order for all, as each row stays locked until the commit.
    connection.executemany(_ADD_BALANCE, sorted((number[shelf], quantity) for shelf, quantity in changes.moved.items()))
    write_found(books, changes.found)
    if changes.withdrawn:
        connection.executemany(_DELETE_OUTCOME, [(n,) for n in changes.withdrawn])
    if changes.endings:
        rows = [(n, ending.code, ending.by, ending.place) for n, ending in changes.endings.items()]
        connection.executemany(_UPSERT_OUTCOME, rows)


def take_positions(connection: Any, changed: Feed) -> dict[str, int]:
    """Move the head of each site's feed behind what changed there, and give the new heads.

    From here to the commit nobody else can, so positions come without gaps and in the order of commits. Hence as late
    as possible, and in one order for all.
    """
    return {
        site: int(connection.execute(_ADD_FEED_HEAD, (site, len(entities))).fetchone()[0])
        for site, entities in sorted(changed.items())
    }


def write_feed(connection: Any, changed: Feed, heads: Mapping[str, int]) -> None:
    """Tell each site what changed, up to these heads."""
    rows: list[tuple[str, int, int, int]] = []
    for site, entities in sorted(changed.items()):
        first = heads[site] - len(entities) + 1
        rows += [(site, pos, KIND_NUMBER[kind], n) for pos, (kind, n) in enumerate(entities, first)]
    connection.executemany(_INSERT_FEED, rows)


def head(connection: Any, site: str) -> int:
    """Give the last feed position of a site."""
    row = connection.execute(_HEAD, (site,)).fetchone()
    return int(row[0]) if row else 0
