"""Layer 4: what a person must look at. Computed last, feeding nothing.

An exception is one *kind* of trouble with one *subject* (a unit, a lot, a bucket, a phone): its id is a hash of the
two, so the same trouble found twice is one exception wherever it is found. Its participants form the *evidence*. A
decision names the id and the evidence it was made on: other evidence opens the exception again. What was *done* about
it is never here: that is an ordinary fact, with its quantity written in it, and stays in force whatever becomes of the
exception.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

from sync.event import Decided, Lost
from sync.movement import Bucket
from sync.order import Stored, key
from sync.outcome import CODES, Ending, Outcome
from sync.register import Hold, Misuse
from sync.resolve import Remark

Severity = Literal["stop", "check", "note"]
ID_BYTES = 16

LOST_MAX = 10_000
"""So many scans one word can give up for lost."""


class Kind(NamedTuple):
    """One kind of trouble: how grave, what to tell a person at a desk or a phone, what can be decided."""

    severity: Severity
    sentence: str
    choices: tuple[str, ...]


_COUNT = ("count_again", "accept")
_LABEL = ("relabel", "accept")

KINDS: dict[str, Kind] = {
    "used_while_held": Kind(
        "stop", "Material was used although it was known to be on hold.", ("hold_output", "accept")
    ),
    "used_hold_unknown": Kind(
        "stop", "Material on hold was used by somebody who could not know.", ("hold_output", "accept")
    ),
    "hold_disputed": Kind(
        "stop", "A hold and a release do not know of each other. It stays on hold.", ("release", "keep_held")
    ),
    "below_zero": Kind("check", "More has left here than ever came in. Something was not scanned.", _COUNT),
    "serial_used_twice": Kind("stop", "One serial is on two things. Find both labels.", _LABEL),
    "same_id_other_content": Kind(
        "stop", "Two scans carry one number: a phone was cloned or rolled back.", ("renew_phone", "accept")
    ),
    "used_after_empty": Kind("check", "Something was used from a unit that was reported empty.", _COUNT),
    "more_than_was_there": Kind("check", "More was used than the unit ever held.", _COUNT),
    "rest_after_emptied": Kind("note", "A unit was emptied though the books had some left.", _COUNT),
    "dispatched_twice": Kind("check", "One unit was sent on two transfers.", _LABEL),
    "received_elsewhere": Kind("check", "One unit was received at two sites.", _LABEL),
    "quantity_differs": Kind("check", "What arrived is not what was sent.", _COUNT),
    "count_differs": Kind(
        "note", "A count differs from the books. The books now follow the count.", ("accept", "count_again")
    ),
    "counts_overlap": Kind("check", "Two people counted at the same time and disagree about the order.", _COUNT),
    "seen_elsewhere": Kind("note", "A unit was seen where the books did not have it.", _LABEL),
    "unit_unknown": Kind("check", "A label nobody has recorded was scanned. It may still arrive.", _LABEL),
    "receipt_without_dispatch": Kind(
        "note", "Goods arrived before their dispatch was reported. It may still arrive.", ("wait", "accept")
    ),
    "signed_in_past_lease": Kind("note", "Somebody scanned after the offline sign-in had run out.", ("accept",)),
    "device_cloned": Kind(
        "stop", "One phone has written two histories: it was cloned or rolled back.", ("renew_phone", "accept")
    ),
    "announced_but_lost": Kind(
        "check",
        "A phone recorded scans that are lost for good. Ask who used it what they did.",
        ("record_again", "accept"),
    ),
    "count_disturbed": Kind(
        "check", "Scans from before an approved count arrived after it.", ("count_again", "accept")
    ),
    "output_after_finish": Kind("check", "Something came out of a run that was finished.", ("reopen_run", "accept")),
    "finish_disputed": Kind(
        "note", "A run was finished and reopened by people who did not know of each other.", ("reopen_run", "accept")
    ),
    "device_cut_off": Kind("stop", "A phone that was switched off has handed in scans.", ("admit", "refuse")),
}
"""Every kind there is; a code of `sync/outcome.py` that asks for attention is a kind of the same name."""


class Trouble(NamedTuple):
    """One exception as it stands now."""

    kind: str
    subject: str
    participants: tuple[bytes, ...]
    detail: str = ""
    """What the evidence is beside the participants, such as the quantity below zero."""

    @property
    def id(self) -> bytes:
        """Give its id: the same wherever it is found."""
        return trouble_id(self.kind, self.subject)

    @property
    def evidence(self) -> bytes:
        """Give the hash of what a decision would be made on."""
        return sha256(b"\x00".join((self.id, self.detail.encode(), *self.participants))).digest()[:ID_BYTES]


def trouble_id(kind: str, subject: str) -> bytes:
    """Give the id of a kind of trouble with a subject."""
    return sha256(f"{kind}\x00{subject}".encode()).digest()[:ID_BYTES]


def of_endings(
    endings: Mapping[int, Ending], events: Mapping[int, Stored], remarks: Iterable[Remark] = ()
) -> list[Trouble]:
    """Gather what events ended with, and what else was remarked: one exception for each kind and unit.

    Without a unit, one for each event.
    """
    groups: defaultdict[tuple[str, str], tuple[set[bytes], set[str]]] = defaultdict(lambda: (set(), set()))
    remarked = set()
    for event, kind, by, detail in remarks:
        remarked.add((event.n, kind))
        ids, details = groups[kind, subject_of(event)]
        ids.update({event.id} if by is None else {event.id, by.id})
        details.update({detail} if detail else ())
    for n, ending in endings.items():
        if (ending.outcome is not Outcome.ATTENTION and ending.code not in KINDS) or (n, ending.code) in remarked:
            continue
        ids, _ = groups[ending.code, subject_of(events[n])]
        ids.add(events[n].id)
        if ending.by is not None and ending.by in events:
            ids.add(events[ending.by].id)
    return [
        Trouble(kind, subject, tuple(sorted(ids)), " ".join(sorted(details)))
        for (kind, subject), (ids, details) in sorted(groups.items())
    ]


def subject_of(event: Stored) -> str:
    """Name what an event's trouble is about."""
    return f"unit:{event.units[0]}" if event.units else f"event:{event.id.hex()}"


