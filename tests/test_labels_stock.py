"""Label stocks: each is one file, and a wrong one is refused in words that tell what to change."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from test_labels_label import CONTENT, symbols_on
from test_labels_outputs import pages

from labels.label import render_pdf
from labels.refusal import LabelRefused
from labels.stock import built_in, read_stock

GOOD = """
title = "Roll, 76 × 51 mm"
width = 76
height = 51
"""
PAGE = """
[page]
width = 210
height = 297
columns = 2
rows = 5
left = 20
top = 15
pitch_x = 80
pitch_y = 51
"""
PLACES = """
[places]
qr = [{ box = [0, 0, 40, 40] }]
title = [40, 2, 34, 8]
details = [[40, 20, 34, 10]]
printed = [40, 46, 34, 4]
smallest = 2
"""


@pytest.mark.requirement("L4")
@pytest.mark.parametrize("more", ["", PAGE, PLACES])
def test_a_stock_of_ones_own_is_a_few_lines(more: str) -> None:
    stock = read_stock("ours-76x51", GOOD + more)
    (page,) = pages(render_pdf([CONTENT], stock, 300), 300)
    assert ("]Q1", "HTTPS://L.EXAMPLE.COM/B/MAK-2026-0142/I/PARA-90DC/H/U03K4QX-0001E") in symbols_on(page)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("Ours", GOOD, "a-z, 0-9"),
        ("ours", "width =", "no TOML"),
        ("ours", "x" * 20_000, "more than"),
        ("ours", GOOD.replace("76\n", '"wide"\n'), "$.width"),
        ("ours", GOOD.replace("width = 76\n", ""), "width"),
        ("ours", GOOD + "colour = 1\n", "colour"),
        ("ours", GOOD.replace("76\n", "7\n"), "10 to 330 millimetres"),
        ("ours", GOOD.replace("76\n", "nan\n"), "10 to 330 millimetres"),
        ("ours", GOOD + PAGE.replace("pitch_x = 80", "pitch_x = 70"), "overlap"),
        ("ours", GOOD + PAGE.replace("pitch_y = 51", "pitch_y = 50"), "overlap"),
        ("ours", GOOD + PAGE.replace("rows = 5", "rows = 6"), "past the edge"),
        ("ours", GOOD + PAGE.replace("rows = 5", "rows = 0"), "columns and rows"),
        ("ours", GOOD + PAGE.replace("left = 20", "left = -2"), "margins"),
        ("ours", GOOD + PLACES.replace("40, 40]", "40, 52]"), "not on the label"),
        ("ours", GOOD + PLACES.replace("[40, 20", "[-1, 20"), "not on the label"),
        ("ours", GOOD + PLACES.replace("qr = ", "qrs = "), "qr"),
        ("ours", GOOD + PLACES.replace("[{ box = [0, 0, 40, 40] }]", "[]"), "no QR symbol"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(name: str, text: str, says: str) -> None:
    with pytest.raises(LabelRefused) as refusal:
        read_stock(name, text)
    assert refusal.value.code == "stock_unreadable"
    assert name[:10] in refusal.value.detail
    assert says in refusal.value.detail


@pytest.mark.requirement("L4")
def test_the_rolls_and_sheets_in_common_use_come_with_the_package() -> None:
    rolls = {(stock.width_mm, stock.height_mm) for stock in built_in().values() if stock.page is None}
    assert rolls >= {(100, 150), (100, 50), (50, 25)}
    pages_cut = [stock.page for stock in built_in().values() if stock.page is not None]
    assert {page.columns * page.rows for page in pages_cut} >= {4, 8, 14, 21, 24}
    assert all((page.width, page.height) == (210, 297) for page in pages_cut)


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_stock_is_one_short_readable_file(name: str) -> None:
    text = (files("labels") / "stocks" / f"{name}.toml").read_text("utf-8")
    assert text.startswith("# ")
    assert len(text.splitlines()) <= 40


@pytest.mark.requirement("D8")
def test_every_file_that_labels_are_made_of_is_installed_with_them() -> None:
    root = Path(__file__).resolve().parents[1]
    patterns = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["package-data"]
    labels = root / "labels"
    there = {path for path in labels.rglob("*") if path.suffix in {".toml", ".txt", ".ttf"}}
    assert there - {path for pattern in patterns["labels"] for path in labels.glob(pattern)} == set()
