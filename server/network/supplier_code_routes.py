"""Suppliers' codes over HTTP: the office teaches one by an example, and every phone reads it from then on."""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.refusal import LabelRefused
from labels.supplier_code import CODE_LENGTH_MAX, Taught, teach
from server.access.session import office_only
from server.network import store, supplier_codes
from server.network.tables import item
from server.problems import BadRequest, NotFound
from sync.event import Code

Place = Annotated[int, Meta(ge=1, le=CODE_LENGTH_MAX)]

_FIELDS = {
    "supplier_code_unusable": "example",
    "supplier_lot_outside": "lot_to",
    "supplier_beginning_short": "lot_from",
}


class Lesson(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One code of a supplier's as an example: whose item it is, and which of its characters, from 1, are the lot."""

    example: Annotated[str, Meta(min_length=1, max_length=200)]
    item: Code
    lot_from: Place
    lot_to: Place


@get("/supplier-codes")
async def list_supplier_codes(reading: NamedDependency[AsyncConnection]) -> dict[str, list[dict[str, Any]]]:
    """List what has been taught."""
    return {"supplier_codes": await supplier_codes.taught(reading)}


@post("/supplier-codes", guards=[office_only])
async def teach_supplier_code(data: JSONBody[Lesson], writing: NamedDependency[AsyncConnection]) -> dict[str, Any]:
    """Teach a supplier's code, in the stead of what was taught of codes like it."""
    if not await store.is_taken(writing, item, data.item):
        raise BadRequest("unknown_item", field="item")
    return await supplier_codes.keep(writing, _rule(data), data.example.strip())


def _rule(lesson: Lesson) -> Taught:
    try:
        return teach(lesson.example, lesson.item, lesson.lot_from, lesson.lot_to)
    except LabelRefused as refusal:
        raise BadRequest("supplier_code_unclear", field=_FIELDS[refusal.code], detail=refusal.detail) from refusal


@post("/supplier-codes/{number:int}/removal", guards=[office_only], status_code=200)
async def forget_supplier_code(number: FromPath[int], writing: NamedDependency[AsyncConnection]) -> dict[str, int]:
    """Forget a supplier's code on every phone."""
    if not await supplier_codes.forget(writing, number):
        raise NotFound("unknown_supplier_code")
    return {"supplier_code": number}


routes = [list_supplier_codes, teach_supplier_code, forget_supplier_code]
