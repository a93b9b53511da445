"""Plain-text tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from remediate.report.sanitize import clean, padded, width

GAP = "  "
_NARROWEST = 6

Row = Sequence[str]


def table(headers: Row, rows: Sequence[Row], columns: int = 100) -> tuple[str, ...]:
    """Lines of at most `columns` columns: the widest cells are cut first. No row, no line."""
    if not rows:
        return ()
    cells = [[clean(cell) for cell in row] for row in (headers, *rows)]
    widths = _fitted([max(map(width, column)) for column in zip(*cells, strict=True)], columns)
    return tuple(GAP.join(map(padded, row, widths)).rstrip() for row in cells)


def _fitted(widths: list[int], columns: int) -> list[int]:
    """Takes columns from the widest until all fit, or until each is as narrow as can be read."""
    room = columns - len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > _NARROWEST:
        widest = widths.index(max(widths))
        others = max((w for i, w in enumerate(widths) if i != widest), default=_NARROWEST)
        excess = sum(widths) - room
        widths[widest] -= min(excess, max(1, widths[widest] - max(others, _NARROWEST)))
    return widths
