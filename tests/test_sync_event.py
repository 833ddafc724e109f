"""Whatever bytes arrive, reading them gives an event or a reason; never an exception."""

from __future__ import annotations

import json

import pytest
from floor import Phone
from hypothesis import given
from hypothesis import strategies as st

from sync.event import Received, read

GOOD = json.loads(Phone(1).receive("D1").body)


@pytest.mark.requirement("S9")
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_named_unreadable(body: bytes) -> None:
    """Noise on the line, a truncated body, another program's message."""
    assert read(body) in ("body_unreadable", "unknown_type", "unknown_version")


@pytest.mark.requirement("S9")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[" * 5_000 + b"]" * 5_000, "body_unreadable"),
        (b'{"type":"received","v":1}', "body_unreadable"),
        (b'{"type":"teleported","v":1}', "unknown_type"),
        (json.dumps(GOOD | {"v": 2}).encode(), "unknown_version"),
        (json.dumps(GOOD | {"to": "location:../etc"}).encode(), "body_unreadable"),
        (json.dumps(GOOD | {"unit": "d1"}).encode(), "body_unreadable"),
        (b'{"type":"received","v":NaN}', "body_unreadable"),
        (b"", "body_unreadable"),
    ],
)
def test_a_body_that_cannot_be_read_says_why(body: bytes, reason: str) -> None:
    """The reason decides whether an update will cure it."""
    assert read(body) == reason


def test_a_field_of_a_later_release_does_not_make_a_body_unreadable() -> None:
    """A server may be older than its phones: what it does not know it leaves alone."""
    assert isinstance(read(json.dumps(GOOD | {"humidity": "45"}).encode()), Received)
