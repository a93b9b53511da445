"""Each check: a scene that triggers it, and that a healthy one does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from remediate.checks import ALL, connections_for, findings_for
from remediate.model.certificate import EncodedCertificate
from remediate.model.desired import Play
from remediate.model.finding import Finding, Severity
from remediate.model.observed import NodeCertificates, ObservedState, OriginReading
from remediate.model.outstanding import Lease, Obligation, Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted
from remediate.tls.describe import FACTORY
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, OFF, PUB, SUB, Scene, fqdn, vouch
from tests.support.wrong import Wanted, common_name, dns, made

ROOT = forge.authority("Corp Root")
OTHER = forge.authority("Other Root")
BOTH = ("exp-c-1", "exp-c-2")
OLD = (AT - timedelta(days=400), AT - timedelta(days=7))
ENDING = (AT - timedelta(days=400), AT + timedelta(days=59))
ENDS_SOON = forge.leaf(fqdn(PUB), ROOT, (fqdn(PUB),), dates=ENDING).certificate
EXPIRED = forge.leaf(fqdn(PUB), ROOT, (fqdn(PUB),), dates=OLD).certificate
TWIN = forge.leaf(fqdn(PUB), None, (fqdn(PUB),), identifiers=False).certificate
OTHER_TWIN = forge.leaf(fqdn(PUB), None, (fqdn(PUB),), identifiers=False).certificate
WITH_ADDRESS = forge.leaf(fqdn(PUB), ROOT, (fqdn(PUB), ADDRESS[PUB])).certificate
NO_CA = forge.leaf("No CA", ROOT)
UNDER_NO_CA = forge.leaf(fqdn(PUB), NO_CA, (fqdn(PUB),)).certificate
READY = Play(name="ready", clusters=("exp-c",), origins="verified", upgrade_ready=True)
WANTS_OTHER = LASTING.model_copy(update={"trusted_certificates": ("other",)})
OFF_EVERYWHERE = dict.fromkeys(BOTH, "Off")


def lease(days: int) -> Outstanding:
    """A temporary workaround that ends in so many days."""
    held = Lease(
        cluster="exp-c",
        owner="A. Person",
        ticket="CHG1",
        reason="why",
        opened_at=AT - timedelta(days=1),
        expires=AT + timedelta(days=days),
        run="r1",
    )
    return Outstanding(leases=(held,))


def owed(sha256: str) -> Outstanding:
    """A restart that exp-c-1 owes for a certificate."""
    obligation = Obligation(
        id="o1", kind="restart", cluster="exp-c", host="exp-c-1", since=AT, run="r1", certificates=(sha256,)
    )
    return Outstanding(obligations=(obligation,))


HEALTHY = Scene(root=ROOT)
TRIGGERS: dict[str, Scene] = {
    "trusted-ca-list-damaged": HEALTHY.with_(trust={"exp-c-1": (), "exp-c-2": (ROOT.certificate,)}),
    "peer-unreachable": HEALTHY.with_(unreadable=("exp-c-2",)),
    "origin-not-trusted": HEALTHY.with_(trust=dict.fromkeys(BOTH, (OTHER.certificate,))),
    "origin-certificate-date": HEALTHY.with_(served={(PUB, 8443): (EXPIRED,)}),
    "origin-certificate-unusable": HEALTHY.with_(served={(PUB, 8443): (UNDER_NO_CA, NO_CA.certificate)}),
    "origin-name-mismatch": HEALTHY.with_(names={PUB: ADDRESS[PUB]}),
    "origin-undetermined": HEALTHY.with_(names={PUB: ADDRESS[PUB]}, served={(PUB, 8443): (WITH_ADDRESS,)}),
    "verification-off": HEALTHY.with_(verify=OFF_EVERYWHERE),
    "verification-differs": HEALTHY.with_(verify={"exp-c-1": "Off"}),
    "verification-not-as-declared": HEALTHY.with_(plays=(OFF,)),
    "trusted-certificate-missing": HEALTHY.with_(plays=(WANTS_OTHER,), vouched=(vouch("other", OTHER.certificate),)),
    "trusted-ca-lists-differ": HEALTHY.with_(trust={"exp-c-1": (ROOT.certificate, OTHER.certificate)}),
    "same-name-certificates": HEALTHY.with_(trust=dict.fromkeys(BOTH, (ROOT.certificate, TWIN, OTHER_TWIN))),
    "certificate-expires-soon": HEALTHY.with_(served={(PUB, 8443): (ENDS_SOON,)}),
    "not-ready-for-upgrade": HEALTHY.with_(plays=(READY,), version="X14.0.7", served={(SUB, 6972): (TWIN,)}),
    "pending-action": HEALTHY.with_(outstanding=owed(ROOT.certificate.sha256)),
    "workaround-ended-elsewhere": HEALTHY.with_(outstanding=lease(3)),
}


def found(scene: Scene, identity: str) -> tuple[Finding, ...]:
    """Findings of one check."""
    return tuple(f for f in findings_for(scene.desired, scene.observed) if f.id == identity)


@pytest.mark.parametrize("identity", sorted(TRIGGERS))
def test_triggered(identity: str) -> None:
    """The scene made for it triggers the check; a healthy one does not."""
    assert found(TRIGGERS[identity], identity)
    assert not found(HEALTHY, identity)


def test_every_check_has_a_scene() -> None:
    """A check without a scene that triggers it is one nobody tried."""
    assert {check.id for check in ALL} - set(TRIGGERS) == {
        "system-server-unread",
        "client-certificate-refused",
        "self-signed-twins",
        "tls-verify-mode-is-not-enough",  # tests/unit/checks/test_uc_servers.py
        "uc-node-not-in-inventory",  # tests/unit/checks/test_membership.py
    }
    assert found_in(unread(HEALTHY.observed), "system-server-unread")
    held = Known[tuple[tuple[str, EncodedCertificate], ...]](value=(("tomcat", TWIN), ("CallManager", OTHER_TWIN)))
    node = NodeCertificates(cluster="cucm", host=PUB, identities=held, trusts=Known(value=()))
    assert found_in(HEALTHY.observed.model_copy(update={"certificates": (node,)}), "self-signed-twins")


def unread(observed: ObservedState) -> ObservedState:
    """The same, with System > Server not read."""
    uc = tuple(u.model_copy(update={"process_nodes": Unknown(why="timed out")}) for u in observed.uc)
    return observed.model_copy(update={"uc": uc})


def found_in(observed: ObservedState, identity: str) -> tuple[Finding, ...]:
    """Findings of one check on these readings."""
    return tuple(f for f in findings_for(HEALTHY.desired, observed) if f.id == identity)


def test_damaged_list_ends_everything() -> None:
    """Off mends no list that cannot be loaded, and the finding needs no connection to be read."""
    scene = HEALTHY.with_(trust={"exp-c-1": (), "exp-c-2": (ROOT.certificate,)}, verify=OFF_EVERYWHERE)
    for view in ("now", "off"):
        states = {(c.link.peer, c.state) for c in connections_for(scene.desired, scene.observed, view)}
        assert states == {("exp-c-1", "fails"), ("exp-c-2", "good-unverified")}
    (finding,) = found_in(scene.observed.model_copy(update={"origins": ()}), "trusted-ca-list-damaged")
    assert (finding.subject, finding.severity) == ("exp-c-1", Severity.CRITICAL)


def test_view_with_the_workaround() -> None:
    """As if VerifyOriginServer were Off: nothing is checked, and nothing is called good."""
    scene = HEALTHY.with_(trust=dict.fromkeys(BOTH, (OTHER.certificate,)))
    assert {c.state for c in connections_for(scene.desired, scene.observed)} == {"fails"}
    assert {c.state for c in connections_for(scene.desired, scene.observed, "off")} == {"good-unverified"}


def test_names_unknown_is_undetermined() -> None:
    """Where System > Server was not read nobody knows what is asked for: no connection is called good."""
    states = {c.state for c in connections_for(HEALTHY.desired, unread(HEALTHY.observed))}
    assert states == {"undetermined"}


def test_off_shows_what_it_hides() -> None:
    """With the check Off a refused certificate is a warning, and says what comes once it is On."""
    scene = TRIGGERS["origin-not-trusted"].with_(verify=OFF_EVERYWHERE)
    findings = found(scene, "origin-not-trusted")
    assert {f.severity for f in findings} == {Severity.WARNING}
    assert all("once verification is On" in f.summary for f in findings)
    assert {c.state for c in connections_for(scene.desired, scene.observed)} == {"good-unverified"}
    assert {c.state for c in connections_for(scene.desired, scene.observed, "enforced")} == {"fails"}


@pytest.mark.parametrize(
    ("outstanding", "severity", "words"),
    [
        (Outstanding(), Severity.ERROR, "nobody owns it"),
        (lease(3), Severity.WARNING, "temporary workaround until 2026-11-27"),
        (lease(-1), Severity.ERROR, "EXPIRED"),
    ],
)
def test_whose_off_it_is(outstanding: Outstanding, severity: Severity, words: str) -> None:
    """An owned workaround is a warning until its end; afterwards, and without an owner, an error."""
    (finding,) = found(HEALTHY.with_(verify=OFF_EVERYWHERE, outstanding=outstanding), "verification-off")
    assert (finding.severity, words in finding.summary) == (severity, True)
    assert finding.summary.endswith("every connection would be accepted now: remediate workaround retire")


@pytest.mark.parametrize(
    "changes",
    [{"trust": {"exp-c-1": (), "exp-c-2": (ROOT.certificate,)}}, {"outstanding": owed(ROOT.certificate.sha256)}],
    ids=["one peer refuses", "one peer has to restart"],
)
def test_end_is_not_proposed(changes: dict[str, Any]) -> None:
    """As long as one connection of one peer would be refused, nobody is told to go secure."""
    (finding,) = found(HEALTHY.with_(verify=OFF_EVERYWHERE, **changes), "verification-off")
    assert "retire" not in finding.summary


def test_listed_is_not_loaded() -> None:
    """A certificate added since the last start does not count now, and does once the restart is done."""
    scene = HEALTHY.with_(outstanding=owed(ROOT.certificate.sha256))
    now = {c.link.peer: c for c in connections_for(scene.desired, scene.observed)}
    assert (now["exp-c-1"].state, now["exp-c-2"].state) == ("pending", "good")
    assert now["exp-c-1"].refused_until_restart
    assert {c.state for c in connections_for(scene.desired, scene.observed, "listed")} == {"good"}


def test_refresh_owed() -> None:
    """A name that no zone knows yet is pending, not good."""
    scene = HEALTHY.with_(zones=(f"CEtcp-{ADDRESS[PUB]}", f"CEtcp-{fqdn(SUB)}"))
    states = {c.link.origin: (c.state, c.refused_until_restart) for c in connections_for(scene.desired, scene.observed)}
    assert states == {PUB: ("pending", False), SUB: ("good", False)}


def test_factory_roots_differ_by_nature() -> None:
    """Each Expressway's own factory root is no difference between peers."""
    mine = {p: (ROOT.certificate, forge.authority(f"{FACTORY}{p}").certificate) for p in BOTH}
    assert not found(HEALTHY.with_(trust=mine), "trusted-ca-lists-differ")


