"""Change windows: whether now is inside one, and when it ends. Pure: times are passed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from remediate.actions import RestartPeer
from remediate.model.policy import WEEKDAYS, ChangeWindow
from remediate.planning.plan import Plan, Step

LOOK_AHEAD = timedelta(days=8)


class Span(NamedTuple):
    """From one moment until another, which is no longer inside. Aware UTC."""

    begin: datetime
    end: datetime
    name: str


class Standing(NamedTuple):
    """Where a moment stands: when changing must end (None: never), or why it may not begin."""

    ends: datetime | None
    why_not: str


def standing(windows: Iterable[ChangeWindow], clusters: Iterable[str], now: datetime) -> Standing:
    """For changes of all these clusters. Deny wins; once a window allows a cluster, outside all is denied to it."""
    known = tuple(windows)
    names = tuple(dict.fromkeys(clusters)) or ("",)
    found = {name: _standing(known, name, now) for name in names}
    shut = next(((name, one.why_not) for name, one in found.items() if one.why_not), None)
    if shut is not None:
        return Standing(None, shut[1] if len(names) == 1 else f"{shut[0]}: {shut[1]}")
    return Standing(min((one.ends for one in found.values() if one.ends is not None), default=None), "")


def _standing(windows: tuple[ChangeWindow, ...], cluster: str, now: datetime) -> Standing:
    mine = tuple(w for w in windows if not w.clusters or cluster in w.clusters)
    spans = {kind: tuple(s for w in mine if w.kind == kind for s in _spans(w, now)) for kind in ("allow", "deny")}
    denied = next((s for s in spans["deny"] if s.begin <= now < s.end), None)
    if denied is not None:
        return Standing(None, f"changes are denied until {_text(denied.end)} ({denied.name})")
    ends = [s.begin for s in spans["deny"] if s.begin > now]
    if any(w.kind == "allow" for w in mine):
        open_now = [s for s in spans["allow"] if s.begin <= now < s.end]
        if not open_now:
            return Standing(None, _next(s for s in spans["allow"] if s.begin > now))
        ends.append(max(s.end for s in open_now))
    return Standing(min(ends, default=None), "")


def seconds_of(step: Step) -> int:
    """How long a step may take at most: its wait, its deadline, and for a restart the calls that drain."""
    drain = step.action.drain if isinstance(step.action, RestartPeer) else 0
    return step.wait + step.deadline + drain


def way_back_seconds(step: Step) -> int:
    """How long taking it back may take; nothing where nothing is taken back."""
    return 0 if step.undo.kind == "left-in-place" or isinstance(step.action, RestartPeer) else step.deadline


def point_of_no_return(steps: Iterable[Step], ends: datetime) -> datetime:
    """The last moment at which taking back all these steps can begin."""
    return ends - timedelta(seconds=sum(map(way_back_seconds, steps)))


def plan_seconds(plan: Plan) -> int:
    """There, at most; steps of several clusters one after the other."""
    return sum(map(seconds_of, plan.steps))


def _spans(window: ChangeWindow, now: datetime) -> Iterator[Span]:
    length = timedelta(seconds=window.duration)
    if window.at is not None:
        yield Span(window.at, window.at + length, window.name)
        return
    zone = ZoneInfo(window.time_zone)
    hour, minute = map(int, window.start.split(":"))
    day = (now - length).astimezone(zone).date() - timedelta(days=1)
    while day <= (now + LOOK_AHEAD).astimezone(zone).date():
        if WEEKDAYS[day.weekday()] in window.days:
            begin = _moment(day, time(hour, minute), zone)
            yield Span(begin, begin + length, window.name)
        day += timedelta(days=1)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Wall-clock time there. One that a clock change skips is as long after the jump; of two the first counts."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _next(spans: Iterator[Span]) -> str:
    soonest = min(spans, default=None)
    if soonest is None:
        return "no change window is open, and none opens within a week"
    return f"no change window is open; the next is {soonest.name}, from {_text(soonest.begin)} to {_text(soonest.end)}"


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
