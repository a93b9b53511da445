"""Everything that would stop an apply, found beforehand on real devices of the lab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.stories.window import Window, window

Capsys = pytest.CaptureFixture[str]


def found(story: Window, more: str = "") -> tuple[int, list[dict[str, Any]]]:
    """Exit code, and what is not good of it, as the document beside the words has it."""
    file = story.home / "doctor.json"
    screen = story.type(f"doctor -i INV --json-into {file} {more}")
    told = json.loads(file.read_text())["conditions"]
    assert all(one["next"] for one in told if one["state"] != "good")
    assert all(f"{one['subject']}: {one['what']}" in screen.text for one in told)
    return screen.code, [one for one in told if one["state"] != "good" and one["area"] != "tool"]


def stops(conditions: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Area and subject of each that would stop an apply."""
    return {(one["area"], one["subject"]) for one in conditions if one["state"] == "stops"}


def test_a_day_before_the_window(tmp_path: Path, capsys: Capsys) -> None:
    """A healthy fleet passes; then a lost peer, a clock without NTP, a readable secret, a shut window, a missing
    backup and a changed host key each stop an apply, by name; and nothing is ever written."""
    with window(tmp_path, capsys, "healthy") as story:
        inventory = story.lab / "inventory"
        code, conditions = found(story)
        assert (code, stops(conditions)) == (0, set())
        healthy = story.type("doctor -i INV").text
        for words in ("exp-c-1: ssh 5022 open and pinned", "NTP Active", "2 peers read, all on X14.2.5", "(AXL)"):
            assert words in healthy

        story.hand("edit", cluster="exp-c", switch="ntp", value="Failed")
        code, conditions = found(story, "-l exp-c")
        clocks = [one for one in conditions if one["area"] == "clock" and one["subject"] == "exp-c-1"]
        assert (code, [one["state"] for one in clocks]) == (0, ["note"])
        assert "NTP Failed: No response from NTP server" in clocks[0]["what"]

        (inventory / "policy.yml").write_text(
            "windows:\n- {name: once, kind: allow, at: 2020-01-01T22:00:00Z, duration: 1h}\nbackups: 24h\n"
        )
        (inventory / "secrets" / "exp-e-admin").chmod(0o644)
        story.hand("kill", host="exp-c-2")
        code, conditions = found(story)
        assert code == 9
        assert {("reachability", "exp-c-2"), ("clusters", "exp-c"), ("policy", "exp-c")} <= stops(conditions)
        assert ("secrets", "admin (file exp-e-admin)") in stops(conditions)
        assert any("attest backup:exp-c" in one["next"] for one in conditions)
        assert not any("exp-e" in one["subject"] for one in conditions if one["area"] == "clusters")

        story.hand("revive", host="exp-c-2")
        (inventory / "policy.yml").unlink()
        (inventory / "secrets" / "exp-e-admin").chmod(0o600)
        (inventory / "secrets" / "exp-c-admin").write_text("wrong\n")
        code, conditions = found(story, "-l exp-c")
        refused = [one["what"] for one in conditions if one["area"] == "privileges"]
        assert code == 9
        assert any("the password of admin was refused" in what for what in refused)
        assert story.writes() == []
        assert not (inventory / ".remediate").exists()
