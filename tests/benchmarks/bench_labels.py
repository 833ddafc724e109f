"""Labels against the bare matrix of a fast QR encoder, and a thousand of them as one file for each kind of printer.

A label is laid out, drawn, written and decoded again; segno only computes the matrix of the same text at the same error
correction. Both take turns in one process, by processor time. The files are made in a process of their own, so that
its peak of memory is theirs; what it takes before the first label is in it.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import segno
from rows import Seconds

from labels.content import LabelContent
from labels.identity import UnitIdentity, mint_serial
from labels.label import render_pdf, render_png, render_zpl
from labels.layout import lay_out
from labels.stock import built_in

ROUNDS, LABELS = 10, 20
FILE_LABELS = 1_000
DPI = 203


def run() -> dict[str, Any]:
    """Measure once."""
    figures: dict[str, Any] = {"bench": "labels", "dpi": DPI}
    for stock in ("50x25", "100x50", "100x150"):
        ours, bare = against_segno(stock)
        figures[f"png_{stock}_a_second"] = round(ROUNDS * LABELS / ours)
        figures[f"png_{stock}_to_segno_matrix"] = round(bare / ours, 2)
        figures["segno_matrix_a_second"] = round(ROUNDS * LABELS / bare)
    for make in (pdf_of_sheets, pdf_of_a_roll, zpl_of_a_roll):
        seconds, peak_mib, file_bytes = alone(make)
        figures[f"{make.__name__}_seconds"] = round(seconds.wall, 1)
        figures[f"{make.__name__}_processor_seconds"] = round(seconds.processor, 1)
        figures[f"{make.__name__}_peak_mib"] = round(peak_mib)
        figures[f"{make.__name__}_kib"] = round(file_bytes / 1024)
    return figures


def _contents(first: int, count: int) -> list[LabelContent]:
    """Give labels of as many units, none of which was drawn before."""
    return [
        LabelContent(
            identity=UnitIdentity(
                "MAK-2026-0142", "PARA-90DC", mint_serial("03K", "4QX", counter), "HTTPS://L.EXAMPLE.COM"
            ),
            printed_at="22 Nov 2026, 10:23",
            item_name="Paracetamol granules 90 % DC",
            quantity="25",
            unit_of_measure="kg",
            owner="Makara Pharma Ltd",
            status="QUARANTINE",
            expires="2029-04-30",
            container_number=counter + 1,
            container_count=first + count,
            site_name="Kiran Formulations",
        )
        for counter in range(first, first + count)
    ]


def against_segno(stock: str) -> tuple[float, float]:
    """Give the processor time of labels as PNG, and of segno's matrices of the same texts."""
    symbol = lay_out(_contents(0, 1)[0], built_in()[stock], DPI).symbols[-1].symbol
    render_png(_contents(0, 1)[0], stock, DPI)
    ours = bare = 0.0
    for turn in range(ROUNDS):
        contents = _contents(1 + turn * LABELS, LABELS)
        texts = [symbol.text.rpartition("/")[0] + "/" + content.identity.unit for content in contents]
        began = time.process_time()
        for content in contents:
            render_png(content, stock, DPI)
        between = time.process_time()
        for text in texts:
            segno.make(text, error=symbol.level, micro=False, boost_error=False)
        ours += between - began
        bare += time.process_time() - between
    return ours, bare


def alone(make: Callable[[], bytes]) -> tuple[Seconds, float, int]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_measured, make).result()


def _measured(make: Callable[[], bytes]) -> tuple[Seconds, float, int]:
    wall, processor = time.perf_counter(), time.process_time()
    data = make()
    seconds = Seconds(time.perf_counter() - wall, time.process_time() - processor)
    return seconds, _peak_mib(), len(data)


def _peak_mib() -> float:
    # Not of `getrusage`: that one begins with what the process took that started this one.
    (line,) = [line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def pdf_of_sheets() -> bytes:
    """Make a thousand labels on A4 sheets of 21."""
    return render_pdf(_contents(0, FILE_LABELS), "a4-63x38", DPI)


def pdf_of_a_roll() -> bytes:
    """Make a thousand labels of 100 by 150 mm, a page for each."""
    return render_pdf(_contents(0, FILE_LABELS), "100x150", DPI)


def zpl_of_a_roll() -> bytes:
    """Make the same for a thermal printer."""
    return render_zpl(_contents(0, FILE_LABELS), "100x150", DPI)
