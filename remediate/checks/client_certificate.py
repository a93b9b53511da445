"""The other direction: what UC servers say of the peers' own certificates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from remediate.checks.questions import minute_of
from remediate.checks.scene import Scene
from remediate.model.certificate import TrustStore
from remediate.model.finding import Finding, Severity, TlsLink
from remediate.model.inventory import Cluster
from remediate.model.observed import OriginReading, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, Rejected
from remediate.tls.client_certificate import accepts_client
from remediate.tls.enforcement import presents_certificate

NOT_KNOWN = "it is not known whether it is accepted"
TFTP_PORTS = frozenset({6971, 6972})


class _Case(NamedTuple):
    """One peer before one trust store of one UC cluster: ports behind it that were probed, and whether any asks."""

    peer: PeerReading
    uc: str
    store: str
    origins: tuple[OriginReading, ...]
    asks: bool

    def links(self) -> tuple[TlsLink, ...]:
        """Its connections; the name asked for does not matter in this direction."""
        return tuple(
            TlsLink(
                cluster=self.peer.cluster,
                peer=self.peer.host,
                origin_cluster=o.cluster,
                origin=o.host,
                port=o.port,
                asked="",
            )
            for o in self.origins
        )


class ClientCertificateRefused:
    """A UC server does not accept the certificate of this Expressway-C peer: the other direction.

    From X14.0.2 the traffic server presents the peer's own certificate to a UC server that asks for one, as CUCM
    may on 6971 and 6972 (CSCvz20720, CSCvz45074). The UC server then looks in its own stores, tomcat-trust and
    CallManager-trust, and ends the handshake with `tlsv1 alert unknown ca` where the path leads nowhere; clients see
    502 all the same. It is never mended on Expressway's trusted CA list, and VerifyOriginServer has no say in it.

    What mends it: the root and intermediate CAs of Expressway-C's certificate into tomcat-trust **and**
    CallManager-trust on the publisher (Cisco Unified OS Administration > Security > Certificate Management), then
    restart Cisco Tomcat, Cisco CallManager and Cisco TFTP. Where the error speaks of the purpose, Expressway-C's
    certificate lacks clientAuth and must be issued anew.

    Source: TAC 225476; X14.2 release notes.
    """

    id = "client-certificate-refused"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer and trust store."""
        for case in _cases(scene):
            finding = self._finding(scene, case)
            if finding is not None:
                yield finding

    def _finding(self, scene: Scene, case: _Case) -> Finding | None:
        trust, chain = _trusted(scene, case), case.peer.client_chain
        if isinstance(trust, Unknown) or isinstance(chain, Unknown):
            whys = tuple(dict.fromkeys(r.why for r in (chain, trust) if isinstance(r, Unknown)))
            return self._made(case, Severity.NOTE, NOT_KNOWN, whys) if case.asks else None
        verdict = accepts_client(chain.value, trust.value, minute_of(case.peer))
        if isinstance(verdict, Accepted):
            return None
        if not isinstance(verdict, Rejected):
            return self._made(case, Severity.NOTE, NOT_KNOWN, verdict.missing)
        why = f"{verdict.reasons[0].error}, depth {verdict.reasons[0].depth}"
        if case.asks:
            return self._made(case, Severity.ERROR, f"it is refused ({why}): login fails", ())
        return self._made(case, Severity.NOTE, f"it would be refused ({why}), and nothing asks for it today", ())

    def _made(self, case: _Case, severity: Severity, what: str, why: tuple[str, ...]) -> Finding:
        ports = ", ".join(f"{o.host}:{o.port}" for o in case.origins)
        return Finding(
            id=self.id,
            severity=severity,
            cluster=case.peer.cluster,
            subject=f"{case.peer.host} before {case.store} of {case.uc}",
            summary=f"the peer's own certificate: {what}",
            evidence=(*why, f"ports behind that store: {ports}"),
            links=case.links(),
        )


def _cases(scene: Scene) -> Iterator[_Case]:
    for cluster in scene.clusters:
        for peer in scene.peers(cluster.name):
            if isinstance(peer.product, Known) and not presents_certificate(peer.product.value.version):
                continue
            for name in cluster.serves:
                yield from _of(scene, peer, scene.desired.inventory.cluster(name))


def _of(scene: Scene, peer: PeerReading, uc: Cluster) -> Iterator[_Case]:
    by_store: dict[str, list[OriginReading]] = {}
    for origin in scene.observed.origins_of(uc.name):
        store = "CallManager-trust" if origin.port in TFTP_PORTS else "tomcat-trust"
        by_store.setdefault(store, []).append(origin)
    for store, origins in by_store.items():
        asks = any(p.asks_client_certificate for o in origins if isinstance(o.probes, Known) for p in o.probes.value)
        yield _Case(peer, uc.name, store, tuple(origins), asks)


def _trusted(scene: Scene, case: _Case) -> Known[TrustStore] | Unknown:
    """The store as the first node of the cluster tells it: trust stores are the cluster's (CUCM replicates them)."""
    readings = [n.trusts for n in scene.observed.certificates if n.cluster == case.uc]
    known = [reading.value for reading in readings if isinstance(reading, Known)]
    if not known:
        why = f"the trust stores of {case.uc} were not read (platform_credentials, release 14 or later)"
        return next((r for r in readings if isinstance(r, Unknown)), Unknown(why=why))
    held = dict(known[0]).get(case.store, ())
    return Known(value=TrustStore(pem=b"".join(c.pem for c in held)))
