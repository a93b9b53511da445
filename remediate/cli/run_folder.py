"""What a run leaves for tools that read ansible-runner's folders: `artifacts/RUN/{rc,status,stdout,job_events/}`.

An export beside the ledger, which alone counts: where it cannot be written that is said once, and the run goes on.
"""

from __future__ import annotations

import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from remediate.cli.exits import Exit, of_error
from remediate.cli.output import Said, Tee
from remediate.cli.progress import QUIET, TeeLines, line_of
from remediate.cli.session import Session
from remediate.engine.apply import HostCounts
from remediate.engine.ports import Ledger
from remediate.errors import JournalError, RemediateError
from remediate.model.base import canonical_json
from remediate.planning.plan import Plan

ARTIFACTS = "artifacts"
EVENTS = {
    "run": "playbook_on_start",
    "step": "playbook_on_task_start",
    "ok": "runner_on_ok",
    "changed": "runner_on_ok",
    "failed": "runner_on_failed",
    "unknown": "runner_on_failed",
    "stale": "runner_on_failed",
    "unreachable": "runner_on_unreachable",
    "skipped": "runner_on_skipped",
}
"""Kinds of progress that Ansible has an event for; every other is `verbose`."""
_STATUS = {Exit.OK: "successful", Exit.INTERRUPTED: "canceled"}
_COUNTERS = {"ok": "ok", "changed": "changed", "dark": "unreachable", "failures": "failed", "skipped": "skipped"}
"""Ansible's names in `playbook_on_stats`, and ours."""


class RunFolder:
    """Collects from the first line on, and writes once the run has an id. Called from many threads."""

    def __init__(self, home: Path, now: Callable[[], datetime], note: Callable[[str], None]) -> None:
        self._home, self._now, self._note = home / ARTIFACTS, now, note
        self._lock = threading.RLock()
        self._folder: Path | None = None
        self._early: list[tuple[str, str, dict[str, Any]]] = []
        self._counter = self._line = 0
        self._lost = False

    def began(self, run: str) -> None:
        """The run has this id; a run that is resumed goes on in its folder."""
        with self._lock:
            self._folder = self._home / run
            self._attempt(self._open)
            early, self._early = self._early, []
            for event, stdout, data in early:
                self.add(event, stdout, **data)

    def add(self, event: str, stdout: str, **data: object) -> None:
        """One event and the lines that it put on the screen."""
        with self._lock:
            if self._folder is None:
                self._early.append((event, stdout, data))
            else:
                self._attempt(lambda: self._write(event, stdout, data))

    def attach(self, plan: Plan, ledger: Ledger) -> None:
        """The plan, and what the ledger holds of the run."""
        with self._lock:
            if self._folder is not None:
                entries = b"".join(canonical_json(entry) + b"\n" for entry in ledger.entries(self._folder.name))
                self._attempt(lambda: self._put("plan.json", canonical_json(plan).decode()))
                self._attempt(lambda: self._put("journal.ndjson", entries.decode()))

    def stats(self, hosts: Iterable[HostCounts]) -> None:
        """The RECAP, by counter."""
        counts = {their: {h.host: n for h in hosts if (n := getattr(h, our))} for their, our in _COUNTERS.items()}
        self.add("playbook_on_stats", "", **counts)

    def end(self, code: int) -> None:
        """How the command ended, once the run had an id."""
        with self._lock:
            if self._folder is None:
                return
            self._attempt(lambda: self._put("rc", str(int(code))))
            self._attempt(lambda: self._put("status", _STATUS.get(Exit(code), "failed")))

    def _open(self) -> None:
        folder = self._events
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder.parent / "rc").unlink(missing_ok=True)  # of the part that is resumed
        self._counter = len(list(folder.glob("*.json")))
        stdout = folder.parent / "stdout"
        self._line = stdout.read_text(encoding="utf-8").count("\n") if stdout.exists() else 0
        self._put("status", "running")

    @property
    def _events(self) -> Path:
        assert self._folder is not None, "asked for before the run had an id"
        return self._folder / "job_events"

    def _write(self, event: str, stdout: str, data: dict[str, Any]) -> None:
        self._counter += 1
        lines = stdout.count("\n") + 1 if stdout else 0
        identity = str(uuid.uuid4())
        line = {
            "uuid": identity,
            "counter": self._counter,
            "stdout": stdout,
            "start_line": self._line,
            "end_line": self._line + lines,
            "runner_ident": self._events.parent.name,
            "event": event,
            "pid": os.getpid(),
            "created": self._now().isoformat(),
            "event_data": data,
        }
        self._line += lines
        self._put(f"job_events/{self._counter}-{identity}.json", json.dumps(line, ensure_ascii=True))
        if stdout:
            self._put("stdout", stdout + "\n", os.O_APPEND)

    def _put(self, name: str, text: str, how: int = os.O_TRUNC) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how
        with os.fdopen(
            os.open(self._events.parent / name, flags, 0o600), "w", encoding="utf-8", errors="replace"
        ) as file:
            file.write(text)

    def _attempt(self, work: Callable[[], None]) -> None:
        if self._lost:
            return
        try:
            work()
        except OSError as error:
            self._lost = True
            self._note(f"{self._events.parent}: not written any more: {error.strerror}; the ledger has it all")

    def progress(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event of a run."""
        if kind in QUIET:
            return
        if kind == "run":
            self.began(message)
        data: dict[str, object] = {"host": node, "task": message, "cluster": cluster, "kind": kind}
        if kind in ("ok", "changed"):
            data["res"] = {"changed": kind == "changed"}
        elif node:
            data["res"] = {"msg": message}
        self.add(EVENTS.get(kind, "verbose"), line_of(kind, cluster, node, message), **data)

    def said(self, what: Said, text: str) -> None:
        """What stood on the screen beside progress."""
        self.add({"result": "verbose", "remark": "warning", "error": "error"}[what], text.rstrip("\n"))


@contextmanager
def recorded(session: Session, plan: Plan) -> Iterator[RunFolder]:
    """While a plan is carried out all that is said goes into its folder too, which lies beside the ledger."""
    folder = RunFolder(session.home, session.clock.now, session.output.note)
    output, progress = session.output, session.progress
    session.output, session.progress = Tee(output, folder.said), TeeLines(progress, folder.progress)
    try:
        yield folder
    except BaseException as error:
        folder.said("error", f"error: {error}" if isinstance(error, RemediateError) else type(error).__name__)
        folder.end(of_error(error) if isinstance(error, RemediateError) else Exit.BUG)
        raise
    finally:
        session.output, session.progress = output, progress
        with suppress(JournalError):  # it is told by what needs the ledger, not by an export of it
            folder.attach(plan, session.ledger())
