"""Bring a copy back, beside what is there, never over it.

What was stored behind the copy is forgotten by this server but not by the phones: they keep every scan until the
copies one may restore all hold it, and send the rest again because the restored records begin a new epoch. That is why
a copy that lacks what phones were told is durable is refused: those scans may exist nowhere else. Whoever restores it
all the same is told whom to ask.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.access.keys import INSTALLATION_KEY, open_keys
from server.backup import announced, disk
from server.backup.copies import DATABASE, Copy, installation_of, read, stamp
from server.backup.making import SECRETS
from server.database import migrate
from server.database.copying import copy_whole, load
from server.database.engine import Address, DatabaseFault, connect_raw
from server.intake import epochs
from server.settings import Settings
from server.setup.first_run import UNFINISHED, only_server

_DRAFT = "restoring.sqlite"
_SIDECARS = ("", "-wal", "-shm")

_PHONES = """SELECT d.name, d.id, d.last_seen,
                    (SELECT COUNT(*) FROM event e JOIN incarnation i ON i.n = e.incarnation
                     WHERE i.device = d.n AND e.pos > ? AND e.pos < ?) AS scans
             FROM device d WHERE d.site = ? ORDER BY d.name, d.n"""


class RestoreRefused(Exception):  # noqa: N818 - named for what happened
    """Nothing was changed; the text says why and what to do."""


class Phone(msgspec.Struct, frozen=True):
    """A phone that may have let go of scans the restored records lack."""

    device: str
    name: str
    last_seen: int | None
    scans: int | None
    """How many of its scans the records that were replaced held there; null if those cannot be read."""


class Lack(msgspec.Struct, frozen=True):
    """A part of a site's history that may exist nowhere any more: positions behind `held_to`, before `announced`."""

    site: str
    held_to: int
    announced: int
    phones: list[Phone]


class Restored(NamedTuple):
    """What a restore has done."""

    copy: Copy
    epoch: str
    aside: Path | None
    """Where the records are that were here before."""
    lacks: list[Lack]


def restore(settings: Settings, file: Path, now_ms: Callable[[], int], *, override: bool = False) -> Restored:
    """Put the records of a copy in the place of the present ones, as a new epoch; refuse if that could lose scans."""
    folder = file if file.is_dir() else file.parent
    copy = read(folder)
    if copy is None:
        raise RestoreRefused(f"{file} is no whole backup of ours. Name one of its folders, such as batchspine-….")
    try:
        with only_server(settings.data):
            return _restore(settings, copy, now_ms(), override=override)
    except (OSError, *DatabaseFault) as error:
        raise RestoreRefused(f"The backup could not be brought back: {error}. Run the command again.") from error
    except announced.RecordUnreadable as error:
        raise RestoreRefused(str(error)) from error


def _restore(settings: Settings, copy: Copy, now_ms: int, *, override: bool) -> Restored:
    places = _places(settings, copy)
    told = announced.read(places, copy.manifest.installation)
    lacking = announced.behind(copy, told)
    reasons = [*_of_lacking(lacking), *_of_unproven(copy), *_of_keys(settings, copy)]
    if reasons and not override:
        raise RestoreRefused(" ".join([*reasons, "With --override it is brought back all the same."]))
    draft = _draft(settings, copy)
    epoch = _begin_epoch(draft, now_ms)
    lacks = [Lack(site, *bounds, _phones(settings.database, site, *bounds)) for site, bounds in lacking.items()]
    aside = _exchange(settings, copy, draft, now_ms)
    if lacks:
        note = _free(settings.data / f"override-{stamp(now_ms)}.json")
        disk.write_whole(note, msgspec.json.format(msgspec.json.encode(lacks)))
        announced.write(places, copy.manifest.installation, announced.cut_back(copy, told))
    return Restored(copy, epoch, aside, lacks)


def _places(settings: Settings, copy: Copy) -> list[Path]:
    """Name every place that may know what was announced: this folder, where backups go, and where this one lies."""
    places = [settings.data, copy.folder.parent]
    if settings.backup is not None and settings.backup.is_dir() and not settings.backup.samefile(copy.folder.parent):
        places.append(settings.backup)
    return places


def _of_lacking(lacking: dict[str, tuple[int, int]]) -> Iterator[str]:
    for site, (held_to, durable) in lacking.items():
        yield (
            f"This backup is too old for {site}: it holds positions up to {held_to}, but phones were told that all "
            f"before {durable} is safe and may have let go of it. Use a newer one."
        )


