"""Pallet numbers (SSCC) handed to phones in advance, so that a pallet begun without a network has its own.

Blocks are drawn as rolls are, and for the same reason (`server/printing/rolls.py`); they begin at whole multiples of
their size, so two of them are the same block or do not meet, and the database keeps them apart.
"""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Row, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from labels.sscc import pallets_of
from server.printing import rolls
from server.printing.tables import pallet_block

PALLETS_PER_BLOCK = 50
BLOCKS_PER_DAY_MAX = 20
"""A thousand pallets a day from one phone; what asks for more is no phone at work."""

_DAY_MS = 86_400_000
_DRAWS_MAX = 200


async def handed(
    connection: AsyncConnection, device: int, request: bytes, prefix: str | None, now_ms: int
) -> Row[Any] | None:
    """Give a phone its block for this request, the same one however often it asks; None: there is none for it."""
    known = (await connection.execute(select(pallet_block).where(pallet_block.c.request == request))).first()
    if known is not None:
        # An id is drawn by the phone that asks; another's is not handed out twice.
        return known if known.device == device else None
    if prefix is None or await _given_today(connection, device, now_ms) >= BLOCKS_PER_DAY_MAX:
        return None
    for _ in range(_DRAWS_MAX):
        block = _drawn(prefix)
        if block is not None and not await rolls.are_taken(connection, block):
            added = insert(pallet_block).values(
                device=device, request=request, head=prefix, first=block.first, count=block.count, given_at=now_ms
            )
            row: Row[Any] = (await connection.execute(added.returning(pallet_block))).one()
            return row
    return None


def _drawn(prefix: str) -> rolls.Numbers | None:
    blocks = pallets_of(prefix) // PALLETS_PER_BLOCK
    if blocks == 0:
        return None
    return rolls.Numbers("pallet", prefix, secrets.randbelow(blocks) * PALLETS_PER_BLOCK, PALLETS_PER_BLOCK)


async def _given_today(connection: AsyncConnection, device: int, now_ms: int) -> int:
    asked = select(func.count()).where(pallet_block.c.device == device, pallet_block.c.given_at > now_ms - _DAY_MS)
    return (await connection.execute(asked)).scalar() or 0
