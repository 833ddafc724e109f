"""What stands between the network and the app: headers, limits and patience, the same for every route.

It wraps the whole app, so an error answer carries the same headers as a page. Nobody from another origin has any
business here: there is no CORS, and a request under a foreign host name (DNS rebinding) gets nothing.
"""

import asyncio
import time
from collections.abc import Iterable
from http import HTTPStatus
from itertools import accumulate
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from server.problems import CONTENT_TYPE, BadRequest, Problem, Refused, body_of
from server.unpacking import may_be_packed, unpacked, unpacked_scope
from sync.wire import JSON_DEPTH_MAX

BODY_BYTES_MAX = 256 * 1024
"""For everything but pushes, which state their own limit (`sync.wire.PUSH_BYTES_MAX`) on their route."""

BODY_IDLE_SECONDS_MAX = 15.0
BODY_SECONDS_MAX = 120.0
"""A phone at the edge of the Wi-Fi is slow; one that sends nothing for a quarter of a minute is gone."""

_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "style-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "frame-src 'self' blob:",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'none'",
    )
)

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), usb=(self), microphone=(), geolocation=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")


class Patience(msgspec.Struct, frozen=True):
    """How long a body may take to arrive: between two pieces, and altogether."""

    idle_seconds: float = BODY_IDLE_SECONDS_MAX
    total_seconds: float = BODY_SECONDS_MAX


class Shield:
    """Wrap an ASGI app so that every request meets the limits and every answer carries the headers."""

    def __init__(self, app: ASGIApp, public_url: str | None, patience: Patience = Patience()) -> None:  # noqa: B008
        self._app = app
        self._public_url = public_url
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        dressed = _dress(send, is_https=(self._public_url or scope["scheme"]).startswith("https"))
        if problem := refusal(scope, self._public_url):
            await _send_problem(problem, dressed)
            return
        receive = _limit(receive, self._patience)
        if _encoding(scope) == b"gzip":
            scope, receive = unpacked_scope(scope), unpacked(receive)
        await self._app(scope, receive, dressed)


def refusal(scope: HTTPScope, public_url: str | None) -> Problem | None:
    """Say why a request is turned away at the door, by its headers alone."""
    headers = _joined(scope["headers"])
    if public_url is not None and not _is_host_ours(headers.get(b"host", b"").decode("latin-1").lower(), public_url):
        return Refused(
            HTTPStatus.MISDIRECTED_REQUEST, "wrong_address", detail=f"This server is at {public_url}. Open it there."
        )
    if b"content-length" in headers and b"transfer-encoding" in headers:
        return BadRequest("length_unclear")
    if _encoding(scope) not in ({b"identity", b"gzip"} if may_be_packed(scope) else {b"identity"}):
        return Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_encoding")
    if scope["method"] in _METHODS_WITH_BODY and not _is_json(headers.get(b"content-type", b"")):
        return Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content_type")
    return None


def _encoding(scope: HTTPScope) -> bytes:
    return _joined(scope["headers"]).get(b"content-encoding", b"identity").strip().lower()


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Gather headers by name; a repeated one keeps all its values, so that a second cannot hide behind the first."""
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        lower = name.lower()
        joined[lower] = joined[lower] + b"," + value if lower in joined else value
    return joined


def _is_host_ours(host: str, public_url: str) -> bool:
    """Take the public host with its port, and this machine's own names with any (they cannot be rebound)."""
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    return host == urlsplit(public_url).netloc or name in _LOOPBACK


def _is_json(content_type: bytes) -> bool:
    """A browser can send `text/plain` to us from any page of the world without asking; JSON it cannot."""
    essence, _, parameters = content_type.lower().partition(b";")
    return essence.strip() == b"application/json" and parameters.strip() in {b"", b"charset=utf-8"}


def _limit(receive: Receive, patience: Patience) -> Receive:
    deadline: float | None = None
    is_complete = False

    async def limited() -> Any:
        nonlocal deadline, is_complete
        # After the whole body only a hang-up can come; that may take as long as the answer does.
        if is_complete:
            return await receive()
        now = time.monotonic()
        if deadline is None:
            deadline = now + patience.total_seconds
        try:
            async with asyncio.timeout(min(patience.idle_seconds, deadline - now)):
                message = await receive()
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "body_too_slow") from None
        if message["type"] == "http.disconnect":
            # Whoever hung up half way hears no answer; it is no fault of ours that would have to be looked into.
            raise BadRequest("body_unreadable")
        is_complete = message["type"] == "http.request" and not message.get("more_body", False)
        return message

    return limited


def _dress(send: Send, *, is_https: bool) -> Send:
    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            headers += [entry for entry in _HEADERS if entry[0] not in present]
            if is_https:
                headers.append(_STRICT_TRANSPORT)
            # What the desk was told is for nobody else's eyes; pages and assets state their own rule.
            if b"cache-control" not in present:
                headers.append((b"cache-control", b"no-store"))
            if message["status"] in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
                headers.append((b"connection", b"close"))
            message["headers"] = headers
        await send(message)

    return dressed


async def _send_problem(problem: Problem, send: Send) -> None:
    body = body_of(problem)
    headers = [(b"content-type", CONTENT_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(problem.status), "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKET = bytes(set(range(256)) - set(_STEPS))
_NO_SIGN = bytes(set(_NO_BRACKET) - set(b'"\\/bfnrtu'))


def json_depth(body: bytes) -> int:
    """Count how deep the arrays and objects of a JSON text are nested, without decoding it.

    All but brackets, quotes and escapes (with the letters an escape can have) is left out first, as most of a push is
    none of these. Escapes are taken out next; then every second piece between quotes is outside a string. On text that
    is no JSON the count is right up to the first error, which is as far as any decoder gets.
    """
    outside = body.translate(None, _NO_SIGN).replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    brackets = b"".join(outside).translate(None, _NO_BRACKET)
    return max(accumulate(map(_STEPS.__getitem__, brackets), initial=0))


async def refuse_deep_json(request: Request[Any, Any, Any]) -> None:
    """Turn away a body no honest client writes before a decoder runs out of stack on it."""
    if request.method in _METHODS_WITH_BODY and json_depth(await request.body()) > JSON_DEPTH_MAX:
        raise BadRequest("too_deep")
