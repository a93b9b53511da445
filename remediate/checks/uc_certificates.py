"""What UC nodes hold, by their own word: certificates that get in each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remediate.checks.scene import Scene
from remediate.model.certificate import EncodedCertificate
from remediate.model.finding import Finding, Severity
from remediate.model.reading import Known
from remediate.tls.describe import describe

Held = tuple[str, EncodedCertificate]


class SelfSignedTwins:
    """Two services of one UC node have different self-signed certificates with the same CN.

    Expressway-C stops at the first entry of its trusted CA list whose subject matches, so only one of the two can
    ever be verified by it: with tomcat in front secure SIP on 5061 fails, with CallManager in front adding the
    cluster with TLS verify mode On does (CSCwa12894; for cup-xmpp and tomcat of IM and Presence CSCve56019).

    What mends it, by hand: CA-signed certificates, or from CUCM 14 on the reuse of the multi-server tomcat
    certificate for CallManager (then both ports show one serial number).

    Source: MRA deployment guide X15.0; TAC 225476, 221070.
    """

    id = "self-signed-twins"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per node and CN."""
        for node in scene.observed.certificates:
            held = node.identities.value if isinstance(node.identities, Known) else ()
            for name, services in _twins(held):
                yield Finding(
                    id=self.id,
                    severity=Severity.WARNING,
                    cluster=node.cluster,
                    subject=node.host,
                    summary=f"{' and '.join(services)} are self-signed with one CN, {name}: only one can be trusted",
                )


def _twins(held: Iterable[Held]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """CN, and the services whose self-signed certificates share it without being the same."""
    by_name: dict[str, list[Held]] = {}
    for service, certificate in held:
        told = describe(certificate.der)
        if told.self_signed and told.common_name:
            by_name.setdefault(told.common_name, []).append((service, certificate))
    for name, pairs in by_name.items():
        if len({certificate.sha256 for _, certificate in pairs}) > 1:
            yield name, tuple(service for service, _ in pairs)
