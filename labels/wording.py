"""What each kind of label says, apart from where it stands: a heading, codes, a name, details, and its symbols.

A stock takes as much of it as has room, in this order of importance. What a person must be able to rely on
(`is_needed`) is never left off in silence: a stock without room for it is refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple, assert_never

from labels.content import (
    COPY_MAX,
    TEXT_LENGTH_MAX,
    Content,
    LabelContent,
    LabelKind,
    PalletContent,
    RollContent,
    SignContent,
)
from labels.gs1.checks import check_digit
from labels.identity import Identity, UnitIdentity, is_code, is_serial_sound, linear_text, origin_of, payload
from labels.refusal import LabelRefused
from labels.sign import sign_text
from labels.sscc import SSCC_LENGTH

_HEADINGS: dict[LabelKind, str] = {
    "lot": "LOT",
    "raw_material_lot": "RAW MATERIAL",
    "production_lot": "PRODUCTION LOT",
    "unit": "HANDLING UNIT",
    "part_used": "PART USED",
    "dispensing": "DISPENSED",
    "status": "STATUS",
    "pallet": "PALLET",
    "roll": "NEW UNIT",
    "location": "LOCATION",
    "operator": "OPERATOR",
    "command": "COMMAND",
    "scanner": "SCANNER SET-UP",
}


UNIT = "UNIT"
"""Caption of the code that is typed when the symbols are damaged: where it has room it is never left off."""


class Detail(NamedTuple):
    """A text under its caption; only one whose cut form misleads nobody `may_be_cut`."""

    caption: str
    text: str
    is_needed: bool = False
    may_be_cut: bool = False


class Linear(NamedTuple):
    """The text of the linear symbol; `is_needed`: a stock without room for it is refused."""

    text: str
    is_gs1: bool = False
    is_needed: bool = False


class Wording(NamedTuple):
    """Everything a label says. `codes` are captions and codes, the most important first."""

    kind: LabelKind
    heading: str
    qr: str
    linear: Linear | None
    headline: str
    """What stands out more than any code: the status on a status sticker."""
    batch_number: str
    """The batch number as the papers have it, where the master batch is a code for it."""
    codes: tuple[tuple[str, str], ...]
    name: str
    details: tuple[Detail, ...]
    printed: str
    site: str
    demo: str


def wording(content: Content) -> Wording:
    """Say what a label says."""
    match content:
        case LabelContent():
            words = _material(content)
        case PalletContent():
            words = _pallet(content)
        case RollContent():
            words = _roll(content)
        case SignContent():
            words = _sign(content)
        case _:
            assert_never(content)
    return words._replace(
        name=_clean("name", words.name),
        details=tuple(
            detail._replace(text=text)
            for detail in words.details
            if (text := _clean(detail.caption.lower(), detail.text))
        ),
        codes=tuple((caption, text) for caption, code in words.codes if (text := _clean(caption.lower(), code))),
        site=_clean("site", words.site),
    )


def _material(content: LabelContent) -> Wording:
    identity = content.identity
    is_unit = isinstance(identity, UnitIdentity)
    kind: LabelKind = content.kind or ("unit" if is_unit else "lot")
    if kind in {"unit", "part_used", "dispensing"} and not is_unit:
        raise LabelRefused("kind_needs_unit", f"A label “{_HEADINGS[kind].lower()}” is for one unit: name its serial.")
    _require_readable_back(identity)
    return Wording(
        kind=kind,
        heading=_HEADINGS[kind],
        headline=_clean("status", content.status) if kind == "status" else "",
        batch_number=_clean("batch number", content.batch_number),
        qr=payload(identity, identity.origin, content.gtin) + content.signature,
        linear=Linear(linear_text(identity)),
        codes=_codes(identity, content.internal_id),
        name=content.item_name,
        details=_material_details(content, kind),
        printed=_printed(content.printed_at, content.copy_number),
        site=content.site_name,
        demo="DEMO" if content.is_demo else "",
    )


def _codes(identity: Identity, internal_id: str) -> tuple[tuple[str, str], ...]:
    unit = ((UNIT, identity.unit),) if isinstance(identity, UnitIdentity) else ()
    return (("MASTER BATCH", identity.batch), *unit, ("OWN NUMBER HERE", internal_id), ("ITEM", identity.item))


def _material_details(content: LabelContent, kind: LabelKind) -> tuple[Detail, ...]:
    amount = f"{content.quantity} {content.unit_of_measure}" if content.quantity else ""
    weights = (
        Detail("NET", content.net, is_needed=True),
        Detail("GROSS", content.gross, is_needed=True),
        Detail("TARE", content.tare, is_needed=True),
    )
    people = (
        Detail("DONE BY", content.done_by, is_needed=True),
        Detail("CHECKED BY", content.checked_by, is_needed=True),
    )
    state = Detail("STATUS", content.status)
    expires = Detail("EXPIRES", content.expires)
    owner = Detail("OWNER", content.owner, may_be_cut=True)
    supplier = Detail("SUPPLIER LOT", content.supplier_lot, may_be_cut=True)
    container = Detail("CONTAINER", _container(content.container_number, content.container_count))
    quantity = Detail("QUANTITY", amount, is_needed=kind in {"unit", "part_used"})
    report = Detail("ANALYTICAL REPORT", content.report_number, is_needed=kind == "status")
    if kind == "status":
        return (report, quantity, expires, *people, supplier, container, owner)
    if kind == "dispensing":
        return (*weights, *people, Detail("FOR", content.used_for, is_needed=True), expires, state, owner)
    if kind == "part_used":
        return (quantity, *weights, *people, expires, state, owner, supplier)
    return (quantity, state, expires, owner, container, supplier, *weights, *people, report)


def _container(number: int | None, count: int | None) -> str:
    if number is None:
        return ""
    return f"{number}" if count is None else f"{number} of {count}"


def _pallet(content: PalletContent) -> Wording:
    identity = content.identity
    amount = f"{content.quantity} {content.unit_of_measure}" if content.quantity else ""
    return Wording(
        kind="pallet",
        heading="MIXED PALLET" if content.lots > 1 else "PALLET",
        headline="",
        batch_number=_clean("batch number", content.batch_number),
        qr=_pallet_address(content),
        linear=_number_in_bars(content.unit),
        codes=(_number(content.unit), *(_codes(identity, content.internal_id) if identity else ())),
        name=content.item_name,
        details=(
            Detail("QUANTITY", amount),
            Detail("UNITS", f"{content.units}" if content.units else "", is_needed=True),
            Detail("BATCHES", f"{content.lots}" if content.lots > 1 else ""),
            Detail("EXPIRES", content.expires),
            Detail("OWNER", content.owner, may_be_cut=True),
        ),
        printed=_printed(content.printed_at, content.copy_number),
        site=content.site_name,
        demo="DEMO" if content.is_demo else "",
    )


def _pallet_address(content: PalletContent) -> str:
    """Write the QR symbol of a pallet: the pallet as a unit of its one lot, or its number alone.

    GS1's form for a pallet of one article is its number with what is on it: `02`, `37` and `10`.
    """
    identity = content.identity
    if identity is None:
        return content.unit
    if content.gtin and identity.origin and _is_digits(content.unit):
        address = f"{origin_of(identity.origin)}/00/{content.unit}"
        return f"{address}?02={content.gtin}&37={content.units}&10={identity.batch}"
    return payload(UnitIdentity(identity.batch, identity.item, content.unit, identity.origin), identity.origin)


def _roll(content: RollContent) -> Wording:
    return Wording(
        kind="roll",
        heading="NEW PALLET" if _is_digits(content.unit) else _HEADINGS["roll"],
        headline="",
        batch_number="",
        qr=content.unit,
        linear=_number_in_bars(content.unit),
        codes=(_number(content.unit),),
        name="Stick it on, then scan it to say what it is on.",
        details=(),
        printed=_printed(content.printed_at, content.copy_number),
        site=content.site_name,
        demo="DEMO" if content.is_demo else "",
    )


def _number(unit: str) -> tuple[str, str]:
    return ("SSCC" if _is_digits(unit) else UNIT, unit)


def _number_in_bars(unit: str) -> Linear:
    """Write a unit's number in bars: an SSCC as GS1 wants it, so it is never left off; a serial as it is."""
    if _is_digits(unit):
        return Linear(f"00{_require_sscc(unit)}", is_gs1=True, is_needed=True)
    if is_code(unit) and is_serial_sound(unit):
        return Linear(unit)
    raise LabelRefused("reads_as_serial", f"“{unit[:40]}” is no serial: check it for a slip.")