def _of_unproven(copy: Copy) -> Iterator[str]:
    if not copy.is_verified:
        yield f"This backup was not verified when it was made ({copy.manifest.differences[0]}). Use another one."


def _of_keys(settings: Settings, copy: Copy) -> Iterator[str]:
    """Look whose records these are: phones know their installation by its key."""
    here, there = settings.keys_folder, copy.folder / "keys"
    if (here / INSTALLATION_KEY).exists():
        if installation_of(open_keys(here)) != copy.manifest.installation:
            yield f"{here} holds the keys of another installation. Move that folder aside to use those of the backup."
    elif not (there / INSTALLATION_KEY).exists():
        yield f"There are no keys in {here} and none in the backup. Without them every phone has to enrol again."


def _draft(settings: Settings, copy: Copy) -> Path:
    """Copy the records here, and see that they are still those that were proven."""
    draft = settings.data / _DRAFT
    _remove(draft)
    if disk.copy(copy.database, draft) != copy.manifest.sha256:
        _remove(draft)
        raise RestoreRefused("This backup is damaged: it is no longer what was verified. Use another one.")
    if migrate.state(draft) == "newer":
        _remove(draft)
        raise RestoreRefused(f"This backup is of version {copy.manifest.version}. Install that version first.")
    return draft


def _begin_epoch(draft: Path, now_ms: int) -> str:
    migrate.upgrade(draft)
    name = uuid.uuid4().hex
    with migrate.connected(draft) as connection:
        epochs.begin(connection, name, now_ms)
    disk.sync(draft)
    return name


def _phones(database: Address, site: str, held_to: int, announced_at: int) -> list[Phone]:
    """Name the phones of a site from the records that are about to be replaced, as far as these can be read."""
    if isinstance(database, Path) and not database.exists():
        return []
    try:
        with closing(connect_raw(database)) as connection:
            rows = connection.execute(_PHONES, (held_to, announced_at, site)).fetchall()
    except DatabaseFault:
        return []
    return [Phone(device.hex(), name, last_seen, scans) for name, device, last_seen, scans in rows]


def _exchange(settings: Settings, copy: Copy, draft: Path, now_ms: int) -> Path | None:
    """Move the present records aside and put the new ones in their place; until both is done, no server starts."""
    mark = settings.data / UNFINISHED
    disk.write_whole(mark, f"{copy.folder}\n".encode())
    aside = _free(settings.data / f"aside-{stamp(now_ms)}")
    if settings.postgres is None:
        was_moved = _exchange_file(settings.database_file, draft, aside)
    else:
        was_moved = _exchange_postgres(settings.postgres, draft, aside)
    for name in SECRETS:
        if (copy.folder / name).is_dir() and not (settings.data / name).exists():
            disk.copy_folder(copy.folder / name, settings.data / name)
    disk.sync(settings.data)
    mark.unlink()
    disk.sync(settings.data)
    return aside if was_moved else None


def _exchange_file(database: Path, draft: Path, aside: Path) -> bool:
    present = [path for end in _SIDECARS if (path := Path(f"{database}{end}")).exists()]
    if present:
        aside.mkdir(mode=0o700)
        # The log first: beside the new records it would be taken for theirs.
        for path in reversed(present):
            path.rename(aside / path.name)
    draft.rename(database)
    return bool(present)


def _exchange_postgres(url: str, draft: Path, aside: Path) -> bool:
    """Keep the present records as a file, then exchange them in one transaction."""
    state = migrate.state(url)
    if state in {"behind", "newer"}:
        raise RestoreRefused("The database is of another version. Make an empty one and set BATCHSPINE_DATABASE to it.")
    if state == "current":
        aside.mkdir(mode=0o700)
        copy_whole(url, aside / DATABASE)
    else:
        migrate.upgrade(url)
    load(draft, url)
    _remove(draft)
    return state == "current"


def _free(path: Path) -> Path:
    """Give a name nobody has: nothing is ever written over."""
    names = (path.with_name(f"{path.stem}{more}{path.suffix}") for more in ("", *(f"-{n}" for n in range(2, 1_000))))
    return next(name for name in names if not name.exists())


def _remove(draft: Path) -> None:
    for end in _SIDECARS:
        Path(f"{draft}{end}").unlink(missing_ok=True)
