"""Markdown in which device text stays text: nothing of it becomes markup, a link or HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from remediate.report.sanitize import clean

_SPECIAL = re.compile(r"([\\`*_\[\]<|#~!])")
"""`>` opens a quotation only where a line begins, and no device text begins one."""
_TICKS = re.compile(r"`+")


def text(value: object) -> str:
    """Inert, with every character of markup escaped."""
    return _SPECIAL.sub(r"\\\1", clean(str(value)))


def code(value: str) -> str:
    """A code span, whatever backticks the value holds."""
    inert = clean(value)
    fence = "`" * (max((len(run) for run in _TICKS.findall(inert)), default=0) + 1)
    pad = " " if inert.startswith("`") or inert.endswith("`") else ""
    return f"{fence}{pad}{inert}{pad}{fence}"


def cell(value: object) -> str:
    """A code span would keep a backslash before `|`, so a cell holds text only."""
    return text(value)


def block(lines: Iterable[str]) -> tuple[str, ...]:
    """A fenced block. A fence longer than any in the lines."""
    inert = [clean(line) for line in lines]
    longest = max((len(run) for line in inert for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return (fence, *inert, fence)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> tuple[str, ...]:
    """A pipe table; no row, no line."""
    body = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    if not body:
        return ()
    return (f"| {' | '.join(headers)} |", f"|{'---|' * len(headers)}", *body)


def page(lines: Iterable[str]) -> str:
    """Lines as one text with a line end at its end."""
    return "".join(line.rstrip() + "\n" for line in lines)
