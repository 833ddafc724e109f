"""The books of a site as they stand, for a phone that has none yet or very old ones.

Walking the feed from its beginning costs as much as a site has history; this costs as much as it has stock.

    snapshot                pinned at position P: the first rows, and a note where to go on
    snapshot, with the note …until there is no more
    pull from P             what has changed since

Nothing is kept for it between two pages. P is read before any row, and a page shows rows as they are when it is read,
which is at P or later. So a row that has not changed since P is right, and one that has is told again by the pull from
P on; pages may be read at different moments, beside any number of pushes, and days apart.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.tables import device, person
from server.intake.pull import Scope, head_of, subjects
from server.intake.tables import event, exception, incarnation, outcome, unit
from server.network.tables import batch_number, company, item, place, run, supplier_code, transfer
from sync.wire import Bookmark, Change, Kind

Numbers = Select[Any]


class Part(NamedTuple):
    """Rows of one kind that travel together, in the order of their numbers."""

    name: str
    """Part of bookmarks: a part that gets another place in the order needs another name."""
    kind: Kind
    number: ColumnElement[int]
    of_site: Callable[[str], Numbers]


class Page(NamedTuple):
    """Some rows, where they are pinned, and what the bookmark behind them says; None: there are no more."""

    at: int
    after: str | None
    changes: list[Change]


async def page(connection: AsyncConnection, scope: Scope, bookmark: Bookmark | None, limit: int) -> Page:
    """Read the next rows of a snapshot, or begin one; a bookmark of ours must be `understood`."""
    at = bookmark.pos if bookmark else await head_of(connection, scope.site)
    first, after = _place_of(bookmark.after) if bookmark else (0, 0)
    changes: list[Change] = []
    for part in PARTS[first:]:
        wanted = part.of_site(scope.site).where(part.number > after).order_by(part.number)
        numbers = list((await connection.execute(wanted.limit(limit - len(changes)))).scalars())
        found = await subjects(connection, scope, part.kind, numbers)
        changes += [Change(at, part.kind, *found[n]) for n in numbers]
        if len(changes) >= limit:
            return Page(at, f"{part.name}:{numbers[-1]}", _in_sight(changes))
        after = 0
    return Page(at, None, _in_sight(changes))


def understood(bookmark: Bookmark, epoch: str) -> bool:
    """Say whether a snapshot can go on at a bookmark."""
    name, _, number = bookmark.after.partition(":")
    return bookmark.epoch == epoch and name in _PLACES and number.isascii() and number.isdecimal()


def _place_of(after: str) -> tuple[int, int]:
    name, _, number = after.partition(":")
    return _PLACES[name], int(number)


def _in_sight(changes: list[Change]) -> list[Change]:
    """Leave out what the site may not know after all: the scope of a row is decided where its shape is made."""
    return [change for change in changes if change.data is not None]


# --- what belongs to a site


def _everything(number: ColumnElement[int]) -> Callable[[str], Numbers]:
    return lambda _: select(number).where(true())


def _people(site: str) -> Numbers:
    return select(person.c.n).where(person.c.site == site)


def _lendings(site: str) -> Numbers:
    """The words and the overrules that rest on them; whose site a word is for stands in its body."""
    return select(event.c.n).where(event.c.register.startswith("lending:", autoescape=True))


def _codes(site: str) -> Select[Any]:
    return select(place.c.code).where(place.c.site == site)


def _locations(site: str) -> Select[Any]:
    return select(literal("location:") + place.c.code).where(place.c.site == site)


def _transfers(site: str) -> Numbers:
    codes = _codes(site)
    return select(transfer.c.n).where(or_(transfer.c.from_place.in_(codes), transfer.c.to_place.in_(codes)))


def _runs(site: str) -> Numbers:
    return select(run.c.n).where(run.c.place.in_(_codes(site)))


def _units_here(site: str) -> Numbers:
    return select(unit.c.n).where(unit.c.place.in_(_locations(site)))


def _units_under_way(site: str) -> Numbers:
    here = _locations(site)
    ours = or_(unit.c.left.in_(here), unit.c.bound_for.in_(here))
    return select(unit.c.n).where(unit.c.place.startswith("transfer:", autoescape=True), ours)


def _exceptions(site: str) -> Numbers:
    concerned = exception.c.sites.contains(f'"{site}"', autoescape=True)
    return select(exception.c.n).where(exception.c.is_open, concerned)


def _outcomes(site: str) -> Numbers:
    ours = select(outcome.c.event).join(event, event.c.n == outcome.c.event)
    ours = ours.join(incarnation, incarnation.c.n == event.c.incarnation).join(
        device, device.c.n == incarnation.c.device
    )
    return ours.where(device.c.site == site)


PARTS = (
    Part("company", "company", company.c.n, _everything(company.c.n)),
    Part("person", "person", person.c.n, _people),
    Part("place", "place", place.c.n, _everything(place.c.n)),
    Part("item", "item", item.c.n, _everything(item.c.n)),
    Part("supplier_code", "supplier_code", supplier_code.c.n, _everything(supplier_code.c.n)),
    Part("batch_number", "batch_number", batch_number.c.n, _everything(batch_number.c.n)),
    Part("open_transfer", "transfer", transfer.c.n, lambda site: _transfers(site).where(transfer.c.is_open)),
    Part("open_run", "run", run.c.n, lambda site: _runs(site).where(run.c.is_open)),
    Part("unit_under_way", "unit", unit.c.n, _units_under_way),
    Part("unit_here", "unit", unit.c.n, lambda site: _units_here(site).where(~unit.c.is_ended)),
    Part("exception", "exception", exception.c.n, _exceptions),
    Part("closed_transfer", "transfer", transfer.c.n, lambda site: _transfers(site).where(~transfer.c.is_open)),
    Part("closed_run", "run", run.c.n, lambda site: _runs(site).where(~run.c.is_open)),
    Part("ended_unit", "unit", unit.c.n, lambda site: _units_here(site).where(unit.c.is_ended)),
    Part("outcome", "outcome", outcome.c.event, _outcomes),
    Part("lending", "lending", event.c.n, _lendings),
)
"""What people need to sign in and to scan comes first, what became of old scans late. A new part goes to the end: so no
phone in the middle of a snapshot passes it by."""

_PLACES = {part.name: n for n, part in enumerate(PARTS)}
