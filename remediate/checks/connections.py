"""The matrix peers × origins × ports: what the traffic server's verdict means for a connection.

`tls.decide` answers as the traffic server does; what is owed, unread or only seen from elsewhere makes
a connection state of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Literal, NamedTuple

from remediate.checks.links import NeededLink, all_chains, all_shown, needed_again, needed_link, needed_links
from remediate.checks.questions import Client, ciphers_of, client_of, decided, question
from remediate.model.certificate import Chain, TrustStore
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, State, TlsLink
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, Rejected, Undetermined, Verdict
from remediate.tls.describe import describe
from remediate.tls.enforcement import enforces

When = Literal["now", "listed", "enforced", "off", "upgraded"]
"""`now`: with what is loaded. `listed`: as if every restart owed were done. `enforced` and `off`: now, as if
VerifyOriginServer were On, or Off. `upgraded`: as after an upgrade to X14.2, whichever of its certificates an
origin then serves."""

ZONE = "cetcp-"


def connections_for(
    desired: DesiredState, observed: ObservedState, when: When = "now", clusters: Iterable[str] | None = None
) -> tuple[Connection, ...]:
    """Every connection of the named Expressway-C clusters (all by default), in inventory order."""
    judge = _Judge(observed, when)
    return tuple(judge.connection(needed) for needed in needed_links(desired, observed, clusters))


def connection_again(
    desired: DesiredState, observed: ObservedState, link: TlsLink, when: When = "now"
) -> Connection | None:
    """One connection as it stands here, whatever name is then asked for; None when it is gone."""
    needed = needed_again(desired, observed, link)
    return None if needed is None else _Judge(observed, when).connection(needed)


class _Peer(NamedTuple):
    """What all connections of one peer rest on."""

    client: Client
    checked: bool
    listed: TrustStore
    loaded: TrustStore
    zones: frozenset[str]


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


def unknowns(needed: NeededLink, peer: PeerReading | None) -> tuple[str, ...]:
    """What a verdict cannot do without."""
    if peer is None:
        return (f"{needed.link.peer} was not read",)
    return _with_origin(_unknown_of(peer), needed)


def _unknown_of(peer: PeerReading) -> tuple[str, ...]:
    return _unknown(
        ("release", peer.product),
        ("trusted CA list", peer.trust),
        ("VerifyOriginServer", verification(peer)),
        ("cipher string", ciphers_of(peer)),
    )


def _with_origin(of_peer: tuple[str, ...], needed: NeededLink) -> tuple[str, ...]:
    of_origin = _unknown((f"certificates of {needed.link.origin}", needed.origin.probes))
    return tuple(dict.fromkeys([*of_peer, *of_origin, *filter(None, [needed.unknown_name])]))


def _unknown(*readings: tuple[str, object]) -> tuple[str, ...]:
    return tuple(f"{what}: {reading.why}" for what, reading in readings if isinstance(reading, Unknown))


class _Judge:
    """Judges connections of one state in one view; what the connections of a peer share is looked up once."""

    def __init__(self, observed: ObservedState, when: When) -> None:
        self._observed, self._when = observed, when
        self._peers: dict[str, _Peer | tuple[str, ...]] = {}

    def connection(self, needed: NeededLink) -> Connection:
        """One of them."""
        host = needed.link.peer
        peer = self._peers.get(host) or self._peers.setdefault(host, self._peer(host))
        missing = _with_origin((), needed) if isinstance(peer, _Peer) else _with_origin(peer, needed)
        return _undetermined(needed, missing) if missing or not isinstance(peer, _Peer) else self._judged(needed, peer)

    def _peer(self, host: str) -> _Peer | tuple[str, ...]:
        """Or what of it is not known."""
        reading = self._observed.peer(host)
        if reading is None:
            return (f"{host} was not read",)
        missing = _unknown_of(reading)
        if missing or not isinstance(reading.trust, Known):
            return missing
        listed = reading.trust.value
        checked = self._checked(reading)
        lists_count = self._when in ("listed", "upgraded")
        now = listed if lists_count else loaded(reading, listed, self._observed.outstanding)
        return _Peer(client_of(reading), checked, listed, now, _names_in_zones(reading))

    def _checked(self, reading: PeerReading) -> bool:
        given = {"enforced": True, "upgraded": True, "off": False}
        return given.get(self._when, verification(reading) == Known(value=True))

    def _judged(self, needed: NeededLink, peer: _Peer) -> Connection:
        if self._when == "upgraded":
            return _state(needed, _worst(needed, peer), checked=True, pending=())
        verdict = _verdict(needed, peer.client, peer.listed)
        pending = _refresh_owed(needed, peer.zones)
        if peer.checked and peer.loaded is not peer.listed:
            current = _verdict(needed, peer.client, peer.loaded)
            if isinstance(verdict, Accepted) and not isinstance(current, Accepted):
                owed = f"restart {needed.link.peer}: its trusted CA list is newer than its last start"
                waiting = _state(needed, verdict, peer.checked, (owed, *pending))
                return waiting.model_copy(update={"refused_until_restart": True})
            verdict = current
        return _state(needed, verdict, peer.checked, pending)


def _undetermined(needed: NeededLink, missing: tuple[str, ...]) -> Connection:
    return Connection(
        link=needed.link,
        state="undetermined",
        verdict=Undetermined(missing=missing),
        impact=needed.impact,
        missing=missing,
    )


def _state(needed: NeededLink, verdict: Verdict, checked: bool, pending: tuple[str, ...]) -> Connection:
    return Connection(
        link=needed.link,
        state=_name(needed, verdict, checked, pending),
        verdict=verdict,
        impact=needed.impact,
        pending=pending,
        missing=verdict.missing if isinstance(verdict, Undetermined) else (),
    )


def _name(needed: NeededLink, verdict: Verdict, checked: bool, pending: tuple[str, ...]) -> State:
    if isinstance(verdict, Rejected) and (checked or _whatever_the_policy(verdict)):
        return "undetermined" if _address_only(needed, verdict) else "fails"
    if checked and isinstance(verdict, Undetermined):
        return "undetermined"
    if pending:
        return "pending"
    return "good" if checked else "good-unverified"


def _whatever_the_policy(verdict: Rejected) -> bool:
    """A trust file that cannot be loaded, or a handshake that cannot be made, ends it even with the check Off."""
    return any(r.kind in ("trust_file", "tls") for r in verdict.reasons)


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


def _names_in_zones(peer: PeerReading) -> frozenset[str]:
    zones = (z.casefold() for z in peer.zones.value) if isinstance(peer.zones, Known) else ()
    return frozenset(z.removeprefix(ZONE) for z in zones if z.startswith(ZONE))


def _refresh_owed(needed: NeededLink, known: frozenset[str]) -> tuple[str, ...]:
    """Expressway-C proxies a CUCM name only after *Refresh servers*; its CE zones show which it knows."""
    if needed.has_zone and known and needed.link.asked.casefold() not in known:
        return (f"Refresh servers on {needed.link.cluster}: it does not know {needed.link.asked} yet",)
    return ()


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


def _verdict(needed: NeededLink, client: Client, store: TrustStore) -> Verdict:
    chain = served_chain(needed, client.profile.cipher_suite)
    if not chain:
        link = needed.link
        return Undetermined(missing=(f"{link.origin}:{link.port} was not probed with {link.peer}'s ciphers",))
    return decided(question(needed, client, store, chain), client.others)


def _worst(needed: NeededLink, peer: _Peer) -> Verdict:
    """Of all that it can serve: after an upgrade either may be served (RN1425, ECDSA preference by path)."""
    asked = (question(needed, peer.client, peer.listed, chain) for chain in all_chains(needed))
    verdicts = [decided(each, peer.client.others) for each in asked]
    bad = [v for v in verdicts if not isinstance(v, Accepted)]
    if verdicts and not bad and not all_shown(needed):
        return Undetermined(
            missing=(f"{needed.link.origin}:{needed.link.port} was not asked for its other certificate",)
        )
    nothing = Undetermined(missing=(f"{needed.link.origin}:{needed.link.port} served no certificate",))
    return bad[0] if bad else (verdicts[0] if verdicts else nothing)
