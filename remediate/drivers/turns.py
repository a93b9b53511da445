"""Large answers are received a few at a time, so that `-f` many of them do not fill the memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from remediate.drivers.deadline import Deadline
from remediate.errors import DeviceTimeout

LARGE = 1 << 20
"""Bytes that every answer may have at any time. A trusted CA list of a hundred certificates has a fifth of them."""
AT_ONCE = 12
"""So many may be larger at one time."""


class Turns:
    """Hands out that many turns."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._free = threading.BoundedSemaphore(at_once)

    @contextmanager
    def receiving(self, host: str, deadline: Deadline) -> Iterator[Callable[[int], None]]:
        """To be told how many bytes there are so far. Where they become many it waits for a turn; that wait, which is
        no fault of the device, does not count against `deadline`. Raises `DeviceTimeout` after as long a wait."""
        held = False

        def received(size: int) -> None:
            nonlocal held
            if held or size <= LARGE:
                return
            began = time.monotonic()
            held = self._free.acquire(timeout=deadline.seconds)
            if not held:
                raise DeviceTimeout(host, "a large answer had to wait too long behind others", "read fewer at once: -f")
            deadline.extend(time.monotonic() - began)

        try:
            yield received
        finally:
            if held:
                self._free.release()


TURNS = Turns()
"""Of this process."""
