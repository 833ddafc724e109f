"""Bodies that phones have packed (gzip) to save the air time of a weak network, unpacked within hard bounds.

A few bytes can be made to unpack into gigabytes, so nothing is unpacked on trust: each piece is inflated as it comes,
no further than the bounds allow, and the request ends at the first that is passed. Honest pushes shrink to a tenth at
most; what shrinks to less than a fortieth was not written by a phone.
"""

import zlib
from http import HTTPStatus
from typing import Any

from litestar.types import HTTPScope, Receive

from server.problems import BadRequest, Refused
from sync.wire import PUSH_BYTES_MAX

RATIO_MAX = 40

_GZIP_ONLY = 31
"""What zlib calls a window of 32 KiB in a gzip frame; plain zlib and raw streams are refused."""

_PATHS = "/sync/"
_REPLACED = frozenset({b"content-encoding", b"content-length"})


def may_be_packed(scope: HTTPScope) -> bool:
    """Say whether a request is one of those that phones pack."""
    return scope["method"] == "POST" and scope["path"].startswith(_PATHS)


def unpacked_scope(scope: HTTPScope) -> HTTPScope:
    """Give the request as it would be had it come unpacked; its length is known when it has been read."""
    headers = [(name, value) for name, value in scope["headers"] if name.lower() not in _REPLACED]
    return {**scope, "headers": headers}


def unpacked(receive: Receive) -> Receive:
    """Give the body unpacked, piece by piece."""
    inflater = zlib.decompressobj(_GZIP_ONLY)
    packed_bytes = plain_bytes = 0

    async def inflated() -> Any:
        nonlocal packed_bytes, plain_bytes
        message: Any = await receive()
        if message["type"] != "http.request":
            return message
        piece = message.get("body", b"")
        packed_bytes += len(piece)
        bound = min(PUSH_BYTES_MAX, RATIO_MAX * packed_bytes)
        plain = _inflate(inflater, piece, bound - plain_bytes)
        plain_bytes += len(plain)
        if packed_bytes > PUSH_BYTES_MAX or plain_bytes > bound or inflater.unconsumed_tail:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        if inflater.unused_data or not (message.get("more_body", False) or inflater.eof):
            raise BadRequest("packing_broken")
        return {**message, "body": plain}

    return inflated


def _inflate(inflater: Any, piece: bytes, room: int) -> bytes:
    """Inflate a piece, one byte further than allowed at most."""
    try:
        plain: bytes = inflater.decompress(piece, room + 1)
    except zlib.error as error:
        raise BadRequest("packing_broken") from error
    return plain
