"""Certificates that Expressway cannot tell apart by name (CSCwa12905): they block an upload, and what a person
could do instead is judged on the list that would come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remediate.checks.connections import connections_for
from remediate.model.certificate import Chain, EncodedCertificate, TrustedCertificate, TrustStore
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known
from remediate.planning.guards import origin_of, stands
from remediate.planning.plan import Blocked
from remediate.planning.reissue import instructions
from remediate.planning.situation import Situation
from remediate.tls.describe import FACTORY, describe

MOST_NAMED = 3


def otherwise(store: TrustStore | None) -> str:
    """What to do instead of an upload that another certificate of that name blocks."""
    return (
        f"have the certificate signed by a CA that the peer trusts{named_authorities(store)}, give it another CN, or "
        "on CUCM 14 and later reuse one certificate for Tomcat and CallManager"
    )


def named_authorities(store: TrustStore | None) -> str:
    """The first CAs of a list by name, ` (Corp Root, …)`, without factory roots; empty where there is none."""
    entries = (describe(entry.der) for entry in (store.entries if store else ()))
    found = [e.common_name for e in entries if e.is_ca and e.common_name and not e.common_name.startswith(FACTORY)]
    more = ", …" if len(found) > MOST_NAMED else ""
    return f" ({', '.join(found[:MOST_NAMED])}{more})" if found else ""


def same_name(one: EncodedCertificate, other: EncodedCertificate) -> bool:
    """Different certificates that Expressway could not tell apart by name."""
    if one.sha256 == other.sha256:
        return False
    a, b = describe(one.der), describe(other.der)
    return bool((a.subject and a.subject == b.subject) or (a.common_name and a.common_name == b.common_name))


def twins_in_the_list(
    situation: Situation,
    connection: Connection,
    additions: Iterable[tuple[TrustedCertificate, EncodedCertificate]],
    store: TrustStore,
) -> tuple[Blocked, ...]:
    """Additions of which the list, or another addition, holds another certificate of that subject or CN."""
    pairs = tuple(additions)
    others = (*store.entries, *(c for _, c in pairs))
    return tuple(
        Blocked(
            cluster=connection.link.cluster,
            subject=connection.link.peer,
            title=f"upload {trusted.name} to {connection.link.peer}",
            why=f"another certificate named {describe(certificate.der).subject} is or would be in that list: "
            "only one of them would be used (CSCwa12905)",
            unblock="\n".join(_ways(situation, connection, certificate, store)),
        )
        for trusted, certificate in pairs
        if any(same_name(certificate, other) for other in others)
    )


def _ways(
    situation: Situation, connection: Connection, certificate: EncodedCertificate, store: TrustStore
) -> tuple[str, ...]:
    """What lasts, what can be done with the list as it is, and how to ask for another certificate."""
    return (
        otherwise(store),
        *_by_hand(situation, connection, certificate, store),
        instructions(situation, connection.link),
    )


def _by_hand(
    situation: Situation, connection: Connection, certificate: EncodedCertificate, store: TrustStore
) -> Iterator[str]:
    """Each way to have it in the list by hand, and what the traffic server would then refuse."""
    old = tuple(entry for entry in store.entries if same_name(certificate, entry))
    if not old:
        return
    rest = store.without(frozenset(e.sha256 for e in old))
    marks = ", ".join(f"{describe(e.der).label} (SHA-256 {e.sha256[:16]}…)" for e in old)
    ways = (
        (f"delete {marks}, append the new one", rest.with_added((certificate,))),
        (f"delete {marks}, append the new one, then the old one again", rest.with_added((certificate, *old))),
        (
            "append the new one behind the old one, where a release keeps both",
            store.with_added((certificate,)),
        ),
    )
    yield "or by hand on that peer (Maintenance > Security > Trusted CA certificate), judged beforehand:"
    for way, list_ in ways:
        yield f"  {way}: {_outcome(situation, connection, list_)}"


def _outcome(situation: Situation, connection: Connection, store: TrustStore) -> str:
    state = _with_list(situation.observed, connection.link.peer, store)
    here = [
        c
        for c in connections_for(situation.desired, state, situation.view, [situation.cluster.name])
        if c.link.peer == connection.link.peer
    ]
    before = {origin_of(c.link) for c in _now(situation) if stands(c)}
    lost = [c.link for c in here if not stands(c) and origin_of(c.link) in before]
    if lost:
        return f"breaks {', '.join(f'{link.origin}:{link.port}' for link in lost)}"
    mended = any(origin_of(c.link) == origin_of(connection.link) and stands(c) for c in here)
    return "mends it and breaks nothing" if mended else "does not mend it"


def _now(situation: Situation) -> tuple[Connection, ...]:
    return connections_for(situation.desired, situation.observed, situation.view, [situation.cluster.name])


def _with_list(observed: ObservedState, host: str, store: TrustStore) -> ObservedState:
    def changed(peer: PeerReading) -> PeerReading:
        return peer.model_copy(update={"trust": Known(value=store)}) if peer.host == host else peer

    return observed.model_copy(update={"peers": tuple(changed(p) for p in observed.peers)})


def same_named(certificates: Chain) -> frozenset[str]:
    """SHA-256 of those that share a name with another."""
    return frozenset(c.sha256 for c in certificates if any(same_name(c, other) for other in certificates))
