"""Photos over HTTP: phones hand them in when their scans are through; the office looks at them."""

from base64 import b64decode
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.session import Session
from server.photos import store
from server.problems import NotFound
from sync.event import Hex32

PHOTO_CHARACTERS_MAX = 240_000
"""In base64: 180,000 bytes."""


class Photo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A JPEG in base64, and the scan that speaks of it."""

    event: Hex32
    data: Annotated[str, Meta(max_length=PHOTO_CHARACTERS_MAX)]


@post("/photos", devices_too=True, status_code=200)
async def hand_in(
    data: JSONBody[Photo],
    writing: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Take a photo into keeping; `is_kept` false: no scan of this phone that is here speaks of it."""
    try:
        jpeg = b64decode(data.data, validate=True)
    except ValueError:
        jpeg = b""
    is_phone = session.role is None
    event_id = bytes.fromhex(data.event)
    return {"is_kept": is_phone and await store.take_in(writing, session.n, event_id, jpeg, now_ms)}


@get("/photos")
async def of_batch(
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    batch: Annotated[str, QueryParameter(max_length=20)],
) -> dict[str, Any]:
    """List the photos of a batch's units."""
    return {"photos": await store.of_batch(reading, batch, session.sees)}


@get("/photos/{photo:str}")
async def one(
    photo: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> Response[bytes]:
    """Give one photo."""
    try:
        digest = bytes.fromhex(photo)
    except ValueError:
        digest = b""
    found = await store.data_of(reading, digest, session.sees)
    if found is None:
        raise NotFound("unknown_path")
    # What a hash names never changes.
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=31536000, immutable"})


routes = [hand_in, of_batch, one]
