"""QR symbols for screens: the links a person scans from the desk, the trust page or the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from labels.symbol import Symbol, qr

_FIELD_DOTS = 400


def qr_svg(text: str) -> str:
    """Draw a QR symbol as one SVG path, quiet zone included; it scales to whatever size the page gives it."""
    symbol = qr(text, _FIELD_DOTS)
    path = "".join(
        f"M{x + symbol.quiet_modules} {y + symbol.quiet_modules}h{length}v1h-{length}z"
        for y, row in enumerate(symbol.rows)
        for x, length in _dark_runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {symbol.span} {symbol.span}" role="img" '
        f'aria-label="QR code" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{symbol.span}v{symbol.span}H0z"/>'
        f'<path d="{path}"/></svg>'
    )


def _dark_runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Give start and length of each run of dark modules."""
    x = 0
    for is_dark, modules in groupby(row):
        length = len(list(modules))
        if is_dark:
            yield x, length
        x += length


def qr_text(text: str) -> str:
    """Draw a QR symbol in half-block characters for a terminal.

    Light modules are drawn, dark ones left out: on a dark terminal that reads as it should, and phones read the
    inverse on a light one too.
    """
    symbol = qr(text, _FIELD_DOTS)
    rows = _with_quiet_zone(symbol)
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    halves = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(halves[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def _with_quiet_zone(symbol: Symbol) -> list[list[bool]]:
    quiet = symbol.quiet_modules
    empty = [False] * symbol.span
    middle = [[False] * quiet + [bool(black) for black in row] + [False] * quiet for row in symbol.rows]
    return [list(empty) for _ in range(quiet)] + middle + [list(empty) for _ in range(quiet)]
