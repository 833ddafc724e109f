"""Printers and print jobs over HTTP: the office adds printers, whoever may see a unit has its label printed."""

import ipaddress
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from labels.content import LabelContent, MaterialKind, PalletContent
from labels.identity import UnitIdentity
from labels.label import LABELS_MAX
from labels.layout import DPI_MAX, DPI_MIN
from labels.pdf import OFFSET_MM_MAX, SCALE_MAX, SCALE_MIN, Feed
from labels.refusal import LabelRefused
from labels.stock import LABELS_PER_PAGE_MAX, Stock, built_in
from server.access.session import Session, office_only
from server.network import store as network
from server.printing import jobs, ledger, store
from server.printing.jobs import Label, NewJob, Step
from server.printing.kinds import Stated, of_kind
from server.printing.printers import is_allowed
from server.printing.spooler import Spooler
from server.printing.tables import printer
from server.problems import BadRequest, Clash, NotFound, Problem
from server.settings import Settings
from sync.event import Code, Hex32, Line

COPIES_MAX = 10

_STATES: tuple[jobs.State, ...] = ("queued", "sending", "sent", "confirmed", "failed")
_HOST_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"^({_HOST_LABEL}(\.{_HOST_LABEL})*|[0-9A-Fa-f:]{{2,45}})$"

