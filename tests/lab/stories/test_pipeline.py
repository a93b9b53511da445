"""A Terraform user's pipeline, unchanged, as a shell runs it; and what it leaves for an Ansible user's tools."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Window, window
from tests.support.required import program

Capsys = pytest.CaptureFixture[str]

PIPELINE = """
remediate -chdir="$1" plan -input=false -no-color -lock-timeout=3s -detailed-exitcode -out=p "$2" -i inventory
case $? in
  0) echo "pipeline: up to date" ;;
  1) echo "pipeline: failed"; exit 1 ;;
  2) remediate -chdir="$1" show -json p > "$1/p.json" &&
     remediate -chdir="$1" apply -input=false -auto-approve p -i inventory || exit 1
     echo "pipeline: applied" ;;
  *) echo "pipeline: not planned"; exit 1 ;;
esac
"""


def piped(story: Window) -> tuple[int, str]:
    """Run it in a shell of its own: exit code and what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program("sh", "dash"), "-uc", PIPELINE, "pipeline", str(story.lab), str(FIX)],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": path, "REMEDIATE_IN_AUTOMATION": "1"},
    )
    return done.returncode, done.stdout


def test_pipeline(tmp_path: Path, capsys: Capsys) -> None:
    """Changes (2) are applied; then there are none (0); with a lost peer nothing is planned and nothing applied."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        code, out = piped(story)
        assert (code, out.splitlines()[-1]) == (0, "pipeline: applied"), out
        assert "Plan: 2 to add, 0 to change, 0 to destroy." in out
        assert "To do exactly this" not in out
        written = story.writes()
        assert sorted(host for host, _ in written) == ["exp-c-1", "exp-c-2"]
        changes = json.loads((story.lab / "p.json").read_text())["resource_changes"]
        assert [one["change"]["actions"] for one in changes] == [["create"], ["create"]]

        (run,) = (story.lab / "inventory" / ".remediate" / "artifacts").iterdir()
        assert ((run / "rc").read_text(), (run / "status").read_text()) == ("0", "successful")
        assert "PLAY RECAP" in (run / "stdout").read_text()
        assert (run / "plan.json").read_bytes() == (story.lab / "p").read_bytes()
        events = [json.loads(file.read_text()) for file in (run / "job_events").iterdir()]
        assert sorted(e["event_data"]["host"] for e in events if e["event"] == "runner_on_ok") == ["exp-c-1", "exp-c-2"]
        assert run.name in (run / "journal.ndjson").read_text().splitlines()[0]

        assert piped(story)[1].splitlines()[-1] == "pipeline: up to date"
        story.hand("kill", host="exp-c-2")
        code, out = piped(story)
        assert (code, out.splitlines()[-1]) == (1, "pipeline: not planned"), out
        assert story.writes() == written
