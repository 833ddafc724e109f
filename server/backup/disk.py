"""Files that are on the disk when we say so: complete under their name, or not there under it at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

_CHUNK = 1024 * 1024
PRIVATE = 0o600


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in the place of the one that may be there; a power cut leaves the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with _private(draft) as file:
        file.write(content)
    draft.replace(path)
    sync(path.parent)


def copy(source: Path, target: Path) -> str:
    """Copy a file under a name that is free, readable by its owner only; give its SHA-256."""
    digest = sha256()
    with source.open("rb") as read, _private(target) as written:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            written.write(chunk)
    return digest.hexdigest()


def copy_folder(source: Path, target: Path) -> None:
    """Copy the files of a folder (not those of folders in it), readable by their owner only."""
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            copy(path, target / path.name)
    sync(target)


def digest_of(path: Path) -> str:
    """Read a file through; give its SHA-256."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        # Some network shares know no way to wait for a folder.
        if not path.is_dir():
            raise
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process is between the same lines."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
