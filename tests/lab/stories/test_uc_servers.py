"""The TLS verify mode on Expressway-C, beside what the traffic server really does."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

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


def test_node_that_nobody_judges(tmp_path: Path, capsys: Capsys) -> None:
    """A second Unity Connection node that the inventory lacks is named by its own cluster."""
    with window(tmp_path, capsys, "healthy", "--switch unity_nodes=2") as story:
        clusters = story.lab / "inventory" / "clusters.yml"
        assert "uc-node-not-in-inventory" not in story.type("verify -i INV").text
        document = YAML()
        tree = document.load(clusters)
        del tree["clusters"]["cuc"]["nodes"]["cuc-2"]
        document.dump(tree, clusters)
        text = " ".join(story.type("verify -i INV").text.split())
        assert "uc-node-not-in-inventory" in text
        assert "cuc-2.example.test: address" in text
        assert "state secondary" in text
