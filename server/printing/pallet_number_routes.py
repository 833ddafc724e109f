"""Pallet numbers over HTTP: a phone with a network lays in what it will need without one."""

from typing import Any

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from server.access.session import Session
from server.printing import pallet_numbers
from server.settings import Settings
from sync.event import Hex32


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone wants numbers. Asking again with the same `request` is asking once."""

    request: Hex32


@post("/pallet-numbers", devices_too=True, status_code=200)
async def hand_out(
    data: JSONBody[Wanted],
    writing: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Hand a phone a block of numbers; null: the company has no prefix, or it is not a phone that asks."""
    if session.role is not None:
        return {"block": None}
    request = bytes.fromhex(data.request)
    block = await pallet_numbers.handed(writing, session.n, request, settings.gs1_prefix, now_ms)
    return {"block": block and {"head": block.head, "first": block.first, "count": block.count}}


routes = [hand_out]
