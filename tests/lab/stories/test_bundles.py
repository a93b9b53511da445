"""From the lab's own bundles alone to the plan that would be made live."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.files.plans import read_plan
from tests.lab.stories.test_collect_logs import PEERS, logging, may_tap
from tests.lab.stories.window import FIX, Screen, Window, window

Capsys = pytest.CaptureFixture[str]


def collected(story: Window) -> Screen:
    """The bundles of every peer, around a login through each."""
    story.when(lambda: logging(story) == set(PEERS), lambda: story.hand("login", user="emusk"))
    done = story.type("collect-logs -i INV -o HOME/logs --for 4s")
    assert done.code == 0, done.text
    return done


def test_plan_equals_the_live_one(tmp_path: Path, capsys: Capsys) -> None:
    """With every device gone the plan from the bundles has the very steps of the live one; one bundle less is said."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        collected(story)
        assert story.type(f"plan {FIX} -i INV -o HOME/live.plan").code == 0
        compared = story.type("compare exp-c -i INV --json").text
        for host in (*PEERS, "cucm-pub", "cucm-sub", "imp-1", "cuc-1"):
            story.hand("kill", host=host)
        offline = story.type(f"plan {FIX} -i INV --from HOME/logs -o HOME/offline.plan")
        if not may_tap():
            assert offline.code == 4
            assert "no handshake with it is in the packet captures" in story.type("verify -i INV --from HOME/logs").text
            return
        assert offline.code == 0, offline.text
        live, made = (read_plan(tmp_path / name)[0] for name in ("live.plan", "offline.plan"))
        assert made.steps_digest == live.steps_digest
        assert {(c.link, c.state) for c in made.before} == {(c.link, c.state) for c in live.before}
        verify = story.type("verify -i INV --from HOME/logs")
        assert verify.code == 9
        assert "cucm-pub:6972" in verify.text
        assert story.type("compare exp-c -i INV --from HOME/logs --json").text == compared
        next((tmp_path / "logs").glob("*exp-c-2*")).unlink()
        less = story.type(f"plan {FIX} -i INV --from HOME/logs -o HOME/less.plan")
        assert less.code == 4
        assert "no bundle of exp-c-2 was given" in less.text
        assert read_plan(tmp_path / "less.plan")[0].steps == ()


def test_name_is_not_changed_on_hearsay(tmp_path: Path, capsys: Capsys) -> None:
    """A bundle shows by which name a server is asked for, not what System > Server holds: no rename rests on it."""
    with window(tmp_path, capsys, "seed-server-by-ip") as story:
        collected(story)
        offline = story.type(f"plan {FIX} -i INV --from HOME/logs -o HOME/offline.plan")
        assert offline.code in (0, 4, 7), offline.text
        assert read_plan(tmp_path / "offline.plan")[0].steps == ()
        if may_tap():
            assert "System > Server was not read" in offline.text
            assert "FAILS" in story.type("verify -i INV --from HOME/logs").text
