"""The folder that a run leaves: ansible-runner's shape, whatever becomes of the run or of the disk."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from remediate.cli.main import main
from remediate.cli.run_folder import RunFolder
from remediate.engine.apply import HostCounts
from tests.support.doubles import AT

EVENT_MEMBERS = {"uuid", "counter", "stdout", "start_line", "end_line", "runner_ident", "event", "pid", "created"}


def folder(home: Path, said: list[str] | None = None) -> RunFolder:
    """Of a home directory."""
    return RunFolder(home, lambda: AT, ([] if said is None else said).append)


def told(home: Path, run: str = "r1") -> list[dict[str, Any]]:
    """Events in order, as ansible-runner reads them: by the number that the file name begins with."""
    files = (home / "artifacts" / run / "job_events").glob("*.json")
    return [json.loads(file.read_text()) for file in sorted(files, key=lambda f: int(f.name.partition("-")[0]))]


def test_a_run(tmp_path: Path) -> None:
    """What was said before the run had an id stands first; lines, counters and results are ansible-runner's."""
    made = folder(tmp_path)
    made.said("remark", "approved by ann")
    made.progress("run", "", "", "r1")
    made.progress("collect", "exp-c", "exp-c-1", "reading the peer")
    made.progress("step", "exp-c", "exp-c-1", "s1: upload")
    made.progress("changed", "exp-c", "exp-c-1", "s1")
    made.progress("unreachable", "exp-c", "exp-c-2", "gone")
    made.stats([HostCounts(host="exp-c-1", changed=1), HostCounts(host="exp-c-2", unreachable=1)])
    made.end(2)
    events = told(tmp_path)
    assert [one["event"] for one in events] == [
        "warning",
        "playbook_on_start",
        "playbook_on_task_start",
        "runner_on_ok",
        "runner_on_unreachable",
        "playbook_on_stats",
    ]
    assert all(set(one) >= EVENT_MEMBERS for one in events)
    assert [one["counter"] for one in events] == [1, 2, 3, 4, 5, 6]
    assert (events[3]["event_data"]["host"], events[3]["event_data"]["res"]) == ("exp-c-1", {"changed": True})
    assert events[5]["event_data"]["changed"] == {"exp-c-1": 1}
    assert events[5]["event_data"]["dark"] == {"exp-c-2": 1}
    kept = tmp_path / "artifacts" / "r1"
    lines = (kept / "stdout").read_text().splitlines()
    assert all(one["stdout"].splitlines() == lines[one["start_line"] : one["end_line"]] for one in events)
    assert ((kept / "rc").read_text(), (kept / "status").read_text()) == ("2", "failed")
    assert {file.stat().st_mode & 0o077 for file in kept.rglob("*")} == {0}


@pytest.mark.parametrize(("code", "status"), [(0, "successful"), (130, "canceled"), (9, "failed"), (250, "failed")])
def test_status(tmp_path: Path, code: int, status: str) -> None:
    """`running` until the end, then one of ansible-runner's words."""
    made = folder(tmp_path)
    made.began("r1")
    assert (tmp_path / "artifacts" / "r1" / "status").read_text() == "running"
    made.end(code)
    assert (tmp_path / "artifacts" / "r1" / "status").read_text() == status


def test_resumed(tmp_path: Path) -> None:
    """A run that goes on goes on in its folder: numbers and lines follow those that are there."""
    for what in ("first", "second"):
        made = folder(tmp_path)
        made.progress("run", "", "", "r1")
        made.said("result", what)
    assert [one["counter"] for one in told(tmp_path)] == [1, 2, 3, 4]
    assert [one["start_line"] for one in told(tmp_path)] == [0, 1, 2, 3]


def test_no_run(tmp_path: Path) -> None:
    """Where no run was opened nothing is left."""
    made = folder(tmp_path)
    made.said("error", "refused")
    made.end(7)
    assert list(tmp_path.iterdir()) == []


def test_place_that_cannot_be_written(tmp_path: Path) -> None:
    """It is said once, and the run goes on without it."""
    (tmp_path / "artifacts").write_text("a file stands here")
    said: list[str] = []
    made = folder(tmp_path, said)
    made.progress("run", "", "", "r1")
    made.said("result", "done")
    made.end(0)
    assert said == [f"{tmp_path}/artifacts/r1: not written any more: Not a directory; the ledger has it all"]


def attach(home: Path, capsys: pytest.CaptureFixture[str], run: str = "last") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of `attach` on a folder."""
    (home / "clusters.yml").write_text("clusters:\n  c: {role: expressway-c, peers: {p: {address: 10.0.0.1}}}\n")
    code = main(["attach", run, "-i", str(home)])
    return code, *capsys.readouterr()


def test_attach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that ended: what it said, and its own exit code; none of that name: the nearest."""
    made = folder(tmp_path / ".remediate")
    made.progress("run", "", "", "r1")
    made.progress("changed", "exp-c", "exp-c-1", "s1")
    made.end(2)
    assert attach(tmp_path, capsys) == (2, "PLAY: r1\nchanged: exp-c/exp-c-1: s1\n", "")
    code, _, err = attach(tmp_path, capsys, "r11")
    assert (code, "did you mean r1?" in err) == (5, True)


def test_attach_to_the_dead(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run whose process is gone is not waited for."""
    made = folder(tmp_path / ".remediate")
    made.progress("run", "", "", "r1")
    for file in (tmp_path / ".remediate" / "artifacts" / "r1" / "job_events").iterdir():
        event = json.loads(file.read_text())
        file.write_text(json.dumps(event | {"pid": free_pid()}))
    code, out, err = attach(tmp_path, capsys)
    assert (code, out) == (1, "PLAY: r1\n")
    assert "r1 did not end, and its process is gone: remediate status -i" in err


def free_pid() -> int:
    """Of a process that ended."""
    with subprocess.Popen(["true"]) as child:
        return child.pid


def test_resumed_run_has_no_end_yet(tmp_path: Path) -> None:
    """The exit code of the part before is not taken for that of the run."""
    made = folder(tmp_path)
    made.progress("run", "", "", "r1")
    made.end(130)
    again = folder(tmp_path)
    again.progress("run", "", "", "r1")
    assert not (tmp_path / "artifacts" / "r1" / "rc").exists()
