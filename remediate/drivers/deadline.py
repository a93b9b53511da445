"""A total time for one piece of work, however many waits it is made of."""

from __future__ import annotations

import time

from remediate.errors import DeviceTimeout


class Deadline:
    """`seconds` from now, on a clock that never jumps."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that remain; 0.0 when it has passed."""
        return max(0.0, self._ends - time.monotonic())

    def extend(self, seconds: float) -> None:
        """Time that passed for another's sake does not count."""
        self._ends += seconds

    def remaining(self, host: str, doing: str) -> float:
        """Seconds that remain; raises `DeviceTimeout` naming host and work when there are none."""
        left = self.left
        if left <= 0:
            raise DeviceTimeout(host, f"{doing} did not finish within {self.seconds:g} s")
        return left
