"""The process dies, is asked to end, or loses its screen."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from typing import Any

import pytest

from tests.lab.faults.bench import Bench, Benches
from tests.lab.stories.window import WORKAROUND

pytestmark = pytest.mark.xdist_group("faults-process")
FIRST = "exp-c-2"
APPLY = "apply HOME/fix.plan -i INV"
LONG_BEFORE_S = 10


def under_way(story: Bench, *options: str, **more: Any) -> subprocess.Popen[str]:
    """An apply whose first upload is out and takes a second and a half."""
    story.planned()
    story.fail("upload-slow", host=FIRST, seconds=1.5)
    process = story.start(" ".join((APPLY, *options)), **more)
    story.until(lambda: "step-intended" in story.kinds(), "the first intent")
    return process


def twice(process: subprocess.Popen[str]) -> None:
    """Ctrl-C, and again once the first is heeded."""
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "Stopping after" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["F008-int", "F008-term", "F011-hangup"]
)
def test_one_signal(number: signal.Signals, bench: Benches) -> None:
    """The write under way is read back, the next peer is not begun, the way on is named: 130."""
    story = bench()
    process = under_way(story)
    process.send_signal(number)
    done = story.ended(process)
    assert done.code == 130, done.text
    assert story.sent("https-POST") == [FIRST]
    assert story.kinds().count("confirmed") == 1
    assert story.kinds()[-1] == "run-closed"
    assert "--resume" in done.text


def test_f009_two_signals(bench: Benches) -> None:
    """The second does not wait for the value to be read back: it is noted as unknown, and a resume reads it and
    goes on, without a second upload."""
    story = bench()
    process = under_way(story)
    twice(process)
    done = story.ended(process)
    assert done.code == 130, done.text
    assert story.sent("https-POST") == [FIRST]
    assert story.kinds()[-1] == "run-closed"
    run = done.text.split("--resume ")[1].split()[0]
    again = story.type(f"{APPLY} --resume {run}")
    assert again.code == 0, again.text
    assert sorted(story.sent("https-POST")) == ["exp-c-1", FIRST, "exp-c-3"]


def test_f009_two_signals_while_a_device_is_silent(bench: Benches) -> None:
    """The write is done and a reading of it hangs: the second signal ends that session at once, long before the
    device's own time is over; the ledger is complete, and the line that goes on is on the screen."""
    story = bench()
    story.durations(command_timeout=60)
    story.planned(WORKAROUND, "off")
    process = story.start("apply HOME/off.plan -i INV")
    story.until(lambda: "sent" in story.kinds(), "the first write")
    story.fail("read-silent", every=True)
    story.until(lambda: "silent" in [entry["result"] for entry in story.record()], "the silence")
    twice(process)
    done = story.ended(process, LONG_BEFORE_S)
    story.fail("read-silent", clear=True)
    assert done.code == 130, done.text
    assert story.kinds()[-1] == "run-closed"
    line = f"remediate apply {story.home / 'off.plan'} -i {story.inventory} --resume "
    run = done.text.split(line)[1].split()[0]
    again = story.type(f"apply HOME/off.plan -i INV --resume {run}")
    assert again.code == 0, again.text
    assert story.sent("ssh-set") == ["exp-c-1"]
    assert story.settings() == ["Off"] * 3


def test_f011_terminal_closed(bench: Benches) -> None:
    """The terminal goes away with the hangup: everything that was out is settled and on the books."""
    story = bench()
    ours, theirs = pty.openpty()
    process = under_way(story, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    os.close(ours)
    process.send_signal(signal.SIGHUP)
    assert process.wait(30) == 130
    assert story.sent("https-POST") == [FIRST]
    assert story.kinds().count("confirmed") == 1
    assert story.kinds()[-1] == "run-closed"
    story.saw("exit 130, one write, confirmed in the ledger")


def test_f012_reader_went_away(bench: Benches) -> None:
    """Both outputs lead into pipes that nobody reads any more: the run goes on to its end, and 0 is its own."""
    story = bench()
    reading, writing = os.pipe()
    process = under_way(story, stdout=writing, stderr=writing)
    os.close(writing)
    os.close(reading)
    assert process.wait(60) == 0
    assert len(story.sent("https-POST")) == 3
    assert story.kinds()[-1] == "run-closed"
    story.saw("exit 0, three writes, all confirmed")


def test_deadline(bench: Benches) -> None:
    """When the run's own time is over, the step under way is ended and nothing new begins."""
    story = bench()
    done = story.ended(under_way(story, "--deadline", "1s"))
    assert done.code == 130, done.text
    assert "the deadline of 1 s is over" in done.text
    assert story.sent("https-POST") == [FIRST]
    assert story.kinds().count("confirmed") == 1


def test_node_timeout(bench: Benches) -> None:
    """A node that does not come to an end is given up, the others are read."""
    story = bench()
    story.fail("read-silent", host=FIRST, every=True)
    read = story.type("status -i INV --node-timeout 1s")
    assert f"{FIRST}: unknown: {FIRST}: not read within 1 s" in read.text, read.text
    assert "exp-c-3: VerifyOriginServer On" in read.text
