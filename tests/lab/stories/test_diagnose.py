"""What the lab's real traffic server writes, read back by `diagnose` alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.stories.window import window
from tests.support.required import program

Capsys = pytest.CaptureFixture[str]


def test_untrusted_ca(tmp_path: Path, capsys: Capsys) -> None:
    """The seed's first failure: port 6972 of each CUCM node on each peer, self-signed, TFTP, the user of the login."""
    program("traffic_server", "trafficserver")
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type("lab login --dir LAB").code == 9
        told = story.type("diagnose HOME/lab/logs --json")
        plain = story.type("diagnose HOME/lab/logs")
    assert told.code == plain.code == 9
    failures = json.loads(told.text)["failures"]
    assert {f["asked"] for f in failures} == {"cucm-pub.example.test", "cucm-sub.example.test"}
    for failure in failures:
        assert (failure["ports"], failure["cause"], failure["depth"]) == ([6972], "self-signed", 0)
        assert (failure["users"], failure["devices"]) == (["emusk"], ["CSFemusk"])
        assert (failure["services"], failure["mends"][1]) == (["TFTP configuration"], "upload-self-signed")
        assert (failure["peers"], failure["requests"]) == (["exp-c-1", "exp-c-2"], 2)
        assert "SSL connection failed for" in failure["error_line"]["text"]
    latest = failures[0]["warning"]["text"]
    assert latest in plain.text
    assert latest in "".join(path.read_text() for path in tmp_path.rglob("traffic_server.log"))


def test_server_by_ip(tmp_path: Path, capsys: Capsys) -> None:
    """The seed's second failure: asked by address, which no certificate holds."""
    program("traffic_server", "trafficserver")
    with window(tmp_path, capsys, "seed-server-by-ip") as story:
        assert story.type("lab login --dir LAB").code == 9
        told = story.type("diagnose HOME/lab/logs --json")
    failures = json.loads(told.text)["failures"]
    assert {f["cause"] for f in failures} == {"address-as-name"}
    assert {tuple(f["ports"]) for f in failures} == {(8443,), (6972,)}
    assert {f["mends"][0] for f in failures} == {"change-system-server"}
    assert {user for f in failures for user in f["users"]} == {"emusk"}


def test_healthy(tmp_path: Path, capsys: Capsys) -> None:
    """Logins that work leave nothing to tell."""
    program("traffic_server", "trafficserver")
    with window(tmp_path, capsys, "healthy") as story:
        assert story.type("lab login --dir LAB").code == 0
        assert story.type("diagnose HOME/lab/logs").code == 0
