"""Events of a run on stderr: plain lines; where the terminal can, one rewritten line per cluster."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from time import monotonic

from remediate.cli.output import Output
from remediate.report.sanitize import clean, cut

QUIET = frozenset({"collect"})
"""Kinds that a terminal shows in the rewritten line of their cluster, and others only with -v."""

EVERY_S = 0.1
"""So long a drawing stands: a thousand nodes tell more than anybody reads."""
MOST_LINES = 8
"""So many clusters are shown at once; the rest are counted."""

SHOUTED = {
    "step": "TASK",
    "run": "PLAY",
    "cluster": "DONE",
    "by-hand": "BY HAND",
    "wait": "WAIT",
    "escalate": "ESCALATE",
}
"""Kinds and what stands before their line; an outcome of a step (`changed`, `failed`, …) stands as it is."""


def line_of(kind: str, cluster: str, node: str, message: str) -> str:
    """One event as people read it."""
    place = "/".join(part for part in (cluster, node) if part)
    return ": ".join(part for part in (SHOUTED.get(kind, kind), place, message) if part)


class Lines:
    """Implements `engine.ports.Progress`; called from many threads; never raises."""

    def __init__(self, output: Output, verbose: int = 0, now: Callable[[], float] = monotonic) -> None:
        self._output, self._verbose, self._lock = output, verbose, threading.Lock()
        self._latest: dict[str, str] = {}
        self._drawn, self._now, self._drawn_at = 0, now, -EVERY_S

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event."""
        with self._lock:
            if kind in QUIET and not self._verbose:
                self._rewrite(cluster, line_of("", cluster, node, message))
            else:
                self.end()
                self._output.note(line_of(kind, cluster, node, message))

    def end(self) -> None:
        """Clear the rewritten lines."""
        if self._drawn:
            sys.stderr.write(self._cleared())
            sys.stderr.flush()
        self._drawn = 0

    def _rewrite(self, cluster: str, text: str) -> None:
        if not self._output.live:
            return
        self._latest.pop(cluster, None)
        self._latest[cluster] = text
        if self._now() - self._drawn_at < EVERY_S:
            return
        self._drawn_at = self._now()
        shown = sorted(list(self._latest.items())[-MOST_LINES:])
        more = len(self._latest) - len(shown)
        lines = [*(told for _, told in shown), *([f"… and {more} more clusters"] if more else [])]
        room = self._output.columns - 1
        sys.stderr.write(self._cleared() + "\n".join(cut(clean(line), room) for line in lines))
        sys.stderr.flush()
        self._drawn = len(lines)

    def _cleared(self) -> str:
        """To the first of the lines that were drawn, and nothing left of them (ECMA-48 CUU, EL)."""
        return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * (self._drawn - 1)


class TeeLines(Lines):
    """Progress on a screen, and somebody who is told the same."""

    def __init__(self, shown: Lines, told: Callable[[str, str, str, str], object]) -> None:
        super().__init__(Output())
        self._shown, self._told = shown, told

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event."""
        self._shown.event(kind, cluster, node, message)
        self._told(kind, cluster, node, message)

    def end(self) -> None:
        """Clear the rewritten lines."""
        self._shown.end()
