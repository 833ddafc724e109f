"""Label stocks: what is on the roll or the sheet, each one readable file that anybody can add.

A stock is its size, and for a page that is cut into labels where they stand on it. Where things go on the label
follows from the size (`arrangement.py`); a stock may say it itself under `[places]`. The layout turns it into dots
for one printer.

    # Avery L7160: 21 labels on A4
    title = "A4, 3 × 7 labels of 63.5 × 38.1 mm"
    width = 63.5
    height = 38.1

    [page]
    width = 210
    height = 297
    columns = 3
    rows = 7
    left = 7.2
    top = 15.15
    pitch_x = 66.04
    pitch_y = 38.1
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from labels.arrangement import Box, Places, arranged, arranged_for_pallet
from labels.refusal import LabelRefused

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")
FILE_BYTES_MAX = 16_384
SIDE_MM_MIN, SIDE_MM_MAX = 10.0, 330.0
LABELS_PER_PAGE_MAX = 400
_SLACK_MM = 0.05


class Page(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page cut into equal labels: its size, and where they stand, in millimetres from the upper left corner."""

    width: float
    height: float
    columns: int
    rows: int
    left: float
    top: float
    pitch_x: float
    pitch_y: float


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stock's file may hold."""

    title: str
    width: float
    height: float
    page: Page | None = None
    places: Places | None = None
    pallet_places: Places | None = None


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of label material; `pallet_places` is None where a pallet's bars have no room."""

    name: str
    title: str
    width_mm: float
    height_mm: float
    page: Page | None
    places: Places
    pallet_places: Places | None


def read_stock(name: str, text: str) -> Stock:
    """Read a stock from the text of its file; `name` is the file's name without `.toml`."""
    if not NAME.fullmatch(name):
        raise _unreadable(name, "Name the file with a-z, 0-9, dot and dash, 40 characters at most.")
    if len(text) > FILE_BYTES_MAX:
        raise _unreadable(name, f"The file has more than {FILE_BYTES_MAX} characters.")
    try:
        given = msgspec.convert(tomllib.loads(text), _File)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(name, f"It is no TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise _unreadable(name, f"{error}.") from error
    _require_sound(name, given)
    return Stock(
        name=name,
        title=given.title,
        width_mm=given.width,
        height_mm=given.height,
        page=given.page,
        places=given.places or arranged(given.width, given.height),
        pallet_places=given.pallet_places or arranged_for_pallet(given.width, given.height),
    )


def _require_sound(name: str, given: _File) -> None:
    for side, words in ((given.width, "width"), (given.height, "height")):
        if not SIDE_MM_MIN <= side <= SIDE_MM_MAX:
            raise _unreadable(
                name, f"The {words} must be {SIDE_MM_MIN:g} to {SIDE_MM_MAX:g} millimetres, not {side:g}."
            )
    if given.page is not None:
        _require_on_page(name, given, given.page)
    for places in (given.places, given.pallet_places):
        if places is None:
            continue
        if not places.qr:
            raise _unreadable(name, "Its places have no QR symbol: no phone could read the label.")
        for box in places.boxes():
            _require_on_label(name, given, box)


def _require_on_page(name: str, given: _File, page: Page) -> None:
    if page.columns < 1 or page.rows < 1 or page.columns * page.rows > LABELS_PER_PAGE_MAX:
        raise _unreadable(name, f"A page has 1 to {LABELS_PER_PAGE_MAX} labels in columns and rows.")
    if min(page.width, page.height, page.left + 1, page.top + 1) <= 0 or max(page.width, page.height) > 1000:
        raise _unreadable(name, "The page's size must be 1 to 1000 millimetres, its margins not negative.")
    if page.pitch_x < given.width - _SLACK_MM and page.columns > 1:
        raise _unreadable(name, "pitch_x is less than the width of a label: they would overlap.")
    if page.pitch_y < given.height - _SLACK_MM and page.rows > 1:
        raise _unreadable(name, "pitch_y is less than the height of a label: they would overlap.")
    right = page.left + (page.columns - 1) * page.pitch_x + given.width
    bottom = page.top + (page.rows - 1) * page.pitch_y + given.height
    if right > page.width + _SLACK_MM or bottom > page.height + _SLACK_MM:
        raise _unreadable(name, f"Its labels reach {right:g} × {bottom:g} mm, past the edge of the page.")


def _require_on_label(name: str, given: _File, box: Box) -> None:
    is_inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= given.width and box.y + box.height <= given.height
    if not is_inside or box.width <= 0 or box.height <= 0:
        place = f"{box.x:g}, {box.y:g}, {box.width:g}, {box.height:g}"
        raise _unreadable(name, f"The place [{place}] is not on the label.")


def _unreadable(name: str, why: str) -> LabelRefused:
    return LabelRefused("stock_unreadable", f"The label stock “{name[:40]}” cannot be used. {why}"[:300])


@cache
def built_in() -> dict[str, Stock]:
    """Read the stocks that come with the package, by name."""
    folder = files("labels") / "stocks"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".toml"))
    return {
        name.removesuffix(".toml"): read_stock(name.removesuffix(".toml"), (folder / name).read_text("utf-8"))
        for name in names
    }
