"""What a code on a drum means: the one grammar that is printed, scanned by camera or wedge, and typed.

A label names a lot (one item of one master batch) or one handling unit of it, and nothing that can
change. The printed text is upper case throughout, so a QR symbol stays in its small alphanumeric mode
and neither CapsLock nor a scanner's keyboard layout can turn one batch into another. Whatever does not
match exactly is refused; nothing is guessed or corrected. `pwa/src/scan/grammar.ts` is the twin of this
file, and both are held to `tests/vectors/label_grammar.json`.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from labels.refusal import LabelRefused
from labels.signature import split

Source = Literal["camera", "wedge", "typed"]

CODE_LENGTH_MAX = 20
SCANNED_LENGTH_MAX = 512
ADDRESS_LENGTH_MAX = 270

_CODE = r"[A-Z0-9][A-Z0-9.-]{0,19}"
_ORIGIN = r"HTTPS://(?:[A-Z0-9-]{1,63}\.)*[A-Z0-9-]{1,63}(?::[0-9]{1,5})?"
_COPY = r"[2-9]|[1-9][0-9]{1,3}"
_EXPIRY = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])"

_code = re.compile(_CODE)
_origin = re.compile(_ORIGIN)
_address = re.compile(
    rf"(?P<origin>{_ORIGIN})/B/(?P<batch>{_CODE})/I/(?P<item>{_CODE})"
    rf"(?:/H/(?P<unit>{_CODE})(?:/C/(?P<copy>{_COPY}))?)?(?:/E/{_EXPIRY})?"
)
_hostless = re.compile(
    rf"MAK1:(?P<batch>{_CODE})/(?P<item>{_CODE})(?:/(?P<unit>{_CODE})(?:/C/(?P<copy>{_COPY}))?(?:/{_EXPIRY})?)?"
)
_minted_serial = re.compile(r"U[0-9A-Z]{6}-[0-9]{4,}[0-9A-Z]")
_symbology_id = re.compile(r"\][A-Z][0-9A-Z]")

# GS1 and retail carriers: a bare text behind these is an article number or an element string, however much
# its digits look like one of our lots.
_FOREIGN_CARRIERS = frozenset({"]C1", "]D2", "]D8", "]E0", "]E1", "]E2", "]E3", "]E4", "]J1", "]Q3"})

# Only ASCII is folded: Unicode's upper() would turn "ß" into "SS" and "ı" into "I" and so invent a lot.
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TRIMMED = " \t\r\n"

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class LotIdentity(msgspec.Struct, frozen=True, tag_field="kind", tag="lot"):
    """One item of one master batch; `origin` is the installation's public address, if it has one."""

    batch: str
    item: str
    origin: str | None


class UnitIdentity(msgspec.Struct, frozen=True, tag_field="kind", tag="unit", omit_defaults=True):
    """One drum, carton or pallet of a lot; a label printed again is the same unit under the next copy number."""

    batch: str
    item: str
    unit: str
    origin: str | None
    copy: int = 1


class BareCode(msgspec.Struct, frozen=True, tag_field="kind", tag="bare"):
    """A code alone, from a linear symbol or a keyboard: the records know whether it is a batch or a unit."""

    text: str


class Refused(msgspec.Struct, frozen=True, tag_field="kind", tag="refused"):
    """A scan that names nothing of ours; `text` is what came in, as it came."""

    code: Literal["empty", "foreign_barcode", "check_character_wrong", "too_long"]
    text: str


Identity = LotIdentity | UnitIdentity
Scanned = LotIdentity | UnitIdentity | BareCode | Refused


def parse(text: str, source: Source) -> Scanned:
    """Tell what a scanned or typed text names.

    Only a wedge puts a symbology identifier such as `]Q1` in front, so only there is one taken off.
    """
    if len(text) > SCANNED_LENGTH_MAX:
        return Refused("too_long", text[:SCANNED_LENGTH_MAX])
    folded = text.strip(_TRIMMED).translate(_UPPER)
    carrier = ""
    if source == "wedge" and _symbology_id.match(folded):
        carrier, folded = folded[:3], folded[3:].strip(_TRIMMED)
    if not folded:
        return Refused("empty", text)
    signed = split(folded)
    folded = signed.text if signed else folded
    named = _named(folded, carrier)
    if named is None:
        return Refused("foreign_barcode", text)
    if not _check_holds(named):
        return Refused("check_character_wrong", text)
    return named


