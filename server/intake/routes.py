"""Push, pull, snapshot, waiting for news, and the nonce all are signed over."""

import asyncio
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncEngine

from server.access.encoding import from_base64url
from server.access.keys import Keys
from server.access.nonces import Nonces
from server.database.postgres import Conflict, ConnectionLost
from server.intake import pull as reading
from server.intake import snapshot as standing
from server.intake.bell import Bell
from server.intake.contact import Phones, sender_of
from server.intake.delivery import Delivery, is_exported, is_unbroken, open_push
from server.intake.epochs import History
from server.intake.writer import Receipt, Writer
from server.problems import BadRequest, Unavailable
from server.settings import Settings
from sync.wire import (
    EVENTS_PER_PUSH_MAX,
    PROTO,
    PUSH_BYTES_MAX,
    Pace,
    Pull,
    PullAnswer,
    Push,
    PushAnswer,
    Snapshot,
    SnapshotAnswer,
    Wait,
    WaitAnswer,
)

WRITER_SECONDS_MAX = 30.0
PACE_MS = 300

Message = TypeVar("Message", Push, Pull, Snapshot, Wait)

_push = msgspec.json.Decoder(Push)
_pull = msgspec.json.Decoder(Pull)
_snapshot = msgspec.json.Decoder(Snapshot)
_wait = msgspec.json.Decoder(Wait)


@get("/sync/v1/nonce", exclude_from_auth=True)
async def nonce(
    nonces: NamedDependency[Nonces], now_ms: NamedDependency[int], epoch: NamedDependency[str]
) -> dict[str, Any]:
    """Give a nonce to sign the next push or pull over."""
    return {"nonce": nonces.issue(now_ms), "server_time": now_ms, "epoch": epoch}


