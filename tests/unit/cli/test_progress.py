"""Events of a run on stderr."""

from __future__ import annotations

import io
import sys
from itertools import count

import pytest

from remediate.cli.output import Output
from remediate.cli.progress import MOST_LINES, Lines


class Terminal(Output):
    """An output that can rewrite a line."""

    live = True
    columns = 30


def test_readings_are_quiet_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal a thousand readings print nothing; with -v one line each."""
    Lines(Output()).event("collect", "exp-c", "exp-c-1", "reading the peer")
    assert capsys.readouterr().err == ""
    Lines(Output(), verbose=1).event("collect", "exp-c", "exp-c-1", "reading the peer")
    assert capsys.readouterr().err == "collect: exp-c/exp-c-1: reading the peer\n"


def test_steps_are_always_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps and their ends are lines in Ansible's words, inert."""
    lines = Lines(Output())
    lines.event("step", "exp-c", "exp-c-1", "upload x\x1b[2J")
    lines.event("changed", "exp-c", "exp-c-1", "upload x")
    assert capsys.readouterr().err == "TASK: exp-c/exp-c-1: upload x\\x1b[2J\nchanged: exp-c/exp-c-1: upload x\n"


def test_one_line_is_rewritten_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal readings share one line, cut to its width, which is cleared before anything else is printed."""
    lines = Lines(Terminal())
    lines.event("collect", "exp-c", "exp-c-1", "reading the whole peer at once")
    lines.event("cluster", "exp-c", "", "done")
    lines.end()
    assert capsys.readouterr().err == "\r\x1b[2Kexp-c/exp-c-1: reading the w…\r\x1b[2KDONE: exp-c: done\n"


def test_a_line_per_cluster(capsys: pytest.CaptureFixture[str]) -> None:
    """Clusters side by side keep a line each; those beyond a screen are counted; all are cleared."""
    lines = Lines(Terminal(), now=count().__next__)
    for cluster in ("b", "a"):
        lines.event("collect", cluster, "", "reading")
    assert capsys.readouterr().err == "\r\x1b[2Kb: reading\r\x1b[2Ka: reading\nb: reading"
    lines.end()
    assert capsys.readouterr().err == "\r\x1b[2K\x1b[1A\x1b[2K"
    for number in range(MOST_LINES + 2):
        lines.event("collect", f"c{number}", "", "reading")
    last = capsys.readouterr().err.split("\x1b[2K")[-1].splitlines()
    assert len(last) == MOST_LINES + 1
    assert last[-1] == "… and 4 more clusters"


def test_a_drawing_stands_for_a_while(capsys: pytest.CaptureFixture[str]) -> None:
    """What follows at once is drawn with what comes later, and nothing of it is lost."""
    moments = iter((0.0, 0.0, 0.05, 0.2, 0.2))
    lines = Lines(Terminal(), now=moments.__next__)
    for cluster in ("a", "b", "c"):
        lines.event("collect", cluster, "", "reading")
    assert capsys.readouterr().err == "\r\x1b[2Ka: reading\r\x1b[2Ka: reading\nb: reading\nc: reading"


def test_b124_asks_nobody_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody sits there is no answer, whatever stdin holds."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert Output().ask("Approve?") == ""


def test_prose_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal long lines are folded between words; in a pipe nothing is."""
    text = "      mind     one two three four five six seven eight nine\n"
    Output().prose(text)
    assert capsys.readouterr().out == text
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    Output().prose(text)
    assert capsys.readouterr().out == "      mind     one two three four five\n               six seven eight nine\n"
