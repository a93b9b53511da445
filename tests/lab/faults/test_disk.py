"""The disk below the ledger and below the output."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from tests.lab.faults.bench import Benches
from tests.support.required import program

pytestmark = pytest.mark.xdist_group("faults-process")
APPLY = "apply HOME/fix.plan -i INV"
ROOM = 45_056
"""Bytes: enough for the tables and the first entries, not for the whole run."""


def test_f020_no_room(bench: Benches) -> None:
    """The file of the ledger may not grow any more: whatever was sent has its intent on disk, and the run stops."""
    story = bench()
    story.planned()
    limit = (ROOM, ROOM)
    process = story.start(APPLY, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
    done = story.ended(process)
    assert done.code not in (0, 250), done.text
    assert "nothing is sent" in done.text
    assert len(story.sent("https-POST")) <= story.kinds().count("step-intended") < 3


@pytest.mark.parametrize("nth", [1, 4, 9], ids=lambda nth: f"F021-{nth}")
def test_failing_fsync(nth: int, bench: Benches, tmp_path: Path) -> None:
    """One fsync answers EIO: nothing is sent that is not on disk, and the run stops."""
    story = bench()
    story.planned()
    fault = f"inject=fsync,fdatasync:error=EIO:when={nth}"
    trace = [program("strace", "strace"), "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync"]
    done = story.ended(story.start(APPLY, under=[*trace, "-e", fault]), 60)
    assert done.code not in (0, 250), done.text
    assert "nothing is sent" in done.text or "Input/output error" in done.text
    assert len(story.sent("https-POST")) <= story.kinds().count("step-intended")
    assert len(set(story.sent("https-POST"))) < 3


def test_f022_read_only(bench: Benches) -> None:
    """A place where nothing can be written is refused before any device is asked."""
    story = bench()
    story.planned()
    before = len(story.record())
    done = story.type(f"{APPLY} --ledger /proc/remediate/ledger.sqlite")
    assert done.code == 1, done.text
    assert "/proc" in done.text
    assert len(story.record()) == before


def test_f028_no_room_for_the_output(bench: Benches) -> None:
    """The run is done and on the books; that its output is lost is said apart, and the code is not 0."""
    story = bench()
    story.planned()
    with Path("/dev/full").open("w") as full:
        done = story.ended(story.start(APPLY, stdout=full))
    assert done.code == 1, done.text
    assert "output lost: <stdout>: No space left on device; what was done stands, and answered 0" in done.text
    assert len(story.sent("https-POST")) == 3
    assert story.kinds()[-1] == "run-closed"