def test_both_certificates_count_for_an_upgrade() -> None:
    """Good today and at risk after the upgrade, with the certificates named and the documented advice."""
    key = forge.rsa_key()
    good = (forge.leaf(fqdn(PUB), ROOT, (fqdn(PUB),), key=key).certificate,)
    scene = HEALTHY.with_(plays=(READY,), served={(PUB, 8443): good})
    observed = scene.observed
    origins = tuple(_with_twin(o) if (o.host, o.port) == (PUB, 8443) else o for o in observed.origins)
    observed = observed.model_copy(update={"origins": origins})
    assert {c.state for c in connections_for(scene.desired, observed)} == {"good"}
    (first, *_) = (f for f in findings_for(scene.desired, observed) if f.id == "not-ready-for-upgrade")
    assert first.evidence[0] == f"RSA 2048 {fqdn(PUB)}: passes"
    assert first.evidence[1] == f"EC secp256r1 {fqdn(PUB)}: is refused"
    assert first.evidence[2].startswith("advice: ECDHE-RSA-AES256-GCM-SHA384:")
    assert first.evidence[3:] == (
        f"after an upgrade from X14.0 or later, RSA 2048 {fqdn(PUB)} would be served: it passes",
        f"after an upgrade from before X14.0, EC secp256r1 {fqdn(PUB)} would be served: it is refused",
        f"after a fresh install, EC secp256r1 {fqdn(PUB)} would be served: it is refused",
    )


