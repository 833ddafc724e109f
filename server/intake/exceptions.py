"""Layers 3 and 4 of a settlement: which holds stand, and what a person must look at now.

An exception is compared by what it is about (`subject`): whatever a settlement looked at, all exceptions of those
subjects are computed anew and the difference is written. One that closed itself keeps its row, since it may open again.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from server.database.statements import upsert_text
from server.intake.books import Books, ExceptionRow
from server.intake.tables import exception, hold
from sync.event import Decided, Granted, Lost, Voided
from sync.exception import (
    Trouble,
    bucket_subject,
    chain_subject,
    decision,
    grant_subject,
    hold_subject,
    of_balance,
    of_endings,
    of_grants,
    of_hold,
    of_losses,
    of_twins,
    trouble_id,
)
from sync.grants import contradicting, rights_of
from sync.movement import Bucket
from sync.order import Stored
from sync.outcome import Ending, Outcome
from sync.overrule import WORDS_OF_OVERRULES, is_overruled, of_overrules
from sync.oversight import bears_on, first_twins, hold_registers
from sync.register import WORDS, Hold, misuses, register_of, registers_read
from sync.register import hold as fold_hold
from sync.resolve import Resolution, WorkingSet

_UPSERT_EXCEPTION = upsert_text(exception, [c.name for c in exception.columns if c.name not in {"n", "id"}])
_UPSERT_HOLD = upsert_text(hold, ["is_held", "heads"])
_HOLDS = "SELECT register, is_held, heads FROM hold WHERE register IN ?texts"
_UNITS_OF_LOT = "SELECT n FROM unit WHERE batch = ? AND item = ?"
_UNIT = "SELECT n FROM unit WHERE serial = ?"


FREE = (False, b"")
"""A register nobody speaks of, or whose every word was taken back."""


class Found(NamedTuple):
    """What a settlement changes in holds and exceptions."""

    holds: dict[str, tuple[bool, bytes]]
    exceptions: dict[bytes, tuple[int, ExceptionRow]]
    left: Mapping[int, set[str]] = {}
    """By the number of an exception, the sites it no longer concerns: they must be told, or go on showing it."""
    retold: Mapping[int, set[str]] = {}
    """Sites of exceptions that have not changed, but show one of their scans otherwise from now on."""


def oversee(
    books: Books,
    working: WorkingSet,
    resolution: Resolution,
    moved: Mapping[Bucket, int],
    fresh: Sequence[Stored],
    now_ms: int,
) -> Found:
    """Work out holds and exceptions of everything this settlement looked at."""
    words = hold_registers(working.of_kind(*WORDS), resolution.without_effect)
    states = {register: fold_hold(said) for register, said in words.items()}
    due, subjects = _due(books, working, resolution, words, states, moved, {event.n for event in fresh})
    for trouble in (
        *_of_chains(books, working, resolution, fresh, subjects),
        *_of_grants(working, resolution, subjects),
    ):
        due[trouble.id] = trouble
    named = {bytes.fromhex(e.fact.exception) for e in working.of_kind(Decided) if isinstance(e.fact, Decided)}
    before = books.exceptions_to_judge(subjects, named, due)
    changed = _changed_exceptions(books, working, resolution, due, before, subjects=subjects, now_ms=now_ms)
    retold = _retold(books, working, resolution, fresh, subjects)
    return Found(_changed_holds(books, states), changed, _left(before, changed), retold)


def _retold(
    books: Books, working: WorkingSet, resolution: Resolution, fresh: Sequence[Stored], subjects: set[str]
) -> dict[int, set[str]]:
    """Give the exceptions that show one of their scans otherwise from now on, with the sites that look at them."""
    altered = _twins(working) | _undone(books, working, resolution, {event.n for event in fresh})
    if not altered:
        return {}
    near = {register for e in working.events.values() if e.id in altered for register in registers_read(e)}
    return books.resting_on(altered, subjects | near | {hold_subject(register) for register in near})


def _twins(working: WorkingSet) -> set[bytes]:
    """Name the ids with several bodies: which of them counts may have changed, and that one is shown."""
    if len(ids := {event.id for event in working.events.values()}) == len(working.events):
        return set()
    bodies = Counter(event.id for event in working.events.values())
    return {event_id for event_id in ids if bodies[event_id] > 1}


def _undone(books: Books, working: WorkingSet, resolution: Resolution, fresh: Container[int]) -> set[bytes]:
    """Name the scans that were taken back just now, or no longer are."""
    if not working.of_kind(Voided):
        return set()
    earlier = books.endings([n for n in working.events if n not in fresh])
    now, before = (
        {n for n, ending in endings.items() if ending.code == "undone"} for endings in (resolution.endings, earlier)
    )
    return {working.events[n].id for n in now ^ before}


def _due(
    books: Books,
    working: WorkingSet,
    resolution: Resolution,
    words: Mapping[str, Sequence[Stored]],
    states: Mapping[str, Hold],
    moved: Mapping[Bucket, int],
    fresh: Container[int],
) -> tuple[dict[bytes, Trouble], set[str]]:
    """Give the exceptions there should be, and the subjects for which these are all."""
    subjects = {f"unit:{serial}" for event in working.events.values() for serial in event.units}
    subjects |= {f"event:{event.id.hex()}" for event in working.events.values() if not event.units}
    troubles = of_endings(resolution.endings, working.events, resolution.differences, resolution.remarks)
    shelves = [shelf for shelf in moved if ":" in shelf.place]
    for shelf, quantity in books.balances(shelves).items() if shelves else ():
        subjects.add(bucket_subject(shelf))
        if (below := of_balance(shelf, quantity + moved[shelf])) is not None:
            troubles.append(below)
    overruled = [e for e in working.events.values() if is_overruled(e.fact) and _counts(e, working, resolution, {})]
    if overruled:
        said = [e for e in working.of_kind(*WORDS_OF_OVERRULES) if _counts(e, working, resolution, {})]
        troubles += of_overrules(overruled, said, books.roles())
    spoken = _registers_spoken_to(books, working, resolution, fresh)
    for register, state in states.items():
        subjects.add(hold_subject(register))
        acts = _acts_under(books, register) if register in spoken else _misusers(books, register)
        standing = _standing(books, working, resolution, register, acts)
        troubles += of_hold(register, state, misuses(words[register], standing))
    return {trouble.id: trouble for trouble in troubles}, subjects


def _registers_spoken_to(books: Books, working: WorkingSet, resolution: Resolution, fresh: Container[int]) -> set[str]:
    """Name the registers with a word that is new, or that counts now and did not, or no longer does."""
    words = working.of_kind(*WORDS)
    before = books.endings([event.n for event in words if event.n not in fresh])
    return {
        str(register_of(event.fact))
        for event in words
        if event.n in fresh or _has_effect(before.get(event.n)) != _has_effect(resolution.endings.get(event.n))
    }


def _misusers(books: Books, register: str) -> list[Stored]:
    """Read what is known to have been done against a register: while no word of it changes, nobody outside joins them.

    So a scan of a lot that was ever on hold does not read all that was ever done with the lot.
    """
    rows = books.exceptions([hold_subject(register)], ()).values()
    return books.events_by_id(list({i for _, row in rows for i in _ids(row.participants)}))


def _standing(
    books: Books, working: WorkingSet, resolution: Resolution, register: str, stored: Iterable[Stored]
) -> list[Stored]:
    """Give what was done that a register bears on and that counts."""
    candidates = {event.n: event for event in stored} | working.events
    acts = [event for event in candidates.values() if bears_on(register, event)]
    outside = books.endings([event.n for event in acts if event.n not in working.events])
    return [event for event in acts if _counts(event, working, resolution, outside)]


def _acts_under(books: Books, register: str) -> list[Stored]:
    """Read what may have been done with the unit or lot on hold, or come out of the run that is over."""
    kind, _, name = register.partition(":")
    match kind:
        case "unit":
            return books.events_of_units([name])
        case "run":
            return books.events_of_registers([f"output:{name}"])
        case _:
            return books.events_of_lots([name])


def _of_chains(
    books: Books, working: WorkingSet, resolution: Resolution, fresh: Sequence[Stored], subjects: set[str]
) -> Iterator[Trouble]:
    """Report chains with two histories, and with losses, as far as new events have to do with them."""
    losses: defaultdict[str, list[Stored]] = defaultdict(list)
    for event in working.of_kind(Lost):
        if isinstance(event.fact, Lost):
            losses[event.fact.inc] += [] if event.n in resolution.without_effect else [event]
    made: defaultdict[bytes, list[Stored]] = defaultdict(list)
    for event in fresh:
        made[event.inc].append(event)
    for inc in {*(inc for inc, events in made.items() if _is_written_twice(books, inc, events))} | {
        bytes.fromhex(inc) for inc in losses
    }:
        subjects.add(chain_subject(inc))
        at: defaultdict[int, set[bytes]] = defaultdict(set)
        for seq, event_id in (*books.ids_in_chain(inc), *((event.seq, event.id) for event in made[inc])):
            at[seq].add(event_id)
        yield from of_twins(inc, first_twins(at))
        yield from of_losses(inc.hex(), losses[inc.hex()], at)


def _of_grants(working: WorkingSet, resolution: Resolution, subjects: set[str]) -> Iterator[Trouble]:
    """Report rights given out in different ways; with one grant about a person, all of them are in sight."""
    subjects.update(grant_subject(e.fact.person) for e in working.of_kind(Granted) if isinstance(e.fact, Granted))
    standing = (event for event in resolution.facts if event.n not in resolution.without_effect)
    for person, versions in rights_of(standing).items():
        yield from of_grants(person, contradicting(versions))


def _is_written_twice(books: Books, inc: bytes, fresh: Sequence[Stored]) -> bool:
    """Say whether a new event bears a number of its chain that another one has too."""
    ids = {event.seq: event.id for event in fresh}
    if any(ids[event.seq] != event.id for event in fresh):
        return True
    first, last = min(ids), max(ids)
    if first > books.end_of_chain(inc):
        return False
    return any(ids.get(seq, event_id) != event_id for seq, event_id in books.ids_in_chain(inc, first, last))


def _counts(event: Stored, working: WorkingSet, resolution: Resolution, outside: Mapping[int, Any]) -> bool:
    """Say whether a use has an effect: one that was taken back or cannot count is nobody's fault."""
    return _has_effect(resolution.endings.get(event.n) if event.n in working.events else outside.get(event.n))


