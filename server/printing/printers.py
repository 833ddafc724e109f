"""Where labels come out: a printer that listens on the network, or a folder somebody else prints from.

A caller never names an address, only a printer the office has added; and the office can add only addresses of the
networks and ports the administrator allows (`BATCHSPINE_PRINTER_NETWORKS`, `BATCHSPINE_PRINTER_PORTS`), so nobody can
make this server speak to whatever else is near it. A name is looked up when the connection is made, and the address
that was judged is the one that is used.

A printer's socket neither counts nor answers: that all bytes were taken is not a printed label. Hence two ways to fail:
`NotSent` (no byte has left, trying again is safe) and `MaybeSent` (some have; only who stands there can tell).
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from server.settings import Settings

CONNECT_SECONDS_MAX = 10.0
SEND_SECONDS_MAX = 120.0

Answer = TypeVar("Answer")
NotSentCode = Literal["printer_unreachable", "printer_forbidden", "printer_gone", "folder_full"]


class NotSent(Exception):  # noqa: N818 - named for what happened
    """No byte has left."""

    def __init__(self, code: NotSentCode) -> None:
        super().__init__(code)
        self.code = code


class MaybeSent(Exception):  # noqa: N818 - named for what happened
    """Some bytes have left, and nobody here knows what came of them."""


class NetworkPrinter(msgspec.Struct, frozen=True):
    """A printer that prints what is sent to its port."""

    host: str
    port: int

    async def take(self, data: bytes, settings: Settings) -> None:
        """Send a job."""
        address = await allowed_address(self.host, self.port, settings)
        try:
            reader, writer = await _in_time(asyncio.open_connection(address, self.port), CONNECT_SECONDS_MAX)
        except OSError as error:
            raise NotSent("printer_unreachable") from error
        try:
            writer.write(data)
            await _in_time(writer.drain(), SEND_SECONDS_MAX)
            writer.write_eof()
            # Who closes while the printer still reads may cut off the end; some printers never close by themselves.
            await _closed(reader)
        except OSError as error:
            raise MaybeSent from error
        finally:
            writer.close()


class FolderPrinter(msgspec.Struct, frozen=True):
    """A folder in which each job becomes a file, at once whole; it is named after the printer, never by a caller."""

    code: str

    async def take(self, name: str, data: bytes, settings: Settings) -> None:
        """Put a job into the folder."""
        try:
            await asyncio.to_thread(_put, folder_of(self.code, settings) / name, data)
        except OSError as error:
            raise NotSent("folder_full") from error


def folder_of(code: str, settings: Settings) -> Path:
    """Give the folder of a folder printer."""
    return settings.data / "printouts" / code


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


async def allowed_address(host: str, port: int, settings: Settings) -> str:
    """Look a printer up and give the address to connect to, if a printer may be there."""
    if port not in settings.printer_ports:
        raise NotSent("printer_forbidden")
    loop = asyncio.get_running_loop()
    try:
        found = await _in_time(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), CONNECT_SECONDS_MAX)
    except (OSError, UnicodeError) as error:
        raise NotSent("printer_unreachable") from error
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [address for address in addresses if is_allowed(address, settings.printer_networks)]
    if not allowed:
        raise NotSent("printer_forbidden")
    return allowed[0]


def is_allowed(address: str, networks: Sequence[str]) -> bool:
    """Say whether a printer may be at an address; an IPv4 address written as IPv6 is the one it stands for."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return any(parsed in ipaddress.ip_network(network) for network in networks)


async def _in_time(work: Awaitable[Answer], seconds: float) -> Answer:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise ConnectionError("too slow") from error


CLOSE_SECONDS_MAX = 2.0


async def _closed(reader: asyncio.StreamReader) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return
