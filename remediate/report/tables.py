"""Plain-text tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from remediate.report.sanitize import clean, padded, width

GAP = "  "
_NARROWEST = 6

Row = Sequence[str]


def table(headers: Row, rows: Sequence[Row], columns: int = 100) -> tuple[str, ...]:
    """Lines of at most `columns` columns: the widest cells are cut first. No row, no line."""
    if not rows:
        return ()
    cells = [[clean(cell) for cell in row] for row in (headers, *rows)]
    widths = _fitted(_natural(headers, rows), columns)
    return tuple(GAP.join(map(padded, row, widths)).rstrip() for row in cells)


def blocks(headers: Row, rows: Sequence[Row], columns: int = 100) -> tuple[str, ...]:
    """The table, cut between its columns into several, one below another, where one would be too wide.

    The first column stands before each. Only what is alone too wide is cut as in `table`.
    """
    first, *others = _natural(headers, rows)
    cuts, used = [1], first
    for at, other in enumerate(others, start=1):
        used += len(GAP) + other
        if used > columns and at > cuts[-1]:
            cuts, used = [*cuts, at], first + len(GAP) + other
    lines: list[str] = []
    for begin, end in pairwise([*cuts, len(headers)]):
        part = [(row[0], *row[begin:end]) for row in (headers, *rows)]
        lines += ["", *table(part[0], part[1:], columns)]
    return tuple(lines[1:])


def fits(headers: Row, rows: Sequence[Row], columns: int) -> bool:
    """Whether every cell can be shown whole."""
    return sum(_natural(headers, rows)) + len(GAP) * (len(headers) - 1) <= columns


def _natural(headers: Row, rows: Sequence[Row]) -> list[int]:
    """How wide each column is, were there no end to the screen."""
    return [max(map(width, map(clean, column))) for column in zip(headers, *rows, strict=True)]


def _fitted(widths: list[int], columns: int) -> list[int]:
    """Takes columns from the widest until all fit, or until each is as narrow as can be read."""
    room = columns - len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        others = max((w for i, w in enumerate(widths) if i != widest), default=_NARROWEST)
        excess = sum(widths) - room
        widths[widest] -= min(excess, max(1, widths[widest] - max(others, _NARROWEST)))
    return widths