Host = Annotated[str, Meta(max_length=253, pattern=_HOST)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
PrinterFormat = Literal["pdf", "zpl"]
Dpi = Annotated[int, Meta(ge=DPI_MIN, le=DPI_MAX)]
Offset = Annotated[float, Meta(ge=-OFFSET_MM_MAX, le=OFFSET_MM_MAX)]


class NewPrinter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A printer of a site: on the network at `host`, or the folder of its code."""

    code: Code
    name: Name
    site: Code
    kind: Literal["network", "folder"]
    host: Host | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] = 9100
    format: PrinterFormat = "pdf"
    stock: Annotated[str, Meta(max_length=40)] = "100x150"
    dpi: Dpi = 203
    offset_x_mm: Offset = 0.0
    offset_y_mm: Offset = 0.0
    scale: Annotated[float, Meta(ge=SCALE_MIN, le=SCALE_MAX)] = 1.0


class OldPrinter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which printer is to be used no more."""

    code: Code


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels to be printed: of units, or of one lot. Asking again with the same `job` is asking once."""

    job: Hex32
    printer: Code | None = None
    """None: as a file, for whoever asks."""
    units: Annotated[list[Code], Meta(max_length=LABELS_MAX)] = []
    item: Code | None = None
    batch: Code | None = None
    copies: Annotated[int, Meta(ge=1, le=COPIES_MAX)] = 1
    reason: Line = ""
    """Why; a reprint needs one."""
    actor: Hex32 | None = None
    """The person signed in on the phone that asks."""
    stock: Annotated[str, Meta(max_length=40)] = "100x150"
    dpi: Dpi = 203
    """Of a file; a printer has its own."""
    first_position: Annotated[int, Meta(ge=1, le=LABELS_PER_PAGE_MAX)] = 1
    """The first free place of a started sheet, from 1."""
    kind: MaterialKind | None = None
    """None: the usual label of a unit, or of a lot."""
    stated: Stated = Stated()


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody who looked says of a job; `missing`: the units whose labels did not come out."""

    word: jobs.Word
    missing: Annotated[list[Code], Meta(max_length=LABELS_MAX)] = []
    actor: Hex32 | None = None


@get("/printers", devices_too=True)
async def list_printers(
    reading: NamedDependency[AsyncConnection], session: NamedDependency[Session], settings: NamedDependency[Settings]
) -> dict[str, Any]:
    """List the printers in use at the asking site; to the office, all."""
    asked = select(printer).where(printer.c.is_active).order_by(printer.c.code)
    if session.sees is not None:
        asked = asked.where(printer.c.site == session.sees)
    rows = (await reading.execute(asked)).all()
    return {"printers": [_printer_shape(row) for row in rows], "ports": sorted(settings.printer_ports)}


@post("/printers", guards=[office_only])
async def add_printer(
    data: JSONBody[NewPrinter], writing: NamedDependency[AsyncConnection], settings: NamedDependency[Settings]
) -> dict[str, Any]:
    """Add a printer, if one may be where it is said to be."""
    if await network.is_taken(writing, printer, data.code):
        raise Clash("code_taken", field="code")
    if not await network.is_site(writing, data.site):
        raise BadRequest("unknown_site", field="site")
    stock = _stock_of(data.stock)
    if data.format == "zpl" and stock.page is not None:
        raise BadRequest("printer_needs_roll", field="stock")
    is_network = data.kind == "network"
    if is_network:
        _require_allowed(data, settings)
    row = {
        **msgspec.structs.asdict(data),
        "host": data.host if is_network else None,
        "port": data.port if is_network else None,
        "is_active": True,
    }
    return _printer_shape((await writing.execute(insert(printer).values(row).returning(printer))).one())


def _stock_of(name: str) -> Stock:
    if (stock := built_in().get(name)) is None:
        raise BadRequest("unknown_stock", field="stock")
    return stock


def _require_allowed(data: NewPrinter, settings: Settings) -> None:
    """Refuse what can be known to be forbidden now; a name is judged whenever it is looked up."""
    if data.host is None:
        raise BadRequest("field_wrong", field="host")
    if data.port not in settings.printer_ports:
        raise BadRequest("printer_port_forbidden", field="port")
    try:
        ipaddress.ip_address(data.host)
    except ValueError:
        if data.host.replace(".", "").isdigit():
            raise BadRequest("printer_address_forbidden", field="host") from None
        return
    if not is_allowed(data.host, settings.printer_networks):
        raise BadRequest("printer_address_forbidden", field="host")


@post("/printers/removals", guards=[office_only], status_code=204)
async def remove_printer(data: JSONBody[OldPrinter], writing: NamedDependency[AsyncConnection]) -> None:
    """Take a printer out of use; what it printed stays in the ledger."""
    change = update(printer).where(printer.c.code == data.code).values(is_active=False)
    if (await writing.execute(change)).rowcount == 0:
        raise NotFound("unknown_printer", field="code")


@post("/printers/test-pages", guards=[office_only], status_code=200)
async def try_out(
    data: JSONBody[OldPrinter], reading: NamedDependency[AsyncConnection], spooler: NamedDependency[Spooler]
) -> dict[str, Any]:
    """Have a printer print edges and rulers; tell what came of it, as of a job."""
    found = (await reading.execute(select(printer).where(printer.c.code == data.code, printer.c.is_active))).first()
    if found is None:
        raise NotFound("unknown_printer", field="code")
    state, detail = await spooler.try_out(found)
    return {"state": state, "detail": detail, "sentence": jobs.SENTENCES[detail]}


@get("/label-stocks", devices_too=True)
async def list_stocks() -> dict[str, Any]:
    """List what labels can be printed on: a roll, or sheets with so many labels on one."""
    return {
        "stocks": [
            {
                "stock": stock.name,
                "title": stock.title,
                "per_sheet": stock.page.columns * stock.page.rows if stock.page else None,
            }
            for stock in built_in().values()
        ]
    }


@post("/print-jobs", devices_too=True)
async def ask(
    data: JSONBody[Asked],
    writing: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    settings: NamedDependency[Settings],
    spooler: NamedDependency[Spooler],
    epoch: NamedDependency[str],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Queue labels for a printer, or make them ready as a file."""
    job_id = bytes.fromhex(data.job)
    if (known := await jobs.by_id(writing, job_id)) is not None:
        return (await jobs.shapes(writing, [own(known, session)]))[0]
    target = await printer_of(writing, session, data.printer)
    contents = await of_kind(writing, await _contents(writing, session, settings, data, now_ms), data.kind, data.stated)
    labels = tuple(_label(content) for content in contents)
    await _require_reason(writing, data, labels)
    job = NewJob(
        id=job_id,
        epoch=epoch,
        printer=target.n if target else None,
        site=session.site if target is None else target.site,
        person=_actor(data.actor) if session.role is None else session.id,
        device=session.id if session.role is None else None,
        reason=data.reason.strip(),
        stock=target.stock if target else data.stock,
        dpi=target.dpi if target else data.dpi,
        first_position=first_position(data.first_position, target.stock if target else data.stock),
        kind=data.kind,
        stated=data.stated,
        labels=labels,
        copies=data.copies,
    )
    row = await jobs.add(writing, job, now_ms)
    spooler.wake()
    return (await jobs.shapes(writing, [row]))[0]


def first_position(asked: int, stock: str) -> int:
    """Refuse a place that sheets of this stock do not have."""
    page = _stock_of(stock).page
    if asked > (page.columns * page.rows if page else 1):
        raise BadRequest("no_such_place", field="first_position")
    return asked


async def printer_of(connection: AsyncConnection, session: Session, code: str | None) -> Row[Any] | None:
    """Find a printer somebody may use; None stands for a file."""
    if code is None:
        return None
    found = (await connection.execute(select(printer).where(printer.c.code == code, printer.c.is_active))).first()
    if found is None or session.sees not in {None, found.site}:
        raise NotFound("unknown_printer", field="printer")
    return found


async def _contents(
    connection: AsyncConnection, session: Session, settings: Settings, data: Asked, now_ms: int
) -> list[LabelContent | PalletContent]:
    printing = store.Printing(
        origin=store.origin_to_print(settings.public_url),
        gs1_prefix=settings.gs1_prefix,
        printed_at=store.printed_at(now_ms),
        site=session.site,
        sees=session.sees,
    )
    units = list(dict.fromkeys(data.units))
    if len(units) * data.copies > LABELS_MAX:
        raise BadRequest("labels_too_many", field="copies")
    if units:
        return await store.unit_labels(connection, printing, units)
    if data.item is None or data.batch is None:
        raise BadRequest("label_unnamed", field="units")
    return [await store.lot_label(connection, printing, data.item, data.batch)]


def _label(content: LabelContent | PalletContent) -> Label:
    if isinstance(content, PalletContent):
        lot = content.identity
        return Label(content.unit, lot.item if lot else "", lot.batch if lot else "")
    identity = content.identity
    return Label(identity.unit if isinstance(identity, UnitIdentity) else "", identity.item, identity.batch)


async def _require_reason(connection: AsyncConnection, data: Asked, labels: tuple[Label, ...]) -> None:
    if data.reason.strip():
        return
    again = await jobs.printed_before(connection, [label for label in labels if label.unit], data.kind)
    if again:
        raise BadRequest("reprint_needs_reason", field="reason", units=[label.unit for label in again])


def _actor(actor: str | None) -> bytes | None:
    return bytes.fromhex(actor) if actor is not None else None


def own(row: Row[Any] | None, session: Session) -> Row[Any]:
    """Give a job only to whom it is shown."""
    if row is None or session.sees not in {None, row.site}:
        raise NotFound("unknown_print_job")
    return row


@get("/print-jobs", devices_too=True)
async def list_jobs(
    reading: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    states: Annotated[list[jobs.State] | None, QueryParameter(name="state", required=False, max_items=5)] = None,
) -> dict[str, Any]:
    """List the newest jobs, in these states or in any."""
    rows = await jobs.listed(reading, session.sees, states or _STATES)
    return {"jobs": await jobs.shapes(reading, rows)}


@get("/print-jobs/{job:str}", devices_too=True)
async def one_job(
    job: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Show one job."""
    row = own(await jobs.by_id(reading, _id(job)), session)
    return (await jobs.shapes(reading, [row]))[0]


@get("/print-jobs/{job:str}/file", devices_too=True)
async def file(
    job: FromPath[str],
    engine: NamedDependency[AsyncEngine],
    session: NamedDependency[Session],
    spooler: NamedDependency[Spooler],
    now_ms: NamedDependency[int],
) -> Response[bytes]:
    """Hand out the labels of a job that is for no printer, until somebody has said what became of them."""
    async with engine.connect() as connection:
        row = own(await jobs.by_id(connection, _id(job)), session)
    if row.printer is not None or row.state not in {"queued", "sent"}:
        raise Clash("print_job_settled")
    try:
        data = await spooler.file_of(row, "pdf", Feed(first_position=row.first_position))
    except LabelRefused as refusal:
        async with engine.begin() as connection:
            await jobs.advance(connection, row.n, of=("queued",), to=Step("failed", "label_refused"), now_ms=now_ms)
        raise BadRequest("label_refused", detail=refusal.detail, refusal=refusal.code) from refusal
    except Problem:
        async with engine.begin() as connection:
            await jobs.advance(connection, row.n, of=("queued",), to=Step("failed", "records_changed"), now_ms=now_ms)
        raise
    async with engine.begin() as connection:
        await jobs.advance(connection, row.n, of=("queued",), to=Step("sent", "file_given"), now_ms=now_ms)
    headers = {"Content-Disposition": 'inline; filename="labels.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


@post("/print-jobs/{job:str}/words", devices_too=True, status_code=200)
async def say(
    job: FromPath[str],
    data: JSONBody[Said],
    writing: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    spooler: NamedDependency[Spooler],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Take a person's word on a job: it came out, it did not, send it again, withdraw it."""
    row = own(await jobs.by_id(writing, _id(job)), session)
    to = jobs.step(row.state, row.detail, data.word)
    if to is None:
        raise Clash("print_job_settled")
    by = session.id if session.role is not None else _actor(data.actor) or session.id
    await jobs.advance(writing, row.n, of=(row.state,), to=to, now_ms=now_ms, by=by)
    if data.word == "came_out":
        await jobs.mark_missing(writing, row.n, data.missing)
    spooler.wake()
    return (await jobs.shapes(writing, [own(await jobs.by_id(writing, row.id), session)]))[0]


@get("/batches/{batch:str}/labels")
async def batch_labels(
    batch: FromPath[str], reading: NamedDependency[AsyncConnection], session: NamedDependency[Session]
) -> dict[str, Any]:
    """Give the print ledger of a batch: every copy, what became of it, and whether it adds up."""
    return await ledger.of_batch(reading, batch, session.sees)


def _id(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise NotFound("unknown_print_job") from None


def _printer_shape(row: Row[Any]) -> dict[str, Any]:
    return {
        "printer": row.code,
        "name": row.name,
        "site": row.site,
        "kind": row.kind,
        "host": row.host,
        "port": row.port,
        "format": row.format,
        "stock": row.stock,
        "dpi": row.dpi,
        "offset_x_mm": row.offset_x_mm,
        "offset_y_mm": row.offset_y_mm,
        "scale": row.scale,
    }


routes = [
    list_printers,
    add_printer,
    remove_printer,
    try_out,
    list_stocks,
    ask,
    list_jobs,
    one_job,
    file,
    say,
    batch_labels,
]
