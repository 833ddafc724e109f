"""Who may do what, as the oracle has it: by the rights a scan names, and by those its author had not seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from simulation.oracle_loose import surely
from simulation.oracle_words import DESK_WORDS, Told

from sync.event import Event, Granted, Voided

Rights = Mapping[str, Mapping[int, list[Told]]]
"""Each person's rights by version; several, if two desks gave one version out."""


def rights_of(facts: Iterable[Told]) -> Rights:
    """Gather what desks have granted, whoever has lost which right since."""
    rights: defaultdict[str, defaultdict[int, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(facts, key=lambda one: one.rank):
        if isinstance(one.fact, Granted) and one.held.is_desk:
            rights[one.fact.person][one.fact.version].append(one)
    return rights


def may_take_back(one: Told, rights: Rights) -> bool:
    """Say whether the rights an undo names let its author take back what others recorded."""
    assert isinstance(one.fact, Voided)
    named = rights.get(one.fact.actor, {}).get(one.fact.grant, [])
    return bool(named) and all(_allows(word.fact, one.fact) for word in named)


def out_of_bounds(one: Told, rights: Rights) -> tuple[str, bytes] | None:
    """Say whether an author's rights did not reach, or no longer did though the author could not know."""
    fact = one.fact
    if isinstance(fact, str):
        return None
    versions = rights.get(fact.actor, {})
    for word in versions.get(fact.grant, []):
        if not _allows(word.fact, fact):
            return "outside_grant", word.held.id
    later = [word for version, words in versions.items() if version > fact.grant for word in words]
    for word in sorted(later, key=lambda word: word.rank):
        if not _allows(word.fact, fact) and not surely(one, word):
            return "grant_narrowed_unseen", word.held.id
    return None


def _allows(granted: Event | str, fact: Event) -> bool:
    assert isinstance(granted, Granted)
    if isinstance(fact, DESK_WORDS):
        return granted.may_decide
    is_here = granted.sites is None or fact.site in granted.sites
    return is_here and (granted.may_correct or not isinstance(fact, Voided))


def contradicting(rights: Rights) -> dict[str, set[bytes]]:
    """Name, by person, the words that give out one version of the rights in different ways."""
    found: defaultdict[str, set[bytes]] = defaultdict(set)
    for person, versions in rights.items():
        for words in versions.values():
            if len({_content(word.fact) for word in words}) > 1:
                found[person] |= {word.held.id for word in words}
    return found


def _content(fact: Event | str) -> tuple[object, ...]:
    assert isinstance(fact, Granted)
    return None if fact.sites is None else tuple(sorted(fact.sites)), fact.may_correct, fact.may_decide
