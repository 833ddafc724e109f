"""A disk whose power can fail: it notes every write, and afterwards says what a cut at any moment may have left.

SQLite works on it through a file system of its own (a VFS, by `apsw`), all in memory. The disk promises no more than a
real one: what was synced is there. Of what was written since, each sector may have arrived or not, in any order and
whatever the others did; a file made, grown, cut short or removed since may be so or still as before. As SQLite's own
file system does on Linux, the first sync of a new file also makes its name last.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import apsw

SECTOR = 512
"""What a disk writes whole or not at all."""

PAGE = 4096


class Write(NamedTuple):
    """Bytes put somewhere in a file."""

    file: int
    offset: int
    data: bytes


class Truncate(NamedTuple):
    """A file cut to a length."""

    file: int
    size: int


class Sync(NamedTuple):
    """All that was done to a file so far is to last."""

    file: int


class Create(NamedTuple):
    """A new file under a name."""

    file: int
    name: str


class Remove(NamedTuple):
    """A name taken away; `lasts`: the folder was synced too."""

    name: str
    lasts: bool


Operation = Write | Truncate | Sync | Create | Remove
Files = dict[str, bytes]
"""What is found on a disk, by name."""


class Disk:
    """The disk while the power is on: present contents, and everything that was done to it, in order."""

    def __init__(self, found: Files) -> None:
        self.found = found
        self.contents: list[bytearray] = []
        self.names: dict[str, int] = {}
        self.done: list[Operation] = []
        for name, data in found.items():
            self.names[name] = self._new(bytearray(data))

    def _new(self, content: bytearray) -> int:
        self.contents.append(content)
        return len(self.contents) - 1

    def open(self, name: str) -> int:
        """Give the file of a name, making it if there is none."""
        if name not in self.names:
            self.names[name] = self._new(bytearray())
            self.done.append(Create(self.names[name], name))
        return self.names[name]

    def remove(self, name: str, *, lasts: bool) -> bool:
        """Take a name away; say whether there was one."""
        if self.names.pop(name, None) is None:
            return False
        self.done.append(Remove(name, lasts))
        return True

    def do(self, operation: Write | Truncate | Sync) -> None:
        """Write, cut short or sync a file."""
        self.done.append(operation)
        _apply(self.contents[operation.file], operation)


def _apply(content: bytearray, operation: Write | Truncate | Sync) -> None:
    match operation:
        case Write(_, offset, data):
            if offset > len(content):
                content.extend(bytes(offset - len(content)))
            content[offset : offset + len(data)] = data
        case Truncate(_, size):
            del content[size:]
        case Sync():
            pass


class Platter:
    """What would last if the power failed now: play the operations of a disk onto it, one by one."""

    def __init__(self, found: Files) -> None:
        self._lasting: list[bytearray] = [bytearray(data) for data in found.values()]
        self._since: list[list[Write | Truncate]] = [[] for _ in found]
        self._names: dict[str, int | None] = {name: file for file, name in enumerate(found)}
        self._unsure: dict[str, list[int | None]] = {}
        """Names that were given or taken since: what each may also lead to, latest last."""

    def play(self, operation: Operation) -> None:
        """Take the next operation."""
        match operation:
            case Create(file, name):
                assert file == len(self._lasting)
                self._lasting.append(bytearray())
                self._since.append([])
                self._unsure.setdefault(name, []).append(file)
            case Remove(name, lasts):
                self._unsure.setdefault(name, []).append(None)
                if lasts:
                    self._make_sure(name)
            case Sync(file):
                for earlier in self._since[file]:
                    _apply(self._lasting[file], earlier)
                self._since[file].clear()
                for name in [name for name, files in self._unsure.items() if files[-1] == file]:
                    self._make_sure(name)
            case _:
                self._since[operation.file].append(operation)

    def _make_sure(self, name: str) -> None:
        self._names[name] = self._unsure.pop(name)[-1]

    def after_cut(self, rng: random.Random) -> Files:
        """Say what may be found when the power is back."""
        fate = rng.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        found: Files = {}
        for name in sorted(self._names.keys() | self._unsure.keys()):
            file = rng.choice([self._names.get(name), *self._unsure.get(name, ())])
            if file is not None:
                found[name] = bytes(self._survived(file, rng, fate))
        return found

    def _survived(self, file: int, rng: random.Random, fate: float) -> bytearray:
        """Let each sector written since the last sync arrive or not: in order of writing, or none of them first."""
        content = bytearray(self._lasting[file])
        for operation in self._since[file]:
            if isinstance(operation, Truncate):
                if rng.random() < fate:
                    _apply(content, operation)
                continue
            for start in range(0, len(operation.data), SECTOR):
                if rng.random() < fate:
                    _apply(content, Write(file, operation.offset + start, operation.data[start : start + SECTOR]))
        return content


# --- SQLite's way to it -------------------------------------------------------------------------------------------


class DiskVfs(apsw.VFS):
    """The file system under which SQLite finds a disk."""

    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, base="")
        self.name, self.disk = name, disk

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        """Open a file."""
        assert isinstance(name, (str, apsw.URIFilename)), "nothing here needs a file without a name"
        path = name if isinstance(name, str) else name.filename()
        flags[1] = flags[0]
        return DiskFile(self.disk, self.disk.open(path))  # type: ignore[return-value]

    def xDelete(self, name: str, syncdir: bool) -> None:
        """Remove a file."""
        if not self.disk.remove(name, lasts=syncdir):
            failure = apsw.IOError("there is no such file")
            failure.extendedresult = apsw.SQLITE_IOERR_DELETE_NOENT
            raise failure

    def xAccess(self, name: str, flags: int) -> bool:
        """Say whether a file is there."""
        return name in self.disk.names

    def xFullPathname(self, name: str) -> str:
        """Names are whole already."""
        return name


class DiskFile:
    """One open file."""

    def __init__(self, disk: Disk, file: int) -> None:
        self._disk, self._file = disk, file

    def xRead(self, amount: int, offset: int) -> bytes:
        """Read; short at the end of the file."""
        return bytes(self._disk.contents[self._file][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        """Write."""
        self._disk.do(Write(self._file, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        """Cut short."""
        self._disk.do(Truncate(self._file, size))

    def xSync(self, flags: int) -> None:
        """Make it last."""
        self._disk.do(Sync(self._file))

    def xFileSize(self) -> int:
        """Give the length."""
        return len(self._disk.contents[self._file])

    def xSectorSize(self) -> int:
        """As SQLite's own file system says on Linux."""
        return PAGE

    def xDeviceCharacteristics(self) -> int:
        """As SQLite's own file system says: what lies beside a torn write is not harmed."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, ptr: int) -> bool:
        """Nothing special is understood."""
        return False

    def xLock(self, level: int) -> None:
        """Nobody else is here."""

    def xUnlock(self, level: int) -> None:
        """Nobody else is here."""

    def xCheckReservedLock(self) -> bool:
        """Nobody else is here."""
        return False

    def xClose(self) -> None:
        """What was written stays, synced or not."""
