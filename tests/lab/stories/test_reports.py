"""Reports of a real run, and the backout card done by hand on the devices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from remediate.report.forms import FORMS
from tests.lab.stories.window import WORKAROUND, Window, window

Capsys = pytest.CaptureFixture[str]
VERIFY = "EdgeConfigServer VerifyOriginServer"


def values(story: Window) -> set[str]:
    """What the peers hold; a peer follows its primary after a replication interval."""
    peers = story.hand("state")["peers"]
    return {peers[p]["settings"][VERIFY] for p in ("exp-c-1", "exp-c-2")}


def test_report_of_a_run(tmp_path: Path, capsys: Capsys) -> None:
    """A run has every form; the two that tell a plan want the plan; the backout card alone restores what was there."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan").code == 0
        run = story.run_id(story.type("apply HOME/off.plan -i INV"))
        for form in FORMS:
            made = story.type(f"report {run} -i INV --plan HOME/off.plan --format {form} -o HOME/{form}")
            assert made.code == 0, made.text
        assert story.type(f"report {run} -i INV --format mop").code == 5
        page = (tmp_path / "html").read_text(encoding="utf-8")
        assert "run opened by" in page
        assert "read back" in page
        card = (tmp_path / "backout").read_text(encoding="utf-8")
        typed = re.findall(rf"^ssh admin@(\S+)\nxConfiguration {VERIFY}: (\w+)$", card, re.MULTILINE)
        assert typed, card
        for host, value in typed:
            story.hand("edit", peer=host, path=VERIFY, value=value)
        back = []
        story.when(lambda: values(story) == {"On"}, lambda: back.append(values(story)))
        story.hands[-1].join()
        assert back == [{"On"}]
