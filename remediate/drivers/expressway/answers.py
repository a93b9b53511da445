"""What replies of the xAPI shell and `/status.xml` mean, as readings. Pure; what a dump prints too is in `xapi`."""

from __future__ import annotations

import ipaddress

from lxml import etree

from remediate.drivers.expressway.wire import Reply
from remediate.evidence import xapi
from remediate.evidence.xapi import (
    Leaves,
    alarms_of,
    calls_of,
    clock_of,
    mra_state,
    product_of,
    sessions_of,
    value_at,
    zones_of,
    zones_up,
)
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ClusterView
from remediate.model.reading import Known, Unknown

__all__ = [
    "Leaves",
    "addresses_of",
    "alarms_of",
    "calls_of",
    "clock_of",
    "in_service",
    "leaves_of",
    "leaves_of_xml",
    "product_of",
    "setting_of",
    "time_source",
    "value_at",
    "view_of",
    "zones_of",
    "zones_up",
]


def setting_of(reply: Reply, path: str) -> Known[str | None] | Unknown:
    """One setting. `Command not recognized.` means that this release has none: `Known(None)`."""
    if reply.verdict == "Command not recognized.":
        return Known[str | None](value=None)
    if reply.verdict == "ERROR":
        return Unknown(why=f"the device answered ERROR to xConfiguration {path}{_said(reply)}")
    found = [xapi.unquoted(value) for name, value in xapi.settings(reply.lines) if _same(name, path)]
    if not found or None in found:
        return Unknown(why=f"no readable value was printed for {path}")
    if len(set(found)) > 1:
        return Unknown(why=f"{path} was printed twice with different values: {' and '.join(map(repr, found))}")
    return _expected(path, str(found[0]))


def in_service(usage: Reply, edge: Reply, zones: Reply) -> tuple[str, ...]:
    """What a peer carries, as `InService` has it. What a device does not tell, in a form that we read, is left out."""
    counts, mra, up = (leaves_of(reply) if reply.verdict == "OK" else [] for reply in (usage, edge, zones))
    calls, sessions, state = calls_of(counts), sessions_of(mra), mra_state(mra)
    told = (
        f"calls {calls}" if calls is not None else "",
        f"sessions {sessions}" if sessions is not None else "",
        f"mra {state}" if state else "",
        *(f"zone {name}" for name in zones_up(up)),
    )
    return tuple(filter(None, told))


def time_source(reply: Reply) -> Known[str | tuple[str, ...] | None] | Unknown:
    """`xStatus NTP`, whose layout no text gives: its one status, and the cause beside it."""
    if reply.verdict != "OK":
        return Unknown(why=f"the device answered {reply.verdict} to xStatus NTP")
    leaves = leaves_of(reply)
    states = {value for path, value in leaves if path[-1] == "status"}
    if len(states) != 1:
        return Unknown(why="the device does not say in one word how its NTP stands")
    cause = value_at(leaves, "cause")
    return Known(value=f"{states.pop()}{f': {cause}' if cause else ''}")


def _said(reply: Reply) -> str:
    return f": {' '.join(reply.lines)[:200]}" if reply.lines else ""


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _expected(path: str, value: str) -> Known[str | None] | Unknown:
    if not _same(path, VERIFY_ORIGIN_SERVER):
        return Known[str | None](value=value)
    if value.casefold() not in {"on", "off"}:
        return Unknown(why=f"unexpected value {value!r} of {path}")
    return Known[str | None](value=value.capitalize())


def leaves_of(reply: Reply) -> Leaves:
    """A status reply, whose indentation is its nesting."""
    return xapi.leaves_of(reply.lines)


def leaves_of_xml(root: etree._Element) -> Leaves:
    """The same of `/status.xml`, its root left out."""
    return [leaf for child in root for leaf in _xml(child, ())]


def _xml(element: etree._Element, above: tuple[str, ...]) -> Leaves:
    path = (*above, xapi.key(etree.QName(element).localname))
    if len(element):
        return [leaf for child in element for leaf in _xml(child, path)]
    return [(path, (element.text or "").strip())]


def view_of(alternates: Leaves, cluster: Leaves, configured: Reply) -> ClusterView:
    """Peers by address, as the status lists them, else as they are configured."""
    written = {name: xapi.unquoted(value) or "" for name, value in xapi.settings(configured.lines)}
    return xapi.view_of(alternates, cluster, written)


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
