"""The benches run to their end and print what they promise. No time is asserted."""

from __future__ import annotations

import pytest

from tests.benchmarks import bench_start

Capsys = pytest.CaptureFixture[str]


def test_start(capsys: Capsys) -> None:
    """A row per command, each with its ratio to a bare interpreter."""
    assert bench_start.main(1) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row[:24].strip() for row in rows] == list(bench_start.COMMANDS)
    assert all(float(row.split(" ms")[2].split()[0]) > 0 for row in rows)
