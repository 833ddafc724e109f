"""Rolls of labels over HTTP: the office has them printed; what they are for, the floor says by a scan."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.label import LABELS_MAX
from labels.stock import LABELS_PER_PAGE_MAX
from server.access.session import Session, office_only
from server.network import store as network
from server.printing import jobs, rolls
from server.printing.jobs import Label, NewJob
from server.printing.kinds import Stated
from server.printing.print_routes import Dpi, first_position, own, printer_of
from server.printing.spooler import Spooler
from server.problems import BadRequest
from server.settings import Settings
from sync.event import Code, Hex32


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A roll to be printed for a site. Asking again with the same `job` is asking once."""

    job: Hex32
    kind: rolls.RollKind
    count: Annotated[int, Meta(ge=1, le=LABELS_MAX)]
    site: Code
    printer: Code | None = None
    """None: as a file, for whoever asks."""
    stock: Annotated[str, Meta(max_length=40)] = "100x150"
    dpi: Dpi = 203
    first_position: Annotated[int, Meta(ge=1, le=LABELS_PER_PAGE_MAX)] = 1


@post("/rolls", guards=[office_only])
async def ask(
    data: JSONBody[Asked],
    writing: NamedDependency[AsyncConnection],
    session: NamedDependency[Session],
    settings: NamedDependency[Settings],
    spooler: NamedDependency[Spooler],
    epoch: NamedDependency[str],
    now_ms: NamedDependency[int],
) -> dict[str, Any]:
    """Draw the numbers of a roll and queue it; the answer is its print job."""
    job_id = bytes.fromhex(data.job)
    if (known := await jobs.by_id(writing, job_id)) is not None:
        return (await jobs.shapes(writing, [own(known, session)]))[0]
    if not await network.is_site(writing, data.site):
        raise BadRequest("unknown_site", field="site")
    target = await printer_of(writing, session, data.printer)
    stock = target.stock if target else data.stock
    numbers = await rolls.draw(writing, data.kind, data.count, settings.gs1_prefix)
    job = NewJob(
        id=job_id,
        epoch=epoch,
        printer=target.n if target else None,
        site=data.site,
        person=session.id,
        device=None,
        reason="",
        stock=stock,
        dpi=target.dpi if target else data.dpi,
        first_position=first_position(data.first_position, stock),
        kind="roll",
        stated=Stated(),
        labels=tuple(Label(unit, "", "") for unit in numbers.units()),
        copies=1,
    )
    row = await jobs.add(writing, job, now_ms)
    await rolls.add(writing, row.n, numbers)
    spooler.wake()
    return (await jobs.shapes(writing, [row]))[0]


@get("/rolls", guards=[office_only])
async def list_rolls(reading: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """List the newest rolls: their numbers, and how many labels are used, spoiled, returned or open."""
    return {"rolls": await rolls.listed(reading)}


routes = [ask, list_rolls]
