"""Small worlds in memory: an inventory, plays and readings that belong together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from remediate.model.base import digest
from remediate.model.certificate import Chain, EncodedCertificate, Provenance, TrustedCertificate, TrustStore
from remediate.model.desired import DesiredState, Play, Workaround
from remediate.model.inventory import Cluster, Host, Inventory, Role, SystemServerConsent
from remediate.model.observed import (
    UC_CLIENT_CIPHERS,
    VERIFY_ORIGIN_SERVER,
    ClusterView,
    NameReading,
    ObservedState,
    OriginReading,
    PeerReading,
    Probe,
    ProcessNode,
    Product,
    UcReading,
)
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import ClusterFacts, Network, NodeReading, OwnName, Service
from tests.support import forge

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CIPHERS = "EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL:!aDH:@SECLEVEL=1"
PUB, SUB = "cucm-pub", "cucm-sub"
UC = ("Cisco Tftp", "Cisco CallManager")
PLAIN = ClusterFacts(parameters=(("ClusterSecurityMode", "0"),), sip_peers=(), uc_services=(), sso=False)
ADDRESS = {PUB: "10.0.0.11", SUB: "10.0.0.12", "exp-c-1": "10.0.0.1", "exp-c-2": "10.0.0.2", "exp-c-3": "10.0.0.3"}


def fqdn(host: str) -> str:
    """In the scene's domain."""
    return f"{host}.example.test"


