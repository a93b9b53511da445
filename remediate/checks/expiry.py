"""Certificates that pass today and will not for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from remediate.checks.questions import minute_of
from remediate.checks.scene import Scene, listed
from remediate.model.certificate import EncodedCertificate
from remediate.model.finding import Connection, Finding, Severity
from remediate.model.reading import Known
from remediate.model.verdict import Accepted
from remediate.tls.describe import Described, describe

SOON = timedelta(days=60)


class CertificateExpiresSoon:
    """A certificate on the path of a connection that is good today ends within 60 days, by the peer's own clock.

    A CA-signed certificate is renewed on the UC server, and nothing else has to change. A **self-signed** one that
    the peers list themselves breaks logins at its renewal: the new one must stand in the trusted CA list of every
    peer, and each peer be restarted, before the UC server serves it. Better then: have it CA-signed.

    What mends it: renew it in time, in that order.

    Source: RFC 5280 §4.1.2.5.
    """

    id = "certificate-expires-soon"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per Expressway-C cluster and certificate."""
        known = {certificate.sha256: certificate for certificate in _certificates(scene)}
        ending: dict[tuple[str, str], list[Connection]] = {}
        for connection in scene.connections:
            for sha256 in _ending(scene, connection, known):
                ending.setdefault((connection.link.cluster, sha256), []).append(connection)
        for (cluster, sha256), connections in ending.items():
            yield _finding(cluster, describe(known[sha256].der), connections)


def _certificates(scene: Scene) -> Iterator[EncodedCertificate]:
    for peer in scene.observed.peers:
        store = listed(peer)
        yield from store.entries if store else ()
    for origin in scene.observed.origins:
        for probe in origin.probes.value if isinstance(origin.probes, Known) else ():
            yield from probe.chain


def _ending(scene: Scene, connection: Connection, known: dict[str, EncodedCertificate]) -> Iterator[str]:
    peer = scene.observed.peer(connection.link.peer)
    if peer is None or not isinstance(connection.verdict, Accepted):
        return
    limit = minute_of(peer) + SOON
    for sha256 in connection.verdict.path:
        end = describe(known[sha256].der).not_after if sha256 in known else None
        if end is not None and end < limit:
            yield sha256


def _finding(cluster: str, certificate: Described, connections: list[Connection]) -> Finding:
    places = dict.fromkeys(f"{c.link.origin}:{c.link.port}" for c in connections)
    care = ""
    if certificate.self_signed and not certificate.is_ca:
        care = "; its successor must be in every peer's trusted CA list before it is served"
    return Finding(
        id=CertificateExpiresSoon.id,
        severity=Severity.WARNING,
        cluster=cluster,
        subject=certificate.label,
        summary=f"ends {certificate.not_after:%Y-%m-%d} and carries {len(connections)} connections{care}",
        evidence=(f"SHA-256 {certificate.sha256}", f"served or trusted for {', '.join(places)}"),
        links=tuple(c.link for c in connections),
    )
