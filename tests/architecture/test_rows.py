"""Every row of the matrices of faults and of bad input is run by a test, or says why not."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.rows import BAD_INPUT, FAULTS, Matrix

PROJECT = Path(__file__).parents[2]
MATRICES = pytest.mark.parametrize("matrix", [FAULTS, BAD_INPUT], ids=["faults", "bad input"])


@pytest.fixture(scope="module")
def collected(request: pytest.FixtureRequest) -> Sequence[str]:
    """The tests of every file that bears a number of either matrix, as pytest names them.

    Where the whole suite runs they are at hand; where a part of it does, they are collected apart.
    """
    numbers = re.compile("|".join(row.number for matrix in (FAULTS, BAD_INPUT) for row in matrix.rows()), re.IGNORECASE)
    files = [path for path in sorted((PROJECT / "tests").rglob("test_*.py")) if path != Path(__file__)]
    named = [path for path in files if numbers.search(path.read_text(encoding="utf-8"))]
    if {item.path for item in request.session.items}.issuperset(named):
        return [item.nodeid for item in request.session.items]
    arguments = ["-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *map(str, named)]
    done = subprocess.run([sys.executable, *arguments], cwd=PROJECT, check=True, capture_output=True, text=True)
    return [line for line in done.stdout.splitlines() if "::" in line]


def run_by_tests(matrix: Matrix, collected: Sequence[str]) -> frozenset[str]:
    """The rows of a matrix that pytest finds tests for."""
    return frozenset(number for test in collected for number in matrix.numbers_in(test))


@MATRICES
def test_every_row(matrix: Matrix, collected: Sequence[str]) -> None:
    """A row has a test that bears its number, or else a reason for having none: one of the two."""
    ran, rows = run_by_tests(matrix, collected), matrix.rows()
    assert [row.number for row in rows if row.number not in ran and not row.left_out] == []
    assert [row.number for row in rows if row.number in ran and row.left_out] == []


@MATRICES
def test_numbers_are_in_the_matrix(matrix: Matrix, collected: Sequence[str]) -> None:
    """A number in a test's name is one of the matrix."""
    assert run_by_tests(matrix, collected) <= {row.number for row in matrix.rows()}
