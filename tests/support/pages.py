"""What a page of the documentation asks its reader to save and to type, and what it says that is then shown.

In a fence of `console` a line that begins with `$ ` is typed, `> ` continues it, and every other is shown. `# 9: …`
at the end of what is typed tells the exit code, which is 0 elsewhere. A fence that follows "`NAME`:" is saved as NAME.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
FOLLOWED = (DOCS / "tutorial.md", DOCS / "diagnose.md", *sorted((DOCS / "how-to").glob("*.md")))
"""Pages whose commands the tests type on the lab, by the letter."""
CUT = "…"
"""Stands for anything within a line that is shown."""
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([^`\s/][^`\s]*[./][^`\s]+)`:\s*\Z")
_CODE = re.compile(r"\s+#\s+(\d+): [^#]*\Z")


@dataclass(frozen=True)
class Saved:
    """A file that the reader makes."""

    name: str
    text: str


@dataclass(frozen=True)
class Typed:
    """One command, its exit code, and lines that it prints, in this order; others may stand between them."""

    command: str
    code: int
    shown: tuple[str, ...]


def tasks(page: Path) -> tuple[Saved | Typed, ...]:
    """What is to do on a page, from top to bottom."""
    return tuple(_tasks(page.read_text(encoding="utf-8")))


def _tasks(text: str) -> Iterator[Saved | Typed]:
    for fence in _FENCE.finditer(text):
        language, body = fence.groups()
        if language == "console":
            yield from typed(body)
        elif named := _NAMED.search(text[: fence.start()]):
            yield Saved(named[1], body)


def typed(block: str) -> Iterator[Typed]:
    """The commands of one console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        first, *rest = part.rstrip("\n").split("\n")
        more = 0
        while more < len(rest) and rest[more].startswith(">"):
            more += 1
        command = "\n".join([first, *(line[2:] for line in rest[:more])])
        ends = _CODE.search(command)
        yield Typed(_CODE.sub("", command), int(ends[1]) if ends else 0, tuple(filter(None, rest[more:])))


def missing(shown: Iterable[str], printed: Iterable[str]) -> str | None:
    """The first line that is shown and was not printed after those above it."""
    real = iter(printed)
    for line in shown:
        pattern = re.compile(".*".join(re.escape(part.rstrip()) for part in line.split(CUT)))
        if not any(pattern.fullmatch(one.rstrip()) for one in real):
            return line
    return None
