"""What is logged, where, and that no secret stands there."""

from __future__ import annotations

import logging
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from remediate.cli.log import logged
from remediate.cli.main import main
from remediate.cli.wiring import Wiring, production
from remediate.drivers import wire_log
from remediate.errors import ForbiddenStep

Captured = pytest.CaptureFixture[str]
SECRET = "horse-battery-staple"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the log goes."""
    monkeypatch.delenv("REMEDIATE_LOG", raising=False)
    monkeypatch.setenv("REMEDIATE_LOG_PATH", str(tmp_path / "log"))
    return tmp_path / "log"


def worked(verbose: int = 0) -> None:
    """A command that says things, and reads a device."""
    known = replace(production(), secrets=lambda: (SECRET,))
    with logged(known, Namespace(verbose=verbose)) as wiring:
        say(wiring)


def say(wiring: Wiring) -> None:
    """A result, a remark, progress, and two lines on a wire."""
    wiring.output.line("a result")
    wiring.output.note(f"a remark with {SECRET}")
    wiring.progress(wiring.output, 0).event("step", "exp-c", "exp-c-1", "upload")
    wire_log.sent("exp-c-1", b"xStatus SystemUnit\r\n")
    wire_log.came("exp-c-1", f"OK\x1b[2J {SECRET}")


def test_path_alone_keeps_the_screen(file: Path, capsys: Captured) -> None:
    """What the screen shows stands there too, with its time; the wires do not; the file is its owner's."""
    worked()
    lines = [line.split(" ", 2)[1:] for line in file.read_text().splitlines()]
    assert lines == [["INFO", "a result"], ["WARNING", "a remark with …"], ["INFO", "TASK: exp-c/exp-c-1: upload"]]
    assert file.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().out == "a result\n"
    assert logging.getLogger("remediate").handlers == []


def test_wires(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the lowest level lines of the wires stand there too, inert and without a secret; the file is appended to."""
    monkeypatch.setenv("REMEDIATE_LOG", "TRACE")
    worked()
    worked()
    text = file.read_text()
    assert text.count("DEBUG exp-c-1 > xStatus SystemUnit\n") == 2
    assert "exp-c-1 < OK" in text
    assert SECRET not in text
    assert "\x1b" not in text


def test_verbosity_without_a_path(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """-vvvv shows the wires on stderr; what is said anyway is not said twice."""
    monkeypatch.delenv("REMEDIATE_LOG_PATH", raising=False)
    worked(verbose=4)
    out, err = capsys.readouterr()
    assert (out, err.count("a remark")) == ("a result\n", 1)
    assert "DEBUG exp-c-1 > xStatus SystemUnit" in err


def refused() -> None:
    """A command that says something and ends in an error."""
    with logged(production(), Namespace(verbose=0)) as wiring:
        wiring.output.line("a result")
        raise ForbiddenStep("no window is open")


def test_level(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A level leaves out what is below it; an error that ends the command is told there too."""
    monkeypatch.setenv("REMEDIATE_LOG", "error")
    with pytest.raises(ForbiddenStep):
        refused()
    assert [line.split(" ", 1)[1] for line in file.read_text().splitlines()] == ["ERROR no window is open"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REMEDIATE_LOG", "tracer", "REMEDIATE_LOG: no level tracer: did you mean trace?"),
        ("REMEDIATE_LOG_PATH", "/nowhere/log", "/nowhere/log: cannot be written: No such file or directory"),
    ],
)
def test_bad_setting(monkeypatch: pytest.MonkeyPatch, capsys: Captured, name: str, value: str, words: str) -> None:
    """It is told before any work begins."""
    monkeypatch.setenv(name, value)
    assert main(["explain", "list"]) == 5
    out, err = capsys.readouterr()
    assert (out, words in err) == ("", True)
