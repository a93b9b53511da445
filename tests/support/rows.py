"""The matrices of faults and of bad input, and which tests run which row: a test bears the number in its name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
LEFT_OUT = "left-out"


@dataclass(frozen=True)
class Row:
    """One row: its number, its heading, what must be seen, and why no test runs it, where none does."""

    number: str
    heading: str
    expected: str
    left_out: str = ""


@dataclass(frozen=True)
class Matrix:
    """A file of rows, and the form of their numbers."""

    file: Path
    form: str

    def rows(self) -> tuple[Row, ...]:
        """Every row, in the order of the file."""
        tables: dict[str, dict[str, str]] = tomllib.loads(self.file.read_text(encoding="utf-8"))
        reasons = tables.pop(LEFT_OUT, {})
        return tuple(
            Row(number, rows["title"], expected, reasons.get(number, ""))
            for rows in tables.values()
            for number, expected in rows.items()
            if number != "title"
        )

    def numbers_in(self, test: str) -> tuple[str, ...]:
        """The rows that a test runs, by its name with its parameters; its file does not count."""
        name = test.rpartition("::")[2] if "[" not in test else test[test.rindex("::", 0, test.index("[")) + 2 :]
        return tuple(dict.fromkeys(found.upper() for found in self._number.findall(name)))

    @property
    def _number(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![a-z0-9]){self.form}(?![a-z0-9])", re.IGNORECASE)


FAULTS = Matrix(TESTS / "lab" / "faults" / "matrix.toml", "f[01][0-9a-f]{2}")
BAD_INPUT = Matrix(TESTS / "unit" / "bad_input.toml", "b[01][0-9]{2}")