@post("/sync/v1/push", exclude_from_auth=True, status_code=HTTPStatus.OK, request_max_body_size=PUSH_BYTES_MAX)
async def push(
    request: Request[Any, Any, Any],
    writer: NamedDependency[Writer],
    engine: NamedDependency[AsyncEngine],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    nonces: NamedDependency[Nonces],
    phones: NamedDependency[Phones],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> PushAnswer:
    """Take a run of events into custody, and say one by one what became of their bytes."""
    pushed = _envelope(_push, await request.body())
    if not is_unbroken(pushed) or (not pushed.nonce and not is_exported(pushed)):
        raise BadRequest("envelope_unreadable", field="events")
    events = open_push(pushed)
    end = (events[-1].seq, events[-1].hash) if events else (pushed.head.seq, bytes.fromhex(pushed.head.hash))
    sender = await sender_of(
        pushed,
        purpose="push" if pushed.nonce else "export",
        end=end,
        engine=engine,
        reader=reader,
        phones=phones,
        keys=keys,
        nonces=nonces,
        now_ms=now_ms,
    )
    signature = from_base64url(pushed.sig) or b""
    delivery = Delivery(sender, bytes.fromhex(pushed.inc), pushed, events, signature, now_ms)
    receipt = await _handed_in(writer, delivery)
    return PushAnswer(
        proto=PROTO,
        server_time=now_ms,
        nonce=nonces.issue(now_ms),
        epoch=history.epoch,
        bases=list(history.bases(sender.site)),
        durable_pos=history.durable_pos(sender.site),
        verdicts=receipt.verdicts,
        received=receipt.received,
        missing=receipt.missing,
        fork=receipt.fork,
        do=["new_inc"] if receipt.fork else [],
        feed_head=receipt.feed_head,
        next=Pace(EVENTS_PER_PUSH_MAX, PACE_MS),
    )


async def _handed_in(writer: Writer, delivery: Delivery) -> Receipt:
    try:
        return await asyncio.wait_for(asyncio.wrap_future(writer.hand_in(delivery)), WRITER_SECONDS_MAX)
    except (TimeoutError, *ConnectionLost, *Conflict) as late:
        raise Unavailable from late


@post("/sync/v1/pull", exclude_from_auth=True, status_code=HTTPStatus.OK)
async def pull(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    engine: NamedDependency[AsyncEngine],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    nonces: NamedDependency[Nonces],
    phones: NamedDependency[Phones],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> PullAnswer:
    """Give the changes of the phone's site behind its cursor."""
    asked = _envelope(_pull, await request.body())
    end = asked.head.seq, bytes.fromhex(asked.head.hash)
    sender = await sender_of(
        asked,
        purpose="pull",
        end=end,
        engine=engine,
        reader=reader,
        phones=phones,
        keys=keys,
        nonces=nonces,
        now_ms=now_ms,
    )
    # Also a cursor that lies in the past both epochs share starts again: rows are sent as they are *now*, so a page of
    # the lost epoch may have brought what the restore took back.
    is_ours = asked.cursor is not None and asked.cursor.epoch == history.epoch
    after = asked.cursor.pos if asked.cursor is not None and is_ours else 0
    async with reader.connect() as connection:
        scope = reading.Scope(sender.site, settings.public_url)
        found = await reading.page(connection, scope, after, asked.limit)
        more = found.to < found.head
        judged = 0 if more else await reading.judged(connection, sender.n, bytes.fromhex(asked.inc))
    return PullAnswer(
        proto=PROTO,
        server_time=now_ms,
        nonce=nonces.issue(now_ms),
        epoch=history.epoch,
        bases=list(history.bases(sender.site)),
        durable_pos=history.durable_pos(sender.site),
        reset=asked.cursor is not None and not is_ours,
        from_=after,
        to=found.to,
        head=found.head,
        more=more,
        changes=found.changes,
        judged=judged,
        do=[],
    )


@post("/sync/v1/snapshot", exclude_from_auth=True, status_code=HTTPStatus.OK)
async def snapshot(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    engine: NamedDependency[AsyncEngine],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    nonces: NamedDependency[Nonces],
    phones: NamedDependency[Phones],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> SnapshotAnswer:
    """Give the next rows of the books as they stand, pinned at a position from which a pull goes on."""
    asked = _envelope(_snapshot, await request.body())
    sender = await sender_of(
        asked,
        purpose="snapshot",
        end=(asked.head.seq, bytes.fromhex(asked.head.hash)),
        engine=engine,
        reader=reader,
        phones=phones,
        keys=keys,
        nonces=nonces,
        now_ms=now_ms,
    )
    bookmark = asked.bookmark
    if bookmark is not None and not standing.understood(bookmark, history.epoch):
        bookmark = None
    async with reader.connect() as connection:
        scope = reading.Scope(sender.site, settings.public_url)
        found = await standing.page(connection, scope, bookmark, asked.limit)
    return SnapshotAnswer(
        proto=PROTO,
        server_time=now_ms,
        nonce=nonces.issue(now_ms),
        epoch=history.epoch,
        bases=list(history.bases(sender.site)),
        durable_pos=history.durable_pos(sender.site),
        reset=bookmark is not asked.bookmark,
        at=found.at,
        after=found.after,
        changes=found.changes,
        do=[],
    )


@post("/sync/v1/wait", exclude_from_auth=True, status_code=HTTPStatus.OK)
async def wait(
    request: Request[Any, Any, Any],
    engine: NamedDependency[AsyncEngine],
    reader: NamedDependency[AsyncEngine],
    keys: NamedDependency[Keys],
    nonces: NamedDependency[Nonces],
    phones: NamedDependency[Phones],
    bell: NamedDependency[Bell],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> WaitAnswer:
    """Answer as soon as there is something behind the phone's cursor, or after a while that there is not."""
    asked = _envelope(_wait, await request.body())
    sender = await sender_of(
        asked,
        purpose="wait",
        end=(asked.head.seq, bytes.fromhex(asked.head.hash)),
        engine=engine,
        reader=reader,
        phones=phones,
        keys=keys,
        nonces=nonces,
        now_ms=now_ms,
    )
    # A cursor of another life, or none, has everything before it: there is no waiting.
    is_ours = asked.cursor is not None and asked.cursor.epoch == history.epoch
    after = asked.cursor.pos if asked.cursor is not None and is_ours else -1

    async def head_now() -> int:
        async with reader.connect() as connection:
            return await reading.head_of(connection, sender.site)

    return WaitAnswer(epoch=history.epoch, head=await bell.head_after(sender.n, sender.site, after, head_now))


def _envelope(decoder: "msgspec.json.Decoder[Message]", body: bytes) -> Message:
    """Read an envelope. Its events stay text: nothing one of them says can make this fail."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as unreadable:
        raise BadRequest("envelope_unreadable") from unreadable


routes = [nonce, push, pull, snapshot, wait]