def _has_effect(ending: Ending | None) -> bool:
    return ending is None or ending.outcome not in (Outcome.NO_EFFECT, Outcome.VOIDED)


def _changed_holds(books: Books, states: Mapping[str, Hold]) -> dict[str, tuple[bool, bytes]]:
    rows = books.connection.execute(_HOLDS, (list(states),)) if states else ()
    before = {register: (bool(is_held), heads) for register, is_held, heads in rows}
    now = {r: (s.is_held, b"".join(sorted(event.id for event in s.heads))) for r, s in states.items()}
    return {register: value for register, value in now.items() if before.get(register, FREE) != value}


def _changed_exceptions(
    books: Books,
    working: WorkingSet,
    resolution: Resolution,
    due: Mapping[bytes, Trouble],
    before: Mapping[bytes, tuple[int, ExceptionRow]],
    *,
    subjects: set[str],
    now_ms: int,
) -> dict[bytes, tuple[int, ExceptionRow]]:
    changed: dict[bytes, tuple[int, ExceptionRow]] = {}
    phones: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for event in working.events.values() if due else ():
        phones[event.id].add(event.device)
    decisions = _decisions(books, working, resolution, {*due, *before})
    for trouble_id_, trouble in due.items():
        n, known = before.get(trouble_id_, (0, None))
        row = _row(books, phones, trouble, decisions.get(trouble_id_, []), known, now_ms)
        if row != known:
            changed[trouble_id_] = n or next(books.numbers.of("exception")), row
    for gone, (n, known) in before.items():
        if gone in due:
            continue
        row = known._replace(is_open=False, decided_by=None) if known.subject in subjects else known
        if known.subject not in subjects and known.is_open:
            row = known._replace(decided_by=_decided_by(known, gone, decisions.get(gone, [])))
        if row != known:
            changed[gone] = n, row
    return changed


