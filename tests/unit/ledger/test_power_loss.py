"""The power fails at every system call that the ledger makes: what was acknowledged is there, and nothing is torn.

The calls of a process that appends are recorded and played again on a disk that forgets whatever was not synced, in
the mixtures that POSIX allows (`tests/support/disk.py`).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.ledger.store import open_ledger
from tests.support.disk import Disk, lay, states, watched
from tests.support.doubles import FakeClock

ENTRIES = 4
FILE = "ledger.sqlite"


def recorded(home: Path, *weaker: str) -> Path:
    """The trace of a process that appended all its entries to a ledger in `home / "live"`."""
    live = home / "live"
    live.mkdir(mode=0o700)
    command = [sys.executable, "-m", "tests.support.appending", str(live / FILE), str(home / "notes"), *weaker]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        with watched(process.pid, live, home / "trace"):
            process.communicate(b"begin\n")
    assert process.returncode == 0
    return home / "trace"


def left_over(home: Path, trace: Path) -> Iterator[tuple[int, tuple[Entry, ...]]]:
    """For each way in which the power can fail: how many entries were acknowledged, and those that are left."""
    disk, acknowledged, known = Disk(home / "live"), 0, dict[frozenset[tuple[str, bytes]], tuple[Entry, ...]]()
    for note in states(trace, disk):
        acknowledged += " commit " in note
        for files in disk.possible():
            key = frozenset((name, content) for name, content in files.items() if name.startswith(FILE))
            if key not in known:
                known[key] = entries_of(dict(key), home / f"left-{len(known)}")
            yield acknowledged, known[key]


def entries_of(files: dict[str, bytes], directory: Path) -> tuple[Entry, ...]:
    """What a ledger finds in what is left; its chains are checked."""
    directory.mkdir(mode=0o700)
    lay(files, directory)
    return open_ledger(str(directory / FILE), FakeClock()).entries()


def holds(home: Path, trace: Path) -> int:
    """I2, F007: whatever append had returned for is left, in order and whole. In how many cases that was looked at."""
    whole, cases = open_ledger(str(home / "live" / FILE), FakeClock()).entries(), 0
    assert len(whole) == ENTRIES
    for acknowledged, found in left_over(home, trace):
        assert found == whole[: len(found)]
        assert acknowledged <= len(found) <= acknowledged + 1
        cases += 1
    return cases


def test_power_fails_at_every_system_call(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing is torn."""
    assert holds(tmp_path, recorded(tmp_path)) > 200


def test_a_ledger_that_does_not_sync_is_found_out(tmp_path: Path) -> None:
    """The same check fails where connections are less durable than ours."""
    trace = recorded(tmp_path, "OFF")
    with pytest.raises((AssertionError, JournalError)):
        holds(tmp_path, trace)
