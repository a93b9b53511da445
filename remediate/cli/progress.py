"""Events of a run on stderr: plain lines, or one rewritten line where the terminal can."""

from __future__ import annotations

import sys
import threading

from remediate.cli.output import Output
from remediate.report.sanitize import clean, cut

QUIET = frozenset({"collect"})
"""Kinds that a terminal shows in one rewritten line, and others only with -v."""

SHOUTED = {"step": "TASK", "run": "PLAY", "cluster": "DONE", "by-hand": "BY HAND", "wait": "WAIT"}
"""Kinds and what stands before their line; an outcome of a step (`changed`, `failed`, …) stands as it is."""


class Lines:
    """Implements `engine.ports.Progress`; called from many threads; never raises."""

    def __init__(self, output: Output, verbose: int = 0) -> None:
        self._output, self._verbose, self._lock = output, verbose, threading.Lock()
        self._rewriting = False

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event."""
        place = "/".join(part for part in (cluster, node) if part)
        with self._lock:
            if kind in QUIET and not self._verbose:
                self._rewrite(f"{place}: {message}")
            else:
                self.end()
                self._output.note(": ".join(part for part in (SHOUTED.get(kind, kind), place, message) if part))

    def end(self) -> None:
        """Clear the rewritten line."""
        if self._rewriting:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._rewriting = False

    def _rewrite(self, text: str) -> None:
        if not self._output.live:
            return
        sys.stderr.write("\r\x1b[2K" + cut(clean(text), self._output.columns - 1))
        sys.stderr.flush()
        self._rewriting = True
