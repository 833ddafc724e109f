"""Whose word leads past a stop: a second person's by role, by a right that was lent, or on the telephone.

An overrule that rests on more than a role names its word, and the word is a fact of its own, made on whichever phone
it was given: `Lent` for a shift, `Allowed` for the one stop whose challenge was read out. Either may arrive first. An
overrule whose word is missing is *unconfirmed*, and settles by itself when the word comes. Nothing here keeps a scan
out of the books.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sync.clock import interval
from sync.event import Allowed, Event, Handled, Lent, Unreadable
from sync.exception import Trouble, subject_of
from sync.order import Stored, key
from sync.register import is_before, register_of, register_of_overrule
from sync.rules import OVERRULERS, may_overrule

WORDS_OF_OVERRULES = (Lent, Allowed)

Roles = Mapping[str, str]
"""People's roles, by their id."""


def is_overruled(fact: Event | Unreadable) -> bool:
    """Say whether a scan went on against a stop on a second person's word."""
    return isinstance(fact, Handled) and fact.overruled


def of_overrules(overruled: Iterable[Stored], words: Iterable[Stored], roles: Roles) -> list[Trouble]:
    """Report scans that went on by the word of somebody who may not give it, or has not been heard to.

    `words` are those that stand; of one unit and kind all scans are one exception, with the words they rest on.
    """
    said: defaultdict[str, list[Stored]] = defaultdict(list)
    for word in words:
        said[str(register_of(word.fact))].append(word)
    first: dict[str, Stored] = {}
    groups: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for event in sorted(overruled, key=key):
        register = register_of_overrule(event.fact)
        if register is None:
            rests_on, kind = [], _by_role(event, roles)
        else:
            is_first = first.setdefault(register, event) is event
            rests_on = said[register]
            kind = _by_word(event, rests_on, roles, is_first=is_first)
        if kind is not None:
            groups[kind, subject_of(event)].update((event.id, *(word.id for word in rests_on)))
    return [Trouble(*about, tuple(sorted(ids))) for about, ids in sorted(groups.items())]


def _by_role(event: Stored, roles: Roles) -> str | None:
    """Say what speaks against an overrule by nothing but the second person's role."""
    fact = event.fact
    assert isinstance(fact, Handled)
    second = fact.second or ""
    return None if may_overrule(roles.get(second, ""), second=second, actor=fact.actor) else "overruled_without_right"


def _by_word(event: Stored, words: Sequence[Stored], roles: Roles, *, is_first: bool) -> str | None:
    """Say what speaks against an overrule that names a word; one challenge is answered for one scan, the first."""
    fact = event.fact
    assert isinstance(fact, Handled)
    if fact.challenge is not None:
        given = [word for word in words if isinstance(word.fact, Allowed) and word.fact.actor == fact.second]
        objection = _by_role(event, roles) or (None if is_first else "overruled_without_right")
    else:
        given = [word for word in words if isinstance(word.fact, Lent) and word.fact.person == fact.second]
        is_covered = not given or any(_covers(word, event, roles) for word in given)
        objection = None if is_covered and fact.second != fact.actor else "overruled_without_right"
    return objection or (None if given else "overrule_unconfirmed")


def _covers(word: Stored, event: Stored, roles: Roles) -> bool:
    """Say whether a right that was lent reaches a scan: from one whose role may, here, neither over nor to come."""
    lent, fact = word.fact, event.fact
    assert isinstance(lent, Lent)
    assert isinstance(fact, Handled)
    is_over = interval(fact.clock)[0] > lent.until
    is_here = lent.site == fact.site
    return roles.get(lent.actor, "") in OVERRULERS and is_here and not is_over and not is_before(event, word)
