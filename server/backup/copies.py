"""The copies that exist: one folder each, with what was proven of it written beside the database.

    batchspine-20261122-021500-000017/
        batchspine.sqlite   the records, one file
        keys/  tls/         the secrets of the installation, for their owner's eyes only
        manifest.json       when, of which life, how far each site had come, the file's SHA-256

A folder gets its name when everything in it has been written and proven, so whatever is there under such a name is
whole; a copy that was interrupted is called otherwise and counts for nothing. Two installations may share a place: each
sees only its own copies, told apart by the installation's key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.access.keys import Keys
from server.intake.epochs import Lineage, reach

KEPT = 7
"""So many verified copies are kept; an older one goes when a newer one has been proven."""

COUNTING = 2
"""So many of the newest copies can be restored without asking anybody. What phones are told is durable follows the
oldest of them: told from the newest, restoring the one before it would lose what phones have let go."""

DATABASE = "batchspine.sqlite"
MANIFEST = "manifest.json"
PREFIX = "batchspine-"
DAMAGED = "damaged-"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a copy when it was made."""

    made_at: int
    installation: str
    epoch: str
    lineage: Lineage
    heads: dict[str, int]
    """The last feed position of each site."""
    size_bytes: int
    sha256: str
    version: str
    differences: list[str] = []
    """What `batchspine check` found in the copy; one with differences holds every scan but does not count."""


class Copy(NamedTuple):
    """One copy in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def database(self) -> Path:
        """The copied records."""
        return self.folder / DATABASE

    @property
    def number(self) -> int:
        """Its place in the order the copies of a place were made in."""
        return int(self.folder.name.rsplit("-", 1)[1])

    @property
    def is_verified(self) -> bool:
        """Say whether the books in it agree with the events in it."""
        return not self.manifest.differences

    def reach(self, site: str, of: Lineage) -> int:
        """Say up to which position of a history this copy holds everything."""
        return reach(site, self.manifest.lineage, self.manifest.heads.get(site, 0), of)


def installation_of(keys: Keys) -> str:
    """Name an installation by its public key."""
    return sha256(keys.certificates.public_bytes_raw()).hexdigest()[:16]


def name_of(number: int, made_at: int) -> str:
    """Name the folder of a copy so that people see when it was made and programs which is newer."""
    return f"{PREFIX}{stamp(made_at)}-{number:06d}"


def stamp(moment_ms: int) -> str:
    """Write a moment (UTC) so that it can stand in a file's name."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).strftime("%Y%m%d-%H%M%S")


def copies_in(place: Path, installation: str) -> list[Copy]:
    """Give the whole copies of an installation in a place, oldest first."""
    found = [copy for path in place.glob(f"{PREFIX}*/{MANIFEST}") if (copy := read(path.parent)) is not None]
    return sorted((copy for copy in found if copy.manifest.installation == installation), key=lambda copy: copy.number)


def read(folder: Path) -> Copy | None:
    """Read a copy's manifest; None if this is no copy, or its database is not there in full."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
        is_there = (folder / DATABASE).stat().st_size == manifest.size_bytes
    except (OSError, msgspec.MsgspecError):
        return None
    return Copy(folder, manifest) if is_there else None


def counting(copies: Sequence[Copy]) -> Sequence[Copy]:
    """Pick the copies phones may rely on: the newest verified ones, if there are enough of them."""
    newest = [copy for copy in copies if copy.is_verified][-COUNTING:]
    return newest if len(newest) == COUNTING else []


def durable(copies: Sequence[Copy], of: Lineage) -> dict[str, int]:
    """Give for each site the first position of a history that not all counting copies hold."""
    relied_on = counting(copies)
    sites = {site for copy in relied_on for site in copy.manifest.heads}
    return {site: min(copy.reach(site, of) for copy in relied_on) + 1 for site in sorted(sites)}
