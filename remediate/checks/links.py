"""Which connections MRA needs, and by which name each is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from remediate.model.certificate import Chain
from remediate.model.desired import DesiredState
from remediate.model.finding import Impact, TlsLink
from remediate.model.inventory import Cluster, Host, Inventory, Role
from remediate.model.observed import ObservedState, OriginReading, ProcessNode
from remediate.model.reading import Known, Unknown

IMPACT = {
    Role.CUCM_SUBSCRIBER: Impact.FAILOVER_LOST,
    Role.IM_AND_PRESENCE: Impact.VOICEMAIL_OR_IM_ONLY,
    Role.UNITY_CONNECTION: Impact.VOICEMAIL_OR_IM_ONLY,
}


class NeededLink(NamedTuple):
    """A link with what judging needs beside it. `unknown_name`: why nobody can say what is asked for."""

    link: TlsLink
    origin: OriginReading
    impact: Impact
    unknown_name: str
    has_zone: bool
    """CUCM nodes: Expressway-C makes a zone `CEtcp-<name>` for each (MRA126)."""


class AskedName(NamedTuple):
    """The name clients are told, or why it is not known."""

    name: str
    unknown: str
    node: ProcessNode | None


def stands_for(host: Host, name: str) -> bool:
    """Whether an entry under *System > Server* means this node: its FQDN, host name or address."""
    known = {host.fqdn, host.fqdn.partition(".")[0], host.address}
    return name.casefold() in {n.casefold() for n in known}


def asked_name(inventory: Inventory, observed: ObservedState, uc: Cluster, host: str) -> AskedName:
    """What clients ask for when they mean this origin.

    CUCM and IM&P: the entry under *System > Server*, from the publisher that lists the node.
    Unity Connection: the host of its *UC Service* in CUCM; the node's FQDN where no service names it.
    """
    node = next((h for h in uc.hosts if h.name == host), None)
    entries = _entries(inventory, observed, uc)
    if node is None:
        return AskedName(host, "", next((e for e in entries if e.name == host), None))
    if uc.role == "unity-connection":
        return AskedName(_uc_service(inventory, observed, uc, node) or node.fqdn, "", None)
    entry = next((e for e in entries if stands_for(node, e.name)), None) or _carried(inventory, observed, node, entries)
    if entry is not None:
        return AskedName(entry.name, "", entry)
    unread = _unread_publishers(inventory, observed, uc)
    why = unread or f"no entry under System > Server stands for {host} ({node.fqdn}, {node.address})"
    return AskedName(node.fqdn, why, None)


def _publishers(inventory: Inventory, uc: Cluster) -> tuple[str, ...]:
    """CUCM clusters whose System > Server may hold this cluster's nodes: itself, or those served beside it."""
    if uc.role == "cucm":
        return (uc.name,)
    beside = {s for c in inventory.of_role("expressway-c") if uc.name in c.serves for s in c.serves}
    return tuple(c.name for c in inventory.of_role("cucm") if c.name in beside)


def _uc_service(inventory: Inventory, observed: ObservedState, uc: Cluster, node: Host) -> str:
    """The host by which a UC Service sends clients to this node; empty where none does, or nobody could read."""
    publishers = _publishers(inventory, uc)
    facts = (u.facts.value for u in observed.uc if u.cluster in publishers and isinstance(u.facts, Known))
    hosts = (service.host for fact in facts for service in fact.uc_services)
    return next((host for host in hosts if stands_for(node, host)), "")


def _entries(inventory: Inventory, observed: ObservedState, uc: Cluster) -> tuple[ProcessNode, ...]:
    read = (observed.publisher(name) for name in _publishers(inventory, uc))
    known = (r.process_nodes.value for r in read if r is not None and isinstance(r.process_nodes, Known))
    return tuple(entry for entries in known for entry in entries)


def _carried(
    inventory: Inventory, observed: ObservedState, node: Host, entries: tuple[ProcessNode, ...]
) -> ProcessNode | None:
    """An entry under some other name stands for a node when a peer resolves it to the node's address."""
    hosts = tuple(h for c in inventory.clusters for h in c.hosts)
    strange = [e for e in entries if not any(stands_for(h, e.name) for h in hosts)]
    resolved = {
        reading.name.casefold()
        for reading in observed.names
        if isinstance(reading.addresses, Known) and node.address in reading.addresses.value
    }
    return next((e for e in strange if e.name.casefold() in resolved), None)


