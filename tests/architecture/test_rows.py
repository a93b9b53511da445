"""Every row of the fault matrix is run by a test, or says why not."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.support.fault_rows import matrix, numbers_in

PROJECT = Path(__file__).parents[2]
ROWS = matrix()


@cache
def collected() -> frozenset[str]:
    """The rows that pytest finds tests for."""
    files = [path for path in sorted((PROJECT / "tests").rglob("test_*.py")) if _bears_a_number(path)]
    arguments = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *map(str, files)]
    done = subprocess.run([sys.executable, *arguments], cwd=PROJECT, check=True, capture_output=True, text=True)
    return frozenset(number for line in done.stdout.splitlines() for number in numbers_in(line) if "::" in line)


def _bears_a_number(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return path != Path(__file__) and any(row.number in text or f"_{row.number.lower()}_" in text for row in ROWS)


def test_every_row() -> None:
    """A row has a test that bears its number, or else a reason for having none: one of the two."""
    assert [row.number for row in ROWS if row.number not in collected() and not row.left_out] == []
    assert [row.number for row in ROWS if row.number in collected() and row.left_out] == []


def test_numbers_are_in_the_matrix() -> None:
    """A number in a test's name is one of the matrix."""
    assert collected() <= {row.number for row in ROWS}
