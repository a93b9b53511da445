"""Ctrl-C as a contract: the first one finishes the step under way, the second one closes the connections."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
FIRST = "Stopping after the step under way. Ctrl-C again closes the connections at once."


@contextmanager
def stopping(stop: threading.Event, say: Callable[[str], None], ask: Callable[[str], None]) -> Iterator[None]:
    """Within it the first signal asks for an end with its reason and sets `stop`, which ends waits; the next
    raises KeyboardInterrupt. Main thread only."""

    def received(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        ask(signal.Signals(number).name)
        stop.set()
        say(FIRST)

    before = {number: signal.signal(number, received) for number in _SIGNALS} if _in_main_thread() else {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
