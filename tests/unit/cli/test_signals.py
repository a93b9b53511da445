"""Ctrl-C as a contract."""

from __future__ import annotations

import signal
import threading

import pytest

from remediate.cli.clock import SystemClock
from remediate.cli.signals import FIRST, SECOND, stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_asks_second_ends(number: int) -> None:
    """The first signal asks for an end, the second ends waits, the third raises; afterwards all is as before."""
    stop, said, asked = threading.Event(), list[str](), list[str]()
    before = signal.getsignal(number)
    with stopping(stop, said.append, asked.append) as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert (said, asked, stop.is_set()) == ([FIRST], [signal.Signals(number).name], False)
        signal.raise_signal(number)
        assert SystemClock(stop).wait(60)
        assert said == [FIRST, SECOND]
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_clock() -> None:
    """The clock is aware UTC, and a wait that nobody cuts short says so."""
    clock = SystemClock(threading.Event())
    assert str(clock.now().tzinfo) == "UTC"
    assert clock.monotonic() <= clock.monotonic()
    assert not clock.wait(-1)
