"""The fault matrix, and which tests run which row: a test bears the number in its name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

MATRIX = Path(__file__).parents[1] / "lab" / "faults" / "matrix.toml"
LEFT_OUT = "left-out"
_NUMBER = re.compile(r"(?<![a-z0-9])f[01][0-9a-f]{2}(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One fault: its number, its heading, what must be seen, and why no test runs it, where none does."""

    number: str
    heading: str
    expected: str
    left_out: str = ""


def matrix() -> tuple[Row, ...]:
    """Every row, in the order of the file."""
    tables: dict[str, dict[str, str]] = tomllib.loads(MATRIX.read_text(encoding="utf-8"))
    reasons = tables.pop(LEFT_OUT)
    return tuple(
        Row(number, rows["title"], expected, reasons.get(number, ""))
        for rows in tables.values()
        for number, expected in rows.items()
        if number != "title"
    )


def numbers_in(test: str) -> tuple[str, ...]:
    """The rows that a test runs, by its name with its parameters; its file does not count."""
    name = test.rpartition("::")[2] if "[" not in test else test[test.rindex("::", 0, test.index("[")) + 2 :]
    return tuple(dict.fromkeys(found.upper() for found in _NUMBER.findall(name)))
