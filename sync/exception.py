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
from types import MappingProxyType
from typing import Literal, NamedTuple

from sync.event import Decided, Lost
from sync.movement import Bucket
from sync.order import Stored, key
from sync.outcome import CODES, Ending, Outcome
from sync.register import Hold, Misuse
from sync.tolerance import Difference

Severity = Literal["stop", "check", "note"]
Key = Literal["unit", "bucket", "hold", "run", "chain", "grant", "device"]
ID_BYTES = 16

LOST_MAX = 10_000
"""So many scans one word can give up for lost."""


class Choice(NamedTuple):
    """Something a desk may decide: what stands on the button, and what it leads to besides the decision."""

    label: str
    effect: str = ""
    """What `sync/remedy.py` records together with the decision; empty: nothing."""
    asks_floor: bool = False
    """The floor is asked for something; its phones go on showing the exception."""


CHOICES: dict[str, Choice] = {
    "accept": Choice("Accept it as it is"),
    "wait": Choice("Wait, it may still arrive"),
    "count_again": Choice("Ask the floor to count again", asks_floor=True),
    "relabel": Choice("Ask the floor for the right label", asks_floor=True),
    "hold_output": Choice("Put what was made on hold", "hold_output"),
    "release_output": Choice("Release what was made", "release_output"),
    "release": Choice("Release it", "release"),
    "keep_held": Choice("Keep it on hold", "keep_held"),
    "admit": Choice("Let these scans count", "admit"),
    "refuse": Choice("Leave these scans out"),
    "renew_phone": Choice("Have the phone enrolled anew"),
    "take_back": Choice("Take this scan back", "take_back"),
}
"""Every choice there is. `take_back` is offered for each scan of any exception, beside the kind's own choices."""


class Kind(NamedTuple):
    """One kind of trouble: how grave, what to tell a person at a desk or a phone, what can be decided."""

    severity: Severity
    sentence: str
    choices: tuple[str, ...]
    key: Key = "unit"
    """What it is one of: with the kind it makes the exception's id."""
    name: str = ""
    """What it is called in lists; empty: the code, in words."""
    advice: str = "Check the label and what is in front of you. Tell the office what you find."
    """What the floor can do about it (at most 140 characters)."""


_COUNT = ("count_again", "accept")
_LABEL = ("relabel", "accept")
_COUNT_IT = "Count once more, one person alone, and tell the office. Go on with other units meanwhile."
_FIND_LABEL = "Find the unit, compare number and contents with its label, and tell the office."
_STOP_USING = "Stop using this material. Put it aside until the office has decided."