def _left(
    before: Mapping[bytes, tuple[int, ExceptionRow]], changed: Mapping[bytes, tuple[int, ExceptionRow]]
) -> dict[int, set[str]]:
    known = {i: set(json.loads(row.sites)) for i, (_, row) in before.items()}
    return {n: known[i] - set(json.loads(row.sites)) for i, (n, row) in changed.items() if i in known}


def _decisions(
    books: Books, working: WorkingSet, resolution: Resolution, ids: Iterable[bytes]
) -> dict[bytes, list[Stored]]:
    """Give the decisions on these exceptions, those just made among them."""
    asked = [f"exception:{i.hex()}" for i in ids]
    made = {event.n: event for event in books.events_of_registers(asked)} if asked else {}
    made |= {event.n: event for event in working.of_kind(Decided)}
    outside = books.endings([n for n in made if n not in working.events])
    found: defaultdict[bytes, list[Stored]] = defaultdict(list)
    for event in made.values():
        if isinstance(event.fact, Decided) and _counts(event, working, resolution, outside):
            found[bytes.fromhex(event.fact.exception)].append(event)
    return found


def _row(
    books: Books,
    phones: Mapping[bytes, set[bytes]],
    trouble: Trouble,
    decisions: Sequence[Stored],
    known: ExceptionRow | None,
    now_ms: int,
) -> ExceptionRow:
    decided = decision(trouble, decisions)
    return ExceptionRow(
        kind=trouble.kind,
        subject=trouble.subject,
        evidence=trouble.evidence,
        participants=b"".join(trouble.participants),
        detail=trouble.detail,
        sites=json.dumps(sorted(_sites(books, phones, trouble))),
        is_open=True,
        decided_by=decided.n if decided else None,
        since=known.since if known is not None and known.is_open else now_ms,
    )


