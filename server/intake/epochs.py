"""The lives of this database, and what they mean for what phones were told.

Every restore from a backup begins a new *epoch*: what had been stored behind that backup is forgotten, and the feed
positions behind it are given a second time. Each answer therefore tells all epochs with the first position of each, and
an acknowledgement counts only while no later epoch began at or before its position (`sync/outbox.py`). The list lies in
the database and so is itself taken back by a restore; names are random, so a forgotten epoch is never taken for another
one: what was acknowledged in it is simply sent again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, insert, select

from server.intake.tables import epoch, epoch_base, feed_head


class Epoch(msgspec.Struct, frozen=True):
    """One life of the database, and the first feed position of each site in it; a site not named begins at 1."""

    id: str
    first: dict[str, int]

    def first_of(self, site: str) -> int:
        """Give the first position this epoch may have handed out at a site."""
        return self.first.get(site, 1)


Lineage: TypeAlias = tuple[Epoch, ...]
"""All epochs a database knows of, oldest first; the last is its present life."""


def reach(site: str, lineage: Lineage, head: int, of: Lineage) -> int:
    """Say up to which position of history `of` a database with this lineage and head holds the same.

    Two histories are one until either was restored: from the first epoch they do not share, positions mean other
    events on each side. Histories with no epoch in common share nothing.
    """
    shared = 0
    for one, other in zip(lineage, of, strict=False):
        if one.id != other.id:
            break
        shared += 1
    if shared == 0:
        return 0
    return min([head, *(later.first_of(site) - 1 for later in (*lineage[shared:], *of[shared:]))])


def lineage_of(connection: Connection) -> Lineage:
    """Read the epochs of a database."""
    asked = select(epoch.c.n, epoch.c.id, epoch_base.c.site, epoch_base.c.first_pos)
    rows = connection.execute(asked.outerjoin(epoch_base, epoch_base.c.epoch == epoch.c.n).order_by(epoch.c.n)).all()
    return tuple(
        Epoch(name, {row.site: row.first_pos for row in bases if row.site is not None})
        for (_, name), bases in groupby(rows, lambda row: (row.n, row.id))
    )


def heads_of(connection: Connection) -> dict[str, int]:
    """Read how far the feed of each site has come."""
    return {row.site: row.head for row in connection.execute(select(feed_head.c.site, feed_head.c.head))}


def begin(connection: Connection, name: str, now_ms: int) -> None:
    """Begin a new epoch where the feed of each site ends."""
    n = connection.execute(insert(epoch).values(id=name, begun_at=now_ms).returning(epoch.c.n)).scalar_one()
    bases = [{"epoch": n, "site": site, "first_pos": head + 1} for site, head in heads_of(connection).items()]
    if bases:
        connection.execute(insert(epoch_base), bases)


class History:
    """What a running server tells phones of its past, and of what would survive the loss of this machine."""

    def __init__(self, lineage: Lineage) -> None:
        self.lineage = lineage
        self.durable: Mapping[str, int] = {}

    @property
    def epoch(self) -> str:
        """Name the present epoch."""
        return self.lineage[-1].id

    def bases(self, site: str) -> Sequence[tuple[str, int]]:
        """Give every epoch with its first position at a site, oldest first."""
        return [(life.id, life.first_of(site)) for life in self.lineage]

    def durable_pos(self, site: str) -> int:
        """Give the first position of a site that the backups one may still restore do not all hold."""
        return self.durable.get(site, 1)

    def announce(self, durable: Mapping[str, int]) -> None:
        """Tell phones from now on what backups hold, per site; it must be on record outside the database already."""
        self.durable = durable
