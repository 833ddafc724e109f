"""Reading the feed: pages of what changed, joined with what it is now, and the replica they fill.

Continuity of ranges is the check that nothing was skipped: a page begins where the cursor stands, and positions count
one by one. A cursor of another epoch starts again from nothing, even where its position survived the restore: rows are
read as they are *now*, so a page may have shown what only a position beyond the backup had brought.
"""

from __future__ import annotations

from typing import Any

from simulation.handset import Handset, Replica
from simulation.hub import Hub, Store

from server.intake.books import UnitRow


def read_page(hub: Hub, phone: Handset, limit: int) -> tuple[bool, str | None]:
    """Read one page into a phone's replica; say whether there is more, and what is broken, if anything."""
    store, site, replica = hub.store, phone.site, phone.replica
    epoch = store.epochs[-1].name
    if replica.epoch not in ("", epoch):
        phone.replica = replica = Replica()
        phone.heads = {}
    rows = store.feed.get(site, ())
    page = rows[replica.pos : replica.pos + limit]
    if replica.pos > len(rows):
        return False, f"the cursor {replica.pos} is beyond the feed's end {len(rows)}"
    for kind, entity in dict.fromkeys(page):
        if kind == "unit":
            _put_unit(store, phone, entity)
        else:
            replica.outcomes[entity] = store.endings.get(entity)
    replica.pos += len(page)
    replica.epoch = epoch
    return replica.pos < len(rows), None


def _put_unit(store: Store, phone: Handset, serial: str) -> None:
    row = store.units[serial][1]
    seen = is_in_sight(row, phone.site)
    if not seen:
        phone.replica.units.pop(serial, None)
        phone.heads.pop(serial, None)
        return
    phone.replica.units[serial] = row
    phone.heads[serial] = [row.heads[at : at + 16].hex() for at in range(0, len(row.heads), 16)]


def is_in_sight(row: UnitRow, site: str) -> bool:
    """Say whether a site may know a unit: it is there, or under way from or to there."""
    here = f"location:{site}"
    if (row.place or "").startswith("transfer:"):
        return here in (row.left, row.bound_for)
    return row.place == here


def projection(store: Store, site: str) -> tuple[dict[str, Any], dict[int, Any]]:
    """Give what a replica of a site must hold: units in sight, and the outcomes of its phones' scans."""
    units = {serial: row for serial, (_, row) in store.units.items() if is_in_sight(row, site)}
    endings = {n: ending for n, ending in store.endings.items() if store.events[n].site == site}
    return units, endings
