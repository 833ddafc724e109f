"""Labels that stand for no material over HTTP: places, badges, the commands of a phone, the sheet for a scanner.

They are no print jobs and in no ledger: nothing is counted by them, and one more of them does no harm.
"""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from labels.content import SignContent
from labels.label import LABELS_MAX
from labels.pdf import Feed
from labels.refusal import LabelRefused
from labels.sign import badge_code, command_signs, scanner_signs
from server.access.session import Session, office_only
from server.access.tables import person
from server.network import store as network
from server.network.tables import place
from server.printing import jobs, store
from server.printing.render import MEDIA_TYPES, PICTURES, LabelFormat, render
from server.printing.spooler import Spooler
from server.printing.tables import printer
from server.problems import BadRequest, NotFound
from sync.event import Code

Kind = Literal["location", "operator", "command", "scanner"]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Signs to be printed; of places and people, those of `site`, and of these only the ones named."""

    printer: Code
    kind: Kind
    site: Code | None = None
    codes: Annotated[list[Code], Meta(max_length=LABELS_MAX)] = []


@get("/signs", guards=[office_only])
async def file(
    reader: NamedDependency[AsyncEngine],
    session: NamedDependency[Session],
    now_ms: NamedDependency[int],
    kind: Annotated[Kind, QueryParameter(required=True)],
    site: Annotated[str | None, QueryParameter(required=False, max_length=20)] = None,
    code: Annotated[list[str] | None, QueryParameter(required=False, max_items=LABELS_MAX)] = None,
    format_: Annotated[LabelFormat, QueryParameter(name="format", required=False)] = "pdf",
    stock: Annotated[str, QueryParameter(required=False, max_length=40)] = "a4-63x38",
    dpi: Annotated[int, QueryParameter(required=False)] = 300,
    first_position: Annotated[int, QueryParameter(required=False)] = 1,
) -> Response[bytes]:
    """Give signs as a file."""
    async with reader.connect() as connection:
        signs = await _signs(connection, kind, site or session.site, code or [], now_ms)
    if format_ in PICTURES and len(signs) > 1:
        raise BadRequest("labels_too_many", field="format", detail="A picture holds one label. Ask for a PDF instead.")
    feed = Feed(first_position=first_position)
    try:
        data = await asyncio.to_thread(render, signs, stock=stock, dpi=dpi, to=format_, feed=feed)
    except LabelRefused as refusal:
        raise BadRequest("label_refused", detail=refusal.detail, refusal=refusal.code) from refusal
    name = f'inline; filename="signs.{format_}"'
    return Response(data, media_type=MEDIA_TYPES[format_], headers={"Content-Disposition": name})


@post("/signs", guards=[office_only], status_code=200)
async def send(
    data: JSONBody[Asked],
    reader: NamedDependency[AsyncEngine],
    session: NamedDependency[Session],
    spooler: NamedDependency[Spooler],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Have signs printed; tell what came of it, as of a job."""
    async with reader.connect() as connection:
        target = (
            await connection.execute(select(printer).where(printer.c.code == data.printer, printer.c.is_active))
        ).first()
        if target is None:
            raise NotFound("unknown_printer", field="printer")
        signs = await _signs(connection, data.kind, data.site or session.site, data.codes, now_ms)
    try:
        state, detail = await spooler.print_signs(target, signs)
    except LabelRefused as refusal:
        raise BadRequest("label_refused", detail=refusal.detail, refusal=refusal.code) from refusal
    return {"state": state, "detail": detail, "sentence": jobs.SENTENCES[detail]}


async def _signs(
    connection: AsyncConnection, kind: Kind, site: str, codes: list[str], now_ms: int
) -> list[SignContent]:
    company = await network.the_company(connection)
    here = (await connection.execute(select(place.c.name).where(place.c.code == site))).scalar()
    if here is None:
        raise BadRequest("unknown_site", field="site")
    at = store.printed_at(now_ms)
    match kind:
        case "location":
            signs = await _places(connection, site, at)
        case "operator":
            signs = await _badges(connection, site, at)
        case "command":
            signs = command_signs(at)
        case _:
            signs = scanner_signs(at)
    wanted = [sign for sign in signs if not codes or sign.code in codes]
    if not wanted:
        raise NotFound("unknown_sign", field="code")
    is_demo = bool(company and company.is_demo)
    return [msgspec.structs.replace(sign, site_name=here, is_demo=is_demo) for sign in wanted[:LABELS_MAX]]


async def _places(connection: AsyncConnection, site: str, at: str) -> list[SignContent]:
    asked = select(place.c.code, place.c.name).where(place.c.site == site).order_by(place.c.code)
    rows = (await connection.execute(asked)).all()
    return [SignContent(kind="location", code=row.code, name=row.name, printed_at=at) for row in rows]


async def _badges(connection: AsyncConnection, site: str, at: str) -> list[SignContent]:
    """Give a badge to whoever signs in on phones; it says who somebody is, the PIN proves it."""
    asked = (
        select(person.c.id, person.c.name)
        .where(person.c.site == site, person.c.is_active, person.c.pin_hash.is_not(None))
        .order_by(person.c.name, person.c.n)
    )
    rows = (await connection.execute(asked)).all()
    return [SignContent(kind="operator", code=badge_code(row.id), name=row.name, printed_at=at) for row in rows]


routes = [file, send]
