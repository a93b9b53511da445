"""An operator at the keyboard: types commands, reads the screen, and has hands in the lab."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remediate.cli.main import main
from remediate.lab.control import send

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
FIX = PLAYBOOKS / "mra-origin-verification.yml"
WORKAROUND = PLAYBOOKS / "mra-workaround.yml"
READINESS = PLAYBOOKS / "mra-readiness.yml"
READS = ("ssh-login", "ssh-read", "ssh-command", "ssh-unknown", "os-login", "os-cli", "https-GET")
DEADLINE_S = 30.0


@dataclass
class Screen:
    """What one command left: its exit code and everything it printed."""

    code: int
    text: str


@dataclass
class Window:
    """A change window on a lab of its own in `home`."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    hands: list[threading.Thread] = field(default_factory=list)

    def type(self, line: str) -> Screen:
        """Run one command; `INV`, `LAB` and `HOME` stand for the paths of this window."""
        places = {"INV": str(self.lab / "inventory"), "LAB": str(self.lab)}
        words = [places.get(word, word.replace("HOME/", f"{self.home}/")) for word in shlex.split(line)]
        self.capsys.readouterr()
        code = main(words)
        out, err = self.capsys.readouterr()
        return Screen(code, out + err)

    @property
    def lab(self) -> Path:
        """The lab's directory."""
        return self.home / "lab"

    def hand(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Do something in the lab by hand."""
        return send(self.lab, verb, **arguments)

    def when(self, condition: Callable[[], bool], deed: Callable[[], object]) -> None:
        """A colleague who does something once a condition holds, while a command runs."""

        def colleague() -> None:
            deadline = time.monotonic() + DEADLINE_S
            while not condition() and time.monotonic() < deadline:
                threading.Event().wait(0.05)
            deed()

        self.hands.append(threading.Thread(target=colleague, daemon=True))
        self.hands[-1].start()

    def record(self) -> list[dict[str, Any]]:
        """The lab's own record."""
        return [json.loads(line) for line in (self.lab / "record.ndjson").read_text().splitlines()]

    def writes(self) -> list[tuple[str, str]]:
        """Every write that the lab saw from the tool: host and verb."""
        seen = [(r["host"], r["verb"]) for r in self.record()]
        return [(host, verb) for host, verb in seen if verb not in READS and not verb.startswith("hand-")]

    def statuses(self) -> set[int]:
        """The HTTP statuses of a login through every peer."""
        return {step["status"] for step in self.hand("login", user="emusk")["steps"]}

    def open_run(self) -> str:
        """The run that did not end, by `status`; empty where all did."""
        runs = json.loads(self.type("status -i INV --json").text)["open_runs"]
        return str(runs[0]["run"]) if runs else ""

    def run_id(self, screen: Screen) -> str:
        """The run that `apply` printed."""
        return next(line.split()[1].rstrip(".") for line in screen.text.splitlines() if line.startswith("Run "))


class Terminal:
    """A command at a real terminal of its own: what it shows is read, and keys are pressed."""

    def __init__(self, *words: str) -> None:
        self._end, keyboard = pty.openpty()
        command = [sys.executable, "-m", "remediate", *words]
        self._process = subprocess.Popen(command, stdin=keyboard, stdout=keyboard, stderr=keyboard)
        os.close(keyboard)

    def shows(self, until: str = "") -> str:
        """What is shown from now until a text stands there, or the command ends."""
        shown = b""
        while not until or until.encode() not in shown:
            try:
                shown += os.read(self._end, 65536)
            except OSError:  # what Linux answers once nobody holds the other end
                break
        return shown.decode()

    def types(self, line: str) -> None:
        """A line, and Enter."""
        os.write(self._end, f"{line}\n".encode())

    def code(self) -> int:
        """How the command ended; the terminal is gone then."""
        ended = self._process.wait(60)
        os.close(self._end)
        return ended


@contextmanager
def window(home: Path, capsys: pytest.CaptureFixture[str], scenario: str, options: str = "") -> Iterator[Window]:
    """A window on a freshly started lab, taken down at the end."""
    made = Window(home, capsys)
    up = made.type(f"lab up --scenario {scenario} --dir LAB --detach {options}")
    assert up.code == 0, up.text
    try:
        yield made
    finally:
        for thread in made.hands:
            thread.join(DEADLINE_S)
        made.type("lab down --dir LAB")
