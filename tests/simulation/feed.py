"""Reading the feed: pages of what changed, joined with what it is now, and the replica they fill.

Continuity of ranges is the check that nothing was skipped: a page begins where the cursor stands, and positions count
one by one. A cursor of another epoch starts again from nothing, even where its position survived the restore: rows are
read as they are *now*, so a page may have shown what only a position beyond the backup had brought. A phone that
begins, or begins again, may read the books as they stand instead, and go on from the position these are pinned at. A
phone that is switched off is told nothing any more, and forgets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.handset import Handset

if TYPE_CHECKING:
    from simulation.hubs import AnyHub


class Change(NamedTuple):
    """What one thing is now; `data` null: gone from the site's sight. `heads`: the latest events of a unit."""

    kind: str
    key: Any
    data: Any
    heads: list[str]


class Page(NamedTuple):
    """Changes up to `to`, of a feed that ends at `head`."""

    to: int
    head: int
    changes: list[Change]


class Standing(NamedTuple):
    """Rows of the books as they stand, pinned at a position; `after` null: that was all. `reset`: begun anew."""

    at: int
    after: str | None
    changes: list[Change]
    reset: bool = False


def read_page(hub: AnyHub, phone: Handset, limit: int) -> tuple[bool, str | None]:
    """Read one page into a phone's replica; say whether there is more, and what is broken, if anything."""
    if hub.is_switched_off(phone.disk.device):
        phone.forget()
        return False, None
    site, replica = phone.site, phone.replica
    epoch, first = hub.bases(site)[-1]
    if replica.is_filling:
        return _fill(hub, phone, epoch, limit)
    if replica.epoch not in ("", epoch):
        phone.forget()
        replica = phone.replica
    page = hub.page(site, replica.pos, limit)
    if replica.pos > page.head:
        return False, f"I5: the cursor {replica.pos} is beyond the feed's end {page.head}, life begun at {first}"
    broken = _put_all(phone, page.changes)
    replica.pos = page.to
    replica.epoch = epoch
    return replica.pos < page.head, broken


def _fill(hub: AnyHub, phone: Handset, epoch: str, limit: int) -> tuple[bool, str | None]:
    """Read the next rows of the books as they stand; behind the last, pulls go on from where they are pinned."""
    replica = phone.replica
    page = hub.standing(phone.site, replica.epoch, replica.pos, replica.after, limit)
    if page.reset:
        phone.forget(fills_anew=True)
        replica = phone.replica
    broken = _put_all(phone, page.changes)
    replica.epoch, replica.pos, replica.after = epoch, page.at, page.after
    replica.is_filling = page.after is not None
    return True, broken


def _put_all(phone: Handset, changes: list[Change]) -> str | None:
    outside = None
    for change in changes:
        if is_outside(phone.site, change):
            outside = f"I10: was sent {change.kind} {change.key}, which is at {_where(change)}"
        _put(phone, change)
    return outside


def is_outside(site: str, change: Change) -> bool:
    """Say whether a row by itself shows that it is none of a site's business: a unit at another one."""
    at = _where(change)
    return at is not None and at.startswith("location:") and at != f"location:{site}"


def _where(change: Change) -> str | None:
    if change.kind != "unit" or change.data is None:
        return None
    at: str | None = change.data["place"] if isinstance(change.data, dict) else change.data.place
    return at


def _put(phone: Handset, change: Change) -> None:
    known = phone.replica.rows
    place = change.kind, change.key
    if change.data is None:
        known.pop(place, None)
        phone.heads.pop(change.key, None)
        return
    known[place] = change.data
    if change.kind == "unit":
        phone.heads[change.key] = change.heads


def rows(changes: list[Change]) -> dict[tuple[str, Any], Any]:
    """Give the replica that consists of just these."""
    return {(change.kind, change.key): change.data for change in changes if change.data is not None}