def _named(folded: str, carrier: str) -> LotIdentity | UnitIdentity | BareCode | None:
    if match := _address.fullmatch(folded) or _hostless.fullmatch(folded):
        found = match.groupdict()
        batch, item, unit, origin = found["batch"], found["item"], found["unit"], found.get("origin")
        if unit is None:
            return LotIdentity(batch, item, origin)
        return UnitIdentity(batch, item, unit, origin, int(found["copy"] or 1))
    if carrier not in _FOREIGN_CARRIERS and _code.fullmatch(folded):
        return BareCode(folded)
    return None


def _check_holds(named: LotIdentity | UnitIdentity | BareCode) -> bool:
    match named:
        case UnitIdentity(unit=text) | BareCode(text=text):
            return is_serial_sound(text)
        case LotIdentity():
            return True


def is_code(text: str) -> bool:
    """Say that a text can be a batch, item or unit in a symbol."""
    return _code.fullmatch(text) is not None


def is_serial_sound(text: str) -> bool:
    """Say that `text` is no serial of ours, or one whose check character is right.

    Somebody else's numbering is welcome as a unit code; it just carries no check.
    """
    return not _minted_serial.fullmatch(text) or check_character(text[:-1]) == text[-1]


def payload(identity: Identity, address: str | None, gtin: str = "") -> str:
    """Write the text of a label's QR symbol: a web address of this installation, or the host-less form.

    The address makes a phone without the app open something useful; an installation that has none
    still prints labels that work. With the item's own article number (`gtin`, 14 digits) the address is a GS1 Digital
    Link, which readers of other companies understand too.
    """
    for code in (identity.batch, identity.item, *_unit_of(identity)):
        if not _code.fullmatch(code):
            raise LabelRefused(
                "code_unprintable",
                f"“{code[:40]}” cannot be printed: use 1 to {CODE_LENGTH_MAX} of A-Z, 0-9, dot and dash.",
            )
    unit = _unit_of(identity)
    copy = f"/C/{identity.copy}" if isinstance(identity, UnitIdentity) and identity.copy > 1 else ""
    if address is not None and gtin:
        return _digital_link(identity, origin_of(address), gtin)
    if address is None:
        return "MAK1:" + "/".join((identity.batch, identity.item, *unit)) + copy
    path = "".join(f"/H/{code}" for code in unit)
    return f"{origin_of(address)}/B/{identity.batch}/I/{identity.item}{path}{copy}"


def _digital_link(identity: Identity, origin: str, gtin: str) -> str:
    """Write `01`, `10` and `21` as GS1 Digital Link 1.6 orders them; our codes need no escapes.

    A reprint says its copy in a query, which GS1's readers pass over.
    """
    link = f"{origin}/01/{gtin}/10/{identity.batch}"
    if isinstance(identity, LotIdentity):
        return link
    return f"{link}/21/{identity.unit}" + (f"?C={identity.copy}" if identity.copy > 1 else "")


def _unit_of(identity: Identity) -> tuple[str, ...]:
    return (identity.unit,) if isinstance(identity, UnitIdentity) else ()


def linear_text(identity: Identity) -> str:
    """Write the text of a label's linear symbol: the unit's serial, or the batch on a lot label."""
    return identity.unit if isinstance(identity, UnitIdentity) else identity.batch


def origin_of(address: str) -> str:
    """Turn the installation's public address into the upper-case form that is printed."""
    origin = address.strip(_TRIMMED).rstrip("/").translate(_UPPER)
    if len(origin) > ADDRESS_LENGTH_MAX or not _origin.fullmatch(origin):
        raise LabelRefused(
            "address_unprintable",
            "The public address must be https://name or https://name:port, with nothing after it.",
        )
    return origin


def check_character(text: str) -> str:
    """Compute the ISO 7064 MOD 37,36 check character of `text`, its dashes left out.

    It catches every single wrong character and all but one in six hundred swaps of two neighbours.
    """
    product = 36
    for character in text.replace("-", ""):
        total = (product + _ALPHABET.index(character)) % 36 or 36
        product = total * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def mint_serial(device_code: str, incarnation_tag: str, counter: int) -> str:
    """Write the serial of a new handling unit, such as `U03K4QX-0001C`.

    The device counts by itself, so phones that never meet still never mint the same serial twice.
    """
    for part in (device_code, incarnation_tag):
        if not re.fullmatch(r"[0-9A-Z]{3}", part):
            raise ValueError(f"not three characters of 0-9 and A-Z: {part!r}")
    body = f"U{device_code}{incarnation_tag}-{counter:04d}"
    if counter < 0 or len(body) >= CODE_LENGTH_MAX:
        raise ValueError(f"no serial has room for the counter {counter}")
    return body + check_character(body)
