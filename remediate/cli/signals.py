"""Ctrl-C as a contract: the first one lets the step under way end, the second one ends its waits, the third all.

SIGTERM and SIGHUP count as Ctrl-C: whoever ends us, or closes the terminal, gets the same orderly end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST = "Stopping after the step under way. Ctrl-C again does not wait for its value to be read back."
SECOND = "Not waiting any more: what was sent and not read back is noted as unknown."


@contextmanager
def stopping(
    stop: threading.Event, say: Callable[[str], None], ask: Callable[[str], None]
) -> Iterator[Callable[[], bool]]:
    """Within it the first signal asks for an end with its name, the second sets `stop`, which ends waits, the
    next raises KeyboardInterrupt. Yields whether any came. Main thread only."""
    seen: list[int] = []

    def received(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) == 1:
            ask(signal.Signals(number).name)
            say(FIRST)
        elif len(seen) == 2:
            stop.set()
            say(SECOND)
        else:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, received) for number in _SIGNALS} if _in_main_thread() else {}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
