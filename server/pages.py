"""The app as browsers fetch it: the built files of `pwa/`, read once, packed once, served from memory.

Only what was there at start is ever served, so no path a caller invents can reach another file. Everything under
`assets/` carries its own hash in its name and never changes; the rest is asked for again each time and answered 304.
"""

import gzip
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.handlers import HTTPRouteHandler

from server.problems import NotFound

SCREENS = [
    "/",
    "/enrol",
    "/setup",
    "/desk",
    "/desk/{path:path}",
    "/B/{path:path}",
    "/01/{path:path}",
    "/00/{path:path}",
]
"""Addresses that show the app; `/B/…`, and GS1's `/01/…` and `/00/…`, are what a label says to a phone without it."""

_INDEX = "/index.html"
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_PACKED_ALREADY = frozenset({".jpg", ".mp3", ".ogg", ".png", ".woff2"})

_NOT_BUILT = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Batchspine</title>
<h1>The app has not been built yet</h1>
<p>This server runs, but the folder of the built app is empty. In the checkout, run <code>make run</code>
(or <code>npm ci &amp;&amp; npm run build</code> in <code>pwa/</code>), then start the server again.</p></html>
"""


class File(msgspec.Struct, frozen=True):
    """One file of the app in both forms it is sent in."""

    kind: str
    cache: str
    plain: bytes
    packed: bytes | None
    etag: str


def read_app(folder: Path) -> dict[str, File]:
    """Read the built app; empty if it has not been built."""
    if not (folder / "index.html").is_file():
        return {}
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in _KINDS)
    return {f"/{path.relative_to(folder).as_posix()}": _read(folder, path) for path in files}


def _read(folder: Path, path: Path) -> File:
    plain = path.read_bytes()
    packed = None if path.suffix in _PACKED_ALREADY else gzip.compress(plain, 9, mtime=0)
    return File(
        kind=_KINDS[path.suffix],
        cache=_FOREVER if path.relative_to(folder).parts[0] == "assets" else _ASK_AGAIN,
        plain=plain,
        packed=packed if packed and len(packed) < len(plain) else None,
        etag=sha256(plain).hexdigest()[:32],
    )


def routes(folder: Path) -> list[HTTPRouteHandler]:
    """Give the routes of the app's screens and files."""
    files = read_app(folder)

    @route(SCREENS, http_method=[HttpMethod.GET, HttpMethod.HEAD], exclude_from_auth=True, include_in_schema=False)
    async def screen(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Show the app, whatever it is to show."""
        if _INDEX not in files:
            return _respond(request, _NOT_BUILT, {"Content-Type": _KINDS[".html"]}, HTTPStatus.SERVICE_UNAVAILABLE)
        return _send(request, files[_INDEX])

    # Named one by one: a route for any path would answer for addresses of the API that do not exist.
    folders = {f"/{path.split('/')[1]}/{{path:path}}" for path in files if path.count("/") > 1}
    alone = {path for path in files if path.count("/") == 1}
    if not files:
        return [screen]

    @route(
        sorted(folders | alone),
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        exclude_from_auth=True,
        include_in_schema=False,
    )
    async def file(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Send a file of the app."""
        found = files.get(request.url.path)
        if found is None:
            raise NotFound("unknown_path")
        return _send(request, found)

    return [screen, file]


def _send(request: Request[Any, Any, Any], file: File) -> Response[bytes]:
    is_packed = file.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
    # Two forms are two representations: each has a tag of its own.
    etag = f'"{file.etag}{"-gz" if is_packed else ""}"'
    headers = {"Content-Type": file.kind, "Cache-Control": file.cache, "ETag": etag, "Vary": "Accept-Encoding"}
    if _is_known(request.headers.get("if-none-match", ""), etag):
        del headers["Content-Type"]
        return Response(b"", status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if is_packed and file.packed is not None:
        return _respond(request, file.packed, headers | {"Content-Encoding": "gzip"})
    return _respond(request, file.plain, headers)


def _respond(
    request: Request[Any, Any, Any], content: bytes, headers: dict[str, str], status: HTTPStatus = HTTPStatus.OK
) -> Response[bytes]:
    """Answer with content, or to HEAD with just its length."""
    if request.method == HttpMethod.HEAD:
        return Response(b"", status_code=status, headers=headers | {"Content-Length": str(len(content))})
    return Response(content, status_code=status, headers=headers)


def _is_known(if_none_match: str, etag: str) -> bool:
    named = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return etag in named or "*" in named