KINDS: dict[str, Kind] = {
    "used_while_held": Kind(
        "stop", "Material was used although it was known to be on hold.", ("hold_output", "accept"),
        "hold", "Used while on hold", _STOP_USING,
    ),
    "used_hold_unknown": Kind(
        "stop", "Material on hold was used by somebody who could not know.", ("hold_output", "accept"),
        "hold", "Used, hold not known", _STOP_USING,
    ),
    "done_against_stop": Kind(
        "stop", "Something was done against a stop, and its author said so.",
        ("release_output", "hold_output", "accept"),
        name="Done against a stop", advice="Keep what was made with it apart. Tell your supervisor what happened.",
    ),
    "overruled_without_right": Kind(
        "stop", "A stop was overruled by somebody who may not do that.", ("hold_output", "accept"),
        name="Overruled without right", advice=_STOP_USING,
    ),
    "overrule_unconfirmed": Kind(
        "check", "A stop was overruled by telephone or by a lent right. The phone that gave it has not said so yet.",
        ("wait", "hold_output", "accept"),
        name="Overrule not confirmed", advice="Go on. It settles by itself when the other phone has sent its scans.",
    ),
    "hold_disputed": Kind(
        "stop", "A hold and a release do not know of each other. It stays on hold.", ("release", "keep_held"),
        "hold", "Hold and release disagree", _STOP_USING,
    ),
    "below_zero": Kind(
        "check", "More has left here than ever came in. Something was not scanned.", _COUNT,
        "bucket", "Below zero", "Look whether something arrived without a scan. Receive it now, or tell the office.",
    ),
    "serial_used_twice": Kind(
        "stop", "One serial is on two things. Find both labels.", _LABEL,
        name="One number twice", advice="Find both labels. Use neither unit until the office has decided.",
    ),
    "voided_label_scanned": Kind(
        "check", "A label that was spoiled or handed back was scanned. Two labels of one unit may be about.", _LABEL,
        name="Label out of use", advice="Take the old label off or find where it sticks. Only the newest one counts.",
    ),
    "same_id_other_content": Kind(
        "stop", "Two scans carry one number: a phone was cloned or rolled back.", ("renew_phone", "accept"),
        name="Two scans, one number", advice="Give the phone to the office. Scan on with another one.",
    ),
    "used_after_empty": Kind(
        "check", "Something was used from a unit that was reported empty.", _COUNT,
        name="Used after empty", advice="Check which unit you used, and whether it is empty. Tell the office.",
    ),
    "more_than_was_there": Kind(
        "check", "More was used than the unit ever held.", _COUNT, name="More than it held", advice=_COUNT_IT,
    ),
    "rest_after_emptied": Kind(
        "note", "A unit was emptied though the books had some left.", _COUNT,
        name="Rest after emptied", advice="Look whether something is left in the unit. Tell the office.",
    ),
    "dispatched_twice": Kind(
        "check", "One unit was sent on two transfers.", _LABEL, name="Sent twice", advice=_FIND_LABEL,
    ),
    "received_elsewhere": Kind(
        "check", "One unit was received at two sites.", _LABEL, name="Received at two sites", advice=_FIND_LABEL,
    ),
    "quantity_differs": Kind(
        "check", "What arrived is not what was sent.", _COUNT, name="Quantity differs", advice=_COUNT_IT,
    ),
    "count_differs": Kind(
        "note", "A count differs from the books. The books now follow the count.", ("accept", "count_again"),
        name="Count differs", advice=_COUNT_IT,
    ),
    "counts_overlap": Kind(
        "check", "Two people counted at the same time and disagree about the order.", _COUNT,
        name="Two counts at once", advice=_COUNT_IT,
    ),
    "seen_elsewhere": Kind(
        "note", "A unit was seen where the books did not have it.", _LABEL, name="Seen elsewhere", advice=_FIND_LABEL,
    ),
    "unit_unknown": Kind(
        "check", "A label nobody has recorded was scanned. It may still arrive.", _LABEL,
        name="Label not known", advice="Check the label. If nobody has recorded this unit, tell the office.",
    ),
    "receipt_without_dispatch": Kind(
        "note", "Goods arrived before their dispatch was reported. It may still arrive.", ("wait", "accept"),
        name="Arrived before its dispatch", advice="Go on. It settles by itself when the dispatch is reported.",
    ),
    "signed_in_past_lease": Kind(
        "note", "Somebody scanned after the offline sign-in had run out.", ("accept",),
        name="Offline for long", advice="Go where there is network once, so that the phone hears from the server.",
    ),
    "used_rejected": Kind(
        "stop", "Material that quality had rejected was used.", ("hold_output", "accept"),
        name="Rejected, used", advice=_STOP_USING,
    ),
    "used_in_quarantine": Kind(
        "stop", "Material that still waited for quality was used.", ("hold_output", "accept"),
        name="In quarantine, used", advice=_STOP_USING,
    ),
    "used_expired": Kind(
        "stop", "Material was used after its last day of use.", ("hold_output", "accept"),
        name="Expired, used", advice=_STOP_USING,
    ),
    "used_other_owner": Kind(
        "stop", "Material of one owner was used for the work of another.", ("hold_output", "accept"),
        name="Another owner's, used", advice=_STOP_USING,
    ),
    "used_off_bom": Kind(
        "check", "Something was used that is not on the bill of materials.", ("hold_output", "accept"),
        name="Not on the bill", advice="Check that you scanned for the right run. Tell the office what you used.",
    ),
    "lot_differs": Kind(
        "check", "A scan names another item or batch than the label of its unit.", _LABEL,
        name="Other item or batch", advice=_FIND_LABEL,
    ),
    "unit_of_measure_differs": Kind(
        "check", "A quantity was converted otherwise than on the label. Two phones take one unit of measure for two.",
        _COUNT, name="Unit of measure differs", advice=_COUNT_IT,
    ),
    "outside_grant": Kind(
        "check", "Somebody did what the rights named with it do not cover.", ("accept",),
        name="Beyond their rights", advice="Ask the office whether you may do this here.",
    ),
    "grant_narrowed_unseen": Kind(
        "note", "Somebody's rights had been narrowed, which the phone could not know.", ("accept",),
        name="Rights changed unseen", advice="Go where there is network once, so that the phone hears of the change.",
    ),
    "grant_disputed": Kind(
        "check", "Two desks gave one person different rights at once. The more careful of both counts.", ("accept",),
        "grant", "Rights disagree", "Ask the office what you may do.",
    ),
    "device_cloned": Kind(
        "stop", "One phone has written two histories: it was cloned or rolled back.", ("renew_phone", "accept"),
        "chain", "Phone cloned", "Give the phone to the office. Scan on with another one.",
    ),
    "announced_but_lost": Kind(
        "check", "Scans a phone had announced are lost for good. Ask who used it what they did.", ("accept",),
        "chain", "Scans lost", "Tell the office what you scanned that day, and scan again what you can.",
    ),
    "count_disturbed": Kind(
        "check", "Scans from before an approved count arrived after it.", ("count_again", "accept"),
        name="Approved count disturbed", advice=_COUNT_IT,
    ),
    "output_after_finish": Kind(
        "check", "Something came out of a run that was finished.", ("accept",),
        "run", "Output after the end", "Check that you scanned for the right run. Tell the office.",
    ),
    "finish_disputed": Kind(
        "note", "A run was finished and reopened by people who did not know of each other.", ("accept",),
        "run", "Finished and reopened", "Ask the office whether the run goes on.",
    ),
    "device_cut_off": Kind(
        "stop", "A phone that was switched off has handed in scans.", ("admit", "refuse"),
        name="From a phone switched off", advice="Give the phone to the office, with what you remember of the work.",
    ),
}  # fmt: skip
"""Every kind there is; a code of `sync/outcome.py` that asks for attention is a kind of the same name."""


