"""What else a peer's trusted CA list serves: SIP TLS, XMPP, cluster TLS, the traversal zone, LDAP and the
certificate login of administrators read the same list as the traffic server does.

What can be read is judged by its path, on the list before and the list after; the rest is undetermined, and said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from remediate.checks.questions import minute_of
from remediate.checks.scene import listed
from remediate.model.certificate import Chain, TrustStore
from remediate.model.inventory import Cluster, Inventory
from remediate.model.observed import NodeCertificates, ObservedState, PeerReading
from remediate.model.other_use import OtherUse, Service, Standing
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, ClientProfile, Question, Rejected
from remediate.tls import decide
from remediate.tls.chains import missing_issuers

PATH_ONLY = ClientProfile(cipher_suite="ALL:@SECLEVEL=0", properties="signature")
_UNREADABLE: tuple[tuple[Service, str], ...] = (
    ("LDAP over TLS", "the peer does not tell the LDAP server's certificate"),
    ("certificate login of administrators", "nobody tells which CAs issue the administrators' certificates"),
)
_BY_OWN_WORD: tuple[tuple[Service, str, str], ...] = (
    ("SIP TLS", "cucm", "CallManager"),
    ("XMPP", "im-and-presence", "cup-xmpp"),
)
"""Service, role of the clusters that it meets, and which of a node's certificates it is shown."""


class _Server(NamedTuple):
    """Whom a service meets, and with which certificates; Unknown where they were not read."""

    service: Service
    name: str
    chain: Known[Chain] | Unknown


class _Alike(NamedTuple):
    """What lines of one cluster are gathered by."""

    service: Service
    before: Standing
    after: Standing
    missing: str


def other_uses(
    inventory: Inventory, before: ObservedState, after: ObservedState, hosts: Iterable[str]
) -> tuple[OtherUse, ...]:
    """For the lists of these peers, per cluster, in inventory order."""
    wanted = frozenset(hosts)
    found: list[OtherUse] = []
    for cluster in inventory.of_role("expressway-c"):
        peers = tuple(h.name for h in cluster.hosts if h.name in wanted)
        found += _of_cluster(inventory, cluster, (before, after), peers)
    return tuple(found)


def lost(uses: Iterable[OtherUse]) -> tuple[OtherUse, ...]:
    """Those whose servers were trusted and would no longer be."""
    return tuple(use for use in uses if use.before == "trusted" and use.after != "trusted")


def _of_cluster(
    inventory: Inventory, cluster: Cluster, states: tuple[ObservedState, ObservedState], peers: tuple[str, ...]
) -> Iterator[OtherUse]:
    found: dict[_Alike, tuple[dict[str, None], dict[str, None]]] = {}
    for host in peers:
        readings = tuple(state.peer(host) for state in states)
        for server in _servers(inventory, cluster, states[0], host):
            alike = _judged(server, *readings)
            lists, servers = found.setdefault(alike, ({}, {}))
            lists[host] = None
            servers.update({server.name: None} if server.name else {})
    for alike, (lists, servers) in found.items():
        yield OtherUse(cluster=cluster.name, peers=tuple(lists), servers=tuple(servers), **alike._asdict())


def _judged(server: _Server, before: PeerReading | None, after: PeerReading | None) -> _Alike:
    if isinstance(server.chain, Unknown):
        return _Alike(server.service, "undetermined", "undetermined", server.chain.why)
    first, missing = _standing(server.chain.value, before)
    then, later = _standing(server.chain.value, after)
    return _Alike(server.service, first, then, missing or later)


def _standing(chain: Chain, peer: PeerReading | None) -> tuple[Standing, str]:
    store = listed(peer) if peer is not None else None
    if peer is None or store is None:
        return "undetermined", "the trusted CA list was not read"
    return _path(chain, store, minute_of(peer))


def _path(chain: Chain, store: TrustStore, at: datetime) -> tuple[Standing, str]:
    verdict = decide(Question(chain=chain, trust=store, profile=PATH_ONLY, host="", ip="", at=at))
    match verdict:
        case Accepted():
            return "trusted", ""
        case Rejected(reasons=reasons) if reasons[0].kind == "chain":
            return "not trusted", ""
        case Rejected(reasons=reasons):
            return "undetermined", f"it cannot be told what becomes of this list or certificate: {reasons[0].error}"
    return "undetermined", verdict.missing[0]


def _servers(inventory: Inventory, cluster: Cluster, observed: ObservedState, host: str) -> Iterator[_Server]:
    for service, role, held in _BY_OWN_WORD:
        nodes = [n for n in observed.certificates if n.cluster in cluster.serves]
        for uc in (c for c in map(inventory.cluster, cluster.serves) if c.role == role):
            told = {node.host: node for node in nodes if node.cluster == uc.name}
            yield from (_Server(service, h.name, _own_word(told.get(h.name), held)) for h in uc.hosts)
    for other in cluster.hosts:
        if other.name != host:
            yield _Server("cluster TLS", other.name, _presented(observed, other.name))
    yield from _traversal(inventory, observed)
    yield from (_Server(service, "", Unknown(why=why)) for service, why in _UNREADABLE)


def _traversal(inventory: Inventory, observed: ObservedState) -> Iterator[_Server]:
    """The peers of the one Expressway-E cluster; with several, the inventory does not say which it meets."""
    edges = inventory.of_role("expressway-e")
    if len(edges) != 1:
        why = (
            "the inventory does not say which Expressway-E cluster it meets"
            if edges
            else "no Expressway-E is in the inventory"
        )
        yield _Server("traversal zone", "", Unknown(why=why))
        return
    yield from (_Server("traversal zone", h.name, _presented(observed, h.name)) for h in edges[0].hosts)


def _presented(observed: ObservedState, host: str) -> Known[Chain] | Unknown:
    """The server certificate of a peer, which it presents wherever it is asked for one."""
    peer = observed.peer(host)
    known = peer is not None and isinstance(peer.client_chain, Known)
    return (
        peer.client_chain
        if peer is not None and known
        else Unknown(why="the certificates of these peers were not read")
    )


def _own_word(node: NodeCertificates | None, held: str) -> Known[Chain] | Unknown:
    """A certificate that the node says is its own, below the issuers that it holds in that service's trust store."""
    why = f"{held} certificates were not read: platform_credentials, release 14 or later"
    if node is None or not isinstance(node.identities, Known):
        return Unknown(why=why)
    own = dict(node.identities.value).get(held)
    if own is None:
        return Unknown(why=why)
    trusts = dict(node.trusts.value) if isinstance(node.trusts, Known) else {}
    above = missing_issuers((own,), TrustStore(pem=b""), trusts.get(f"{held}-trust", ()))
    return Known(value=(own, *(c for c in above if c != own)))
