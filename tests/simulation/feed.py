"""Reading the feed: pages of what changed, joined with what it is now, and the replica they fill.

Continuity of ranges is the check that nothing was skipped: a page begins where the cursor stands, and positions count
one by one. A cursor of another epoch starts again from nothing, even where its position survived the restore: rows are
read as they are *now*, so a page may have shown what only a position beyond the backup had brought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.handset import Handset, Replica

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


def read_page(hub: AnyHub, phone: Handset, limit: int) -> tuple[bool, str | None]:
    """Read one page into a phone's replica; say whether there is more, and what is broken, if anything."""
    site, replica = phone.site, phone.replica
    epoch, first = hub.bases(site)[-1]
    if replica.epoch not in ("", epoch):
        phone.replica = replica = Replica()
        phone.heads = {}
    page = hub.page(site, replica.pos, limit)
    if replica.pos > page.head:
        return False, f"the cursor {replica.pos} is beyond the feed's end {page.head}, life begun at {first}"
    for change in page.changes:
        _put(phone, change)
    replica.pos = page.to
    replica.epoch = epoch
    return replica.pos < page.head, None


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
