"""Kinds of labels for material: the usual one of a unit or a lot, and those that say something more.

A status sticker says what the records say and nothing else: nobody gets APPROVED for what waits or is on hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.content import LabelContent, MaterialKind, PalletContent, StatusWord
from labels.identity import UnitIdentity
from server.intake.tables import hold
from server.problems import BadRequest

_OF_LOTS: frozenset[MaterialKind] = frozenset({"lot", "raw_material_lot", "production_lot"})
_STICKERS: dict[str, StatusWord] = {"QUARANTINE": "UNDER TEST", "AVAILABLE": "APPROVED", "REJECTED": "REJECTED"}

Text = Annotated[str, Meta(max_length=60)]


class Stated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the records do not hold and whoever asks must say."""

    internal_id: Text = ""
    report_number: Text = ""
    is_sampled: bool = False
    gross: Text = ""
    tare: Text = ""
    net: Text = ""
    done_by: Text = ""
    checked_by: Text = ""
    used_for: Text = ""


async def of_kind(
    connection: AsyncConnection,
    usual: Sequence[LabelContent | PalletContent],
    kind: MaterialKind | None,
    stated: Stated,
) -> list[LabelContent | PalletContent]:
    """Make labels of a kind out of the usual ones; a pallet has but one kind."""
    if kind is None and stated == Stated():
        return list(usual)
    contents = [content for content in usual if isinstance(content, LabelContent)]
    if len(contents) < len(usual):
        raise BadRequest("kind_does_not_fit", field="kind")
    return list(await _of_material(connection, contents, kind, stated))


async def _of_material(
    connection: AsyncConnection, contents: Sequence[LabelContent], kind: MaterialKind | None, stated: Stated
) -> list[LabelContent]:
    said = {name: text for name, text in msgspec.to_builtins(stated).items() if name != "is_sampled"}
    made = [msgspec.structs.replace(content, kind=kind, **said) for content in contents]
    for content in made:
        _require_fitting(content)
    if kind != "status":
        return made
    held = await _held(connection, made)
    return [_sticker(content, is_held=is_held, stated=stated) for content, is_held in zip(made, held, strict=True)]


def _require_fitting(content: LabelContent) -> None:
    if content.kind is not None and (content.kind in _OF_LOTS) == isinstance(content.identity, UnitIdentity):
        raise BadRequest("kind_does_not_fit", field="kind")


async def _held(connection: AsyncConnection, contents: Sequence[LabelContent]) -> list[bool]:
    registers = [_registers(content) for content in contents]
    asked = select(hold.c.register).where(
        hold.c.is_held, hold.c.register.in_({one for some in registers for one in some})
    )
    held = set((await connection.execute(asked)).scalars())
    return [not held.isdisjoint(some) for some in registers]


def _registers(content: LabelContent) -> set[str]:
    identity = content.identity
    unit = {f"unit:{identity.unit}"} if isinstance(identity, UnitIdentity) else set()
    return unit | {f"lot:{identity.item}/{identity.batch}"}


def _sticker(content: LabelContent, *, is_held: bool, stated: Stated) -> LabelContent:
    word = _STICKERS.get(content.status)
    if word is None:
        raise BadRequest("status_unclear", field="kind")
    if word == "APPROVED" and is_held:
        raise BadRequest("status_on_hold", field="kind")
    return msgspec.structs.replace(content, status="SAMPLED" if stated.is_sampled and word == "UNDER TEST" else word)
