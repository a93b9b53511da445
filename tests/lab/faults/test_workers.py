"""Clusters carried out by workers: behind a real sshd, and killed, cut off or stopped in the middle of a write."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from remediate.ledger.store import open_ledger
from tests.lab.faults.bench import Bench, Benches
from tests.lab.stories.window import WORKAROUND
from tests.support.sshd import jump_host
from tests.support.tiny_clock import SystemClock

pytestmark = pytest.mark.xdist_group("faults-workers")
APPLY = "apply HOME/off.plan -i INV"
WORKER = (sys.executable, "-m", "remediate", "worker")


@pytest.fixture(scope="module")
def jump(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A jump host."""
    with jump_host(tmp_path_factory.mktemp("jump") / "host") as words:
        yield words


class Site:
    """Where workers run: their ledger, and the settings that lead an apply to them."""

    def __init__(self, story: Bench, monkeypatch: pytest.MonkeyPatch, through: list[str]) -> None:
        self.ledger = story.home / "site" / "ledger.sqlite"
        (story.home / "site").mkdir(mode=0o700)
        settings = story.home / "settings.yml"
        command = shlex.join((*through, *WORKER, "--ledger", str(self.ledger)))
        settings.write_text(f"executor: {f'command: {command}'!r}\n", encoding="utf-8")
        settings.chmod(0o600)
        monkeypatch.setenv("REMEDIATE_CONFIG", str(settings))

    def kill(self, cluster: str) -> None:
        """The worker that holds this cluster, as the kernel does it when memory is out."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True)) as file:
            ((place,),) = file.execute("SELECT place FROM locks WHERE cluster = ?", (cluster,))
        os.kill(int(place.rpartition(" ")[2]), signal.SIGKILL)

    def kinds(self) -> list[str]:
        """Of the entries that the workers kept."""
        return [entry.kind for entry in open_ledger(str(self.ledger), SystemClock()).entries()]


def off(bench: Benches, **options: int) -> Bench:
    """A lab with the plan to switch the check off everywhere."""
    story = bench(**options)
    story.planned(WORKAROUND, "off")
    return story


def run_of(story: Bench) -> str:
    """The only one."""
    run: str = story.entries()[0]["run"]
    return run


def test_f013_worker_killed(bench: Benches, monkeypatch: pytest.MonkeyPatch, jump: list[str]) -> None:
    """Killed in the middle of a write behind a real sshd: that cluster is unknown and not failed, its journal is in
    the ledger of record, the other cluster is done; resumed, it is read, and nothing is sent twice."""
    story = off(bench, peers=1, clusters=2)
    site = Site(story, monkeypatch, jump)
    lost, other = sorted(peer for peer in story.peers() if "-exp-c-" in peer)
    story.fail("set-silent", host=lost)
    process = story.start(APPLY)
    story.until(lambda: story.sent("ssh-set") == [lost], "the first write")
    site.kill(lost.removesuffix("-1"))
    done = story.ended(process)
    assert done.code == 4, done.text
    assert f"{lost}: step" in done.text
    assert "unknown: its worker was lost" in done.text
    assert story.sent("ssh-set") == [lost, other]
    assert story.settings() == ["Off", "Off"]
    ends = {e["cluster"]: e["outcome"] for e in story.entries() if e["kind"] == "run-closed"}
    assert ends[other.removesuffix("-1")] == "done"
    assert ends[lost.removesuffix("-1")] == "unreachable"
    assert "sent" in site.kinds()
    again = story.type(f"{APPLY} --resume {run_of(story)}")
    assert again.code == 0, again.text
    assert story.sent("ssh-set") == [lost, other]
    assert story.kinds().count("confirmed") == 2
    assert story.type("ledger verify -i INV").code == 0
    nothing = story.type(APPLY)
    assert (nothing.code, "Connections now" in nothing.text) == (0, False)


def test_ctrl_c_reaches_a_worker(bench: Benches, monkeypatch: pytest.MonkeyPatch, jump: list[str]) -> None:
    """The write under way at the other end of the jump host is read back, the next peer is not begun; 130."""
    story = off(bench, peers=2)
    Site(story, monkeypatch, jump)
    story.fail("set-slow", seconds=1.5)
    process = story.start(APPLY)
    story.until(lambda: "step-intended" in story.kinds(), "the first intent")
    process.send_signal(signal.SIGINT)
    done = story.ended(process)
    assert done.code == 130, done.text
    assert len(story.sent("ssh-set")) == 1
    assert story.kinds().count("confirmed") == 1
    again = story.type(f"{APPLY} --resume {run_of(story)}")
    assert again.code == 0, again.text
    assert (len(story.sent("ssh-set")), story.kinds().count("confirmed")) == (1, 2)


def test_f013_left_alone(bench: Benches, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever handed the cluster out is killed: the worker ends its step and begins no other; nobody else gets the
    cluster before its worker was asked, and what it wrote down meanwhile is fetched."""
    story = off(bench, peers=2)
    site = Site(story, monkeypatch, [])
    story.fail("set-slow", seconds=1.5)
    process = story.start(APPLY)
    story.until(lambda: "step-intended" in story.kinds(), "the first intent")
    process.kill()
    story.ended(process)
    story.until(lambda: site.ledger.exists() and site.kinds()[-1] == "run-closed", "the end of the worker")
    assert (site.kinds().count("confirmed"), story.kinds().count("confirmed")) == (1, 0)
    assert len(story.sent("ssh-set")) == 1
    resume = f"{APPLY} --resume {run_of(story)}"
    alone = story.type(f"{resume} --executor=")
    assert alone.code == 6, alone.text
    assert "is lent to a worker" in alone.text
    again = story.type(resume)
    assert again.code == 0, again.text
    assert (len(story.sent("ssh-set")), story.kinds().count("confirmed")) == (1, 2)