def _is_digits(unit: str) -> bool:
    return re.fullmatch(r"[0-9]*", unit) is not None


def _require_sscc(sscc: str) -> str:
    """Refuse a pallet number without its eighteen digits, or with a wrong check digit."""
    if len(sscc) == SSCC_LENGTH and check_digit(sscc) is None:
        return sscc
    raise LabelRefused("sscc_wrong", f"“{sscc[:40]}” is no pallet number (SSCC): 18 digits, the last one its check.")


def _sign(content: SignContent) -> Wording:
    text = sign_text(content.kind, content.code)
    captions = {"location": "PLACE", "operator": "PERSON", "command": "COMMAND", "scanner": "STEP"}
    return Wording(
        kind=content.kind,
        heading=_HEADINGS[content.kind],
        headline="",
        batch_number="",
        qr=text,
        linear=Linear(text),
        codes=((captions[content.kind], content.code),),
        name=content.name,
        details=(Detail("NOTE", content.note, may_be_cut=True),),
        printed=_printed(content.printed_at, content.copy_number),
        site=content.site_name,
        demo="DEMO" if content.is_demo else "",
    )


def _require_readable_back(identity: Identity) -> None:
    """Refuse a label whose linear symbol our own scanners would turn away."""
    if not is_serial_sound(linear_text(identity)):
        raise LabelRefused(
            "reads_as_serial",
            f"“{linear_text(identity)}” looks like a unit serial with a wrong check character: check it for a slip.",
        )


def _printed(printed_at: str, copy_number: int) -> str:
    if not 1 <= copy_number <= COPY_MAX:
        raise LabelRefused("copy_number", f"A copy number is from 1 to {COPY_MAX}, not {copy_number}.")
    copy = f" · copy {copy_number}" if copy_number > 1 else ""
    return _clean("date of printing", f"As printed on {printed_at}{copy}")


def _clean(name: str, text: str) -> str:
    """Put a text on one line in composed form, as the fonts have their letters."""
    if len(text) > TEXT_LENGTH_MAX:
        raise LabelRefused("text_too_long", f"The {name} has more than {TEXT_LENGTH_MAX} characters.")
    return " ".join(unicodedata.normalize("NFC", text).split())
