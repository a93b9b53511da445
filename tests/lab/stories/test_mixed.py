"""Several clusters, each wrong in its own way, mended by one plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Window, window


def named(story: Window) -> bool:
    """Whether every entry under System > Server is an FQDN by now."""
    return all(node["db_name"].endswith(".example.test") for node in story.hand("state")["nodes"].values())


def test_fleet_of_four_clusters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Untrusted CA, server by IP, missing intermediate, healthy: from 502 to 200, and nothing is left to do."""
    with window(tmp_path, capsys, "mixed", "--peers 1") as story:
        assert story.statuses() == {200, 502}
        assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan -detailed-exitcode").code == 2
        story.when(lambda: named(story), lambda: story.hand("refresh", cluster="birch-exp-c"))
        done = story.type("apply HOME/fix.plan -i INV --by-hand")
        assert done.code == 0, done.text
        for peer in ("amber-exp-c-1", "cedar-exp-c-1"):
            story.hand("restart", peer=peer)
        verify = story.type("verify -i INV")
        assert verify.code == 0, verify.text
        assert story.statuses() == {200}
        assert story.type(f"plan {FIX} -i INV -detailed-exitcode").code == 0
