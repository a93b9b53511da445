"""What a collection reads: peers, publishers, names, and the ports of UC nodes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from remediate.model.inventory import Cluster, Host, Inventory
from remediate.model.observed import UC_CLIENT_CIPHERS, NameReading, PeerReading, ProcessNode, UcReading
from remediate.model.reading import Known

PORTS: dict[str, tuple[tuple[str, int], ...]] = {
    "cucm": (("https", 8443), ("tftp", 6972)),
    "im-and-presence": (("https", 8443),),
    "unity-connection": (("https", 8443),),
}
"""Ports of UC nodes that MRA connections go to, by role of the cluster."""

TOLD_BY_ITSELF = frozenset({"im-and-presence", "unity-connection"})
"""Roles whose clusters tell their release and nodes beside System > Server."""

Node = tuple[Cluster, Host]


@dataclass(frozen=True)
class Target:
    """One port. `place` = cluster, name, address (empty: nobody resolves it), port."""

    host: Host | None
    place: tuple[str, str, str, int]


@dataclass(frozen=True)
class Scope:
    """Expressway clusters, and the UC clusters that they serve."""

    expressways: tuple[Cluster, ...]
    served: tuple[Cluster, ...]

    @property
    def peers(self) -> tuple[Node, ...]:
        """Every peer."""
        return tuple((cluster, host) for cluster in self.expressways for host in cluster.hosts)

    @property
    def publishers(self) -> tuple[Node, ...]:
        """The publisher of every CUCM cluster."""
        return tuple((c, _publisher(c)) for c in self.served if c.role == "cucm" and c.hosts)

    @property
    def managed(self) -> tuple[Node, ...]:
        """Every UC node whose Certificate Management may be asked."""
        return tuple((c, host) for c in self.served for host in c.hosts if host.platform_credentials is not None)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every UC node of the inventory."""
        return tuple((cluster, host) for cluster in self.served for host in cluster.hosts)

    @property
    def tellers(self) -> tuple[Node, ...]:
        """The publisher of every IM and Presence or Unity Connection cluster that has an account of its own.

        An account that clusters of another role share may not exist there, and what one device refuses is tried
        nowhere else: a shared one is not put at risk for a version and a list of nodes.
        """
        held = {(c.role, h.credentials) for c in (*self.expressways, *self.served) for h in c.hosts if h.credentials}
        roles: dict[object, set[str]] = {}
        for role, account in held:
            roles.setdefault(account, set()).add(role)
        firsts = ((c, _publisher(c)) for c in self.served if c.role in TOLD_BY_ITSELF and c.hosts)
        return tuple(node for node in firsts if roles.get(node[1].credentials) == {node[0].role})

    def consoles(self, uc: Iterable[UcReading]) -> frozenset[str]:
        """Nodes to be asked by their OS command line: those of CUCM, and of the IM and Presence beside it, where
        an entry under *System > Server* is no node's FQDN. Elsewhere no name is to be changed, and it is slow."""
        fqdns = {host.fqdn.casefold() for _, host in self.nodes}
        odd = {reading.cluster for reading in uc if any(row.name.casefold() not in fqdns for row in _rows(reading))}
        beside = {name for c in self.expressways if odd & set(c.serves) for name in c.serves}
        return frozenset(
            host.name
            for cluster, host in self.nodes
            if host.platform_credentials is not None
            and host.ssh_host_key
            and (cluster.name in odd or (cluster.role == "im-and-presence" and cluster.name in beside))
        )

    def names_for(self, cluster: Cluster, uc: Iterable[UcReading]) -> tuple[str, ...]:
        """Names that a peer of this cluster must be able to resolve; addresses need no resolving."""
        own = {host.fqdn for c in self.served if c.name in cluster.serves for host in c.hosts}
        listed = {node.name for u in uc if u.cluster in cluster.serves for node in _rows(u)}
        return tuple(sorted(name for name in own | listed if name and not _is_address(name)))

    def ciphers_for(self, uc_cluster: str, peers: Iterable[PeerReading]) -> tuple[str, ...]:
        """Cipher strings with which the peers that serve a UC cluster connect to it; empty: not settable there."""
        serving = {c.name for c in self.expressways if uc_cluster in c.serves}
        readings = [peer.setting(UC_CLIENT_CIPHERS) for peer in peers if peer.cluster in serving]
        return tuple(sorted({reading.value or "" for reading in readings if isinstance(reading, Known)}))


def scope_of(inventory: Inventory, clusters: frozenset[str] | None) -> Scope:
    """The Expressway clusters named, all when None."""
    edge = (*inventory.of_role("expressway-c"), *inventory.of_role("expressway-e"))
    chosen = tuple(c for c in edge if clusters is None or c.name in clusters)
    served = {name for cluster in chosen for name in cluster.serves}
    return Scope(chosen, tuple(c for c in inventory.clusters if c.name in served))


def targets(scope: Scope, uc: Iterable[UcReading], names: Iterable[NameReading]) -> tuple[Target, ...]:
    """Every port of every UC node: those of the inventory, then those known from *System > Server* only."""
    resolved = _resolved(names)
    known = [
        Target(host, (cluster.name, host.name, host.address, host.port(name, default)))
        for cluster in scope.served
        for host in cluster.hosts
        for name, default in PORTS.get(cluster.role, ())
    ]
    hosts = [host for cluster in scope.served for host in cluster.hosts]
    forms, addresses = {form for host in hosts for form in _forms(host)}, {host.address for host in hosts}
    found = [
        Target(None, (reading.cluster, node.name, _address(node.name, resolved), port))
        for reading in uc
        for node in _rows(reading)
        if node.name.casefold() not in forms and resolved.get(node.name) not in addresses
        for _, port in PORTS[node.role]
    ]
    return (*known, *found)


def _publisher(cluster: Cluster) -> Host:
    return next((host for host in cluster.hosts if host.name == cluster.primary), cluster.hosts[0])


def _rows(uc: UcReading) -> tuple[ProcessNode, ...]:
    return uc.process_nodes.value if isinstance(uc.process_nodes, Known) else ()


def _forms(host: Host) -> Iterator[str]:
    """What *System > Server* may call a node of the inventory."""
    for form in (host.name, host.fqdn, host.address, host.fqdn.partition(".")[0]):
        yield form.casefold()


def _resolved(names: Iterable[NameReading]) -> dict[str, str]:
    """The first address of each name, whichever peer gave it."""
    found: dict[str, str] = {}
    for one in sorted(names, key=lambda n: (n.name, n.peer)):
        if isinstance(one.addresses, Known) and one.addresses.value:
            found.setdefault(one.name, one.addresses.value[0])
    return found


def _address(name: str, resolved: dict[str, str]) -> str:
    return name if _is_address(name) else resolved.get(name, "")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
