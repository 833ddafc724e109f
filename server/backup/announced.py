"""What phones were told is durable: they may have let go of everything before it, so no restore may go behind it.

The highest position ever announced, per life of the database and site, is written down *before* a phone hears of it,
outside the database (which a restore takes back) and in every place that holds copies (should this disk be lost).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from server.backup import disk
from server.backup.copies import Copy
from server.intake.epochs import Lineage


class Announcement(msgspec.Struct, frozen=True):
    """The highest first-not-durable position of each site that was announced in one life of the database."""

    lineage: Lineage
    durable: dict[str, int]


class RecordUnreadable(Exception):  # noqa: N818 - named for what is wrong
    """What was announced cannot be read."""


def read(places: Iterable[Path], installation: str) -> list[Announcement]:
    """Read what was ever announced, from every place that knows."""
    merged: dict[str, Announcement] = {}
    for path in _files(places, installation):
        if not path.exists():
            continue
        try:
            found = msgspec.json.decode(path.read_bytes(), type=list[Announcement])
        except (OSError, msgspec.MsgspecError) as error:
            raise RecordUnreadable(f"{path} cannot be read. Bring it back from a copy of the folder.") from error
        for announcement in found:
            _merge(merged, announcement)
    return list(merged.values())


def record(places: Sequence[Path], installation: str, lineage: Lineage, durable: Mapping[str, int]) -> None:
    """Write down what is about to be announced, unless as much was announced before."""
    before = read(places, installation)
    merged = {announcement.lineage[-1].id: announcement for announcement in before}
    _merge(merged, Announcement(lineage, dict(durable)))
    if list(merged.values()) != before or not all(path.exists() for path in _files(places, installation)):
        write(places, installation, list(merged.values()))


def write(places: Sequence[Path], installation: str, announcements: Sequence[Announcement]) -> None:
    """Put the record into every place."""
    content = msgspec.json.format(msgspec.json.encode(announcements))
    for path in _files(places, installation):
        disk.write_whole(path, content)


def behind(copy: Copy, announcements: Iterable[Announcement]) -> dict[str, tuple[int, int]]:
    """Give the sites of which a copy lacks what phones may have let go: (last position it holds, first it may lack)."""
    lacking: dict[str, tuple[int, int]] = {}
    for announcement in announcements:
        for site, durable in announcement.durable.items():
            reached = copy.reach(site, announcement.lineage)
            if reached + 1 < durable:
                known = lacking.get(site, (reached, durable))
                lacking[site] = min(known[0], reached), max(known[1], durable)
    return lacking


def cut_back(copy: Copy, announcements: Iterable[Announcement]) -> list[Announcement]:
    """Give the record as it stands once somebody has accepted the loss: what this copy lacks cannot be lost again."""
    return [
        Announcement(
            told.lineage, {site: min(pos, copy.reach(site, told.lineage) + 1) for site, pos in told.durable.items()}
        )
        for told in announcements
    ]


def _files(places: Iterable[Path], installation: str) -> list[Path]:
    return [place / f"announced-{installation}.json" for place in places]


def _merge(merged: dict[str, Announcement], told: Announcement) -> None:
    name = told.lineage[-1].id
    known = merged.get(name, told)
    sites = sorted(known.durable.keys() | told.durable.keys())
    highest = {site: max(known.durable.get(site, 1), told.durable.get(site, 1)) for site in sites}
    merged[name] = Announcement(told.lineage, highest)
