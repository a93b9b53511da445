"""Long lines on a terminal, broken between words: under their label's text, or a little to the right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remediate.report.sanitize import width

PASTED = ("remediate ", "xConfiguration ", "xCommand ", "WARNING: ", "ERROR: ", "sha256:")
"""A line with one of these is copied from the screen as it is: the terminal wraps it, and no line end goes with it."""
_LABEL = re.compile(r"\s*(?:[+~!] |[\w-]+ {2,})?")
_NARROWEST = 24


def folded(text: str, columns: int) -> str:
    """The same words in lines of at most `columns`; a word that is wider alone, and what is pasted, stay whole."""
    return "\n".join(part for line in text.split("\n") for part in _folded(line, columns))


def _folded(line: str, columns: int) -> Iterator[str]:
    label = _LABEL.match(line)[0]  # type: ignore[index]  # it matches nothing too
    hang = " " * (len(label) if label.strip() else len(label) + 2)
    if width(line) <= columns or columns - len(hang) < _NARROWEST or any(mark in line for mark in PASTED):
        yield line
        return
    first, *words = line[len(label) :].split(" ")
    held = label + first
    for word in words:
        if width(held) + 1 + width(word) > columns:
            yield held
            held = hang + word
        else:
            held += f" {word}"
    yield held
