"""Power cuts under the real push writer: record what it does to its disk, then cut at every kind of moment.

The writer's own code (`server.intake.writer.Desk`) books random pushes through a SQLite whose file system is `disk.py`,
and the moments at which it would have answered the phones are noted. The SQLite is the one of `apsw`, since the one of
`pysqlite3` cannot be given a file system from Python; both carry the same source, and a test holds them to that.
One trace is cut at many moments. Each time what the cut may have left is put into a real folder and opened as the
server opens its database at a start: by `pysqlite3`, with recovery, and every byte of it checked.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import apsw
from floor import START, Phone, together
from floor import _template as template
from histories import history
from powercuts.disk import Disk, DiskVfs, Files, Operation, Platter

from server.database.engine import PRAGMAS, DatabaseFault, connect_raw
from server.database.statements import SQLITE
from server.intake.check import check_connection
from server.intake.delivery import Delivery
from server.intake.writer import Desk

DATABASE = "/batchspine.sqlite"
CUTS_PER_TRACE = 50
SCANS = 60
SENT_AGAIN = 0.2
"""Share of the cuts after which all phones hand in everything once more."""
CHECKPOINT_PAGES = 60
"""The server checkpoints every 1,000 pages; so often that cuts meet it, too."""


class Acknowledged(NamedTuple):
    """A moment at which phones were told that scans are stored."""

    after: int
    """How many operations of the disk came before."""
    ids: frozenset[bytes]


class Trace(NamedTuple):
    """What the writer did to its disk, and what it told phones when."""

    found: Files
    operations: Sequence[Operation]
    answers: Sequence[Acknowledged]
    groups: Sequence[Sequence[Delivery]]


class Loss(NamedTuple):
    """What a cut did."""

    acknowledged: int
    lost: int
    """Scans that a phone had been told are stored, and that are gone."""
    faults: list[str]
    """Whatever else is wrong: a damaged file, books that differ from their events, scans that cannot be sent again."""


def record(seed: int, pragmas: Sequence[str] = PRAGMAS) -> Trace:
    """Let the writer book a random history, with the server stopped and started again now and then."""
    rng = random.Random(seed)
    groups = list(_groups(rng, seed))
    found = {DATABASE: template().read_bytes()}
    disk = Disk(found)
    system = DiskVfs("disk", disk)
    answers: list[Acknowledged] = []
    desk = Desk(Connection(system, pragmas), lambda: START)
    for group in groups:
        desk.take(group)
        told = frozenset(incoming.id for delivery in group for incoming in delivery.events)
        answers.append(Acknowledged(len(disk.done), told))
        if rng.random() < 0.1:
            desk.close()
            desk = Desk(Connection(system, pragmas), lambda: START)
    desk.close()
    return Trace(found, disk.done, answers, groups)


def _groups(rng: random.Random, seed: int) -> Iterator[list[Delivery]]:
    """Deal a history out into pushes of one phone each, in order, one to three of them to a transaction."""
    made = history(seed, SCANS)
    # A clone writes the same chain: it has a queue of its own.
    number = {id(phone): n for n, phone in enumerate({id(phone): phone for phone, _ in made}.values())}
    queues: dict[int, tuple[Phone, list[Any]]] = {}
    for phone, kept in made:
        queues.setdefault(number[id(phone)], (phone, []))[1].append(kept)
    while queues:
        group = []
        for n in rng.sample(sorted(queues), k=min(len(queues), rng.choice((1, 1, 2, 3)))):
            phone, waiting = queues[n]
            size = rng.randint(1, 4)
            group.append(together(phone, waiting[:size]))
            del waiting[:size]
            if not waiting:
                del queues[n]
        yield group


class Connection(apsw.Connection):
    """A connection as the server's writer has it, but for what cannot be: memory shared between processes."""

    is_shared = False

    def __init__(self, system: DiskVfs, pragmas: Sequence[str]) -> None:
        super().__init__(DATABASE, vfs=system.name)
        for pragma in ("PRAGMA locking_mode=EXCLUSIVE", *pragmas, f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}"):
            self.execute(pragma)

    def execute(self, text: str, values: Sequence[Any] = ()) -> apsw.Cursor:
        """Run one statement; give its rows."""
        known = SQLITE[text]
        return super().execute(known.words, known.values(values))

    def lock(self, names: Iterable[str]) -> None:
        """Nobody else writes here."""


def cut(trace: Trace, seed: int, folder: Path, cuts: int = CUTS_PER_TRACE) -> Iterator[Loss]:
    """Cut a trace at random moments, half of them right after an answer, and look what is left each time."""
    rng = random.Random(seed)
    moments = [
        rng.choice(trace.answers).after if rng.random() < 0.5 else rng.randint(0, len(trace.operations))
        for _ in range(cuts)
    ]
    platter = Platter(trace.found)
    played = 0
    for moment in sorted(moments):
        for operation in trace.operations[played:moment]:
            platter.play(operation)
        played = moment
        yield _look(trace, moment, platter.after_cut(rng), folder / "cut", send_again=rng.random() < SENT_AGAIN)


def _look(trace: Trace, moment: int, left: Files, folder: Path, *, send_again: bool) -> Loss:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in left.items():
        (folder / name.lstrip("/")).write_bytes(data)
    acknowledged = frozenset[bytes]().union(*(answer.ids for answer in trace.answers if answer.after <= moment))
    held: set[bytes] = set()
    try:
        connection = connect_raw(folder / DATABASE.lstrip("/"))
        with closing(connection):
            connection.execute("PRAGMA synchronous=OFF")  # it is only looked at from here on
            held = {row[0] for row in connection.execute("SELECT id FROM event")}
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            faults += check_connection(connection)
            if send_again and not faults:
                faults += _sent_again(connection, trace)
    except DatabaseFault as fault:
        faults = [str(fault)]
    return Loss(len(acknowledged), len(acknowledged - held), faults)


def _sent_again(connection: Any, trace: Trace) -> list[str]:
    """Let every phone hand in everything once more: then nothing may be missing, and the books must be right."""
    desk = Desk(connection, lambda: START)
    for group in trace.groups:
        desk.take(group)
    held = {row[0] for row in connection.execute("SELECT id FROM event")}
    made = {incoming.id for group in trace.groups for delivery in group for incoming in delivery.events}
    return ["scans are missing though they were sent again"] * (held != made) + check_connection(connection)
