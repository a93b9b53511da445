"""What only the owner of CUCM can mend: the certificates of the peers that a UC server refuses."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.client_certificate import ClientCertificateRefused
from remediate.model.finding import Finding, Severity
from remediate.planning.plan import Blocked

UNBLOCK = (
    "on the publisher, Cisco Unified OS Administration > Security > Certificate Management > Upload: the root and "
    "every intermediate CA of Expressway-C's certificate into tomcat-trust and into CallManager-trust; then restart "
    "Cisco Tomcat, Cisco CallManager and Cisco TFTP on every node"
)


def other_direction(findings: Iterable[Finding], cluster: str) -> tuple[Blocked, ...]:
    """One blocked entry per peer and store that refuses it today; nothing on Expressway mends it."""
    return tuple(
        Blocked(
            cluster=cluster,
            subject=finding.subject,
            title="have the UC servers trust the CA of the peer's own certificate",
            why=f"{finding.summary}; no change on Expressway mends it",
            unblock=UNBLOCK,
            evidence=finding.evidence,
        )
        for finding in findings
        if (finding.id, finding.severity, finding.cluster) == (ClientCertificateRefused.id, Severity.ERROR, cluster)
    )
