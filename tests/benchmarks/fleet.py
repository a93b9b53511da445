"""A whole fleet as one capture: clusters of 4 peers and 40 connections each, trusted CA lists of 150 certificates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from remediate.model.base import digest
from remediate.model.certificate import Chain, TrustedCertificate, TrustStore
from remediate.model.desired import DesiredState, Play
from remediate.model.inventory import Cluster, Host, Inventory, Role
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
from remediate.model.reading import Known
from tests.support.scenes import CIPHERS, vouch
from tests.unit.tls.pki import Holder, issue

AT = datetime(2026, 6, 1, tzinfo=UTC)
PEERS, NODES, PORTS, LISTED = 4, 20, (8443, 6972), 150
EVERY = 10
"""One cluster in so many lacks the root of its UC servers, which the inventory vouches for."""


class Fleet(NamedTuple):
    """What a judge is handed."""

    desired: DesiredState
    observed: ObservedState


def fleet(clusters: int) -> Fleet:
    """Each cluster has a UC cluster and a root of its own; the peers of a cluster hold equal lists."""
    common = b"".join(issue(f"common root {n}").certificate.pem for n in range(LISTED - 1))
    parts = [_Part(number, common) for number in range(clusters)]
    inventory = Inventory(
        clusters=tuple(c for part in parts for c in part.clusters),
        trusted_certificates=tuple(part.vouched for part in parts),
    )
    names = tuple(c.name for c in inventory.of_role("expressway-c"))
    play = Play(
        name="verified",
        clusters=names,
        origins="verified",
        remedies=("upload-missing-ca", "change-system-server-name"),
    )
    observed = ObservedState(
        taken_at=AT,
        inventory_digest=digest(inventory),
        peers=tuple(p for part in parts for p in part.peers),
        uc=tuple(part.uc for part in parts),
        origins=tuple(o for part in parts for o in part.origins),
        names=tuple(n for part in parts for n in part.names),
    )
    return Fleet(DesiredState(inventory=inventory, plays=(play,)), observed)


class _Part:
    """One Expressway-C cluster and the CUCM cluster behind it."""

    def __init__(self, number: int, common: bytes) -> None:
        self.number, self.root = number, issue(f"root {number}")
        lacking = number % EVERY == 0
        self.store = TrustStore(pem=common + (b"" if lacking else self.root.certificate.pem))
        self.vouched: TrustedCertificate = vouch(f"root-{number}", self.root.certificate)
        self.chains = {node.name: _chain(node.fqdn, self.root) for node in self._nodes()}

    @property
    def clusters(self) -> tuple[Cluster, Cluster]:
        hosts, nodes = self._hosts(), self._nodes()
        return (
            Cluster(
                name=f"exp-{self.number}",
                role="expressway-c",
                hosts=hosts,
                primary=hosts[0].name,
                serves=(f"cucm-{self.number}",),
            ),
            Cluster(name=f"cucm-{self.number}", role="cucm", hosts=nodes, primary=nodes[0].name),
        )

    @property
    def peers(self) -> tuple[PeerReading, ...]:
        return tuple(self._peer(host) for host in self._hosts())

    @property
    def uc(self) -> UcReading:
        entries = tuple(ProcessNode(uuid=n.name, name=n.fqdn, publisher=not i) for i, n in enumerate(self._nodes()))
        return UcReading(cluster=f"cucm-{self.number}", version=Known(value="14.0"), process_nodes=Known(value=entries))

    @property
    def origins(self) -> tuple[OriginReading, ...]:
        return tuple(self._origin(node, port) for node in self._nodes() for port in PORTS)

    @property
    def names(self) -> tuple[NameReading, ...]:
        return tuple(
            NameReading(peer=host.name, name=node.fqdn, addresses=Known(value=(node.address,)))
            for host in self._hosts()
            for node in self._nodes()
        )

    def _hosts(self) -> tuple[Host, ...]:
        return tuple(self._host(f"exp-{self.number}-{n}", n, Role.EXPRESSWAY_C, "exp") for n in range(PEERS))

    def _nodes(self) -> tuple[Host, ...]:
        roles = (Role.CUCM_PUBLISHER, *[Role.CUCM_SUBSCRIBER] * (NODES - 1))
        return tuple(self._host(f"cucm-{self.number}-{n}", 100 + n, role, "cucm") for n, role in enumerate(roles))

    def _host(self, name: str, last: int, role: Role, cluster: str) -> Host:
        address = f"10.{self.number // 200}.{self.number % 200}.{last}"
        return Host(
            name=name, address=address, fqdn=f"{name}.example.com", role=role, cluster=f"{cluster}-{self.number}"
        )

    def _peer(self, host: Host) -> PeerReading:
        addresses = tuple(h.address for h in self._hosts())
        return PeerReading(
            cluster=host.cluster,
            host=host.name,
            read_at=AT,
            product=Known(value=Product(version="X14.2.5", serial=host.name, started_at=AT - timedelta(days=9))),
            trust=Known(value=self.store),
            settings=((UC_CLIENT_CIPHERS, Known(value=CIPHERS)), (VERIFY_ORIGIN_SERVER, Known(value="On"))),
            view=Known(value=ClusterView(peers=addresses, primary=1, database="Active")),
            zones=Known(value=tuple(f"CEtcp-{n.fqdn}" for n in self._nodes())),
            alarms=Known(value=()),
            clock=Known(value=AT),
            upload_by_api=Known(value=True),
        )

    def _origin(self, node: Host, port: int) -> OriginReading:
        chain = self.chains[node.name]
        return OriginReading(
            cluster=node.cluster,
            host=node.name,
            address=node.address,
            port=port,
            seen_from="operator",
            read_at=AT,
            probes=Known(
                value=(
                    Probe(kind="as-client", ciphers=CIPHERS, tls="1.2", chain=chain),
                    Probe(kind="rsa", ciphers="", tls="1.2", chain=chain),
                )
            ),
        )


def _chain(fqdn: str, root: Holder) -> Chain:
    return (issue(fqdn, root, names=(fqdn,)).certificate,)
