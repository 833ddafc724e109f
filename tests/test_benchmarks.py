"""What benchmarks measure must be real: a ledger with a long past is one the product itself would have written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from server.intake.check import check

BENCHMARKS = Path(__file__).parent / "benchmarks"
DAYS = 5


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests find what the benchmarks are made of."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])


@pytest.mark.usefixtures("benchmarks")
def test_a_past_made_by_copying_a_day_is_just_what_settling_it_would_have_written() -> None:
    import ledger  # noqa: PLC0415
    import traffic  # noqa: PLC0415
    from installation import installed  # noqa: PLC0415

    phones: list[Any] = traffic.phones()
    with installed(phones) as installation:
        settings = installation.copy("filled")
        assert ledger.fill(settings.database, DAYS * traffic.EVENTS_PER_DAY).last_day == DAYS
        assert check(settings.database) == []