OF_QUANTITY = frozenset(
    {"quantity_differs", "count_differs", "count_disturbed", "more_than_was_there", "rest_after_emptied"}
)
"""The kinds of endings that are about how much: their detail is the difference."""


def name_of(kind: str) -> str:
    """Give what a kind is called in lists."""
    return KINDS[kind].name or kind.replace("_", " ").capitalize()


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
    endings: Mapping[int, Ending],
    events: Mapping[int, Stored],
    differences: Mapping[int, Difference],
    remarks: Mapping[int, Sequence[Ending]] = MappingProxyType({}),
) -> list[Trouble]:
    """Gather what events ended with, and all else that was remarked: one exception for each kind and unit.

    Without a unit, one for each event.
    """
    groups: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    sizes: defaultdict[tuple[str, str], list[Difference]] = defaultdict(list)
    said = [*endings.items(), *((n, remark) for n, all_of_it in remarks.items() for remark in all_of_it)]
    for n, ending in said:
        if ending.outcome is not Outcome.ATTENTION and ending.code not in KINDS:
            continue
        event = events[n]
        about = ending.code, subject_of(event)
        difference = differences.get(n) if ending.code in OF_QUANTITY else None
        others = (ending.by, difference.against if difference is not None else None)
        groups[about].update((event.id, *(events[n].id for n in others if n is not None and n in events)))
        sizes[about] += [difference] if difference is not None else []
    return [Trouble(*about, tuple(sorted(ids)), _detail(sizes[about])) for about, ids in sorted(groups.items())]


def _detail(differences: Sequence[Difference]) -> str:
    """Write the largest of the differences; which of equals is content, never arrival."""
    if not differences:
        return ""
    return max(differences, key=lambda d: (d.size, d.found, d.expected)).detail


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


def grant_subject(person: str) -> str:
    """Write a person's rights as an exception's subject."""
    return f"grant:{person}"


def of_grants(person: str, contradicting: Iterable[Stored]) -> list[Trouble]:
    """Report that one version of a person's rights was given out in different ways."""
    ids = tuple(sorted(granted.id for granted in contradicting))
    return [Trouble("grant_disputed", grant_subject(person), ids)] if ids else []


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
