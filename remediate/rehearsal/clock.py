"""A clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class TwinClock:
    """Time moves only when somebody waits. `at_wait` is called before each wait."""

    def __init__(self, start: datetime) -> None:
        self._start, self._passed = start, 0.0
        self.stopping = False
        self.at_wait: Callable[[float], None] = lambda _seconds: None

    def now(self) -> datetime:
        """Start and what passed since."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._passed

    def wait(self, seconds: float) -> bool:
        """Passes at once; True when stopping."""
        self.at_wait(seconds)
        if not self.stopping:
            self._passed += seconds
        return self.stopping
