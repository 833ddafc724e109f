"""Push, pull, snapshot, waiting for news, and the nonce all are signed over."""

import asyncio
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from sqlalchemy.ext.asyncio import AsyncEngine

from server.access.encoding import from_base64url
from server.access.nonces import Nonces
from server.database.postgres import Conflict, ConnectionLost
from server.intake import pull as reading
from server.intake import snapshot as standing
from server.intake.bell import Bell
from server.intake.contact import Door
from server.intake.delivery import Delivery, Sender, is_exported, is_unbroken, open_push
from server.intake.epochs import History
from server.intake.writer import Receipt, Writer
from server.problems import BadRequest, Unavailable
from server.settings import Settings
from sync.wire import (
    EVENTS_PER_PUSH_MAX,
    PROTO,
    PUSH_BYTES_MAX,
    Cursor,
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
    door: NamedDependency[Door],
    writer: NamedDependency[Writer],
    nonces: NamedDependency[Nonces],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> PushAnswer:
    """Take a run of events into custody, and say one by one what became of their bytes."""
    pushed = _envelope(_push, await request.body())
    if not is_unbroken(pushed) or (not pushed.nonce and not is_exported(pushed)):
        raise BadRequest("envelope_unreadable", field="events")
    events = open_push(pushed)
    end = (events[-1].seq, events[-1].hash) if events else (pushed.head.seq, bytes.fromhex(pushed.head.hash))
    sender = await door.giver(pushed, "push" if pushed.nonce else "export", end, now_ms)
    signature = from_base64url(pushed.sig) or b""
    delivery = Delivery(sender, bytes.fromhex(pushed.inc), pushed, events, signature, now_ms)
    receipt = await _handed_in(writer, delivery)
    return PushAnswer(
        **_told(history, nonces, sender, now_ms),
        verdicts=receipt.verdicts,
        received=receipt.received,
        missing=receipt.missing,
        fork=receipt.fork,
        do=["new_inc"] if receipt.fork else [],
        feed_head=receipt.feed_head,
        next=Pace(EVENTS_PER_PUSH_MAX, PACE_MS),
    )


def _told(history: History, nonces: Nonces, sender: Sender, now_ms: int) -> dict[str, Any]:
    """Give what every answer to a phone says: the server's life and time, and what to sign next."""
    return {
        "proto": PROTO,
        "server_time": now_ms,
        "nonce": nonces.issue(now_ms),
        "epoch": history.epoch,
        "bases": list(history.bases(sender.site)),
        "durable_pos": history.durable_pos(sender.site),
    }


async def _handed_in(writer: Writer, delivery: Delivery) -> Receipt:
    try:
        async with asyncio.timeout(WRITER_SECONDS_MAX):
            return await asyncio.wrap_future(writer.hand_in(delivery))
    except (TimeoutError, *ConnectionLost, *Conflict) as late:
        raise Unavailable from late


@post("/sync/v1/pull", exclude_from_auth=True, status_code=HTTPStatus.OK)
async def pull(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    door: NamedDependency[Door],
    reader: NamedDependency[AsyncEngine],
    nonces: NamedDependency[Nonces],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> PullAnswer:
    """Give the changes of the phone's site behind its cursor."""
    asked = _envelope(_pull, await request.body())
    sender = await door.asker(asked, "pull", now_ms)
    behind = _position(asked.cursor, history)
    after = behind or 0
    async with reader.connect() as connection:
        scope = reading.Scope(sender.site, settings.public_url)
        found = await reading.page(connection, scope, after, asked.limit)
        more = found.to < found.head
        judged = 0 if more else await reading.judged(connection, sender.n, bytes.fromhex(asked.inc))
    return PullAnswer(
        **_told(history, nonces, sender, now_ms),
        reset=asked.cursor is not None and behind is None,
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
    door: NamedDependency[Door],
    reader: NamedDependency[AsyncEngine],
    nonces: NamedDependency[Nonces],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> SnapshotAnswer:
    """Give the next rows of the books as they stand, pinned at a position from which a pull goes on."""
    asked = _envelope(_snapshot, await request.body())
    sender = await door.asker(asked, "snapshot", now_ms)
    bookmark = asked.bookmark
    if bookmark is not None and not standing.understood(bookmark, history.epoch):
        bookmark = None
    async with reader.connect() as connection:
        scope = reading.Scope(sender.site, settings.public_url)
        found = await standing.page(connection, scope, bookmark, asked.limit)
    return SnapshotAnswer(
        **_told(history, nonces, sender, now_ms),
        reset=bookmark is not asked.bookmark,
        at=found.at,
        after=found.after,
        changes=found.changes,
        do=[],
    )


@post("/sync/v1/wait", exclude_from_auth=True, status_code=HTTPStatus.OK)
async def wait(
    request: Request[Any, Any, Any],
    door: NamedDependency[Door],
    reader: NamedDependency[AsyncEngine],
    bell: NamedDependency[Bell],
    history: NamedDependency[History],
    now_ms: NamedDependency[int],
) -> WaitAnswer:
    """Answer as soon as there is something behind the phone's cursor, or after a while that there is not."""
    asked = _envelope(_wait, await request.body())
    sender = await door.asker(asked, "wait", now_ms)
    # Without a position everything is new: there is no waiting.
    behind = _position(asked.cursor, history)
    after = -1 if behind is None else behind

    async def head_now() -> int:
        async with reader.connect() as connection:
            return await reading.head_of(connection, sender.site)

    return WaitAnswer(epoch=history.epoch, head=await bell.head_after(sender.n, sender.site, after, head_now))


def _position(cursor: Cursor | None, history: History) -> int | None:
    """Give the position a cursor stands at; none if there is none, or if it is of another life of the server.

    Also a cursor that lies in the past both epochs share starts again: rows are sent as they are *now*, so a page of
    the lost epoch may have brought what the restore took back.
    """
    return cursor.pos if cursor is not None and cursor.epoch == history.epoch else None


def _envelope(decoder: "msgspec.json.Decoder[Message]", body: bytes) -> Message:
    """Read an envelope. Its events stay text: nothing one of them says can make this fail."""
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as unreadable:
        raise BadRequest("envelope_unreadable") from unreadable


routes = [nonce, push, pull, snapshot, wait]