def _with_twin(origin: object) -> object:
    probes = origin.probes  # type: ignore[attr-defined]
    assert isinstance(probes, Known)
    twin = probes.value[1].model_copy(update={"kind": "ecdsa", "chain": (TWIN,)})
    return origin.model_copy(update={"probes": Known(value=(*probes.value, twin))})  # type: ignore[attr-defined]


def test_self_signed_certificate_is_renewed_with_care() -> None:
    """One finding for all connections that a certificate carries; a self-signed one says what its renewal needs."""
    twin = forge.leaf(fqdn(PUB), None, (fqdn(PUB),), dates=ENDING).certificate
    scene = HEALTHY.with_(served={(PUB, 6972): (twin,)}, trust=dict.fromkeys(BOTH, (ROOT.certificate, twin)))
    (one,) = found(scene, "certificate-expires-soon")
    assert "carries 2 connections" in one.summary
    assert "successor must be in every peer's trusted CA list" in one.summary


def test_healthy() -> None:
    """A healthy fleet has no finding, and every verdict is an acceptance."""
    assert findings_for(HEALTHY.desired, HEALTHY.observed) == ()
    assert all(isinstance(c.verdict, Accepted) for c in connections_for(HEALTHY.desired, HEALTHY.observed))


def other_direction(*, asks: bool, stores: dict[str, tuple[forge.Issued, ...]] | None) -> ObservedState:
    """Peers with certificates of ROOT before a CUCM whose 6972 asks for them, or not; None: stores not read."""
    observed = HEALTHY.observed
    peers = (
        p.model_copy(update={"client_chain": Known(value=(forge.peer(fqdn(p.host), ROOT).certificate,))})
        for p in observed.peers
    )
    origins = (_asking(o) if asks and o.port == 6972 else o for o in observed.origins)
    held = () if stores is None else tuple((n, tuple(i.certificate for i in issued)) for n, issued in stores.items())
    trusts = Unknown(why="HTTP 404") if stores is None else Known(value=held)
    certificates = (NodeCertificates(cluster="cucm", host=PUB, identities=Unknown(why="not asked"), trusts=trusts),)
    changes = {"peers": tuple(peers), "origins": tuple(origins), "certificates": certificates}
    return observed.model_copy(update=changes)


