"""A change window on a shared lab that is put back to its start, with an inventory and a ledger of its own."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from remediate.cli.clock import SystemClock
from remediate.cli.main import main
from remediate.cli.wiring import Wiring, production
from tests.lab.simulator.stock_clients import RunningLab
from tests.lab.stories.window import DEADLINE_S, FIX, WORKAROUND, Screen, Window

PATH = "EdgeConfigServer VerifyOriginServer"
TELLING = ("error:", "unknown:", "failed:", "stale:", "unreachable:", "skipped:", "Stopped:", "blocked", "refused")


@dataclass
class Bench(Window):
    """`home` holds the inventory (`inv`); the lab lies in `running` and serves other tests too."""

    running: Path = Path()
    wiring: Wiring | None = None
    screens: list[Screen] = field(default_factory=list)
    noted: str = ""

    def __post_init__(self) -> None:
        shutil.copytree(self.running / "inventory", self.inventory)
        self._start = len(super().record())

    @property
    def lab(self) -> Path:
        """The lab's directory."""
        return self.running

    @property
    def inventory(self) -> Path:
        """The copy that this window may spoil."""
        return self.home / "inv"

    @property
    def ledger(self) -> Path:
        """Where the ledger lies."""
        return self.inventory / ".remediate" / "ledger.sqlite"

    def record(self) -> list[dict[str, Any]]:
        """The lab's own record, since this window began."""
        return super().record()[self._start :]

    def words(self, line: str, inventory: Path | None = None) -> list[str]:
        """A command line as arguments."""
        return [word.replace("HOME/", f"{self.home}/") if word != "INV" else str(inventory or self.inventory)
                for word in line.split()]  # fmt: skip

    def type(self, line: str) -> Screen:
        """Run one command in this process; `INV` and `HOME/` stand for the places of this window."""
        self.capsys.readouterr()
        code = main(self.words(line), self.wiring)
        out, err = self.capsys.readouterr()
        self.screens.append(Screen(code, out + err))
        return self.screens[-1]

    def start(self, line: str, inventory: Path | None = None, **options: Any) -> subprocess.Popen[str]:
        """The same in a process of its own, with both outputs piped unless said otherwise."""
        piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "text": True}
        program = [*options.pop("under", ()), sys.executable, "-m", "remediate"]
        return subprocess.Popen([*program, *self.words(line, inventory)], **(piped | options))

    def ended(self, process: subprocess.Popen[str], seconds: float = 30) -> Screen:
        """Wait for a process that `start` began."""
        out, err = process.communicate(timeout=seconds)
        self.screens.append(Screen(process.returncode, (out or "") + (err or "")))
        return self.screens[-1]

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something to come about."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, f"{what} did not come"
            threading.Event().wait(0.02)

    def kinds(self) -> list[str]:
        """Kinds of the ledger's entries in order, as the file has them, whoever writes it at the moment."""
        if not self.ledger.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=10)) as file:
            try:
                return [kind for (kind,) in file.execute("SELECT kind FROM entries ORDER BY seq")]
            except sqlite3.OperationalError:
                return []

    def environment(self, **more: str) -> dict[str, str]:
        """This process' own, and more."""
        return {**os.environ, **more}

    def planned(self, playbook: Path = FIX, name: str = "fix") -> Screen:
        """A plan in `HOME/NAME.plan`."""
        made = self.type(f"plan {playbook} -i INV -o HOME/{name}.plan")
        assert made.code == 0, made.text
        return made

    def off(self) -> str:
        """The workaround applied; its run."""
        self.planned(WORKAROUND, "off")
        done = self.type("apply HOME/off.plan -i INV")
        assert done.code == 0, done.text
        return self.run_id(done)

    def undo(self, run: str) -> Screen:
        """The way back from a run in `HOME/undo.plan`."""
        return self.type(f"rollback {run} -i INV -o HOME/undo.plan --accept-login-failures test")

    def fail(self, point: str, **arguments: Any) -> None:
        """Arm a failpoint."""
        self.hand("fail", point=point, **arguments)

    def off_by_hand(self, peer: str, value: str = "Off") -> None:
        """Another administrator's edit."""
        self.hand("edit", peer=peer, path=PATH, value=value)

    def upload(self, peer: str, pem: bytes) -> None:
        """Another administrator's upload."""
        answer = RunningLab(self.running).web(peer).upload(pem)
        assert answer.status_code == 200, answer.text

    def later(self, **shift: float) -> None:
        """This machine's date is off by so much from now on."""
        seconds = timedelta(**shift).total_seconds()
        self.wiring = replace(production(), clock=lambda stop: ShiftedClock(stop, seconds))

    def jumping(self, kind: str, **shift: float) -> None:
        """This machine's date jumps once the ledger has an entry of this kind."""
        seconds = timedelta(**shift).total_seconds()
        self.wiring = replace(
            production(), clock=lambda stop: JumpingClock(stop, lambda: kind in self.kinds(), seconds)
        )

    def plain(self, saved: str) -> str:
        """A list that the ledger saved, as text."""
        return base64.b64decode(saved + "=" * (-len(saved) % 4), altchars=b"-_").decode()

    def peers(self) -> dict[str, Any]:
        """The peers as they are."""
        found: dict[str, Any] = self.hand("state")["peers"]
        return found

    def listed(self, peer: str) -> list[str]:
        """SHA-256 of a peer's trusted CA list."""
        found: list[str] = self.peers()[peer]["listed"]
        return found

    def settings(self) -> list[str]:
        """VerifyOriginServer of every Expressway-C peer, in order."""
        return [state["settings"].get(PATH, "") for name, state in sorted(self.peers().items()) if "-c-" in name]

    def sent(self, verb: str) -> list[str]:
        """Hosts to which the tool sent this verb, in order."""
        return [entry["host"] for entry in self.record() if entry["verb"] == verb]

    @contextmanager
    def document(self) -> Iterator[dict[str, Any]]:
        """`clusters.yml`, to be changed."""
        document = YAML().load(self.inventory / "clusters.yml")
        yield document
        self.flush(document)

    def flush(self, document: dict[str, Any]) -> None:
        """Write it at once."""
        yaml = YAML()
        yaml.width = 4096
        yaml.dump(document, self.inventory / "clusters.yml")

    def address(self, peer: str) -> str:
        """Where a peer listens."""
        found: str = YAML().load(self.inventory / "clusters.yml")["clusters"]["exp-c"]["peers"][peer]["address"]
        return found

    def durations(self, **seconds: int) -> None:
        """Other waits for exp-c."""
        with self.document() as document:
            document["clusters"]["exp-c"].update({name: f"{value}s" for name, value in seconds.items()})

    def entries(self) -> list[dict[str, Any]]:
        """The ledger's entries."""
        screen = self.type("ledger export -i INV")
        assert screen.code == 0, screen.text
        self.screens.pop()
        records = [json.loads(line) for line in screen.text.splitlines() if line.startswith("{")]
        return [record["body"] if isinstance(record["body"], dict) else json.loads(record["body"])
                for record in records]  # fmt: skip

    def saw(self, text: str) -> None:
        """What the table shall say, where the last screen does not tell it."""
        self.noted = text

    @property
    def seen(self) -> str:
        """The row's outcome in a line: the last exit code, and the line that says why."""
        if self.noted or not self.screens:
            return self.noted
        last = self.screens[-1]
        told = next((line for word in TELLING for line in last.text.splitlines() if word in line), "")
        return f"exit {last.code}{': ' + told.strip() if told else ''}"


