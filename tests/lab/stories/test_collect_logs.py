"""Diagnostic logs around a login, from every peer; and what was started is stopped, however it ends."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from remediate.lab.expressway.packets import Tap
from tests.lab.simulator.stock_clients import RunningLab
from tests.lab.stories.window import Terminal, Window, window

Capsys = pytest.CaptureFixture[str]
LOGS = "/api/provisioning/common/diagnosticlogging"
PEERS = ("exp-c-1", "exp-c-2", "exp-e-1")


def logging(story: Window) -> set[str]:
    """Peers on which diagnostic logging runs."""
    return {name for name, peer in story.hand("state")["peers"].items() if peer["logging"]}


def members(file: Path) -> dict[str, bytes]:
    """Kind of member → its bytes."""
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as bundle:
            return {name: bundle.read(name) for name in bundle.namelist()}
    with tarfile.open(file) as tar:
        found = ((member.name, tar.extractfile(member)) for member in tar.getmembers())
        return {name: body.read() for name, body in found if body}


def may_tap() -> bool:
    """Whether this machine lets the lab capture packets: a question that the lab's own socket answers."""

    async def ask() -> bool:
        tap = Tap("127.0.0.1", lambda: 0.0)
        allowed = tap.start()
        tap.stop()
        return allowed

    return asyncio.run(ask())


def test_bundles_of_a_login(tmp_path: Path, capsys: Capsys) -> None:
    """A login made meanwhile stands in its peer's bundle; each peer gives its dumps; all is stopped."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.hand("edit", cluster="exp-e", switch="archive", value="zip")
        story.when(lambda: logging(story) == set(PEERS), lambda: story.hand("login", user="emusk"))
        done = story.type("collect-logs -i INV -o HOME/logs --for 4s")
        assert done.code == 0, done.text
        assert "3 of 3 bundles" in done.text
        assert "self signed certificate" in done.text
        assert "cucm-pub.example.test" in done.text
        assert logging(story) == set()
        files = {peer: next((tmp_path / "logs").glob(f"*{peer}*")) for peer in PEERS}
        assert {oct(file.stat().st_mode & 0o777) for file in files.values()} == {"0o600"}
        held = {peer: members(file) for peer, file in files.items()}
        for peer in PEERS:
            kinds = {name.partition(f"_{peer}")[0] for name in held[peer]}
            assert {"xconf_dump", "xstat_dump", "ca", "server"} <= kinds
        logs = b"".join(body for name, body in held["exp-c-1"].items() if name.startswith("loggingsnapshot"))
        assert b"self signed certificate" in logs
        packets = [body for name, body in held["exp-c-1"].items() if name.endswith(".pcap")]
        assert bool(packets) == may_tap()
        assert all(body[:4] == b"\xd4\xc3\xb2\xa1" and b"cucm-EC.example.test" in body for body in packets)
        assert story.type("status -i INV").code == 0


def test_until_enter_is_pressed(tmp_path: Path, capsys: Capsys) -> None:
    """Without a length it runs until Enter is pressed at the terminal; the login made meanwhile is found."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        terminal = Terminal("collect-logs", "-i", str(story.lab / "inventory"), "-o", str(tmp_path / "logs"))
        screen = terminal.shows("press Enter")
        assert logging(story) == set(PEERS)
        story.hand("login", user="emusk")
        terminal.types("")
        screen += terminal.shows()
        assert terminal.code() == 0, screen
        assert "self signed certificate" in screen
        assert logging(story) == set()


def test_refused_where_it_runs(tmp_path: Path, capsys: Capsys) -> None:
    """Somebody else's logging is left alone: 7, it is named, and nothing is sent."""
    with window(tmp_path, capsys, "healthy") as story:
        _start(story)
        before = story.writes()
        refused = story.type("collect-logs -i INV -o HOME/logs --for 1s")
        assert (refused.code, story.writes()) == (7, before)
        assert "already runs on exp-c-1, exp-c-2" in refused.text
        assert logging(story) == {"exp-c-1", "exp-c-2"}


def test_interrupted(tmp_path: Path, capsys: Capsys) -> None:
    """Ctrl-C while it runs: what was started is stopped on both clusters, and that is said."""
    with window(tmp_path, capsys, "healthy") as story:
        process = _collecting(story, tmp_path)
        story.when(lambda: logging(story) == set(PEERS), lambda: process.send_signal(signal.SIGINT))
        assert process.wait(40) == 130
        assert logging(story) == set()
        assert list((tmp_path / "logs").iterdir()) == []
        assert story.type("status -i INV").code == 0


def test_killed(tmp_path: Path, capsys: Capsys) -> None:
    """After kill -9 the ledger knows what was started, and the rollback of that run stops it, in any spelling."""
    with window(tmp_path, capsys, "healthy") as story:
        for switch, value in (("diagnostic_method", "POST"), ("diagnostic_key", "Status")):
            story.hand("edit", cluster="exp-c", switch=switch, value=value)
        process = _collecting(story, tmp_path)
        story.when(lambda: logging(story) == set(PEERS), process.kill)
        process.wait(40)
        assert logging(story) == set(PEERS)
        assert story.type("rollback last -i INV -o HOME/stop.plan").code == 0
        assert story.type("apply HOME/stop.plan -i INV").code == 0
        assert logging(story) == set()


def _collecting(story: Window, home: Path) -> subprocess.Popen[bytes]:
    """A process of its own, so that a signal meets nobody else."""
    words = ["collect-logs", "-i", str(story.lab / "inventory"), "-o", str(home / "logs"), "--for", "60s"]
    return subprocess.Popen([sys.executable, "-m", "remediate", *words], stdout=subprocess.DEVNULL)


def _start(story: Window) -> None:
    """TAC's engineer, by the device's own page."""
    page = RunningLab(story.lab).web("exp-c-1")
    assert page.call("PUT", LOGS, json={"Mode": "start", "TCPDump": "off"}).status_code == 200
