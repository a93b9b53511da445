"""`--json` of a command that works: one JSON object per line on stdout, in Terraform's shape, as things happen.

Each line has `@level @message @module @timestamp type`, and `run_id cluster node seq`: `seq` counts per node, so that
what came first on one node can be told whatever other nodes did meanwhile.
"""

from __future__ import annotations

import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TextIO

from remediate.cli.output import Output, Said, Tee, written
from remediate.cli.progress import Lines, TeeLines
from remediate.cli.wiring import Wiring
from remediate.errors import InputError, RemediateError
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

    def __init__(self, now: Callable[[], datetime], write: Callable[[str], object] | None = None) -> None:
        """`write`: where lines go instead of stdout."""
        super().__init__()
        self._now, self._lock, self._run, self._write = now, threading.Lock(), "", write or super().text
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
            self._write(json.dumps(inert(line | members), ensure_ascii=False) + "\n")

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

    def said(self, what: Said, text: str) -> None:
        """What stood on a screen."""
        {"result": self.text, "remark": self.note, "error": self.block}[what](text)

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


def told_as_events(wiring: Wiring, work: Callable[[Wiring], int], into: str = "", *, alone: bool = True) -> int:
    """`work` with every line as an event, and a last one with the exit code. Errors are told by whoever called.

    `into`: a file that gets the events; `alone`: nothing but events goes to stdout. Raises InputError where the file
    cannot be opened.
    """
    clock, shown = wiring.clock(threading.Event()), wiring.output
    with _stream(into) as stream:

        def write(line: str) -> None:
            if alone:
                Output.text(shown, line)
            if stream is not None:
                shown.lost = written(stream, line) or shown.lost

        events = Events(clock.now, write)
        if alone:
            wired = replace(wiring, output=events, progress=lambda _output, _verbose: EventLines(events))
        else:
            also = EventLines(events).event
            both = Tee(shown, events.said)
            wired = replace(wiring, output=both, progress=lambda _, n: TeeLines(wiring.progress(shown, n), also))
        try:
            code = work(wired)
        except RemediateError as error:
            events.block(str(error))
            raise
        events.emit("change_summary", f"exit {int(code)}", exit_code=int(code))
        return code


@contextmanager
def _stream(path: str) -> Iterator[TextIO | None]:
    if not path:
        yield None
        return
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=path) from error
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
        yield stream
