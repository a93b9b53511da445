"""Text of a device made inert: nothing that a terminal would obey, hide or reorder (B090-B098)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800")
"""Printable by Unicode's tables, and yet nothing is seen."""


def clean(text: str) -> str:
    r"""One line, inert: ESC, C0, C1, line ends, bidi, zero-width and lone surrogates shown as `\xNN` or `\uNNNN`."""
    if text.isprintable() and _FILLERS.isdisjoint(text):
        return text
    return "".join(map(_shown, text))


def clean_lines(text: str) -> str:
    """The same for many lines: line ends and tabs stay."""
    return "\n".join("\t".join(map(clean, line.split("\t"))) for line in text.split("\n"))


def page(lines: Iterable[str]) -> str:
    """Lines, each made inert, as one text with a line end at its end; empty without lines."""
    return "".join(clean(line).rstrip() + "\n" for line in lines)


def width(text: str) -> int:
    """Columns that a terminal gives it: wide characters two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def cut(text: str, columns: int) -> str:
    """At most so many columns; what was cut off leaves `…`."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…" if columns > 0 else ""


def padded(text: str, columns: int) -> str:
    """Exactly so many columns."""
    short = cut(text, columns)
    return short + " " * (columns - width(short))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _shown(character: str) -> str:
    safe = character.isprintable() or unicodedata.category(character) == "Zs"
    if safe and character not in _FILLERS:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
