"""What a child process takes, with everything that it starts, and a bench lab beside it."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.reads import READY

PROJECT = Path(__file__).parents[2]
SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: what a child leaves behind becomes ours, and is counted and ended."""
SAMPLE_S = 0.2
MOST_S = 1_800


class Failed(Exception):
    """A client did not end well; its last words."""


@dataclass(frozen=True)
class Spent:
    """Seconds of the whole process and of its work as it reports it, CPU seconds, and the peak of memory in bytes.

    Memory of one process is its resident set (at least that of the bench itself, as Linux counts it); of a family, such
    as Ansible's forks, the sum of proportional sets.
    """

    wall: float
    cpu: float
    peak: int
    work: float
    work_cpu: float
    rate: float = 0.0
    """What a client counts by itself, per second."""


def measured(command: list[str], *, family: bool = False) -> Spent:
    """Run it to its end. Raises `Failed`."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    strangers = set(_children(os.getpid()))
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, cwd=PROJECT)
        watch = _Watch(strangers)
        if family:
            watch.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stopped() if family else usage.ru_maxrss * 1024
        cpu = usage.ru_utime + usage.ru_stime + _ended(strangers)
        out.seek(0)
        said = out.read().decode("utf-8", "replace").strip().splitlines() or [""]
    if child.returncode:
        raise Failed(" ".join(said[-3:])[-500:])
    report = json.loads(said[-1]) if said[-1].startswith("{") else {"work": wall, "cpu": cpu}
    return Spent(wall, cpu, peak, report["work"], report["cpu"], report.get("rate", 0.0))


class _Watch(threading.Thread):
    """Looks again and again how much memory all descendants take that are no strangers."""

    def __init__(self, strangers: set[int]) -> None:
        super().__init__(daemon=True)
        self._strangers, self._peak, self._stop_now = strangers, 0, threading.Event()

    def run(self) -> None:
        while not self._stop_now.wait(SAMPLE_S):
            self._peak = max(self._peak, sum(map(_proportional, _descendants(self._strangers))))

    def stopped(self) -> int:
        """The peak."""
        self._stop_now.set()
        self.join()
        return self._peak


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(word) for word in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            continue
    return found


def _descendants(strangers: set[int]) -> Iterator[int]:
    waiting = [pid for pid in _children(os.getpid()) if pid not in strangers]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            waiting += _children(pid)
        except OSError:
            continue


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _ended(strangers: set[int]) -> float:
    """CPU seconds of what a child left behind, which ends now."""
    spent = 0.0
    while left := [pid for pid in _children(os.getpid()) if pid not in strangers]:
        for pid in left:
            os.kill(pid, signal.SIGTERM)
            _, _, usage = os.wait4(pid, 0)
            spent += usage.ru_utime + usage.ru_stime
    return spent


@contextmanager
def lab(scenario: str, clusters: int, peers: int, device_ms: float = 0, rtt_ms: float = 0) -> Iterator[Path]:
    """A bench lab in a directory of its own, up while in use."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        shape = [f"--scenario={scenario}", f"--clusters={clusters}", f"--peers={peers}"]
        pace = [f"--device-ms={device_ms}", f"--rtt-ms={rtt_ms}"]
        command = [sys.executable, "-m", "tests.benchmarks.fast_lab", name, *shape, *pace]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT)
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            if child.stdout.readline().strip() != READY:
                raise Failed(f"the bench lab did not start: {child.poll()}")
            yield Path(name)
        finally:
            child.stdin.close()
            child.wait()
            child.stdout.close()
