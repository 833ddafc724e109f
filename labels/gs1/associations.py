"""Which elements must, and which must not, stand on one item: the rules of GS1's dictionary between AIs.

GS1 means all symbols of an item together; a reader that has seen only one of them may leave this out.
Twin of `pwa/src/scan/gs1/associations.ts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from labels.gs1.elements import Element, Fault, entry_of

# Of these keys the signature needs the serial part, which comes behind so many characters.
_SERIAL_BEHIND = {"253": 13, "255": 13, "8003": 14}
_SIGNATURE = "8030"


def association_fault(elements: Sequence[Element]) -> Fault | None:
    """Say which rule between elements is broken, if any."""
    return (
        repeat_fault(elements)
        or exclusion_fault(elements)
        or requisite_fault(elements)
        or unsigned_serial_fault(elements)
    )


def repeat_fault(elements: Sequence[Element]) -> Fault | None:
    """One AI has one value, however often it stands there."""
    values: dict[str, str] = {}
    for ai, value in elements:
        if values.setdefault(ai, value) != value:
            return Fault("gs1_ai_repeated", ai)
    return None


def exclusion_fault(elements: Sequence[Element]) -> Fault | None:
    """Two AIs that exclude each other do not stand together."""
    for ai, _ in elements:
        entry = entry_of(ai)
        for pattern in entry.excludes if entry else ():
            for other, _ in elements:
                if other != ai and matches(pattern, other):
                    return Fault("gs1_ai_excluded", ai, other)
    return None


def requisite_fault(elements: Sequence[Element]) -> Fault | None:
    """What an AI only qualifies is there too: a lot stands beside the article it is a lot of."""
    present = [ai for ai, _ in elements]
    for ai, _ in elements:
        entry = entry_of(ai)
        for alternatives in entry.needs if entry else ():
            if not any(all(_has(present, each) for each in group) for group in alternatives):
                return Fault("gs1_ai_unaccompanied", ai)
    return None


def unsigned_serial_fault(elements: Sequence[Element]) -> Fault | None:
    """A digital signature signs one thing: the key beside it carries a serial."""
    if all(ai != _SIGNATURE for ai, _ in elements):
        return None
    for ai, value in elements:
        if len(value) == _SERIAL_BEHIND.get(ai):
            return Fault("gs1_signature_unserialised", ai)
    return None


def _has(present: Sequence[str], pattern: str) -> bool:
    return any(matches(pattern, ai) for ai in present)


def matches(pattern: str, ai: str) -> bool:
    """Say that an AI is meant by a pattern of the dictionary such as `31nn`."""
    return len(pattern) == len(ai) and all(a in ("n", b) for a, b in zip(pattern, ai, strict=True))