class HastyClock(SystemClock):
    """Every wait of the engine is a twentieth of what it should be, and the engine does not notice."""

    SPEED = 20.0

    def monotonic(self) -> float:
        """Faster seconds."""
        return super().monotonic() * self.SPEED

    def wait(self, seconds: float) -> bool:
        """A short wait."""
        return super().wait(seconds / self.SPEED)


class ShiftedClock(SystemClock):
    """A machine whose date is off by `seconds`."""

    def __init__(self, stop: threading.Event, seconds: float) -> None:
        super().__init__(stop)
        self._seconds = seconds

    def now(self) -> datetime:
        """Ahead, or behind."""
        return super().now() + timedelta(seconds=self._seconds)


class JumpingClock(SystemClock):
    """A machine whose date jumps once."""

    def __init__(self, stop: threading.Event, jumps: Callable[[], bool], seconds: float) -> None:
        super().__init__(stop)
        self._jumps, self._shift = jumps, timedelta(seconds=seconds)

    def now(self) -> datetime:
        """As it was, then shifted."""
        return super().now() + (self._shift if self._jumps() else timedelta())


def hasty() -> Wiring:
    """The product, in a hurry."""
    return replace(production(), clock=HastyClock)


Benches = Callable[..., Bench]
Capsys = pytest.CaptureFixture[str]
