"""The matrix peers × origins × ports: what the traffic server's verdict means for a connection.

`tls.decide` answers as the traffic server does; what is owed, unread or only seen from elsewhere makes
a connection state of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from remediate.checks.links import NeededLink, needed_links
from remediate.model.certificate import Chain, TrustStore
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, TlsLink
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, ClientProfile, Question, Rejected, Undetermined, Verdict
from remediate.tls import decide
from remediate.tls.describe import describe
from remediate.tls.enforcement import enforces

When = Literal["now", "listed", "enforced", "upgraded"]
"""`now`: with what is loaded. `listed`: as if every restart owed were done. `enforced`: now, as if
VerifyOriginServer were On. `upgraded`: as after an upgrade to X14.2, whichever of its certificates an
origin then serves."""

ZONE = "cetcp-"


def connections_for(
    desired: DesiredState, observed: ObservedState, when: When = "now", clusters: Iterable[str] | None = None
) -> tuple[Connection, ...]:
    """Every connection of the named Expressway-C clusters (all by default), in inventory order."""
    links = needed_links(desired, observed, clusters)
    return tuple(_connection(needed, observed, when) for needed in links)


def loaded(peer: PeerReading, store: TrustStore, outstanding: Outstanding) -> TrustStore:
    """The listed certificates less what was added since this peer's last start (MRA15: restart needed)."""
    if not isinstance(peer.product, Known):
        return store
    started = peer.product.value.started_at
    waiting = frozenset(
        sha256
        for owed in outstanding.obligations
        if owed.kind == "restart" and owed.host == peer.host and owed.since >= started
        for sha256 in owed.certificates
    )
    return store.without(waiting)


def verification(peer: PeerReading) -> Known[bool] | Unknown:
    """Whether this peer's traffic server verifies, from its version and `VerifyOriginServer`."""
    if isinstance(peer.product, Unknown):
        return peer.product
    setting = peer.setting(VERIFY_ORIGIN_SERVER)
    if isinstance(setting, Unknown):
        return setting
    return Known(value=enforces(peer.product.value.version, setting.value) != "disabled")


def ciphers_of(peer: PeerReading) -> Known[str | None] | Unknown:
    """The cipher string of the peer's HTTPS client."""
    return peer.setting(UC_CLIENT_CIPHERS)


def _connection(needed: NeededLink, observed: ObservedState, when: When) -> Connection:
    peer = observed.peer(needed.link.peer)
    missing = unknowns(needed, peer)
    if missing or peer is None:
        verdict = Undetermined(missing=missing)
        return Connection(
            link=needed.link, state="undetermined", verdict=verdict, impact=needed.impact, missing=missing
        )
    return _judged(needed, peer, observed.outstanding, when)


def unknowns(needed: NeededLink, peer: PeerReading | None) -> tuple[str, ...]:
    """What a verdict cannot do without."""
    if peer is None:
        return (f"{needed.link.peer} was not read",)
    readings: tuple[tuple[str, object], ...] = (
        ("release", peer.product),
        ("trusted CA list", peer.trust),
        ("VerifyOriginServer", verification(peer)),
        ("cipher string", ciphers_of(peer)),
        ("certificates of " + needed.link.origin, needed.origin.probes),
    )
    unknown = [f"{what}: {reading.why}" for what, reading in readings if isinstance(reading, Unknown)]
    return tuple(dict.fromkeys([*unknown, *filter(None, [needed.unknown_name])]))


def _judged(needed: NeededLink, peer: PeerReading, outstanding: Outstanding, when: When) -> Connection:
    assert isinstance(peer.trust, Known)
    listed = peer.trust.value
    if when == "upgraded":
        return _state(needed, _worst(needed, peer, listed), checked=True, pending=())
    checked = when == "enforced" or verification(peer) == Known(value=True)
    verdict = _verdict(needed, peer, listed)
    pending = _refresh_owed(needed, peer)
    if when != "listed" and checked:
        current = _verdict(needed, peer, loaded(peer, listed, outstanding))
        if isinstance(verdict, Accepted) and not isinstance(current, Accepted):
            owed = f"restart {peer.host}: its trusted CA list is newer than its last start"
            waiting = _state(needed, verdict, checked, (owed, *pending))
            return waiting.model_copy(update={"refused_until_restart": True})
        verdict = current
    return _state(needed, verdict, checked, pending)


def _state(needed: NeededLink, verdict: Verdict, checked: bool, pending: tuple[str, ...]) -> Connection:
    connection = Connection(
        link=needed.link,
        state="good",
        verdict=verdict,
        impact=needed.impact,
        pending=pending,
        missing=verdict.missing if isinstance(verdict, Undetermined) else (),
    )
    return connection.model_copy(update={"state": _name(needed, connection, checked)})


