"""The xAPI shell's own print, as a shell replies and as a bundle dumps it: settings on `*c` lines, status by
indentation. Tolerant of what it does not know.

The layout of `xStatus` is documented for no release (AG15-REF names the elements only), so values are
found by their names, wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from remediate.model.observed import ClusterView, Product
from remediate.model.reading import Known, Unknown

SETTING = re.compile(r"^\*c xConfiguration\s+(.+?)\s*:\s*(.*?)\s*$", re.IGNORECASE)
NODE = re.compile(r"^(\s*)([^:]+?)\s*:\s*(.*?)\s*$")
RELEASE = re.compile(r"X?(\d+)\.(\d+)", re.IGNORECASE)
PRIMARY = ("configurationprimary", "configurationmaster")
ZONE_DOWN = ("failed", "inactive")
MRA_UP = ("active", "up", "running", "ok")
OVER = ("lowered", "cleared", "acknowledged and lowered")

_CALLS = frozenset({"traversal", "nontraversal"})
_SESSIONS = frozenset({("sessions",), ("activesessions",), ("mrasessions",)})

Leaves = list[tuple[tuple[str, ...], str]]
"""Paths of names, in lower case without blanks, and the value at each."""


def settings(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Path and raw value of every `*c` line."""
    return [(match[1], match[2]) for line in lines if (match := SETTING.match(line))]


def unquoted(text: str) -> str | None:
    """A value without its quotes; None where they do not match or nothing stands there."""
    quote = text[:1]
    if quote not in {'"', "'"}:
        return text or None
    inner = text[1:-1]
    return inner if len(text) > 1 and text[-1] == quote and quote not in inner else None


def leaves_of(lines: Iterable[str]) -> Leaves:
    """Status lines, whose indentation is their nesting."""
    found: Leaves = []
    above: list[tuple[int, str]] = []
    for match in filter(None, map(NODE.match, lines)):
        indent, name, value = len(match[1].expandtabs()), key(match[2]), match[3]
        above = [(depth, parent) for depth, parent in above if depth < indent]
        if value in {"", "/"}:
            above.append((indent, name))
        else:
            found.append(((*(parent for _, parent in above), name), unquoted(value) or ""))
    return found


def key(name: str) -> str:
    """A name as `Leaves` hold it."""
    return "".join(name.split()).casefold()


def value_at(leaves: Leaves, *ending: str) -> str:
    """The first value whose path ends so; empty when there is none."""
    return next((value for path, value in leaves if path[-len(ending) :] == ending), "")


def product_of(leaves: Leaves, now: datetime) -> Known[Product] | Unknown:
    """Version, serial number and start of the peer; `now` is the device's own time where it is known. Of a version
    that tells no release nothing is made."""
    version, serial = value_at(leaves, "software", "version"), value_at(leaves, "hardware", "serialnumber")
    uptime = value_at(leaves, "uptime").split(" ")[0]
    missing = [name for name, value in (("version", version), ("serial number", serial)) if not value]
    if missing or not uptime.isdecimal():
        return Unknown(why=f"the device does not say its {' and '.join(missing) or 'uptime'}")
    if not RELEASE.match(version):
        return Unknown(why=f"unknown version {version!r}: not of the form X14.2.5")
    started = (now - timedelta(seconds=int(uptime))).replace(microsecond=0)
    return Known(value=Product(version=version, serial=serial, started_at=started))


def since_x14_2(version: str) -> bool:
    """Whether a release has the check of UC servers for sure (RN1425); one that cannot be read counts as such."""
    found = RELEASE.match(version)
    return found is None or (int(found[1]), int(found[2])) >= (14, 2)


def clock_of(leaves: Leaves) -> datetime | None:
    """`SystemTime`, which is UTC beside a `LocalTime`; None when it is not printed."""
    try:
        return datetime.strptime(value_at(leaves, "systemtime"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def zones_of(leaves: Leaves) -> tuple[str, ...]:
    """Names of all zones, sorted."""
    return tuple(sorted(value for path, value in leaves if _child(path, "zone", "name")))


def zones_up(leaves: Leaves) -> tuple[str, ...]:
    """The same without those whose status says that they are down."""
    down = {path[:-1] for path, value in leaves if _child(path, "zone", "status") and value.casefold() in ZONE_DOWN}
    return tuple(sorted(v for path, v in leaves if _child(path, "zone", "name") and path[:-1] not in down))


def calls_of(leaves: Leaves) -> int | None:
    """Calls under way, by `ResourceUsage Calls`; None where the device does not count them."""
    return _sum(value for path, value in leaves if path[-1] == "current" and not _CALLS.isdisjoint(path))


def sessions_of(leaves: Leaves) -> int | None:
    """MRA sessions, by `CollaborationEdge`, whose layout no text gives: the one number that is named for them.

    None where there is none, or where several disagree (a total beside what is active now).
    """
    found = {value for path, value in leaves if _counts_sessions(path)}
    return _sum(found) if len(found) == 1 else None


def mra_state(leaves: Leaves) -> str:
    """The status of MRA where the device says in so many words that it is up; else empty."""
    found = {value for path, value in leaves if path[-1] == "status"}
    return found.pop() if len(found) == 1 and {one.casefold() for one in found} <= {*MRA_UP} else ""


def _counts_sessions(path: tuple[str, ...]) -> bool:
    return path[-1].endswith("sessions") or (path[-1] in {"current", "active"} and path[-2:-1] in _SESSIONS)


def _sum(counts: Iterable[str]) -> int | None:
    known = tuple(counts)
    return sum(map(int, known)) if known and all(count.isdecimal() for count in known) else None


def alarms_of(leaves: Leaves) -> tuple[str, ...]:
    """Ids of raised alarms, sorted."""
    over = {path[:-1] for path, value in leaves if path[-1] == "state" and value.casefold() in OVER}
    raised = {value for path, value in leaves if _child(path, "alarm", "id") and path[:-1] not in over}
    return tuple(sorted(raised))


def _child(path: tuple[str, ...], parent: str, name: str) -> bool:
    return len(path) > 1 and path[-1] == name and path[-2].rstrip("0123456789") == parent


def view_of(alternates: Leaves, cluster: Leaves, configured: Mapping[str, str]) -> ClusterView:
    """Peers by address, as the status lists them, else as they are configured (path → value)."""
    listed = [value for path, value in alternates if path[-1] == "address"]
    primary = next((value for path, value in (*alternates, *cluster) if path[-1] in PRIMARY), "")
    written = {key(path): value for path, value in configured.items()}
    if not listed:
        listed = [value for name, value in sorted(written.items()) if name.endswith("address")]
    primary = primary or next((written[k] for k in sorted(written) if k.endswith(PRIMARY)), "")
    return ClusterView(
        peers=tuple(filter(None, listed)),
        primary=int(primary) if primary.isdecimal() else None,
        database=value_at(cluster, "database", "status") or None,
    )
