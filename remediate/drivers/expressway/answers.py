"""What replies of the xAPI shell and `/status.xml` mean, as readings. Pure; tolerant of what it does not know.

The layout of `xStatus` is documented for no release (AG15-REF names the elements only), so values are
found by their names, wherever they stand.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime, timedelta

from lxml import etree

from remediate.drivers.expressway.wire import Reply
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ClusterView, Product
from remediate.model.reading import Known, Unknown

SETTING = re.compile(r"^\*c xConfiguration\s+(.+?)\s*:\s*(.*?)\s*$", re.IGNORECASE)
NODE = re.compile(r"^(\s*)([^:]+?)\s*:\s*(.*?)\s*$")
PRIMARY = ("configurationprimary", "configurationmaster")
OVER = ("lowered", "cleared", "acknowledged and lowered")

Leaves = list[tuple[tuple[str, ...], str]]
"""Paths of names, in lower case without blanks, and the value at each."""


def setting_of(reply: Reply, path: str) -> Known[str | None] | Unknown:
    """One setting. `Command not recognized.` means that this release has none: `Known(None)`."""
    if reply.verdict == "Command not recognized.":
        return Known[str | None](value=None)
    if reply.verdict == "ERROR":
        return Unknown(why=f"the device answered ERROR to xConfiguration {path}{_said(reply)}")
    found = [_unquoted(value) for name, value in settings(reply) if _same(name, path)]
    if not found or None in found:
        return Unknown(why=f"no readable value was printed for {path}")
    if len(set(found)) > 1:
        return Unknown(why=f"{path} was printed twice with different values: {' and '.join(map(repr, found))}")
    return _expected(path, str(found[0]))


def settings(reply: Reply) -> list[tuple[str, str]]:
    """Path and raw value of every `*c` line."""
    return [(match[1], match[2]) for line in reply.lines if (match := SETTING.match(line))]


def _said(reply: Reply) -> str:
    return f": {' '.join(reply.lines)[:200]}" if reply.lines else ""


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _unquoted(text: str) -> str | None:
    quote = text[:1]
    if quote not in {'"', "'"}:
        return text or None
    inner = text[1:-1]
    return inner if len(text) > 1 and text[-1] == quote and quote not in inner else None


def _expected(path: str, value: str) -> Known[str | None] | Unknown:
    if not _same(path, VERIFY_ORIGIN_SERVER):
        return Known[str | None](value=value)
    if value.casefold() not in {"on", "off"}:
        return Unknown(why=f"unexpected value {value!r} of {path}")
    return Known[str | None](value=value.capitalize())


def leaves_of(reply: Reply) -> Leaves:
    """A status reply, whose indentation is its nesting."""
    found: Leaves = []
    above: list[tuple[int, str]] = []
    for match in filter(None, map(NODE.match, reply.lines)):
        indent, name, value = len(match[1].expandtabs()), _key(match[2]), match[3]
        above = [(depth, parent) for depth, parent in above if depth < indent]
        if value in {"", "/"}:
            above.append((indent, name))
        else:
            found.append(((*(parent for _, parent in above), name), _unquoted(value) or ""))
    return found


def leaves_of_xml(root: etree._Element) -> Leaves:
    """The same of `/status.xml`, its root left out."""
    return [leaf for child in root for leaf in _xml(child, ())]


def _xml(element: etree._Element, above: tuple[str, ...]) -> Leaves:
    path = (*above, _key(etree.QName(element).localname))
    if len(element):
        return [leaf for child in element for leaf in _xml(child, path)]
    return [(path, (element.text or "").strip())]


def _key(name: str) -> str:
    return "".join(name.split()).casefold()


def value_at(leaves: Leaves, *ending: str) -> str:
    """The first value whose path ends so; empty when there is none."""
    return next((value for path, value in leaves if path[-len(ending) :] == ending), "")


def product_of(leaves: Leaves, now: datetime) -> Known[Product] | Unknown:
    """Version, serial number and start of the peer; `now` is the device's own time where it is known."""
    version, serial = value_at(leaves, "software", "version"), value_at(leaves, "hardware", "serialnumber")
    uptime = value_at(leaves, "uptime").split(" ")[0]
    missing = [name for name, value in (("version", version), ("serial number", serial)) if not value]
    if missing or not uptime.isdecimal():
        return Unknown(why=f"the device does not say its {' and '.join(missing) or 'uptime'}")
    started = (now - timedelta(seconds=int(uptime))).replace(microsecond=0)
    return Known(value=Product(version=version, serial=serial, started_at=started))


def clock_of(leaves: Leaves) -> datetime | None:
    """`SystemTime`, which is UTC beside a `LocalTime`; None when it is not printed."""
    try:
        return datetime.strptime(value_at(leaves, "systemtime"), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def zones_of(leaves: Leaves) -> tuple[str, ...]:
    """Names of all zones, sorted."""
    return tuple(sorted(value for path, value in leaves if _child(path, "zone", "name")))


def alarms_of(leaves: Leaves) -> tuple[str, ...]:
    """Ids of raised alarms, sorted."""
    over = {path[:-1] for path, value in leaves if path[-1] == "state" and value.casefold() in OVER}
    raised = {value for path, value in leaves if _child(path, "alarm", "id") and path[:-1] not in over}
    return tuple(sorted(raised))


def _child(path: tuple[str, ...], parent: str, name: str) -> bool:
    return len(path) > 1 and path[-1] == name and path[-2].rstrip("0123456789") == parent


def view_of(alternates: Leaves, cluster: Leaves, configured: Reply) -> ClusterView:
    """Peers by address, as the status lists them, else as they are configured."""
    listed = [value for path, value in alternates if path[-1] == "address"]
    primary = next((value for path, value in (*alternates, *cluster) if path[-1] in PRIMARY), "")
    written = {_key(name): _unquoted(value) or "" for name, value in settings(configured)}
    if not listed:
        listed = [value for name, value in sorted(written.items()) if name.endswith("address")]
    primary = primary or next((written[k] for k in sorted(written) if k.endswith(PRIMARY)), "")
    return ClusterView(
        peers=tuple(filter(None, listed)),
        primary=int(primary) if primary.isdecimal() else None,
        database=value_at(cluster, "database", "status") or None,
    )


def addresses_of(reply: Reply) -> Known[tuple[str, ...]] | Unknown:
    """Addresses in the result of a DNS lookup, sorted; none when the name does not resolve."""
    if reply.verdict != "OK":
        return Unknown(why=f"the device answered {reply.verdict} to xCommand DNS Lookup{_said(reply)}")
    return Known(value=tuple(sorted({value for path, value in leaves_of(reply) if _is_address(path, value)})))


def _is_address(path: tuple[str, ...], value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return path[-1] not in {"server", "nameserver", "hostname"}
