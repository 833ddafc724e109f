"""Make a copy of the running records, prove it, and keep as many as are wanted.

The copy is taken while the server goes on: one moment of the database, whole, as one SQLite file. Then it is opened by
itself, read-only, and has to show that it can be read through, that nothing in it points nowhere, and that its books
are just what its events come to. Only then does it get its name, and only copies with a name count.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from server.access.keys import open_keys
from server.backup import disk
from server.backup.copies import (
    COUNTING,
    DAMAGED,
    DATABASE,
    KEPT,
    MANIFEST,
    PREFIX,
    Copy,
    Manifest,
    copies_in,
    counting,
    installation_of,
    name_of,
)
from server.database.copying import copy_whole
from server.database.engine import DatabaseFault, connect_read_only
from server.database.migrate import reading
from server.intake.check import check_connection
from server.intake.epochs import heads_of, lineage_of
from server.settings import Settings

DIFFERENCES_MAX = 20
SECRETS = ("keys", "tls")

_MAKING = ".making-"
_REMOVING = ".removing-"


class BackupFailed(Exception):  # noqa: N818 - named for what happened
    """No copy was made; the text says why."""


def make(settings: Settings, place: Path, now_ms: Callable[[], int], *, keep: int = KEPT) -> Copy:
    """Make a copy in a place and give it, proven; raise `BackupFailed` if there is none to give."""
    installation = installation_of(open_keys(settings.keys_folder))
    try:
        with _alone(settings.data):
            # Never made here: where a disk is not connected, its folder must be missing, not a new one on another disk.
            if not place.is_dir():
                raise BackupFailed(f"There is no folder {place}. Make it, or connect its disk.")
            _clear_leftovers(place, installation)
            copy = _make(settings, place, installation, now_ms())
            _set_damaged_aside(place, installation)
            _let_go(place, installation, keep)
            return copy
    except OSError as error:
        raise BackupFailed(f"No backup was made in {place}: {error.strerror or error}.") from error
    except DatabaseFault as error:
        raise BackupFailed(f"No backup was made in {place}: {error}. Run: batchspine doctor") from error


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    with (data / "backup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupFailed("Another backup is being made right now. Wait until it is done.") from error
        yield


def _make(settings: Settings, place: Path, installation: str, made_at: int) -> Copy:
    number = max((copy.number for copy in copies_in(place, installation)), default=0) + 1
    folder = place / f"{_MAKING}{installation}"
    folder.mkdir(mode=0o700)
    try:
        (folder / DATABASE).touch(disk.PRIVATE)
        copy_whole(settings.database, folder / DATABASE)
        disk.sync(folder / DATABASE)
        manifest = _proven(folder / DATABASE, installation, made_at)
        for name in SECRETS:
            if (settings.data / name).is_dir():
                disk.copy_folder(settings.data / name, folder / name)
        disk.write_whole(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        named = _free(place, number, made_at)
        folder.rename(named)
        disk.sync(place)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Copy(named, manifest)


def _free(place: Path, number: int, made_at: int) -> Path:
    """Give a name nobody has: another installation may keep its copies here too."""
    while list(place.glob(f"{PREFIX}*-{number:06d}")):
        number += 1
    return place / name_of(number, made_at)


def _proven(database: Path, installation: str, made_at: int) -> Manifest:
    """Open the copy by itself and find out what it is worth; raise `BackupFailed` if nothing."""
    connection = connect_read_only(database)
    try:
        _require_whole(connection)
        differences = check_connection(connection)
    finally:
        connection.close()
    with reading(database) as readable:
        lineage, heads = lineage_of(readable), heads_of(readable)
    if not lineage:
        raise BackupFailed("There is nothing to back up yet. Start the server once: batchspine serve")
    return Manifest(
        made_at=made_at,
        installation=installation,
        epoch=lineage[-1].id,
        lineage=lineage,
        heads=heads,
        size_bytes=database.stat().st_size,
        sha256=disk.digest_of(database),
        version=version("batchspine"),
        differences=differences[:DIFFERENCES_MAX],
    )


def _require_whole(connection: Any) -> None:
    said = [row[0] for row in connection.execute("PRAGMA integrity_check(3)").fetchall()]
    if said != ["ok"]:
        raise BackupFailed(f"The records cannot be copied whole: {'; '.join(said)}. Run `batchspine doctor`.")
    if (row := connection.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise BackupFailed(f"The records cannot be copied whole: a row of {row[0]} points nowhere.")


def _set_damaged_aside(place: Path, installation: str) -> None:
    """Read the copies phones rely on once more; what the place has spoilt since is set aside and counts no longer."""
    for copy in counting(copies_in(place, installation)):
        if disk.digest_of(copy.database) != copy.manifest.sha256:
            copy.folder.rename(place / f"{DAMAGED}{copy.folder.name}")


def _let_go(place: Path, installation: str, keep: int) -> None:
    """Remove copies beyond the number to keep, oldest first; never one that counts, never for one that does not."""
    copies = copies_in(place, installation)
    verified = [copy for copy in copies if copy.is_verified]
    kept = verified[-max(keep, COUNTING) :]
    newest = kept[-1].number if kept else 0
    unproven = [copy for copy in copies if not copy.is_verified and copy.number > newest][-keep:]
    for copy in copies:
        if copy not in kept and copy not in unproven:
            _remove(place, installation, copy.folder)


def _remove(place: Path, installation: str, folder: Path) -> None:
    """Take the name away first, so that a copy half removed is none."""
    leftover = place / f"{_REMOVING}{installation}"
    folder.rename(leftover)
    shutil.rmtree(leftover)


def _clear_leftovers(place: Path, installation: str) -> None:
    for name in (_MAKING, _REMOVING):
        shutil.rmtree(place / f"{name}{installation}", ignore_errors=True)
