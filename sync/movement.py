"""Buckets and movements: where material is, and how it gets from one place to another (layer 2: sums).

A movement takes a quantity out of one bucket and puts it into another, so quantity is conserved by construction. Sums
need no order: whatever arrives when, the total of a bucket is the same. A bucket may fall below zero for a while (a
receipt that came before its dispatch); that is shown, never refused.

    location:ASHA-WH    a place with a code              transfer:TR-0007   inside a transfer: in transit
    run:R-12            inside a run: in process         supplier, customer, made, used, scrapped, adjusted   outside
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

State = Literal["on_hand", "in_transit", "in_process", "outside"]

_STATES: dict[str, State] = {"location": "on_hand", "transfer": "in_transit", "run": "in_process"}


class Bucket(NamedTuple):
    """One shelf of the books: a lot in one place, of one owner, in one status."""

    place: str
    item: str
    batch: str
    owner: str
    status: str


class Movement(NamedTuple):
    """A quantity (smallest units, above zero) that went from one bucket to another."""

    from_bucket: Bucket
    to_bucket: Bucket
    quantity: int


Totals = Mapping[tuple[Bucket, Bucket], int]
"""Net quantity per pair of buckets, each pair written once (smaller bucket first); negative: the other way."""


def state_of(place: str) -> State:
    """Say in which state stock at a place is; the outside places hold no stock of ours."""
    return _STATES.get(place.partition(":")[0], "outside")


def totals(movements: Iterable[Movement]) -> Counter[tuple[Bucket, Bucket]]:
    """Add movements up per pair of buckets, a movement and its reversal cancelling out."""
    net: Counter[tuple[Bucket, Bucket]] = Counter()
    for source, target, quantity in movements:
        if source < target:
            net[source, target] += quantity
        elif target < source:
            net[target, source] -= quantity
    return net


def difference(due: Iterable[Movement], booked: Iterable[Movement]) -> list[Movement]:
    """Give the movements that turn what is booked into what is due; none if they already agree.

    Nothing booked is ever changed: what no longer holds is reversed by a movement the other way.
    """
    due, booked = list(due), list(booked)
    if due == booked:
        return []
    net = totals(due)
    net.subtract(totals(booked))
    return [
        Movement(a, b, quantity) if quantity > 0 else Movement(b, a, -quantity)
        for (a, b), quantity in sorted(net.items())
        if quantity
    ]


def balances(movements: Iterable[Movement]) -> dict[Bucket, int]:
    """Add up what movements change per bucket; buckets that end where they began are left out."""
    change: dict[Bucket, int] = {}
    for source, target, quantity in movements:
        change[source] = change.get(source, 0) - quantity
        change[target] = change.get(target, 0) + quantity
    return {bucket: quantity for bucket, quantity in change.items() if quantity}