def of_balance(shelf: Bucket, quantity: int) -> Trouble | None:
    """Report a bucket of ours that is below zero; it closes itself when the missing receipt comes."""
    if quantity >= 0 or ":" not in shelf.place:
        return None
    return Trouble("below_zero", bucket_subject(shelf), (), str(quantity))


def bucket_subject(shelf: Bucket) -> str:
    """Write a bucket as an exception's subject."""
    return f"bucket:{'/'.join(shelf)}"


def hold_subject(register: str) -> str:
    """Write the register of a hold or a run as an exception's subject."""
    return register if is_run(register) else f"hold:{register}"


def is_run(register: str) -> bool:
    """Say whether a register is that of a run."""
    return register.startswith("run:")


def of_hold(register: str, state: Hold, misused: Iterable[Misuse]) -> list[Trouble]:
    """Report words that contradict each other, and what was done against them: knowing and not knowing apart."""
    disputed, known, unknown = _WORDS_OF_RUNS if is_run(register) else _WORDS_OF_HOLDS
    found: defaultdict[str, set[bytes]] = defaultdict(set)
    if state.is_disputed:
        found[disputed].update(event.id for event in state.heads)
    for misuse in misused:
        found[known if misuse.was_known else unknown].update((misuse.use.id, misuse.hold.id))
    return [Trouble(kind, hold_subject(register), tuple(sorted(ids))) for kind, ids in found.items()]


_WORDS_OF_HOLDS = "hold_disputed", "used_while_held", "used_hold_unknown"
_WORDS_OF_RUNS = "finish_disputed", "output_after_finish", "output_after_finish"


def chain_subject(inc: bytes | str) -> str:
    """Write a chain as an exception's subject."""
    return f"chain:{inc if isinstance(inc, str) else inc.hex()}"


def of_twins(inc: bytes, twins: Iterable[bytes]) -> list[Trouble]:
    """Report a chain that two phones have written: `twins` are the ids at the first number given twice, if any is."""
    ids = tuple(sorted(twins))
    return [Trouble("device_cloned", chain_subject(inc), ids)] if len(ids) > 1 else []


def of_losses(inc: str, losses: Sequence[Stored], held: Container[int]) -> list[Trouble]:
    """Report scans of a chain that were given up for lost and are not held; none, if all came after all."""
    gone = {seq for event in losses if isinstance(event.fact, Lost) for seq in lost_numbers(event.fact)}
    count = sum(seq not in held for seq in gone)
    if not count:
        return []
    return [Trouble("announced_but_lost", chain_subject(inc), tuple(sorted(e.id for e in losses)), str(count))]


def lost_numbers(fact: Lost) -> range:
    """Give the sequence numbers that one word gives up, at most `LOST_MAX`."""
    return range(fact.first, min(fact.last, fact.first + LOST_MAX - 1) + 1)


def decision(trouble: Trouble, decisions: Sequence[Stored]) -> Stored | None:
    """Give the decision that closes an exception as it stands; one made on other evidence does not."""
    evidence = trouble.evidence.hex()
    fitting = [d for d in decisions if isinstance(d.fact, Decided) and d.fact.evidence == evidence and d.is_desk]
    return max(fitting, key=key, default=None)


assert all(code in KINDS for code, meaning in CODES.items() if meaning.outcome is Outcome.ATTENTION)
