"""A printer for tests: it listens on the network, keeps what it was sent, and can behave as badly as a real one."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image
from zpl_printer import burn

from labels.identity import UnitIdentity, parse
from labels.reading import pdf_pages, symbols_in

READ_DPI = 203


class FakePrinter:
    """Listens on the loopback until closed."""

    def __init__(self, *, hangs_up_after: int | None = None, never_closes: bool = False) -> None:
        self.jobs: list[bytes] = []
        """What each connection brought, as far as it came."""
        self._hangs_up_after = hangs_up_after
        self._never_closes = never_closes
        self._kept: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        taken = BytesIO()
        number = len(self.jobs)
        self.jobs.append(b"")
        while data := connection.recv(65_536):
            taken.write(data)
            self.jobs[number] = taken.getvalue()
            if self._hangs_up_after is not None and taken.tell() >= self._hangs_up_after:
                # Reset, as a printer that is switched off does it, not closed.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                break
        if self._never_closes:
            self._kept.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Switch it off."""
        self._server.close()
        for connection in self._kept:
            connection.close()

    def labels(self) -> list[list[str]]:
        """Read the units on the labels of each job again, in their order."""
        return [units_on(job) for job in self.jobs]


def units_on(document: bytes) -> list[str]:
    """Read the units on the labels of one job, page for page."""
    return [unit for page in printed(document) for unit in units_on_page(page)]


def printed(document: bytes) -> list[Image.Image]:
    """Print a job: the pages of a PDF, or the labels that a thermal printer burns."""
    if document.startswith(b"^XA"):
        return [label.convert("L") for label in burn(document.decode("utf-8"))]
    return list(pdf_pages(document, READ_DPI))


def copies_on(document: bytes) -> set[int]:
    """Read which print of its label each label of one job says it is."""
    identities = (parse(text, "camera") for page in printed(document) for _, text in symbols_in(page))
    return {identity.copy for identity in identities if isinstance(identity, UnitIdentity)}


def units_on_page(page: Image.Image) -> list[str]:
    identities = (parse(text, "camera") for _, text in symbols_in(page))
    return sorted({identity.unit for identity in identities if isinstance(identity, UnitIdentity)})


@contextmanager
def printing(printer: FakePrinter) -> Iterator[FakePrinter]:
    """Switch a printer off in the end."""
    try:
        yield printer
    finally:
        printer.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something another thread does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
