"""The first start: an empty database becomes an installation, and one link lets one person take charge of it.

The link is printed where only somebody with access to the server sees it. Its token is stored as a hash, so a newer
start prints a newer link and the older one is dead; once used, there is none any more.
"""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from server.access.credentials import code_hash, new_code
from server.access.keys import open_keys
from server.access.tables import person
from server.clock import now_ms
from server.database import migrate
from server.intake import epochs
from server.intake.tables import installation
from server.settings import Settings

UNFINISHED = "restore-unfinished"
"""The file that stands in the folder while a restore exchanges the records."""


class NotReady(Exception):  # noqa: N818 - named for what is wrong
    """The installation cannot start; the text says what to do."""


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Hold the folder, so that nobody else serves from it: two writers would hand out the same numbers."""
    with _locked(data / "server.lock") as is_held:
        if not is_held:
            raise NotReady(f"Another server already works on {data}. Stop it first.")
        yield


@contextmanager
def serving(settings: Settings) -> Iterator[bool]:
    """Hold the folder to serve; say whether to do what only one process may.

    With SQLite there is only one. With PostgreSQL others may serve from the folder too; when the one that was first
    dies, the process started in its place is.
    """
    if settings.postgres is None:
        with only_server(settings.data):
            yield True
        return
    with (
        _locked(settings.data / "server.lock", fcntl.LOCK_SH) as is_held,
        _locked(settings.data / "first.lock") as first,
    ):
        if not is_held:
            raise NotReady(f"Somebody is working on {settings.data}. Wait until that is done.")
        yield first


@contextmanager
def _locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[bool]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def prepare(settings: Settings) -> str | None:
    """Make an installation ready to serve; give the set-up link if nobody has taken charge of it yet."""
    with only_server(settings.data):
        return _prepare(settings)


def _prepare(settings: Settings) -> str | None:
    _refuse_half_restored(settings)
    state = migrate.state(settings.database)
    if state == "empty":
        migrate.upgrade(settings.database)
    require_current(settings)
    open_keys(settings.keys_folder)
    with migrate.connected(settings.database) as connection:
        _ensure_epoch(connection)
        token = _renew_setup_token(connection)
    return f"{settings.address}/setup#{token}" if token else None


def require_current(settings: Settings) -> None:
    """Refuse to work on a database this version does not understand, with the way out."""
    _refuse_half_restored(settings)
    match migrate.state(settings.database):
        case "empty":
            raise NotReady("There is no database yet. Run: batchspine migrate")
        case "behind":
            raise NotReady(
                f"{settings.records} was made by an older version. Stop other servers, keep a copy of the folder, "
                "then run: batchspine migrate"
            )
        case "newer":
            raise NotReady(f"{settings.records} was made by a newer version. Install that version again.")
        case "current":
            pass


def _refuse_half_restored(settings: Settings) -> None:
    """Refuse to begin with empty records because the present ones have just been moved aside."""
    mark = settings.data / UNFINISHED
    if mark.exists():
        copy = mark.read_text().strip()
        raise NotReady(f"A restore was interrupted. Run it again: batchspine restore {copy}")


def epoch_of(connection: Connection) -> str:
    """Give the name of this history of the database."""
    return epochs.lineage_of(connection)[-1].id


def _ensure_epoch(connection: Connection) -> None:
    if connection.execute(select(installation.c.n)).first() is None:
        connection.execute(insert(installation).values(n=1))
    if not epochs.lineage_of(connection):
        epochs.begin(connection, uuid.uuid4().hex, now_ms())


def _renew_setup_token(connection: Connection) -> str | None:
    if connection.execute(select(person.c.n).limit(1)).first() is not None:
        return None
    token = new_code()
    connection.execute(update(installation).values(setup_token_hash=code_hash(token)))
    return token
