"""Ctrl-C as a contract: the first one lets the step under way end, the second one ends waits and readings, the third
all.

SIGTERM and SIGHUP count as Ctrl-C: whoever ends us, or closes the terminal, gets the same orderly end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST = "Stopping after the step under way. Ctrl-C again does not wait for its value to be read back."
SECOND = (
    "Not waiting any more: a write under way gets its answer or its time-out, no value is read any more, and what was"
    " sent and not read back is noted as unknown."
)
_OVER = 0


@contextmanager
def stopping(
    stop: threading.Event, say: Callable[[str], None], ask: Callable[[str], None], cut: Callable[[], None]
) -> Iterator[Callable[[], bool]]:
    """Within it the first signal asks for an end with its name, the second sets `stop`, which ends waits, and calls
    `cut`, the next raises KeyboardInterrupt. Yields whether any came. Main thread only.

    A thread does all but the last: a handler may stand in the middle of a lock or a line that it would need itself.
    """
    seen: list[int] = []
    told: SimpleQueue[int] = SimpleQueue()

    def received(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        told.put(number)
        if len(seen) > 2:
            raise KeyboardInterrupt

    def heeds() -> None:
        if (number := told.get()) != _OVER:
            ask(signal.Signals(number).name)
            say(FIRST)
            if told.get() != _OVER:
                stop.set()
                say(SECOND)
                cut()

    heeding = threading.Thread(target=heeds, name="signals", daemon=True)
    heeding.start()
    before = {number: signal.signal(number, received) for number in _SIGNALS} if _in_main_thread() else {}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        told.put(_OVER)
        heeding.join()


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
