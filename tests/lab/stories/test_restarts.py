"""Restarts that the tool does itself, on real devices of the lab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Window, window

Capsys = pytest.CaptureFixture[str]


def at_end(story: Window) -> Path:
    """The shipped playbook with the word that lets the tool restart peers."""
    path = story.home / "fix.yml"
    path.write_text(FIX.read_text().replace("    desired:", "    restart: at-end\n    desired:", 1))
    return path


def restarts(story: Window) -> list[str]:
    """Peers in the order in which the lab was asked to restart them."""
    return [r["host"] for r in story.record() if r["verb"] == "https-POST" and "restart" in str(r)]


def test_window_with_restarts(tmp_path: Path, capsys: Capsys) -> None:
    """Upload, restart the non-primary, then the primary: verify is clean in one run, and nothing is owed."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        plan = story.type(f"plan {at_end(story)} -i INV -o HOME/fix.plan")
        assert plan.code == 0, plan.text
        assert "restart one peer after the other, in this order: exp-c-2, exp-c-1" in plan.text
        done = story.type("apply HOME/fix.plan -i INV")
        assert done.code == 0, done.text
        assert [host for host, _ in story.writes()][-2:] == ["exp-c-1", "exp-c-1"]
        assert restarts(story) == ["exp-c-2", "exp-c-1"]
        states = story.hand("state")["peers"]
        assert {states[p]["settings"]["SystemUnit Maintenance Mode"] for p in ("exp-c-1", "exp-c-2")} == {"Off"}
        assert story.type("verify -i INV").code == 0
        assert story.type("status -i INV").code == 0
        assert story.statuses() == {200}


def test_in_service_before_and_after(tmp_path: Path, capsys: Capsys) -> None:
    """Calls and MRA sessions are shown before a restart, calls may end, and MRA must be up again as it was."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        inventory = story.lab / "inventory" / "clusters.yml"
        inventory.write_text(inventory.read_text().replace("restart_deadline: 30s", "restart_deadline: 9s"))
        story.type(f"plan {at_end(story)} -i INV -o HOME/fix.plan")
        story.type("lab hand carry exp-c-2 3 17 --dir LAB")

        def draining() -> bool:
            return bool(story.hand("state")["peers"]["exp-c-2"]["settings"]["SystemUnit Maintenance Mode"] == "On")

        story.when(draining, lambda: story.hand("fail", point="mra-down", host="exp-c-2", every=True))
        stopped = story.type("apply HOME/fix.plan -i INV")
        assert "before its restart: 3 active calls, 17 MRA sessions" in stopped.text
        assert stopped.code == 2, stopped.text
        assert "exp-c-2 lacks what was up before its restart: mra Active" in stopped.text
        assert restarts(story) == ["exp-c-2"]


def test_killed_while_a_peer_is_away(tmp_path: Path, capsys: Capsys) -> None:
    """Resumed at once, the run waits for that peer, restarts the next one, and restarts none a second time."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--switch restart_s=4") as story:
        story.type(f"plan {at_end(story)} -i INV -o HOME/fix.plan")
        words = ["apply", str(tmp_path / "fix.plan"), "-i", str(story.lab / "inventory")]
        process = subprocess.Popen([sys.executable, "-m", "remediate", *words], stdout=subprocess.DEVNULL)
        story.when(lambda: not story.hand("state")["peers"]["exp-c-2"]["alive"], process.kill)
        process.wait(60)
        resumed = story.type(f"apply HOME/fix.plan -i INV --resume {story.open_run()}")
        assert resumed.code == 0, resumed.text
        assert "was being restarted when the run ended" in resumed.text
        assert restarts(story) == ["exp-c-2", "exp-c-1"]
        assert story.statuses() == {200}


def test_f089_stuck_restart(tmp_path: Path, capsys: Capsys) -> None:
    """A peer that does not come back stops the run: the primary keeps serving, and status says what is owed."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--peers 2") as story:
        inventory = story.lab / "inventory" / "clusters.yml"
        inventory.write_text(inventory.read_text().replace("restart_deadline: 30s", "restart_deadline: 5s"))
        story.type(f"plan {at_end(story)} -i INV -o HOME/fix.plan")
        story.type("lab fail restart-stuck --host exp-c-2 --dir LAB")
        stuck = story.type("apply HOME/fix.plan -i INV")
        assert stuck.code == 2, stuck.text
        assert "restart-peer:exp-c-2" in stuck.text
        assert "restart no other peer of exp-c, 1 of 2 carry MRA" in stuck.text
        assert restarts(story) == ["exp-c-2"]
        assert story.hand("state")["peers"]["exp-c-1"]["alive"]
        assert story.type("status -i INV").code == 13


@pytest.mark.parametrize("point", ["set-refused", "set-dropped", "set-lost"])
def test_maintenance_mode_not_set(tmp_path: Path, capsys: Capsys, point: str) -> None:
    """Where maintenance mode cannot be seen on, nothing is restarted and the peer is in service again."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.type(f"plan {at_end(story)} -i INV -o HOME/fix.plan")
        story.type(f"lab fail {point} --host exp-c-2 --dir LAB")
        failed = story.type("apply HOME/fix.plan -i INV")
        assert failed.code == 2, failed.text
        assert "no restart" in failed.text
        assert "maintenance mode is off again" in failed.text
        assert restarts(story) == []
        settings = story.hand("state")["peers"]["exp-c-2"]["settings"]
        assert settings["SystemUnit Maintenance Mode"] == "Off"