@dataclass(frozen=True)
class Scene:
    """One Expressway-C cluster and one CUCM cluster of a publisher and a subscriber, healthy by default."""

    root: forge.Issued = field(default_factory=lambda: forge.authority("Corp Root"))
    peers: tuple[str, ...] = ("exp-c-1", "exp-c-2")
    trust: dict[str, tuple[EncodedCertificate, ...]] | None = None
    served: dict[tuple[str, int], Chain] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    vouched: tuple[TrustedCertificate, ...] = ()
    verify: dict[str, str | None] = field(default_factory=dict)
    version: str = "X14.2.5"
    unreadable: tuple[str, ...] = ()
    zones: tuple[str, ...] | None = None
    consent: SystemServerConsent = field(
        default_factory=lambda: SystemServerConsent(
            accept=frozenset({"endpoints-learn-name", "phones-resolve-names"}),
            refresh_by="A. Person",
            allow_list_rules="in-place",
        )
    )
    outstanding: Outstanding = field(default_factory=Outstanding)
    facts: Known[ClusterFacts] | Unknown = field(default_factory=lambda: Known(value=PLAIN))
    node_says: dict[str, dict[str, object]] = field(default_factory=dict)
    """Readings of a CUCM node that differ from a healthy one's."""
    plays: tuple[Play, ...] = ()

    def with_(self, **changes: object) -> Scene:
        """A copy with other fields."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def inventory(self) -> Inventory:
        """Clusters `exp-c` and `cucm`."""
        peers = tuple(
            Host(name=n, address=ADDRESS[n], fqdn=fqdn(n), role=Role.EXPRESSWAY_C, cluster="exp-c") for n in self.peers
        )
        nodes = tuple(
            Host(name=n, address=ADDRESS[n], fqdn=fqdn(n), role=role, cluster="cucm")
            for n, role in ((PUB, Role.CUCM_PUBLISHER), (SUB, Role.CUCM_SUBSCRIBER))
        )
        return Inventory(
            clusters=(
                Cluster(name="exp-c", role="expressway-c", hosts=peers, primary=self.peers[0], serves=("cucm",)),
                Cluster(name="cucm", role="cucm", hosts=nodes, primary=PUB, system_server=self.consent),
            ),
            trusted_certificates=self.vouched,
        )

    @property
    def desired(self) -> DesiredState:
        """The inventory with the scene's plays."""
        return DesiredState(inventory=self.inventory, plays=self.plays, playbook_digest="")

    @property
    def observed(self) -> ObservedState:
        """All readings, taken at `AT`."""
        return ObservedState(
            taken_at=AT,
            inventory_digest=digest(self.inventory),
            peers=tuple(self._peer(n) for n in self.peers),
            uc=(self._publisher(),),
            nodes=tuple(self._node(h) for h in (PUB, SUB)),
            origins=tuple(self._origin(h, p) for h in (PUB, SUB) for p in (8443, 6972)),
            names=tuple(
                NameReading(peer=p, name=fqdn(h), addresses=Known(value=(ADDRESS[h],)))
                for p in self.peers
                for h in (PUB, SUB)
            ),
            outstanding=self.outstanding,
        )

    def _publisher(self) -> UcReading:
        return UcReading(
            cluster="cucm",
            version=Known(value="14.0"),
            process_nodes=Known(value=self._nodes()),
            facts=self.facts,
            registered=Known(value=tuple((n.name, 30) for n in self._nodes())),
        )

    def _node(self, host: str) -> NodeReading:
        service = [Service(name=name, status="Started", since="Mon", started_at=AT - timedelta(days=9)) for name in UC]
        whole = NodeReading(
            cluster="cucm",
            host=host,
            listed=Known(value=tuple(n.name for n in self._nodes())),
            services=Known(value=tuple(service)),
            network=Known(value=Network(host_name=host, domain="example.test", dns_servers=("10.0.0.53",))),
            own_name=Known(
                value=OwnName(name=fqdn(host), local=(ADDRESS[host],), external=(ADDRESS[host],), reverse=(fqdn(host),))
            ),
            replication=Known(value=tuple((h, "(2) Setup Completed") for h in (PUB, SUB))),
            network_valid=Known(value=True),
        )
        return whole.model_copy(update=self.node_says.get(host, {}))

    def _nodes(self) -> tuple[ProcessNode, ...]:
        return tuple(
            ProcessNode(uuid=f"{{{h}}}", name=self.names.get(h, fqdn(h)), publisher=h == PUB) for h in (PUB, SUB)
        )

    def _peer(self, name: str) -> PeerReading:
        if name in self.unreadable:
            gone = Unknown(why=f"{name}: connection refused")
            return PeerReading(cluster="exp-c", host=name, read_at=AT, product=gone, trust=gone)
        stores = self.trust if self.trust is not None else {}
        entries = stores.get(name, (self.root.certificate,))
        zones = self.zones if self.zones is not None else tuple(f"CEtcp-{n.name}" for n in self._nodes())
        value = self.verify.get(name, "On" if self.version >= "X14.2" else None)
        product = Product(version=self.version, serial=f"SN-{name}", started_at=AT - timedelta(days=9))
        return PeerReading(
            cluster="exp-c",
            host=name,
            read_at=AT,
            product=Known(value=product),
            trust=Known(value=TrustStore(pem=b"".join(c.pem for c in entries))),
            settings=((UC_CLIENT_CIPHERS, Known(value=CIPHERS)), (VERIFY_ORIGIN_SERVER, Known(value=value))),
            view=Known(value=ClusterView(peers=tuple(ADDRESS[p] for p in self.peers), primary=1, database="Active")),
            zones=Known(value=zones),
            alarms=Known(value=()),
            clock=Known(value=AT),
            upload_by_api=Known(value=True),
        )

    def _origin(self, host: str, port: int) -> OriginReading:
        chain = self.served.get((host, port)) or _good(self.root, host)
        probe = Probe(kind="as-client", ciphers=CIPHERS, tls="1.2", chain=chain)
        return OriginReading(
            cluster="cucm",
            host=host,
            address=ADDRESS[host],
            port=port,
            seen_from="operator",
            read_at=AT,
            probes=Known(value=(probe, probe.model_copy(update={"kind": "rsa", "ciphers": ""}))),
        )


_GOOD: dict[tuple[str, str], Chain] = {}


def _good(root: forge.Issued, host: str) -> Chain:
    """One certificate per root and host, so that equal scenes are equal."""
    key = (root.certificate.sha256, host)
    if key not in _GOOD:
        _GOOD[key] = (forge.leaf(fqdn(host), root, (fqdn(host),)).certificate,)
    return _GOOD[key]


def vouch(name: str, certificate: EncodedCertificate, *accept: str) -> TrustedCertificate:
    """An operator's word for a certificate."""
    return TrustedCertificate(
        name=name,
        certificate=certificate,
        sha256=certificate.sha256,
        provenance=Provenance(kind="ca-file", source=f"{name}.pem"),
        accept=frozenset(accept or ("left-in-place", "certificate-authority")),
    )


LASTING = Play(
    name="verified",
    clusters=("exp-c",),
    origins="verified",
    remedies=("upload-missing-ca", "change-system-server-name"),
)
WORDS = Workaround(owner="A. Person", ticket="CHG1", reason="logins fail", expires=AT + timedelta(days=3))
OFF = Play(name="workaround", clusters=("exp-c",), verify_origin_server="Off", workaround=WORDS)
