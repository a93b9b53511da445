"""Connections that the traffic server refuses, by what it objects to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remediate.checks.scene import Scene, listed, reasons
from remediate.checks.served import served_lines
from remediate.model.finding import Connection, Finding, Severity
from remediate.model.verdict import Reason
from remediate.tls.describe import describe
from remediate.tls.texts import TRUST_FILE_LOG
from remediate.tls.trust import broken

DATES = frozenset({9, 10})
"""X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED."""

TRUST = frozenset({2, 7, 18, 19, 20, 21, 29, 30, 31})
"""Issuer unknown, self-signed, or an issuer in the list that does not fit (`openssl verify`, DIAGNOSTICS).
24 (79 in OpenSSL 3), invalid CA certificate, is none of them: no upload makes a CA of it."""


def _refused(scene: Scene) -> Iterator[Connection]:
    """Connections that fail, and those that only an Off lets through."""
    for connection in scene.connections:
        if connection.state == "fails" or (connection.state == "good-unverified" and reasons(connection)):
            yield connection


def _finding(identity: str, connection: Connection, reason: Reason, summary: str) -> Finding:
    fails = connection.state == "fails"
    return Finding(
        id=identity,
        severity=Severity.ERROR if fails else Severity.WARNING,
        cluster=connection.link.cluster,
        subject=str(connection.link),
        summary=f"{summary}: {connection.impact}{'' if fails else ' once verification is On'}",
        evidence=tuple(filter(None, [reason.log, f"OpenSSL error {reason.number}" if reason.number else ""])),
        links=(connection.link,),
    )


class OriginNotTrusted:
    """No path from the UC server's certificate to an entry of this peer's trusted CA list.

    From X14.2 the traffic server of Expressway-C verifies every HTTPS connection for MRA (CSCwc69661,
    CSCwa25108), whatever the TLS verify mode of the UC server entry says. The certificate is self-signed,
    or its CA or an intermediate CA is missing on this peer. Depth 0 does not prove self-signed: a
    certificate that came alone from an unknown CA fails at depth 0 too.

    What mends it: upload the root and every intermediate CA (or, second best, the self-signed certificate)
    to **each** peer under Maintenance > Security > Trusted CA certificate, then restart that peer. Or have
    the certificate signed by a CA that the peers trust already.

    Source: X14.2 release notes; TAC 225476; measured on the traffic server.
    """

    id = "origin-not-trusted"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection."""
        for connection in _refused(scene):
            first = reasons(connection)[0]
            if first.kind == "chain" and first.number in TRUST:
                summary = f"certificate not trusted ({first.error}, depth {first.depth})"
                finding = _finding(self.id, connection, first, summary)
                evidence = (*finding.evidence, *served_lines(scene, connection))
                yield finding.model_copy(update={"evidence": evidence})


class OriginNameMismatch:
    """The name that clients ask for is not in the certificate.

    Expressway-C hands MRA clients the names under CUCM System > Server. The traffic server then compares
    that very text with the dNSName entries and the CN of the certificate, never with iPAddress entries
    (measured on the traffic server). The check runs only once the path is good, so mending the path can
    uncover this finding.

    What mends it: change the System > Server entry to the node's own FQDN where every certificate that the
    node serves holds it, then Refresh servers on Expressway-C; else have the certificate re-issued with the
    name as a dNSName.

    Source: ATS `SSLClientUtils.cc`; TAC 225476; CUCM TAC 211393.
    """

    id = "origin-name-mismatch"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection, also where the path fails first."""
        for connection in _refused(scene):
            found = next((r for r in reasons(connection) if r.kind == "name"), None)
            if found is not None:
                yield _finding(self.id, connection, found, f"{connection.link.asked} is not in the certificate")


class OriginCertificateDate:
    """A certificate of the UC server's chain is expired or not yet valid, by the peer's own clock.

    What mends it: renew it on the UC server (Cisco Unified OS Administration > Security > Certificate
    Management) and restart the service that serves it. Uploading it to Expressway-C does not help.

    Source: RFC 5280 §4.1.2.5; measured on the traffic server.
    """

    id = "origin-certificate-date"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection."""
        for connection in _refused(scene):
            found = next((r for r in reasons(connection) if r.number in DATES), None)
            if found is not None:
                yield _finding(self.id, connection, found, f"certificate out of its dates ({found.error})")


