"""The benches run to their end and print what they promise. No time is asserted."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.benchmarks import bench, bench_start

Capsys = pytest.CaptureFixture[str]


def test_start(capsys: Capsys) -> None:
    """A row per command, each with its ratio to a bare interpreter."""
    assert bench_start.main(1) == 0
    rows = capsys.readouterr().out.splitlines()[2:]
    assert [row[:24].strip() for row in rows] == list(bench_start.COMMANDS)
    assert all(float(row.split(" ms")[2].split()[0]) > 0 for row in rows)


def test_bench(capsys: Capsys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every client that is installed reads all settings and lists of a small lab; every aim gets its figure."""
    nowhere = str(tmp_path / "python")
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", "--without=netmiko cisco_tp,Ansible", f"--others={nowhere}"])
    assert bench.main() == 0
    out = capsys.readouterr().out
    assert out.count("nornir + netmiko       not installed") == 2
    tables = [block.splitlines()[2:] for block in out.split("\n\n") if "settings" in block.partition("\n")[0]]
    assert len(tables) == 3
    for name in (bench.OURS, bench.RAW):
        assert all(any(row.startswith(f"  {name} ") for row in table) for table in tables)
    assert all(f"\n  {name}" in out for name in ("netmiko generic", "remediate plan", "straight reference"))
    assert re.search(r"TLS captures: [1-9]\d* per second", out)
    assert re.search(r"round trips per node for all SSH reads: [1-9]", out)
    assert "SSH reading of 4 nodes × raw paramiko" in out
