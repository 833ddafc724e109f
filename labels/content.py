"""What a person reads on a label, handed over as finished words.

The identity is in the symbols and never changes. Everything else that a label tells (how much, whose,
in which state) was true when it was printed and is shown under the date of printing; the records say
what is true now. Batch, item and unit are deliberately not repeated here: the words on a label cannot
contradict its symbols.
"""

from __future__ import annotations

import unicodedata

import msgspec

from labels.identity import Identity, UnitIdentity
from labels.refusal import LabelRefused

TEXT_LENGTH_MAX = 200


class LabelContent(msgspec.Struct, frozen=True, kw_only=True):
    """One label; a text left empty is left off, together with its caption."""

    identity: Identity
    printed_at: str
    batch_number: str = ""
    """The batch number as the papers have it, where the symbols carry a code for it."""
    item_name: str = ""
    quantity: str = ""
    unit_of_measure: str = ""
    owner: str = ""
    status: str = ""
    expires: str = ""
    supplier_lot: str = ""
    container_number: int | None = None
    container_count: int | None = None
    site_name: str = ""
    is_demo: bool = False


def texts_of(content: LabelContent) -> dict[str, str]:
    """Collect every text a stock can place, by the name its fields use, cleaned and bounded."""
    identity = content.identity
    is_unit = isinstance(identity, UnitIdentity)
    texts = {
        "kind": "HANDLING UNIT" if is_unit else "LOT",
        "batch": identity.batch,
        "batch_number": content.batch_number,
        "item": identity.item,
        "unit": identity.unit if isinstance(identity, UnitIdentity) else "",
        "item_name": content.item_name,
        "quantity": f"{content.quantity} {content.unit_of_measure}" if content.quantity else "",
        "owner": content.owner,
        "status": content.status,
        "expires": content.expires,
        "supplier_lot": content.supplier_lot,
        "container": _container(content.container_number, content.container_count),
        "printed": f"As printed on {content.printed_at}",
        "site": content.site_name,
        "demo": "DEMO" if content.is_demo else "",
    }
    return {name: _clean(name, text) for name, text in texts.items()}


def _container(number: int | None, count: int | None) -> str:
    if number is None:
        return ""
    return f"{number}" if count is None else f"{number} of {count}"


def _clean(name: str, text: str) -> str:
    """Put a text on one line in composed form, as the fonts have their letters."""
    if len(text) > TEXT_LENGTH_MAX:
        raise LabelRefused("text_too_long", f"The {name.replace('_', ' ')} has more than {TEXT_LENGTH_MAX} characters.")
    return " ".join(unicodedata.normalize("NFC", text).split())
