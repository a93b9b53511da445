"""What could not be read, what differs between peers, and what is owed."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.scene import Scene, listed
from remediate.model.certificate import TrustStore
from remediate.model.finding import Finding, Severity
from remediate.model.reading import Unknown
from remediate.tls.describe import FACTORY, describe


class PeerUnreachable:
    """A peer, or something on it that judging needs, could not be read.

    Unknown is not absent: nothing is planned for a cluster while one of its peers is unknown. The trusted CA
    list of an Expressway-E is not needed: it verifies no UC server.

    What mends it: bring the peer back, or hand its readings in as files (`collect --trust PEER=FILE --xconfig
    PEER=FILE`).

    Source: this tool's own rule.
    """

    id = "peer-unreachable"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer."""
        verifying = {cluster.name for cluster in scene.clusters}
        for peer in scene.observed.peers:
            needed = (peer.product, peer.trust) if peer.cluster in verifying else (peer.product,)
            whys = dict.fromkeys(r.why for r in needed if isinstance(r, Unknown))
            if whys:
                yield Finding(
                    id=self.id,
                    severity=Severity.ERROR,
                    cluster=peer.cluster,
                    subject=peer.host,
                    summary="not read: no step rests on it",
                    evidence=tuple(whys),
                )


class SystemServerUnread:
    """The entries under System > Server of a CUCM cluster could not be read, so nobody can say which names
    MRA clients will ask for.

    What mends it: see that the Cisco AXL Web Service runs on the publisher and that the account has
    `Standard AXL API Access` (read only suffices).

    Source: AXL Developer Guide; TAC 211393.
    """

    id = "system-server-unread"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per CUCM cluster."""
        for reading in scene.observed.uc:
            if isinstance(reading.process_nodes, Unknown):
                yield Finding(
                    id=self.id,
                    severity=Severity.ERROR,
                    cluster=reading.cluster,
                    subject=reading.cluster,
                    summary="System > Server not read",
                    evidence=(reading.process_nodes.why,),
                )


class TrustedListsDiffer:
    """The peers of one cluster do not list the same certificates.

    Trusted CA certificates are kept per peer and never replicated, so each upload has to be made on each
    peer. A peer that lacks one fails where the others pass, and the fault shows as an intermittent login.

    What mends it: upload what is missing to each peer that lacks it, and restart it.

    Source: Expressway cluster guide X14, on what is not replicated.
    """

    id = "trusted-ca-lists-differ"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per cluster."""
        for cluster in scene.clusters:
            stores = {p.host: _chosen(store) for p in scene.peers(cluster.name) if (store := listed(p))}
            union = frozenset[str]().union(*stores.values())
            lacking = {host: sorted(union - have) for host, have in stores.items() if union - have}
            if lacking:
                yield Finding(
                    id=self.id,
                    severity=Severity.WARNING,
                    cluster=cluster.name,
                    subject=cluster.name,
                    summary=f"trusted CA lists differ: {', '.join(f'{h} lacks {len(m)}' for h, m in lacking.items())}",
                    evidence=tuple(f"{host} lacks {sha256}" for host, missing in lacking.items() for sha256 in missing),
                )


def _chosen(store: TrustStore) -> frozenset[str]:
    """What somebody chose to trust: each peer's factory root, `Temporary CA <uuid>`, is its own."""
    return frozenset(e.sha256 for e in store.entries if not describe(e.der).common_name.startswith(FACTORY))


class PendingAction:
    """Something was changed and takes effect only after an action that is still owed.

    A certificate that is listed is not loaded before the peer's next restart; a name changed under
    System > Server is unknown to Expressway-C before the next Refresh servers.

    What mends it: do what is owed; `remediate status` names it until it is seen done.

    Source: MRA deployment guide X15.0, on restarts; X12.6, on Refresh servers.
    """

    id = "pending-action"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer or cluster and action."""
        seen: set[tuple[str, str]] = set()
        for connection in scene.connections:
            for owed in connection.pending:
                if (connection.link.cluster, owed) not in seen and connection.state == "pending":
                    seen.add((connection.link.cluster, owed))
                    yield Finding(
                        id=self.id,
                        severity=Severity.WARNING,
                        cluster=connection.link.cluster,
                        subject=connection.link.cluster,
                        summary=f"pending action: {owed}",
                    )
