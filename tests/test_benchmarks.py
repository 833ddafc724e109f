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


@pytest.mark.requirement("L4")
@pytest.mark.usefixtures("benchmarks")
def test_a_label_as_a_picture_takes_at_most_twice_what_its_bare_matrix_takes_a_fast_encoder() -> None:
    """By processor time in one run; most of a label of this size is its QR symbol."""
    import bench_labels  # noqa: PLC0415

    ours, bare = bench_labels.against_segno("50x25")
    assert bare / ours >= 0.5


@pytest.mark.requirement("L4")
@pytest.mark.usefixtures("benchmarks")
def test_a_thousand_labels_are_one_file_without_much_memory() -> None:
    import bench_labels  # noqa: PLC0415

    _, peak_mib, file_bytes = bench_labels.alone(bench_labels.pdf_of_sheets)
    assert file_bytes > 100_000
    assert peak_mib < 200
