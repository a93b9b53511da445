"""Times of log lines as UTC, whatever the line leaves out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SYSLOG = re.compile(r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}) (?P<clock>\d\d:\d\d:\d\d)(?P<rest>\.\d+)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEAR = timedelta(days=2)


def stated(stamp: str) -> datetime | None:
    """The time of a stamp that names its zone; None where it does not."""
    try:
        at = datetime.fromisoformat(stamp.replace(",", "."))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def utc_time(text: str) -> datetime | None:
    """Of `UTCTime="2022-07-11 16:55:26,016"`."""
    try:
        return datetime.fromisoformat(text.replace(",", ".")).replace(tzinfo=UTC)
    except ValueError:
        return None


def inferred(stamp: str, near: datetime) -> datetime | None:
    """A stamp without zone or year, read as UTC in the last year in which it is not after `near`."""
    try:
        return datetime.fromisoformat(stamp.replace(",", ".")).replace(tzinfo=UTC)
    except ValueError:
        pass
    found = _SYSLOG.fullmatch(stamp)
    if found is None or found["month"] not in _MONTHS:
        return None
    month, day = _MONTHS.index(found["month"]) + 1, int(found["day"])
    for year in (near.year, *range(near.year - 1, near.year - 5, -1)):  # 29 February comes once in four
        try:
            at = datetime.fromisoformat(f"{year}-{month:02}-{day:02} {found['clock']}").replace(tzinfo=UTC)
        except ValueError:
            continue
        if at <= near + _NEAR:
            return at
    return None
