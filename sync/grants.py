"""Layer 0: who may do what, by the version of the rights that an event names as `grant`.

A phone may not have heard that somebody's rights were changed, and what was done was done: an event is judged by the
rights it names, and a narrowing its author had not seen opens an exception. Nothing here keeps a scan out of the books.
What an author's rights decide is one thing only: whether an undo may take back what somebody else recorded.

If two desks gave out one version, the most careful of the two counts. Two grants that take away each other's author's
rights both stand: each was made under the rights it names. A grant is never taken back, a newer one corrects it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from sync.event import Desk, Event, Granted, Voided
from sync.order import Stored, key
from sync.outcome import Ending
from sync.register import is_before

Versions = Mapping[int, Sequence[Stored]]
Rights = Mapping[str, Versions]
"""Each person's rights by version; several, if two desks gave one version out."""

_DESK: tuple[type, ...] = get_args(Desk)
_NOTHING: Versions = {}


def rights_of(facts: Iterable[Stored]) -> Rights:
    """Gather what desks have granted."""
    rights: defaultdict[str, defaultdict[int, list[Stored]]] = defaultdict(lambda: defaultdict(list))
    granted = [event for event in facts if event.is_desk and isinstance(event.fact, Granted)]
    for event in sorted(granted, key=key):
        assert isinstance(event.fact, Granted)
        rights[event.fact.person][event.fact.version].append(event)
    return rights


def allows(granted: Stored, fact: Event) -> bool:
    """Say whether a version of rights covers an act; of an undo, that of another person's scan."""
    rights = granted.fact
    assert isinstance(rights, Granted)
    if isinstance(fact, _DESK):
        return rights.may_decide
    is_here = rights.sites is None or fact.site in rights.sites
    return is_here and (rights.may_correct or not isinstance(fact, Voided))


def may_correct(void: Stored, rights: Rights) -> bool:
    """Say whether the rights an undo names let its author take back another person's scan."""
    assert isinstance(void.fact, Voided)
    named = rights.get(void.fact.actor, _NOTHING).get(void.fact.grant, ())
    return bool(named) and all(allows(granted, void.fact) for granted in named)


def out_of_bounds(event: Stored, rights: Rights) -> Ending | None:
    """Say whether the rights an event names did not reach, or were narrowed before it without its author's knowing."""
    fact = event.fact
    if isinstance(fact, str):
        return None
    versions = rights.get(fact.actor, _NOTHING)
    named = [granted for granted in versions.get(fact.grant, ()) if not allows(granted, fact)]
    if named:
        return Ending("outside_grant", named[0].n)
    later = [granted for version, words in versions.items() if version > fact.grant for granted in words]
    unseen = [granted for granted in later if not allows(granted, fact) and not is_before(event, granted)]
    return Ending("grant_narrowed_unseen", min(unseen, key=key).n) if unseen else None


def is_concerned(event: Stored, granted: Stored) -> bool:
    """Say whether a grant can bear on an event of its person at all: else it need not be looked at again."""
    rights, fact = granted.fact, event.fact
    assert isinstance(rights, Granted)
    if isinstance(fact, str) or fact.actor != rights.person or fact.grant > rights.version:
        return False
    return fact.grant == rights.version or not is_before(event, granted)


def contradicting(versions: Versions) -> list[Stored]:
    """Name the grants that give out one version of a person's rights in different ways."""
    return [
        granted for words in versions.values() if len({_content(granted) for granted in words}) > 1 for granted in words
    ]


def _content(granted: Stored) -> tuple[object, ...]:
    rights = granted.fact
    assert isinstance(rights, Granted)
    return None if rights.sites is None else tuple(sorted(rights.sites)), rights.may_correct, rights.may_decide
