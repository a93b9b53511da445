"""Every row of the matrices of faults and of bad input is run by a test, or says why not."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.rows import BAD_INPUT, FAULTS, Matrix

PROJECT = Path(__file__).parents[2]
MATRICES = pytest.mark.parametrize("matrix", [FAULTS, BAD_INPUT], ids=["faults", "bad input"])


@cache
def collected() -> tuple[str, ...]:
    """The tests of every file that bears a number of either matrix, as pytest names them."""
    numbers = re.compile("|".join(row.number for matrix in (FAULTS, BAD_INPUT) for row in matrix.rows()), re.IGNORECASE)
    files = [path for path in sorted((PROJECT / "tests").rglob("test_*.py")) if path != Path(__file__)]
    named = [str(path) for path in files if numbers.search(path.read_text(encoding="utf-8"))]
    arguments = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *named]
    done = subprocess.run([sys.executable, *arguments], cwd=PROJECT, check=True, capture_output=True, text=True)
    return tuple(line for line in done.stdout.splitlines() if "::" in line)


def run_by_tests(matrix: Matrix) -> frozenset[str]:
    """The rows of a matrix that pytest finds tests for."""
    return frozenset(number for test in collected() for number in matrix.numbers_in(test))


@MATRICES
def test_every_row(matrix: Matrix) -> None:
    """A row has a test that bears its number, or else a reason for having none: one of the two."""
    ran, rows = run_by_tests(matrix), matrix.rows()
    assert [row.number for row in rows if row.number not in ran and not row.left_out] == []
    assert [row.number for row in rows if row.number in ran and row.left_out] == []


@MATRICES
def test_numbers_are_in_the_matrix(matrix: Matrix) -> None:
    """A number in a test's name is one of the matrix."""
    assert run_by_tests(matrix) <= {row.number for row in matrix.rows()}
