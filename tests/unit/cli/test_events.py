"""`--json` of a command that works."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remediate.cli.events import EventLines, Events, told_as_events
from remediate.cli.main import main
from remediate.cli.wiring import Wiring, production

CASE = Path(__file__).parents[2] / "golden" / "seed-untrusted-ca"
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


def test_b090_device_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes, line ends and lone surrogates of a device stay inside one line that JSON reads."""
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


def test_events_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Words on the screen as ever, the same as events in the file, which only its owner reads."""
    file = tmp_path / "events.ndjson"
    assert main(["apply", "no-such.plan", "-i", "nowhere", "--json-into", str(file)]) == 5
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert (out, "no-such.plan" in err) == ("", True)
    assert [line["type"] for line in told] == ["version", "diagnostic"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_words_and_events(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A result, a remark and progress stand in both; the exit code is the last event."""

    def work(wiring: Wiring) -> int:
        wiring.output.line("done")
        wiring.output.note("mind")
        wiring.progress(wiring.output, 0).event("failed", "exp-c", "exp-c-1", "refused")
        return 2

    file = tmp_path / "events.ndjson"
    assert told_as_events(production(), work, str(file), alone=False) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("done\n", "mind\nfailed: exp-c/exp-c-1: refused\n")
    told = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["@message"] for line in told[1:]] == ["done", "mind", "refused", "exit 2"]
    assert told[-1]["exit_code"] == 2


def says_done(wiring: Wiring) -> int:
    """Work with one result."""
    wiring.output.line("done")
    return 0


def test_events_on_both(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With --json too, stdout holds the same events and nothing else."""
    file = tmp_path / "events.ndjson"
    assert told_as_events(production(), says_done, str(file)) == 0
    assert capsys.readouterr().out == file.read_text()


def test_file_for_events_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It is told before any work begins."""
    assert main(["apply", "p", "-i", "i", "--json-into", str(tmp_path / "no" / "file")]) == 5
    assert "no/file: cannot be written: No such file or directory" in capsys.readouterr().err


def test_document_into_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A command with one document: words on the screen, the document in the file, or in a pipe that stands there."""
    plan, file = tmp_path / "fix.plan", tmp_path / "plan.json"
    given = ["-i", str(CASE / "inventory"), "--from", str(CASE / "observed.json"), "-o", str(plan)]
    assert main(["plan", str(CASE / "playbook.yml"), *given]) == 0
    capsys.readouterr()
    assert main(["show", str(plan), "--json-into", str(file), "--summary"]) == 0
    assert capsys.readouterr().out.startswith("Plan to fix")
    assert main(["show", str(plan), "--json"]) == 0
    document = capsys.readouterr().out
    assert document == file.read_text()
    assert main(["show", str(file)]) == 5
    assert "this is what --json printed, for reading; give the file that -o wrote" in capsys.readouterr().err
    assert main(["show", str(plan), "--json-into", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()
