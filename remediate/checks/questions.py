"""What is asked of the judge for one chain, and the answer where nobody knows which OpenSSL a release runs."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from remediate.checks.links import NeededLink
from remediate.model.certificate import Chain, TrustStore
from remediate.model.observed import UC_CLIENT_CIPHERS, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, ClientProfile, Question, Rejected, Undetermined, Verdict
from remediate.tls import decide
from remediate.tls.enforcement import openssl_versions


class Client(NamedTuple):
    """How a peer's traffic server is set, by its own clock to the minute, so that peers share one computation."""

    profile: ClientProfile
    at: datetime
    others: tuple[ClientProfile, ...] = ()
    """What it may be instead: nobody knows which OpenSSL its release runs."""


def ciphers_of(peer: PeerReading) -> Known[str | None] | Unknown:
    """The cipher string of the peer's HTTPS client."""
    return peer.setting(UC_CLIENT_CIPHERS)


def client_of(peer: PeerReading) -> Client:
    """What a question says of the peer."""
    ciphers = ciphers_of(peer)
    suite = ciphers.value if isinstance(ciphers, Known) else None
    release = peer.product.value.version if isinstance(peer.product, Known) else ""
    likely, *others = (ClientProfile(cipher_suite=suite, openssl=each) for each in openssl_versions(release))
    return Client(likely, minute_of(peer), tuple(others))


def question(needed: NeededLink, client: Client, store: TrustStore, chain: Chain) -> Question:
    """What is asked of the judge for one chain."""
    return Question(
        chain=chain,
        trust=store,
        profile=client.profile,
        host=needed.link.asked,
        ip=needed.origin.address,
        at=client.at,
    )


def minute_of(peer: PeerReading) -> datetime:
    """The peer's own clock to the minute."""
    clock = peer.clock.value if isinstance(peer.clock, Known) else peer.read_at
    return clock.replace(second=0, microsecond=0)


def decided(asked: Question, others: tuple[ClientProfile, ...]) -> Verdict:
    """The verdict. What one of several OpenSSLs refuses is not called safe."""
    verdict = decide(asked)
    if isinstance(verdict, Accepted):
        for profile in others:
            other = decide(asked.model_copy(update={"profile": profile}))
            if isinstance(other, Rejected):
                why = f"OpenSSL {asked.profile.openssl} accepts it, {profile.openssl}: {other.reasons[0].error}"
                return Undetermined(missing=(f"which OpenSSL this release runs ({why})",))
    return verdict
