"""What was read, from devices or files, in one moment: the content of a capture."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from remediate.model.base import Moment, Sha256, Value
from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.inventory import Cluster
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import NOT_READ, ClusterFacts, NodeReading
from remediate.model.uc_server import UcServers

VERIFY_ORIGIN_SERVER = "EdgeConfigServer VerifyOriginServer"
UC_CLIENT_CIPHERS = "Ciphers UcClientTLSCiphers Value"


class Product(Value):
    """What runs on a peer, and since when."""

    version: str
    """`X14.2.5`."""
    serial: str
    started_at: Moment
    """Device clock less uptime."""


class ClusterView(Value):
    """What one peer says of its cluster. None: the device does not say."""

    peers: tuple[str, ...]
    """Addresses, this peer's own included where the device lists it."""
    primary: int | None = None
    """Number of the configuration primary, from 1."""
    database: str | None = None
    """`Active` when the cluster database is in step."""

    def primary_of(self, cluster: Cluster) -> str:
        """The host that the device calls configuration primary; empty where it does not say, or lists not all."""
        if self.primary is None or len(self.peers) != len(cluster.hosts) or not 1 <= self.primary <= len(self.peers):
            return ""
        listed = self.peers[self.primary - 1].casefold()
        forms = ((h.name, {h.name.casefold(), h.fqdn.casefold(), h.address.casefold()}) for h in cluster.hosts)
        return next((name for name, known in forms if listed in known), "")


class PeerReading(Value):
    """One Expressway peer, all by its own session. Settings map a path to its value, None: absent."""

    cluster: str
    host: str
    read_at: Moment
    product: Known[Product] | Unknown
    trust: Known[TrustStore] | Unknown
    settings: tuple[tuple[str, Known[str | None] | Unknown], ...] = ()
    view: Known[ClusterView] | Unknown = Unknown(why="not read")
    zones: Known[tuple[str, ...]] | Unknown = Unknown(why="not read")
    """Names of all zones, `CEtcp-…` among them."""
    alarms: Known[tuple[str, ...]] | Unknown = Unknown(why="not read")
    """Ids of raised alarms."""
    clock: Known[Moment] | Unknown = Unknown(why="not read")
    client_chain: Known[Chain] | Unknown = Unknown(why="not read")
    """The chain it presents itself, on its pinned HTTPS port; the traffic server shows it to a UC server that asks."""
    upload_by_api: Known[bool] | Unknown = Unknown(why="not read")
    """Whether the device answers on the trusted CA API; False: uploads are by hand."""
    uc_servers: UcServers = ()
    """The UC servers it was told of, by kind, on Expressway-C; empty: not asked for."""

    def setting(self, path: str) -> Known[str | None] | Unknown:
        """A setting's reading; Unknown when it was not asked for."""
        found = self._by_path.get(path)
        return Unknown(why=f"{path} was not read on {self.host}") if found is None else found

    @cached_property
    def _by_path(self) -> dict[str, Known[str | None] | Unknown]:
        return dict(self.settings)


class ProcessNode(Value):
    """One row of CUCM *System > Server*: what clients are told to ask for."""

    uuid: str
    """Empty where the name was seen in a peer's zones or requests and not read from the publisher."""
    name: str
    role: Literal["cucm", "im-and-presence"] = "cucm"
    publisher: bool = False


class UcReading(Value):
    """One CUCM cluster's publisher."""

    cluster: str
    version: Known[str] | Unknown
    process_nodes: Known[tuple[ProcessNode, ...]] | Unknown
    """Without `EnterpriseWideData`."""
    facts: Known[ClusterFacts] | Unknown = NOT_READ
    """By thin AXL, where it answers."""
    registered: Known[tuple[tuple[str, int], ...]] | Unknown = NOT_READ
    """Registered phones by name of the CallManager node (RISPort)."""


class Probe(Value):
    """One handshake with an origin. `as-client` offers what the peer's traffic server would offer."""

    kind: Literal["rsa", "ecdsa", "as-client"]
    ciphers: str
    """The cipher string offered; empty: the library's default."""
    tls: str
    """Negotiated version, `1.2` or `1.3`; empty when none was."""
    chain: Chain
    """As served; empty: the origin has nothing for this offer."""
    asks_client_certificate: bool = False


class OriginReading(Value):
    """One port of one UC node, as seen from `seen_from` (the operator's machine: evidence, no source)."""

    cluster: str
    host: str
    """Host name in the inventory, or the name under *System > Server* of a node known from there only."""
    address: str
    port: int
    seen_from: str
    read_at: Moment
    probes: Known[tuple[Probe, ...]] | Unknown


class NodeCertificates(Value):
    """What one UC node says of itself, authenticated (Certificate Management, release 14 and later)."""

    cluster: str
    host: str
    identities: Known[tuple[tuple[str, EncodedCertificate], ...]] | Unknown
    """Its own certificates by service: `tomcat`, `tomcat-ECDSA`, `CallManager`, …"""
    trusts: Known[tuple[tuple[str, Chain], ...]] | Unknown
    """Its trust stores: `tomcat-trust`, `CallManager-trust`, …"""


class NameReading(Value):
    """DNS as one peer sees it."""

    peer: str
    name: str
    addresses: Known[tuple[str, ...]] | Unknown


class ObservedState(Value):
    """Everything that judging may use. Equal captures give equal judgements."""

    format_version: Literal[1] = 1
    taken_at: Moment
    inventory_digest: Sha256
    peers: tuple[PeerReading, ...] = ()
    uc: tuple[UcReading, ...] = ()
    origins: tuple[OriginReading, ...] = ()
    names: tuple[NameReading, ...] = ()
    certificates: tuple[NodeCertificates, ...] = ()
    nodes: tuple[NodeReading, ...] = ()
    outstanding: Outstanding = Outstanding()

    def peer(self, host: str) -> PeerReading | None:
        """The reading of a peer, if it was attempted."""
        return self._by_host.get(host)

    def origins_of(self, cluster: str) -> tuple[OriginReading, ...]:
        """The ports of one UC cluster, in the order in which they were read."""
        return self._by_cluster.get(cluster, ())

    def publisher(self, cluster: str) -> UcReading | None:
        """What the publisher of a CUCM cluster said, if it was asked."""
        return self._by_publisher.get(cluster)

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """Every chain that any origin showed, each once."""
        known = (o.probes.value for o in self.origins if isinstance(o.probes, Known))
        return tuple(dict.fromkeys(probe.chain for probes in known for probe in probes))

    @cached_property
    def _by_host(self) -> dict[str, PeerReading]:
        return {peer.host: peer for peer in reversed(self.peers)}

    @cached_property
    def _by_publisher(self) -> dict[str, UcReading]:
        return {reading.cluster: reading for reading in reversed(self.uc)}

    @cached_property
    def _by_cluster(self) -> dict[str, tuple[OriginReading, ...]]:
        found: dict[str, list[OriginReading]] = {}
        for origin in self.origins:
            found.setdefault(origin.cluster, []).append(origin)
        return {cluster: tuple(origins) for cluster, origins in found.items()}

    def node(self, host: str) -> NodeReading | None:
        """What a UC node says of itself, if it was asked."""
        return next((n for n in self.nodes if n.host == host), None)