def _ids(participants: bytes) -> tuple[bytes, ...]:
    return tuple(participants[at : at + 16] for at in range(0, len(participants), 16))


def _decided_by(row: ExceptionRow, trouble_id_: bytes, decisions: Sequence[Stored]) -> int | None:
    trouble = Trouble(row.kind, row.subject, _ids(row.participants), row.detail)
    assert trouble.id == trouble_id_ == trouble_id(row.kind, row.subject)
    decided = decision(trouble, decisions)
    return decided.n if decided else None


def _sites(books: Books, phones: Mapping[bytes, set[bytes]], trouble: Trouble) -> set[str]:
    """Name the sites an exception concerns: whose phones took part, and whose place it is about.

    `phones` gives those that made the scans this settlement looks at, by the scan's id.
    """
    took_part = {phone for i in trouble.participants for phone in phones.get(i, ())}
    took_part |= {event.device for event in books.events_by_id([i for i in trouble.participants if i not in phones])}
    sites = {books.site_of_device(phone) for phone in took_part}
    if trouble.subject.startswith("bucket:"):
        place = trouble.subject.removeprefix("bucket:").split("/")[0]
        sites |= {site for site in [books.site_of(place)] if site is not None}
    return sites


def write_found(books: Books, found: Found) -> None:
    """Write holds and exceptions."""
    if found.holds:
        books.connection.executemany(_UPSERT_HOLD, [(register, *value) for register, value in found.holds.items()])
    if found.exceptions:
        books.connection.executemany(_UPSERT_EXCEPTION, [(n, i, *row) for i, (n, row) in found.exceptions.items()])


def tell(books: Books, found: Found, feed: dict[str, dict[tuple[str, int], None]]) -> None:
    """Tell the sites concerned: exceptions, and units whose hold has changed."""
    for n, row in found.exceptions.values():
        for site in {*json.loads(row.sites), *found.left.get(n, ())}:
            feed[site]["exception", n] = None
    for n, sites in found.retold.items():
        for site in sites:
            feed[site]["exception", n] = None
    for register in found.holds:
        kind, _, name = register.partition(":")
        if kind == "run":
            continue
        item, _, batch = name.partition("/")
        asked = (_UNIT, (name,)) if kind == "unit" else (_UNITS_OF_LOT, (batch, item))
        for (n,) in books.connection.execute(*asked).fetchall():
            for site in books.every_site():
                feed[site]["unit", n] = None
