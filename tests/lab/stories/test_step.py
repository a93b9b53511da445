"""`apply --step`: somebody says yes before each step, at a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Terminal, window

Capsys = pytest.CaptureFixture[str]


def test_yes_no_and_continue(tmp_path: Path, capsys: Capsys) -> None:
    """One peer after a yes; a no stops before the next, which nothing reaches; the run is resumed, and `c` asks no
    more. Without a terminal nothing is begun (5)."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
        alone = story.type("apply HOME/fix.plan -i INV --step")
        assert (alone.code, story.writes()) == (5, [])
        assert "--step: nobody is there to be asked" in alone.text

        words = ("apply", str(tmp_path / "fix.plan"), "-i", str(story.lab / "inventory"), "--step")
        terminal = Terminal(*words)
        asked = terminal.shows("(N)o/(y)es/(c)ontinue")
        assert "Perform step upload-certificates:exp-c-2 on exp-c-2: upload" in asked
        assert story.writes() == []
        terminal.types("y")
        assert "upload-certificates:exp-c-1 on exp-c-1" in terminal.shows("(N)o/(y)es/(c)ontinue")
        terminal.types("")
        ended = terminal.shows()
        assert terminal.code() == 130, ended
        assert "nobody said yes to upload-certificates:exp-c-1" in ended
        assert [host for host, _ in story.writes()] == ["exp-c-2"]

        again = Terminal(*words)
        again.shows("(N)o/(y)es/(c)ontinue")
        again.types("c")
        ended = again.shows()
        assert again.code() == 0, ended
        assert [host for host, _ in story.writes()] == ["exp-c-2", "exp-c-1"]
