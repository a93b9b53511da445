"""`apply --detach`: the run outlives the command and its terminal, and `attach` follows it to its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Terminal, window

Capsys = pytest.CaptureFixture[str]


def test_terminal_goes_away(tmp_path: Path, capsys: Capsys) -> None:
    """The terminal is closed once the run has an id; the run ends all the same, and says how."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
        terminal = Terminal("apply", str(tmp_path / "fix.plan"), "-i", str(story.lab / "inventory"), "--detach")
        shown = terminal.shows()
        assert terminal.code() == 0, shown
        assert "goes on by itself" in shown
        followed = story.type("attach last -i INV")
        assert followed.code == 0
        assert "TASK: exp-c/exp-c-2: upload-certificates:exp-c-2" in followed.text
        assert "exp-c-1 : ok=0 changed=1" in followed.text
        assert [host for host, _ in story.writes()] == ["exp-c-2", "exp-c-1"]
        assert story.type("attach last -i INV").text == followed.text


def test_refused_at_once(tmp_path: Path, capsys: Capsys) -> None:
    """What is refused before it begins is told, with its exit code; what wants somebody there is no such run."""
    with window(tmp_path, capsys, "healthy") as story:
        assert story.type("plan playbooks/mra-workaround.yml -i INV -o HOME/off.plan").code == 0
        (story.lab / "inventory" / "policy.yml").write_text("rehearsal: required\n")
        refused = story.type("apply HOME/off.plan -i INV --detach")
        assert (refused.code, story.writes()) == (7, [])
        assert "the policy asks for a rehearsal" in refused.text
        assert story.type("apply HOME/off.plan -i INV --detach --step").code == 5
        assert story.type("apply HOME/off.plan -i INV --detach --json").code == 5
