"""The lab's own bundles as readings, with no device in reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.files.plans import read_plan
from tests.lab.stories.window import FIX, window

Capsys = pytest.CaptureFixture[str]
PEERS = ("exp-c-1", "exp-c-2", "exp-e-1")


def test_bundles_stand_for_the_peers(tmp_path: Path, capsys: Capsys) -> None:
    """What a bundle holds is known, what it lacks is named with the way to it; no step rests on what is not known."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type("collect-logs -i INV -o HOME/logs --for 1s").code == 0
        live = story.type("compare exp-c -i INV --json").text
        for host in (*PEERS, "cucm-pub", "cucm-sub", "imp-1", "cuc-1"):
            story.hand("kill", host=host)
        assert story.type("compare exp-c -i INV --from HOME/logs --json").text == live
        offline = story.type(f"plan {FIX} -i INV --from HOME/logs -o HOME/offline.plan")
        assert offline.code == 4, offline.text
        plan = read_plan(tmp_path / "offline.plan")[0]
        assert plan.steps == ()
        assert {c.link.asked for c in plan.before if c.link.origin.startswith("cucm")} == {
            "cucm-pub.example.test",
            "cucm-sub.example.test",
        }
        missing = {line for c in plan.before for line in c.missing}
        assert any("cucm-pub:6972" in line and "collect -i INV" in line for line in missing), missing
        next((tmp_path / "logs").glob("*exp-c-2*")).unlink()
        less = story.type(f"plan {FIX} -i INV --from HOME/logs")
        assert less.code == 4
        assert "no bundle of exp-c-2 was given" in less.text
