"""The TLS verify mode on Expressway-C, beside what the traffic server really does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.stories.window import window

Capsys = pytest.CaptureFixture[str]


def test_tls_verify_mode_is_not_enough(tmp_path: Path, capsys: Capsys) -> None:
    """On with a refused subscriber and Off with one: the finding says that neither mode decides, and its page why."""
    with window(tmp_path, capsys, "subscriber-only") as story:
        on = story.type("verify -i INV")
        assert on.code == 9
        assert "TLS verify mode On checks this address at discovery only" in " ".join(on.text.split())
        story.hand("edit", cluster="exp-c", switch="tls_verify_mode", value="Off")
        off = story.type("verify -i INV")
        assert off.code == 9
        assert "TLS verify mode Off exempts nothing" in " ".join(off.text.split())
        assert story.statuses() == {200, 502}
        page = story.type("explain tls-verify-mode-is-not-enough")
        assert page.code == 0
        assert "Changing the TLS verify" in page.text
        assert story.writes() == []
