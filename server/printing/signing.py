"""Signatures on labels, where the installation wants them and the stock has room.

Whether there is room shows when a label is laid out, some 20 ms each: sign in the thread that draws.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from labels.content import Content, LabelContent
from labels.identity import payload
from labels.layout import lay_out
from labels.refusal import LabelRefused
from labels.signature import STOCK_MM_MIN, signed_bytes, with_signature
from labels.stock import Stock, built_in
from server.access import label_keys
from server.settings import Settings


def signed(contents: Sequence[Content], stock: str, dpi: int, settings: Settings) -> Sequence[Content]:
    """Sign labels of units and lots; others, and those without room for it, stay as they are."""
    size = built_in().get(stock)
    if not settings.sign_labels or size is None or min(size.width_mm, size.height_mm) < STOCK_MM_MIN:
        return contents
    key = label_keys.newest(settings.keys_folder)
    if key is None:
        return contents
    letter, secret = key

    def with_own(content: Content) -> Content:
        if not isinstance(content, LabelContent):
            return content
        text = payload(content.identity, content.identity.origin, content.gtin)
        carried = with_signature(text, letter, secret.sign(signed_bytes(text))).removeprefix(text)
        made = msgspec.structs.replace(content, signature=carried)
        return made if _has_room(made, size, dpi) else content

    return [with_own(content) for content in contents]


def _has_room(content: LabelContent, stock: Stock, dpi: int) -> bool:
    """Long codes under a long address leave none: a label without a signature is worth more than no label."""
    try:
        lay_out(content, stock, dpi)
    except LabelRefused:
        return False
    return True
