"""One question, one verdict, in the traffic server's order: trust file, handshake, path, name.

Verdicts are those of the OpenSSL that runs here, with the texts of the one that the profile names
and its view of SHA-1. Whatever bytes a certificate or a bundle holds, the answer is a verdict.
"""

from __future__ import annotations

import re
from functools import lru_cache

from remediate.model.certificate import Chain, EncodedCertificate
from remediate.model.verdict import Accepted, Question, Reason, Rejected, Undetermined
from remediate.tls import client, der, names, selection, texts, trust
from remediate.tls.policy import Observer
from remediate.tls.replay import Replay, replay

_DOUBLES = "which of two listed certificates with one name and one serial number the traffic server takes"

_NEWER = re.compile(rb"ecdsa_with_SHA3|ecdsa-with-(Recommended|Specified)$|ML-DSA|SLH-DSA")
"""Signatures that OpenSSL 4 reads and 3.0 does not (measured for ECDSA; the others came with 3.5)."""


@lru_cache(maxsize=65536)
def decide(question: Question) -> Accepted | Rejected | Undetermined:
    """Would this client's traffic server accept this server? Equal questions are judged once.

    Rejected holds all reasons in the order in which they would be met as each is mended; a reason
    below one that hides it (a certificate that was never seen) is not known and not listed.
    """
    try:
        trust.load(question.trust.pem)
        return _judged(question)
    except trust.BrokenTrustFile as error:
        return Rejected(reasons=(_trust_file(str(error)),))
    except trust.UnclearTrustFile as error:
        return Undetermined(missing=(str(error),))


def _judged(question: Question) -> Accepted | Rejected | Undetermined:
    if not client.usable(question.profile.cipher_suite):
        return Undetermined(missing=("a client cipher string that OpenSSL takes",))
    try:
        chain = selection.served_chain(question)
    except selection.NoHandshake as error:
        return Rejected(reasons=(_handshake(str(error)),))
    except selection.UnclearOffer as error:
        return Undetermined(missing=(str(error),))
    if question.profile.policy == "disabled":
        later = _cannot_sign(question, chain)
        return Rejected(reasons=later) if later else Accepted(verified=False)
    return _verified(question, chain)


def _verified(question: Question, chain: Chain) -> Accepted | Rejected | Undetermined:
    level = client.security_level(question.profile)
    replayed = replay(chain, question.trust.pem, level, question.at)
    differing = _differs_by_version(question, chain, replayed)
    if differing:
        return Undetermined(missing=(differing,))
    name = _name_holds(question, chain)
    observer = Observer(question, level, name is not False)
    events = observer.objections(replayed.events)
    outcome = observer.outcome(events)
    later = _broken_off(replayed) + _cannot_sign(question, chain)
    if not outcome.accepted:
        return Rejected(reasons=observer.reasons(events) + later)
    if later:
        return Rejected(reasons=later)
    missing = _not_known(question, name_unknown=name is None and observer.checks_name)
    if missing:
        return Undetermined(missing=missing)
    return Accepted(path=replayed.path, logs=outcome.logs)


def _differs_by_version(question: Question, chain: Chain, replayed: Replay) -> str:
    """What the OpenSSL that runs here decides otherwise than the traffic server's; empty where nothing is known."""
    if _rests_on_doubles(question, chain, replayed):
        return _DOUBLES
    if replayed.broken_off and any(trust.has_short_time(certificate.der) for certificate in chain):
        return f"what the traffic server makes of {trust.SHORT_TIME}"
    newer = next((event.signed_with for event in replayed.events if _NEWER.match(event.signed_with)), b"")
    return f"whether the traffic server's OpenSSL reads signatures by {newer.decode()}" if newer else ""


def _rests_on_doubles(question: Question, chain: Chain, replayed: Replay) -> bool:
    doubled = trust.doubles(question.trust.pem)
    if not doubled:
        return False
    met = {event.certificate for event in replayed.events}
    asked = (*chain, *(entry for entry in question.trust.entries if entry.sha256 in met))
    return any(_issuer(certificate) in doubled for certificate in asked)


def _issuer(certificate: EncodedCertificate) -> bytes:
    try:
        return der.fields(certificate.der).issuer
    except der.Unreadable:
        return b""


def _name_holds(question: Question, chain: Chain) -> bool | None:
    """None: the names of the certificate cannot be read."""
    try:
        presented = names.presented(chain[0].der)
    except der.Unreadable:
        return None
    underscore = question.profile.openssl != "1.1.1"  # that OpenSSL comes with ATS 8
    return names.accepts(presented, question.host, underscore=underscore)


def _not_known(question: Question, *, name_unknown: bool) -> tuple[str, ...]:
    missing = []
    if name_unknown:
        missing.append("the names in the origin's certificate, which cannot be read")
    if question.offer.requires_client_certificate:
        missing.append("whether the origin accepts the client certificate that it asks for")
    return tuple(missing)


def _broken_off(replayed: Replay) -> tuple[Reason, ...]:
    return (_handshake(replayed.broken_off),) if replayed.broken_off else ()


def _cannot_sign(question: Question, chain: Chain) -> tuple[Reason, ...]:
    """What ends the handshake once the path is good."""
    return (_handshake("ecc cert not for signing"),) if selection.cannot_sign(question, chain) else ()


def _handshake(error: str) -> Reason:
    return Reason(kind="tls", error=error)


def _trust_file(error: str) -> Reason:
    return Reason(kind="trust_file", error=error, log=texts.TRUST_FILE_LOG)
