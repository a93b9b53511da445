"""The real clock. Its waits end when the run is being stopped."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `engine.ports.Clock`."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds; never jumps."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait; True when it was cut short because the run is being stopped."""
        return self._stop.wait(max(seconds, 0.0))
