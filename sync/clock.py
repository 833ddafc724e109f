"""The clock of one device, and when a thing happened.

A device's clock is `max(last + 1, wall + offset)` written as [ms, counter]: it never runs backwards, and no other
device's clock raises it, so one phone in the year 2030 cannot drag its colleagues there. The clock only breaks ties
between events of which neither knew the other (`sync/order.py`); for people an event happened in the *interval*
its own body gives, never at one instant, and never at the time the server heard of it.
"""

from __future__ import annotations

import msgspec

DRIFT_PER_MILLION = 200
"""How much a phone's crystal may wander since its offset was learned: 200 ms in 1,000 s, twice a bad crystal's."""

UNKNOWN_OFFSET_MS = 12 * 3600 * 1000
"""How far off a clock may be that was never compared with a server's: half a day, a wrong time zone set by hand."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that a phone's clocks said when the event was made (milliseconds). It is signed, never corrected."""

    at: tuple[int, int]
    """The device's clock, [ms, counter]."""
    wall: int
    """What the phone's own clock showed (ms since 1970)."""
    offset: int | None = None
    """Server time minus wall, as last learned; null if never."""
    offset_age: int | None = None
    """How long ago, by the monotonic clock, the offset was learned."""
    round_trip: int | None = None
    """How long the exchange took that taught the offset: half of it is the offset's error."""
    mono: int
    """The monotonic clock since `boot`: it shows when somebody turned the wall clock."""
    boot: str
    """Changes whenever the monotonic clock starts again."""


def tick(last: tuple[int, int], wall: int, offset: int | None) -> tuple[int, int]:
    """Advance a device's clock: the corrected wall clock if it is ahead, else the next counter at the same ms."""
    now = wall + (offset or 0)
    if now > last[0]:
        return now, 0
    return last[0], last[1] + 1


def interval(reading: Reading) -> tuple[int, int]:
    """Give the earliest and the latest moment (ms, server time) at which the event can have happened."""
    if reading.offset is None:
        return reading.wall - UNKNOWN_OFFSET_MS, reading.wall + UNKNOWN_OFFSET_MS
    wander = (reading.offset_age or 0) * DRIFT_PER_MILLION // 1_000_000
    error = (reading.round_trip or 0) // 2 + wander
    centre = reading.wall + reading.offset
    return centre - error, centre + error