class OriginCertificateUnusable:
    """The certificate is of a kind that the traffic server refuses whatever is trusted: wrong purpose,
    key too small, unsupported signature, constraint violated, chain too long.

    What mends it: re-issue the certificate; the error text names what is wrong with it.

    Source: `openssl verify`, DIAGNOSTICS; measured on the traffic server.
    """

    id = "origin-certificate-unusable"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection."""
        for connection in _refused(scene):
            first = reasons(connection)[0]
            known = first.number in TRUST or first.number in DATES
            if first.kind == "tls" or (first.kind == "chain" and not known):
                yield _finding(self.id, connection, first, f"certificate or handshake refused ({first.error})")


class TrustedListDamaged:
    """The trusted CA list of this peer cannot be loaded, so its traffic server refuses **every** HTTPS
    connection, even with VerifyOriginServer Off.

    One broken, glued or truncated PEM block is enough; so is an empty list. What mends it: by hand, under
    Maintenance > Security > Trusted CA certificate on that peer; the list as read is in the capture.

    Source: measured on the traffic server; OpenSSL `X509_load_cert_crl_file`.
    """

    id = "trusted-ca-list-damaged"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer of an Expressway-C cluster, whatever else was read."""
        for peer in (p for cluster in scene.clusters for p in scene.peers(cluster.name)):
            store = listed(peer)
            why = broken(store.pem) if store is not None else None
            if why is not None:
                yield Finding(
                    id=self.id,
                    severity=Severity.CRITICAL,
                    cluster=peer.cluster,
                    subject=peer.host,
                    summary=f"the trusted CA list cannot be loaded ({why}): all MRA logins fail",
                    evidence=(TRUST_FILE_LOG,),
                )


class OriginUndetermined:
    """Nobody can say from what was read whether this connection would be accepted; it is not counted as safe.

    A name that only an iPAddress entry of the certificate holds is such a case: the traffic server measured
    here refuses it, while TAC's note suggests that it passes. Confirm from a log line of the peer, or read
    what is missing.

    What mends it: read what is missing, or confirm from a log line of the peer.

    Source: measured on the traffic server; TAC's note says otherwise.
    """

    id = "origin-undetermined"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection."""
        for connection in scene.connections:
            if connection.state == "undetermined":
                why = connection.missing or ("only an iPAddress entry holds the address: confirm from a log line",)
                yield Finding(
                    id=self.id,
                    severity=Severity.WARNING,
                    cluster=connection.link.cluster,
                    subject=str(connection.link),
                    summary="not known whether it would be accepted",
                    evidence=why,
                    links=(connection.link,),
                )


class SameNameCertificates:
    """Two different certificates with one subject stand in this peer's trusted CA list.

    Without key identifiers only the one that stands first is used (CSCwa12905, CSCwa12894): the services of
    the other fail. What mends it, by hand: CA-signed certificates, different CNs, or on CUCM 14 and later
    the reuse of one certificate for Tomcat and CallManager.

    Source: CSCwa12905, CSCwa12894; TAC 225476; measured with OpenSSL.
    """

    id = "same-name-certificates"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer and subject."""
        for peer in scene.observed.peers:
            entries = scene.observed.peer(peer.host)
            store = getattr(getattr(entries, "trust", None), "value", None)
            by_subject: dict[str, set[str]] = {}
            for entry in store.entries if store else ():
                by_subject.setdefault(describe(entry.der).subject, set()).add(entry.sha256)
            for subject, twins in by_subject.items():
                if subject and len(twins) > 1:
                    yield Finding(
                        id=self.id,
                        severity=Severity.WARNING,
                        cluster=peer.cluster,
                        subject=peer.host,
                        summary=f"{len(twins)} different certificates named {subject} (CSCwa12905)",
                        evidence=tuple(sorted(twins)),
                    )
