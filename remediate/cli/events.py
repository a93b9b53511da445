"""`--json` of a command that works: one JSON object per line on stdout, in Terraform's shape, as things happen.

Each line has `@level @message @module @timestamp type`, and `run_id cluster node seq`: `seq` counts per node, so that
what came first on one node can be told whatever other nodes did meanwhile.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from remediate.cli.output import Output
from remediate.cli.progress import Lines
from remediate.cli.wiring import Wiring
from remediate.errors import RemediateError
from remediate.report.as_json import inert

UI = "1.0"
"""Minor: keys and types are added; major: they change."""
MODULE = "remediate.ui"
TYPES = {
    "run": "apply_start",
    "step": "apply_start",
    "ok": "apply_complete",
    "changed": "apply_complete",
    "failed": "apply_errored",
    "stale": "apply_errored",
    "unknown": "apply_errored",
    "unreachable": "apply_errored",
    "skipped": "apply_progress",
    "cluster": "apply_complete",
    "collect": "refresh_start",
}
"""Kinds of progress that Terraform has a word for; every other is `apply_progress`."""
_ERRORS = frozenset({"failed", "unknown", "unreachable"})


class Events(Output):
    """An output whose every line is an event. Called from many threads."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._now, self._lock, self._run = now, threading.Lock(), ""
        self._seq: Counter[str] = Counter()
        self.emit("version", f"remediate {UI}", ui=UI)

    def emit(self, event: str, message: str, *, level: str = "info", **members: Any) -> None:
        """One line, at once."""
        with self._lock:
            node = str(members.get("node", ""))
            self._seq[node] += 1
            line = {
                "@level": level,
                "@message": message,
                "@module": MODULE,
                "@timestamp": self._now().isoformat().replace("+00:00", "Z"),
                "type": event,
                "run_id": self._run,
                "cluster": "",
                "node": "",
                "seq": self._seq[node],
            }
            super().text(json.dumps(inert(line | members), ensure_ascii=False) + "\n")

    def began(self, run: str) -> None:
        """From here on lines carry the id of this run."""
        self._run = run

    def text(self, text: str) -> None:
        """A result: one `log` per line."""
        for line in filter(None, text.splitlines()):
            self.emit("log", line)

    def note(self, text: str) -> None:
        """A remark."""
        self.emit("diagnostic", text, level="warn")

    def block(self, text: str) -> None:
        """An error."""
        self.emit("diagnostic", text.rstrip(), level="error")

    @property
    def live(self) -> bool:
        """Nothing is rewritten."""
        return False

    @property
    def interactive(self) -> bool:
        """Nobody is asked: a machine reads this."""
        return False


class EventLines(Lines):
    """Implements `engine.ports.Progress` on events."""

    def __init__(self, events: Events) -> None:
        super().__init__(events)
        self._events = events

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event; `kind` keeps our own word."""
        if kind == "run":
            self._events.began(message)
        level = "error" if kind in _ERRORS else "info"
        self._events.emit(
            TYPES.get(kind, "apply_progress"), message, level=level, cluster=cluster, node=node, kind=kind
        )


def told_as_events(wiring: Wiring, work: Callable[[Wiring], int]) -> int:
    """`work` with every line as an event, and a last one with the exit code. Errors are told by whoever called."""
    clock = wiring.clock(threading.Event())
    events = Events(clock.now)
    try:
        code = work(replace(wiring, output=events, progress=lambda _output, _verbose: EventLines(events)))
    except RemediateError as error:
        events.block(str(error))
        raise
    events.emit("change_summary", f"exit {int(code)}", exit_code=int(code))
    return code
