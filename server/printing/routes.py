"""Labels over HTTP: the file a printer takes, already read back once."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from labels.content import LabelContent, PalletContent
from labels.label import LABELS_MAX
from labels.refusal import LabelRefused
from server.access.session import Session
from server.printing import store
from server.printing.render import MEDIA_TYPES, PICTURES, LabelFormat, render
from server.printing.signing import signed
from server.problems import BadRequest
from server.settings import Settings

Code = Annotated[str | None, QueryParameter(required=False, max_length=20)]


@get("/labels", devices_too=True)
async def labels(
    reader: NamedDependency[AsyncEngine],
    session: NamedDependency[Session],
    settings: NamedDependency[Settings],
    now_ms: NamedDependency[int],
    unit: Annotated[list[str] | None, QueryParameter(required=False, max_items=LABELS_MAX)] = None,
    item: Code = None,
    batch: Code = None,
    format_: Annotated[LabelFormat, QueryParameter(name="format", required=False)] = "pdf",
    stock: Annotated[str, QueryParameter(required=False, max_length=40)] = "100x150",
    dpi: Annotated[int, QueryParameter(required=False)] = 203,
) -> Response[bytes]:
    """Give the labels of handling units, or of one lot."""
    printing = store.Printing(
        origin=store.origin_to_print(settings.public_url),
        gs1_prefix=settings.gs1_prefix,
        printed_at=store.printed_at(now_ms),
        site=session.site,
        sees=session.sees,
    )
    async with reader.connect() as connection:
        contents = await _contents(connection, printing, unit or [], item, batch)
    if format_ in PICTURES and len(contents) > 1:
        raise BadRequest("labels_too_many", field="format", detail="A picture holds one label. Ask for a PDF instead.")

    def draw() -> bytes:
        return render(signed(contents, stock, dpi, settings), stock=stock, dpi=dpi, to=format_)

    try:
        file = await asyncio.to_thread(draw)
    except LabelRefused as refusal:
        raise BadRequest("label_refused", detail=refusal.detail, refusal=refusal.code) from refusal
    name = f'inline; filename="labels.{format_}"'
    return Response(file, media_type=MEDIA_TYPES[format_], headers={"Content-Disposition": name})


async def _contents(
    connection: AsyncConnection, printing: store.Printing, units: list[str], item: str | None, batch: str | None
) -> Sequence[LabelContent | PalletContent]:
    if units:
        return await store.unit_labels(connection, printing, units)
    if item is None or batch is None:
        raise BadRequest("label_unnamed", field="unit")
    return [await store.lot_label(connection, printing, item, batch)]


routes = [labels]
