"""Ctrl-C as a contract."""

from __future__ import annotations

import signal
import threading

import pytest

from remediate.cli.clock import SystemClock
from remediate.cli.signals import FIRST, SECOND, stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_asks_second_ends(number: int) -> None:
    """The first signal asks for an end, the second ends waits and readings, the third raises; afterwards all is as
    before."""
    stop, first, cut = threading.Event(), threading.Event(), threading.Event()
    said, asked = list[str](), list[str]()
    before = signal.getsignal(number)

    def say(line: str) -> None:
        said.append(line)
        first.set()

    with stopping(stop, say, asked.append, cut.set) as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert first.wait(60)
        assert (said, asked, stop.is_set(), cut.is_set()) == ([FIRST], [signal.Signals(number).name], False, False)
        signal.raise_signal(number)
        assert SystemClock(stop).wait(60)
        assert cut.wait(60)
        assert said == [FIRST, SECOND]
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_told_before_the_end() -> None:
    """Whatever came is heeded by the time that the block is left."""
    asked = list[str]()
    with stopping(threading.Event(), asked.append, asked.append, threading.Event().set):
        signal.raise_signal(signal.SIGINT)
    assert asked == ["SIGINT", FIRST]


def test_clock() -> None:
    """The clock is aware UTC, and a wait that nobody cuts short says so."""
    clock = SystemClock(threading.Event())
    assert str(clock.now().tzinfo) == "UTC"
    assert clock.monotonic() <= clock.monotonic()
    assert not clock.wait(-1)
