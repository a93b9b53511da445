"""Change windows: what is open when, in whose time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remediate.model.policy import ChangeWindow
from remediate.planning.windows import standing


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(kind: str = "allow", **more: object) -> ChangeWindow:
    """Saturdays from 22:00 in Berlin, for six hours."""
    given = {"name": "sat", "kind": kind, "days": ("sat",), "start": "22:00", "duration": 21_600}
    return ChangeWindow.model_validate(given | {"time_zone": "Europe/Berlin"} | more)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-28T20:59:59", None),
        ("2026-11-28T21:00:00", "2026-11-29T03:00:00"),
        ("2026-11-29T02:59:59", "2026-11-29T03:00:00"),
        ("2026-11-29T03:00:00", None),
        ("2026-07-04T20:00:00", "2026-07-05T02:00:00"),
        # The clocks go back on 2026-10-25 at 03:00 in Berlin: six hours stay six hours.
        ("2026-10-24T20:00:00", "2026-10-25T02:00:00"),
        # They go forward on 2026-03-29.
        ("2026-03-28T21:00:00", "2026-03-29T03:00:00"),
    ],
)
def test_weekly(now: str, ends: str | None) -> None:
    """Winter and summer, over midnight, to the second: the end is no longer inside."""
    found = standing((weekly(),), ("exp-c",), at(now))
    assert found.ends == (at(ends) if ends else None)
    assert bool(found.why_not) is (ends is None)


def test_no_windows() -> None:
    """Nothing declared, nothing denied."""
    assert standing((), ("exp-c",), at("2026-11-28T12:00:00")) == (None, "")


def test_deny_alone() -> None:
    """Outside of a freeze all is allowed, until the next one begins."""
    freeze = weekly("deny", name="freeze")
    assert standing((freeze,), ("exp-c",), at("2026-11-28T12:00:00")) == (at("2026-11-28T21:00:00"), "")
    assert "freeze" in standing((freeze,), ("exp-c",), at("2026-11-28T22:00:00")).why_not


def test_deny_cuts_a_window_short() -> None:
    """The window ends where a freeze begins."""
    freeze = weekly("deny", days=("sun",), start="01:00", name="freeze")
    found = standing((weekly(), freeze), ("exp-c",), at("2026-11-28T22:00:00"))
    assert found == (at("2026-11-29T00:00:00"), "")


def test_once() -> None:
    """A single window, and nothing after it."""
    once = ChangeWindow(name="CHG1", kind="allow", at=at("2026-11-28T21:00:00"), duration=3600)
    assert standing((once,), (), at("2026-11-28T21:30:00")).ends == at("2026-11-28T22:00:00")
    assert "none opens" in standing((once,), (), at("2026-11-28T22:00:00")).why_not
    assert "CHG1" in standing((once,), (), at("2026-11-28T20:00:00")).why_not


def test_of_one_cluster() -> None:
    """A window of another cluster opens nothing here and closes nothing."""
    other = weekly(clusters=("exp-d",))
    assert standing((other,), ("exp-c",), at("2026-11-28T12:00:00")).why_not == ""
    assert standing((other,), ("exp-c", "exp-d"), at("2026-11-28T12:00:00")).why_not


def test_of_two_clusters() -> None:
    """What is open for one cluster opens nothing for another, and the end that comes first is the end."""
    here, there = weekly(clusters=("exp-c",)), weekly(start="23:00", clusters=("cucm",), name="uc")
    shut = standing((here, there), ("exp-c", "cucm"), at("2026-11-28T21:30:00")).why_not
    assert shut.startswith("cucm: no change window is open; the next is uc")
    both = standing((here, there), ("exp-c", "cucm"), at("2026-11-28T22:30:00"))
    assert both == (at("2026-11-29T03:00:00"), ""), "exp-c's, an hour before cucm's"


@pytest.mark.parametrize(
    ("start", "begins"),
    [("02:30", "2026-03-29T01:30:00"), ("03:00", "2026-03-29T01:00:00")],
)
def test_a_time_that_is_skipped(start: str, begins: str) -> None:
    """At 02:00 in Berlin the clocks go to 03:00: half an hour after two is half an hour after three."""
    found = weekly(days=("sun",), start=start, duration=3600)
    assert standing((found,), (), at(begins)).ends is not None
    assert standing((found,), (), at(begins) - timedelta(seconds=1)).ends is None


def test_a_time_that_comes_twice() -> None:
    """02:30 in the night of the way back: the first one."""
    found = weekly(days=("sun",), start="02:30", duration=3600)
    assert standing((found,), (), at("2026-10-25T00:30:00")).ends == at("2026-10-25T01:30:00")
    assert standing((found,), (), at("2026-10-25T01:30:00")).ends is None
