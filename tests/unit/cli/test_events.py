"""`--json` of a command that works."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from remediate.cli.events import EventLines, Events
from remediate.cli.main import main

AT = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
MEMBERS = {"@level", "@message", "@module", "@timestamp", "type", "run_id", "cluster", "node", "seq"}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Stdout, line by line."""
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_sequence_per_node(capsys: pytest.CaptureFixture[str]) -> None:
    """The first line tells the version; each has every member; `seq` counts per node; the run's id follows it."""
    progress = EventLines(Events(lambda: AT))
    progress.event("run", "", "", "r-1")
    for node in ("exp-c-1", "exp-c-2", "exp-c-1"):
        progress.event("step", "exp-c", node, "upload")
    progress.event("failed", "exp-c", "exp-c-1", "refused")
    told = lines(capsys)
    assert (told[0]["type"], told[0]["ui"]) == ("version", "1.0")
    assert all(set(line) >= MEMBERS for line in told)
    assert [line["seq"] for line in told if line["node"] == "exp-c-1"] == [1, 2, 3]
    assert [line["run_id"] for line in told] == ["", "r-1", "r-1", "r-1", "r-1", "r-1"]
    assert (told[-1]["type"], told[-1]["@level"], told[-1]["kind"]) == ("apply_errored", "error", "failed")
    assert told[0]["@timestamp"] == "2026-11-30T22:00:00Z"


def test_device_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes, line ends and lone surrogates of a device stay inside one line that JSON reads (B090, B098)."""
    events = Events(lambda: AT)
    events.note("\x1b[2J\udcff\nnext")
    raw = capsys.readouterr().out
    assert raw.count("\n") == 2
    assert "\x1b" not in raw
    assert json.loads(raw.splitlines()[1])["@message"] == "\x1b[2J\\udcff\nnext"


def test_error_is_an_event_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What ends a command stands in the stream and on stderr; stdout holds nothing but JSON."""
    code = main(["apply", "no-such.plan", "-i", "nowhere", "--json"])
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    assert code == 5
    assert (told[-1]["type"], told[-1]["@level"]) == ("diagnostic", "error")
    assert "no-such.plan" in told[-1]["@message"]
    assert "no-such.plan" in err
