"""A run that is killed: some events of it here, all of them in `make crash`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.faults.every_event import PASSES, Tally, report, tally

EVERY = 60
"""Of some 300 events in an apply, and 200 in its rollback: evenly over the run, elsewhere in each pass."""
DEATHS = 3


@pytest.mark.parametrize("name", PASSES)
def test_death(name: str, tmp_path: Path) -> None:
    """Killed at an event, with or without what was not synced: status tells the truth, and resume and rollback end
    as if nothing had happened."""
    seen = tally(tmp_path, _evenly(EVERY, PASSES.index(name) * 22 + 14), (name,))
    assert seen.failures == []
    assert seen.deaths[name] >= DEATHS
    assert 0 < seen.power_failures < seen.deaths[name]


def test_report_counts() -> None:
    """What did not hold is printed with the event."""
    seen = Tally(events=3, failures=["goes on, death at 2: executed twice"])
    assert "executed twice\n1 did not hold\n" in report([seen, Tally(events=3)])


def _evenly(step: int, first: int) -> Callable[[int], bool]:
    return lambda number: number % step == first % step
