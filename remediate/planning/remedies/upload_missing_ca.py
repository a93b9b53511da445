"""Upload the CA certificates that a peer lacks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from remediate.actions import UploadCertificates
from remediate.checks.connections import chains_for, store_of
from remediate.checks.origin_refused import TRUST
from remediate.checks.scene import reasons
from remediate.model.certificate import Chain, EncodedCertificate, TrustedCertificate, TrustStore
from remediate.model.finding import Connection
from remediate.planning.plan import Blocked
from remediate.planning.situation import Proposal, Situation
from remediate.planning.twins import named_authorities, twins_in_the_list
from remediate.tls.chains import missing_issuers
from remediate.tls.describe import describe

Addition = tuple[TrustedCertificate, EncodedCertificate]
Additions = tuple[Addition, ...]
LEFT_IN_PLACE, AUTHORITY = "left-in-place", "certificate-authority"


class UploadMissingCa:
    """The root and every intermediate (or the self-signed certificate itself), each vouched for."""

    name = "upload-missing-ca"

    def propose(self, situation: Situation, connection: Connection) -> Proposal:
        """Additions that anchor the served chain, checked for consent and for twins."""
        chain_reasons = [r for r in reasons(connection) if r.kind == "chain"]
        if not chain_reasons:
            return Proposal(why_not="the certificate is trusted already")
        if not any(r.number in TRUST for r in chain_reasons):
            return Proposal(why_not=f"no upload mends {chain_reasons[0].error}")
        chains = chains_for(situation.desired, situation.observed, connection.link, situation.view)
        store = store_of(situation.observed, connection.link.peer)
        if not chains or store is None:
            return Proposal(why_not="the served chain or the trusted CA list is not known")
        vouched = situation.vouched
        candidates = tuple(certificate for _, certificate in vouched)
        wanted = {c for chain in chains for c in missing_issuers(chain, store, candidates)}
        additions = tuple(pair for pair in vouched if pair[1] in wanted)
        if not additions:
            return Proposal(blocked=(_nobody_vouches(connection, chains[-1], store),))
        if situation.play.chain == "minimal":
            additions = _smallest(situation, connection, additions)
        blocked = _without_consent(connection, additions) or twins_in_the_list(situation, connection, additions, store)
        return Proposal(blocked=blocked) if blocked else Proposal(additions=additions)


def _smallest(situation: Situation, connection: Connection, additions: Additions) -> Additions:
    """`chain: minimal`: the fewest of them with which no chain reason is left, else all."""
    for size in range(1, len(additions)):
        for some in combinations(additions, size):
            upload = upload_to(connection.link.cluster, connection.link.peer, some)
            again = situation.judged_again(connection, (upload,))
            if again is not None and not any(r.kind == "chain" for r in reasons(again)):
                return some
    return additions


def _nobody_vouches(connection: Connection, chain: Chain, store: TrustStore) -> Blocked:
    """The line to complete, its fingerprint left blank: what a handshake showed is evidence, no source."""
    leaf, last = describe(chain[0].der), describe(chain[-1].der)
    what = "the self-signed certificate" if leaf.self_signed else "the CA certificates"
    who = "self-signed-" + connection.link.origin if leaf.self_signed else "issuer-of-" + connection.link.origin
    accept = f"[{LEFT_IN_PLACE}]" if leaf.self_signed and not leaf.is_ca else f"[{LEFT_IN_PLACE}, {AUTHORITY}]"
    where = (
        "Cisco Unified OS Administration > Security > Certificate Management"
        if leaf.self_signed
        else "the CA's administrator"
    )
    return Blocked(
        cluster=connection.link.cluster,
        subject=str(connection.link),
        title=f"upload {what} to {connection.link.peer}",
        why="nobody vouches for the certificate: no entry of trusted_certificates anchors the served chain",
        unblock=f'trusted_certificates: {{{who}: {{file: FILE.pem, sha256: "", accept: {accept}}}}}'
        f"   # SHA-256 as read at {where}{_or_signed(connection.link.peer, store)}",
        evidence=(
            f"UNVERIFIED, seen from here: subject {leaf.subject}, issuer {leaf.issuer}",
            f"UNVERIFIED, last certificate sent: subject {last.subject}, issuer {last.issuer}",
        ),
    )


def _or_signed(peer: str, store: TrustStore) -> str:
    """The other way: a certificate from a CA that the peer trusts already."""
    names = named_authorities(store)
    return f"\nor have the certificate signed by a CA that {peer} trusts already{names}" if names else ""


def upload_to(cluster: str, host: str, additions: Iterable[Addition]) -> UploadCertificates:
    """They, in one upload to one peer."""
    pairs = tuple(additions)
    return UploadCertificates(
        cluster=cluster,
        host=host,
        certificates=tuple(certificate for _, certificate in pairs),
        names=tuple(trusted.name for trusted, _ in pairs),
        provenances=tuple(trusted.provenance for trusted, _ in pairs),
    )


def _without_consent(connection: Connection, additions: Additions) -> tuple[Blocked, ...]:
    return tuple(
        Blocked(
            cluster=connection.link.cluster,
            subject=connection.link.peer,
            title=f"upload {trusted.name} to {connection.link.peer}",
            why=_powers(certificate) if AUTHORITY in lacking else "no API takes an uploaded certificate back",
            unblock=_accepting(trusted.name, lacking | trusted.accept),
        )
        for trusted, certificate in additions
        if (lacking := _needed(certificate) - trusted.accept)
    )


def _accepting(name: str, words: frozenset[str]) -> str:
    return f"trusted_certificates: {{{name}: {{accept: [{', '.join(sorted(words))}]}}}}"


def _needed(certificate: EncodedCertificate) -> frozenset[str]:
    return frozenset({LEFT_IN_PLACE, AUTHORITY} if describe(certificate.der).is_ca else {LEFT_IN_PLACE})


def _powers(certificate: EncodedCertificate) -> str:
    subject = describe(certificate.der).subject
    return (
        f"{subject} is a certificate authority: the same list serves SIP TLS, XMPP, traversal zones, cluster TLS, "
        "LDAP and certificate login of administrators"
    )
