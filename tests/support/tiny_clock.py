"""The machine's own clock behind the engine's port."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `engine.ports.Clock`."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds."""
        return time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Wait; nothing ends it early."""
        return threading.Event().wait(seconds)


class Silence:
    """Implements `engine.ports.Progress`."""

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """Say nothing."""