def _asking(origin: OriginReading) -> OriginReading:
    assert isinstance(origin.probes, Known)
    probes = tuple(p.model_copy(update={"asks_client_certificate": True}) for p in origin.probes.value)
    return origin.model_copy(update={"probes": Known(value=probes)})


@pytest.mark.parametrize(
    ("asks", "stores", "expected"),
    [
        (True, {"tomcat-trust": (ROOT,), "CallManager-trust": ()}, ("error", "CallManager-trust", "is refused")),
        (False, {"tomcat-trust": (ROOT,), "CallManager-trust": ()}, ("note", "CallManager-trust", "would be refused")),
        (True, {"tomcat-trust": (OTHER,), "CallManager-trust": (ROOT,)}, ("note", "tomcat-trust", "would be refused")),
        (True, None, ("note", "CallManager-trust", "not known")),
        (True, {"tomcat-trust": (ROOT,), "CallManager-trust": (ROOT,)}, None),
        (False, None, None),
    ],
)
def test_other_direction(
    asks: bool,
    stores: dict[str, tuple[forge.Issued, ...]] | None,
    expected: tuple[str, str, str] | None,
) -> None:
    """A UC server's stores judge the peers' own certificates: an error where a port asks, a note where none does."""
    observed = other_direction(asks=asks, stores=stores)
    said = {(f.severity.value, f.subject, f.summary) for f in found_in(observed, "client-certificate-refused")}
    if expected is None:
        assert not said
        return
    severity, store, words = expected
    assert {subject for _, subject, _ in said} == {f"{peer} before {store} of cucm" for peer in BOTH}
    assert all(level == severity and words in summary for level, _, summary in said)
    assert {c.state for c in connections_for(HEALTHY.desired, observed)} == {"good"}


def test_other_direction_begins_with_x14_0_2() -> None:
    """Before X14.0.2 the traffic server presents no certificate, so nothing is said of it."""
    observed = other_direction(asks=True, stores={"CallManager-trust": ()})
    old = HEALTHY.with_(version="X12.7").observed.peers
    products = {p.host: p.product for p in old}
    peers = tuple(p.model_copy(update={"product": products[p.host]}) for p in observed.peers)
    assert not found_in(observed.model_copy(update={"peers": peers}), "client-certificate-refused")


@pytest.mark.parametrize(("version", "state"), [("X14.2.5", "good"), ("X15.0.2", "undetermined")])
def test_signature_that_only_one_openssl_takes(version: str, state: str) -> None:
    """SHA-1 passes with OpenSSL 1.1.1 and not with 3, and nobody knows which one X15 runs: not called safe there."""
    root = made(Wanted(subject=common_name("Old Root"), issuer=common_name("Old Root"), ca=True))
    names = dns(fqdn(PUB))
    leaf = made(
        Wanted(subject=common_name(fqdn(PUB)), issuer=common_name("Old Root"), names=names, digest="sha1", key="ec-1")
    )
    trust = dict.fromkeys(BOTH, (ROOT.certificate, root))
    scene = HEALTHY.with_(version=version, served={(PUB, 8443): (leaf,)}, trust=trust)
    (mine, *_) = (c for c in connections_for(scene.desired, scene.observed) if c.link.port == 8443)
    assert mine.state == state
    assert not mine.missing or "which OpenSSL this release runs" in mine.missing[0]
    others = {c.state for c in connections_for(scene.desired, scene.observed) if c.link.port == 6972}
    assert others == {"good"}