def _name(needed: NeededLink, connection: Connection, checked: bool) -> str:
    if checked and isinstance(connection.verdict, Rejected):
        return "undetermined" if _address_only(needed, connection.verdict) else "fails"
    if checked and isinstance(connection.verdict, Undetermined):
        return "undetermined"
    if connection.pending:
        return "pending"
    return "good" if checked else "good-unverified"


def _address_only(needed: NeededLink, verdict: Rejected) -> bool:
    """Refused for the name alone, while an iPAddress entry holds the address (decision 2)."""
    return all(r.kind == "name" for r in verdict.reasons) and _holds_address(needed)


def _holds_address(needed: NeededLink) -> bool:
    try:
        asked = ipaddress.ip_address(needed.link.asked)
    except ValueError:
        return False
    probes = needed.origin.probes.value if isinstance(needed.origin.probes, Known) else ()
    chains = [p.chain for p in probes if p.kind == "as-client" and p.chain]
    return any(str(asked) in describe(chain[0].der).ip_addresses for chain in chains)


def _refresh_owed(needed: NeededLink, peer: PeerReading) -> tuple[str, ...]:
    """Expressway-C proxies a CUCM name only after *Refresh servers*; its CE zones show which it knows."""
    zones = [z.casefold() for z in peer.zones.value] if isinstance(peer.zones, Known) else []
    known = [z.removeprefix(ZONE) for z in zones if z.startswith(ZONE)]
    if needed.has_zone and known and needed.link.asked.casefold() not in known:
        return (f"Refresh servers on {peer.cluster}: it does not know {needed.link.asked} yet",)
    return ()


def needed_link(desired: DesiredState, observed: ObservedState, link: TlsLink) -> NeededLink | None:
    """A link with what judging needs beside it; None when nothing of it was read."""
    return next((n for n in needed_links(desired, observed, [link.cluster]) if n.link == link), None)


def chains_for(desired: DesiredState, observed: ObservedState, link: TlsLink, when: When) -> tuple[Chain, ...]:
    """The chains that count for this link in that view: what its peer is served, or all that it could be."""
    needed = needed_link(desired, observed, link)
    if needed is None:
        return ()
    if when == "upgraded":
        return all_chains(needed)
    peer = observed.peer(link.peer)
    ciphers = ciphers_of(peer) if peer else Unknown(why="")
    chain = served_chain(needed, ciphers.value) if isinstance(ciphers, Known) else None
    return (chain,) if chain else ()


def store_of(observed: ObservedState, peer: str) -> TrustStore | None:
    """The trusted CA list of a peer as listed; None when it was not read."""
    reading = observed.peer(peer)
    return reading.trust.value if reading and isinstance(reading.trust, Known) else None


def served_chain(needed: NeededLink, ciphers: str | None) -> Chain | None:
    """What the origin served to the peer's own offer; None when nobody probed with it."""
    probes = needed.origin.probes.value if isinstance(needed.origin.probes, Known) else ()
    return next((p.chain for p in probes if p.kind == "as-client" and p.ciphers == (ciphers or "")), None)


def _verdict(needed: NeededLink, peer: PeerReading, store: TrustStore) -> Verdict:
    ciphers = ciphers_of(peer)
    suite = ciphers.value if isinstance(ciphers, Known) else None
    chain = served_chain(needed, suite)
    if not chain:
        return Undetermined(
            missing=(f"{needed.link.origin}:{needed.link.port} was not probed with {peer.host}'s ciphers",)
        )
    return decide(question(needed, peer, store, chain))


def _worst(needed: NeededLink, peer: PeerReading, store: TrustStore) -> Verdict:
    """Of all that it can serve: after an upgrade either may be served (RN1425, ECDSA preference by path)."""
    verdicts = [decide(question(needed, peer, store, chain)) for chain in all_chains(needed)]
    bad = [v for v in verdicts if not isinstance(v, Accepted)]
    nothing = Undetermined(missing=(f"{needed.link.origin}:{needed.link.port} served no certificate",))
    return bad[0] if bad else (verdicts[0] if verdicts else nothing)


def all_chains(needed: NeededLink) -> tuple[Chain, ...]:
    """Every chain that the origin showed to any probe, each once."""
    probes = needed.origin.probes.value if isinstance(needed.origin.probes, Known) else ()
    return tuple(dict.fromkeys(p.chain for p in probes if p.chain))


def question(needed: NeededLink, peer: PeerReading, store: TrustStore, chain: Chain) -> Question:
    """What is asked of the judge for one chain, by the peer's own clock and cipher string."""
    ciphers = ciphers_of(peer)
    return Question(
        chain=chain,
        trust=store,
        profile=ClientProfile(cipher_suite=ciphers.value if isinstance(ciphers, Known) else None),
        host=needed.link.asked,
        ip=needed.origin.address,
        at=minute_of(peer),
    )


def minute_of(peer: PeerReading) -> datetime:
    """The peer's own clock to the minute, so that peers share one computation."""
    clock = peer.clock.value if isinstance(peer.clock, Known) else peer.read_at
    return clock.replace(second=0, microsecond=0)