def _unread_publishers(inventory: Inventory, observed: ObservedState, uc: Cluster) -> str:
    """Why the names of this cluster are not known, where its own or its CUCM's publisher was not read."""
    for name in _publishers(inventory, uc):
        publisher = observed.publisher(name)
        reading = publisher.process_nodes if publisher is not None else Unknown(why="not read")
        if isinstance(reading, Unknown):
            return f"System > Server of {name}: {reading.why}"
    return ""


def needed_links(
    desired: DesiredState, observed: ObservedState, clusters: Iterable[str] | None = None
) -> tuple[NeededLink, ...]:
    """Every peer × origin × port of the named Expressway-C clusters (all by default), in inventory order."""
    inventory = desired.inventory
    wanted = None if clusters is None else set(clusters)
    return tuple(
        link
        for cluster in inventory.of_role("expressway-c")
        if wanted is None or cluster.name in wanted
        for link in _of_cluster(inventory, observed, cluster)
    )


def needed_again(desired: DesiredState, observed: ObservedState, link: TlsLink) -> NeededLink | None:
    """The same connection as it is needed here, whatever name is then asked for; None where nothing of it was read."""
    cluster = desired.inventory.cluster(link.cluster)
    if link.origin_cluster not in cluster.serves or link.peer not in {h.name for h in cluster.hosts}:
        return None
    for origin in observed.origins_of(link.origin_cluster):
        if (origin.host, origin.port) == (link.origin, link.port):
            uc = desired.inventory.cluster(origin.cluster)
            asked = asked_name(desired.inventory, observed, uc, origin.host)
            return _needed(cluster.name, link.peer, uc, origin, asked)
    return None


def needed_link(desired: DesiredState, observed: ObservedState, link: TlsLink) -> NeededLink | None:
    """A link with what judging needs beside it; None when nothing of it was read."""
    needed = needed_again(desired, observed, link)
    return needed if needed is not None and needed.link == link else None


def _of_cluster(inventory: Inventory, observed: ObservedState, cluster: Cluster) -> Iterable[NeededLink]:
    origins = [(inventory.cluster(name), o) for name in cluster.serves for o in observed.origins_of(name)]
    names: dict[tuple[str, str], AskedName] = {}
    for uc, origin in origins:
        if (uc.name, origin.host) not in names:
            names[uc.name, origin.host] = asked_name(inventory, observed, uc, origin.host)
    for peer in cluster.hosts:
        for uc, origin in origins:
            yield _needed(cluster.name, peer.name, uc, origin, names[uc.name, origin.host])


def _needed(cluster: str, peer: str, uc: Cluster, origin: OriginReading, asked: AskedName) -> NeededLink:
    link = TlsLink(
        cluster=cluster,
        peer=peer,
        origin_cluster=origin.cluster,
        origin=origin.host,
        port=origin.port,
        asked=asked.name,
    )
    return NeededLink(link, origin, _impact(uc, origin, asked), asked.unknown, has_zone=uc.role == "cucm")


def _impact(uc: Cluster, origin: OriginReading, asked: AskedName) -> Impact:
    host = next((h for h in uc.hosts if h.name == origin.host), None)
    if host is not None:
        return IMPACT.get(host.role, Impact.LOGIN_FAILS)
    if asked.node is None or asked.node.publisher:
        return Impact.LOGIN_FAILS
    return Impact.VOICEMAIL_OR_IM_ONLY if asked.node.role == "im-and-presence" else Impact.FAILOVER_LOST


def all_shown(needed: NeededLink) -> bool:
    """Whether it was asked for both kinds of certificate. Packets of peers show only what it serves them now."""
    probes = needed.origin.probes.value if isinstance(needed.origin.probes, Known) else ()
    return any(p.kind != "as-client" for p in probes)


def all_chains(needed: NeededLink) -> tuple[Chain, ...]:
    """Every chain that the origin showed to any probe, each once."""
    probes = needed.origin.probes.value if isinstance(needed.origin.probes, Known) else ()
    return tuple(dict.fromkeys(p.chain for p in probes if p.chain))
