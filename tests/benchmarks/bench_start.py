"""Print how long the command line takes to start, and the ratio to a bare interpreter that imports argparse.

`python -m tests.benchmarks.bench_start [RUNS]`: commands take turns, so that what else runs on the machine disturbs all
alike; of each the fastest run counts, as wall time and as CPU time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

RUNS = 25
PROGRAM = str(Path(sys.executable).with_name("remediate"))
BARE = (sys.executable, "-c", "pass")
ARGPARSE = (sys.executable, "-c", "import argparse; argparse.ArgumentParser().parse_args()")
COMMANDS = {
    "python -c pass": (BARE, ""),
    "python with argparse": (ARGPARSE, ""),
    "remediate --version": ((PROGRAM, "--version"), "at most 2.5"),
    "remediate --help": ((PROGRAM, "--help"), "at most 2.5"),
    "remediate plan --help": ((PROGRAM, "plan", "--help"), "at most 3.3"),
    "remediate apply --help": ((PROGRAM, "apply", "--help"), "at most 3.3"),
    "remediate show --help": ((PROGRAM, "show", "--help"), "at most 3.3"),
    "remediate explain list": ((PROGRAM, "explain", "list"), ""),
}
"""What is typed, and the aim for its ratio."""


class Spent(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


def started(command: tuple[str, ...]) -> Spent:
    """One run. Raises CalledProcessError where it fails."""
    begun = perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Spent(wall, usage.ru_utime + usage.ru_stime)


def measured(runs: int) -> dict[str, Spent]:
    """The fastest of so many runs of each, by wall and by CPU."""
    every: dict[str, list[Spent]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, (command, _) in COMMANDS.items():
            every[name].append(started(command))
    return {name: Spent(min(s.wall for s in spent), min(s.cpu for s in spent)) for name, spent in every.items()}


def main(runs: int = RUNS) -> int:
    """One row per command."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{runs} runs each, the fastest counts; load average {load} on {os.cpu_count()} processors")
    found = measured(runs)
    base = found["python with argparse"]
    print(f"{'':<24}{'wall':>9}{'CPU':>9}{'wall ×':>8}{'CPU ×':>8}  aim")
    for name, (_, aim) in COMMANDS.items():
        wall, cpu = found[name]
        ratios = f"{wall / base.wall:>8.2f}{cpu / base.cpu:>8.2f}"
        print(f"{name:<24}{wall * 1000:>6.0f} ms{cpu * 1000:>6.0f} ms{ratios}  {aim}")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS))
