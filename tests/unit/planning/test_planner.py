"""What the planner proposes, and what it refuses to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.actions import RefreshServers, RenameSystemServer, SetVerifyOriginServer, UploadCertificates
from remediate.errors import ForbiddenStep
from remediate.model.certificate import Provenance, TrustedCertificate
from remediate.model.inventory import Durations, SystemServerConsent
from remediate.model.reading import Known
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.planning.retire import retire_plan
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, OFF, PUB, SUB, WORDS, Scene, fqdn, vouch


def planned(scene: Scene) -> Plan:
    """The scene's plan."""
    return plan_for(scene.desired, scene.observed, AT, "test")


def untrusted(**changes: object) -> Scene:
    """Every origin signed by a CA that no peer lists."""
    other = forge.authority("Other Root")
    scene = Scene(
        root=other, trust={p: (forge.authority("Corp Root").certificate,) for p in Scene.peers}, plays=(LASTING,)
    )
    return scene.with_(**({"vouched": (vouch("other-root", other.certificate),)} | changes))


def by_address(**changes: object) -> Scene:
    """System > Server holds the publisher's IP, which its certificates lack."""
    return Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,)).with_(**changes)


def test_healthy() -> None:
    """A healthy fleet needs nothing."""
    plan = planned(Scene(plays=(LASTING,)))
    assert (plan.steps, plan.blocked, plan.findings) == ((), (), ())


def test_untrusted_ca_is_uploaded_to_each_peer() -> None:
    """Each peer that lacks the CA gets it, the configuration primary last, a restart being owed on each."""
    plan = planned(untrusted())
    assert [s.action.host for s in plan.steps] == ["exp-c-2", "exp-c-1"]
    assert all(isinstance(s.action, UploadCertificates) and s.action.names == ("other-root",) for s in plan.steps)
    assert [(o.kind, o.host) for o in plan.owed] == [("restart", "exp-c-2"), ("restart", "exp-c-1")]
    assert {c.state for c in plan.before} == {"fails"}
    assert {c.state for c in plan.after} == {"pending"}


def test_intermediate_and_root_go_together() -> None:
    """A missing intermediate is uploaded with the root that it needs, in one step per peer."""
    root = forge.authority("R")
    middle = forge.authority("M", root)
    chain = (forge.leaf(fqdn(PUB), middle, (fqdn(PUB),)).certificate,)
    scene = Scene(served={(PUB, 8443): chain}, plays=(LASTING,)).with_(
        vouched=(vouch("root", root.certificate), vouch("middle", middle.certificate))
    )
    steps = planned(scene).steps
    assert len(steps) == 2
    assert all(isinstance(s.action, UploadCertificates) and set(s.action.names) == {"root", "middle"} for s in steps)


def test_b057_self_signed_leaf() -> None:
    """A self-signed certificate that the operator vouches for is uploaded itself."""
    twin = forge.leaf(fqdn("cucm-EC"), None, (fqdn(PUB),)).certificate
    scene = Scene(served={(PUB, 6972): (twin,)}, plays=(LASTING,), vouched=(vouch("twin", twin, "left-in-place"),))
    assert [s.action.names for s in planned(scene).steps if isinstance(s.action, UploadCertificates)] == [("twin",)] * 2


def test_nobody_vouches() -> None:
    """Without a provenance nothing is uploaded; the line that unblocks leaves the fingerprint blank."""
    scene = untrusted(vouched=())
    plan = planned(scene)
    served = scene.observed.origins[0].probes.value[0].chain[0].sha256  # type: ignore[union-attr]
    assert plan.steps == ()
    assert {b.title.split(" to ")[0] for b in plan.blocked} == {"upload the CA certificates"}
    assert all('sha256: ""' in b.unblock and served not in b.unblock for b in plan.blocked)
    assert all(e.startswith("UNVERIFIED") for b in plan.blocked for e in b.evidence)


def test_typed_fingerprint_finds_the_captured_bytes() -> None:
    """A typed SHA-256 is enough when a capture holds a certificate that hashes to it."""
    twin = forge.leaf(fqdn(PUB), None, (fqdn(PUB),)).certificate
    typed = TrustedCertificate(
        name="typed",
        certificate=None,
        sha256=twin.sha256,
        provenance=Provenance(kind="fingerprint", source="read on the console"),
        accept=frozenset({"left-in-place"}),
    )
    scene = Scene(served={(PUB, 6972): (twin,)}, plays=(LASTING,), vouched=(typed,))
    assert len(planned(scene).steps) == 2


@pytest.mark.parametrize("words", [("left-in-place",), ("certificate-authority",)])
def test_b058_consent_is_needed_for_an_authority(words: tuple[str, ...]) -> None:
    """A CA needs both words; the blocked step says which line to write."""
    scene = untrusted()
    scene = scene.with_(vouched=(vouch("other-root", scene.root.certificate, *words),))
    plan = planned(scene)
    assert plan.steps == ()
    assert "accept: [certificate-authority, left-in-place]" in plan.blocked[0].unblock


def test_b055_same_name_blocks() -> None:
    """A second certificate with a listed one's name is blocked whatever its key identifiers (CSCwa12905)."""
    scene = untrusted()
    twin = forge.authority("Other Root").certificate
    plan = planned(scene.with_(trust=dict.fromkeys(scene.peers, (twin,))))
    assert plan.steps == ()
    assert "CSCwa12905" in plan.blocked[0].why
    assert "signed by a CA that the peer trusts (Other Root)" in plan.blocked[0].unblock


def test_minimal_chain_is_the_fewest_that_anchor() -> None:
    """`chain: minimal` uploads the root alone where the origin sends the intermediate itself."""
    root = forge.authority("R")
    middle = forge.authority("M", root)
    chain = (forge.leaf(fqdn(PUB), middle, (fqdn(PUB),)).certificate, middle.certificate)
    vouched = (vouch("root", root.certificate), vouch("middle", middle.certificate))
    for how, names in (("complete", {"root", "middle"}), ("minimal", {"root"})):
        play = LASTING.model_copy(update={"chain": how})
        plan = planned(Scene(served={(PUB, 8443): chain}, plays=(play,), vouched=vouched))
        assert [set(s.action.names) for s in plan.steps if isinstance(s.action, UploadCertificates)] == [names] * 2


def test_twin_is_judged_in_every_place() -> None:
    """Beside a blocked twin stands what each way by hand would do: its order in the list decides (CSCwa12905)."""
    old = forge.leaf("cucm", None, (fqdn(SUB),), identifiers=False).certificate
    new = forge.leaf("cucm", None, (fqdn(PUB),), identifiers=False).certificate
    scene = Scene(plays=(LASTING,), vouched=(vouch("new", new, "left-in-place"),))
    served = {(PUB, 6972): (new,), (SUB, 6972): (old,)}
    plan = planned(scene.with_(served=served, trust=dict.fromkeys(scene.peers, (scene.root.certificate, old))))
    lines = plan.blocked[0].unblock.splitlines()
    assert plan.steps == ()
    assert [line.rpartition(": ")[2] for line in lines[2:5]] == [
        f"breaks {SUB}:6972",
        f"breaks {SUB}:6972",
        "does not mend it",
    ]


def test_path_mended_and_name_still_wrong_is_no_remedy() -> None:
    """A CA is not uploaded when the name would then be refused and nothing mends that."""
    twin = forge.leaf("cucm-EC.example.test", None, ("elsewhere.example.test",)).certificate
    scene = Scene(served={(PUB, 6972): (twin,)}, plays=(LASTING,), vouched=(vouch("twin", twin, "left-in-place"),))
    plan = planned(scene)
    assert plan.steps == ()
    assert "already: have the certificate re-issued" in plan.blocked[0].why


def test_address_becomes_own_fqdn() -> None:
    """The entry is changed on the publisher, then Refresh servers by hand, and nothing is refused meanwhile."""
    plan = planned(by_address())
    rename, refresh = plan.steps
    assert isinstance(rename.action, RenameSystemServer)
    assert (rename.action.old, rename.action.new, rename.action.host) == (ADDRESS[PUB], fqdn(PUB), PUB)
    assert isinstance(refresh.action, RefreshServers)
    assert (refresh.by, refresh.action.zones) == ("hand", (f"CEtcp-{fqdn(PUB)}",))
    assert {c.state for c in plan.after} == {"good"}


def test_no_rename_unless_every_certificate_holds_the_fqdn() -> None:
    """One port with a certificate that lacks the FQDN forbids the change."""
    root = forge.authority("Corp Root")
    lacking = (forge.leaf("other.example.test", root, ("other.example.test",)).certificate,)
    scene = Scene(root=root, names={PUB: ADDRESS[PUB]}, served={(PUB, 6972): lacking}, plays=(LASTING,))
    plan = planned(scene)
    assert plan.steps == ()
    assert any("is not in every certificate" in b.why for b in plan.blocked)


@pytest.mark.parametrize(
    ("consent", "line"),
    [
        (SystemServerConsent(), "refresh_by"),
        (SystemServerConsent(accept=frozenset({"endpoints-learn-name"}), refresh_by="A"), "allow_list_rules: in-place"),
    ],
)
def test_no_rename_without_words(consent: SystemServerConsent, line: str) -> None:
    """If nobody can refresh now, nothing is renamed."""
    plan = planned(by_address(consent=consent))
    assert plan.steps == ()
    assert line in plan.blocked[0].unblock


def test_address_in_an_ip_entry_is_undetermined() -> None:
    """An IP that only an iPAddress entry holds is neither good nor a reason to rename."""
    root = forge.authority("Corp Root")
    both = (forge.leaf(fqdn(PUB), root, (fqdn(PUB), ADDRESS[PUB])).certificate,)
    scene = Scene(root=root, names={PUB: ADDRESS[PUB]}, served={(PUB, 8443): both, (PUB, 6972): both}, plays=(LASTING,))
    plan = planned(scene)
    assert {c.state for c in plan.before if c.link.origin == PUB} == {"undetermined"}
    assert plan.steps == ()


def test_unreadable_peer_stops_its_cluster() -> None:
    """One peer unknown: nothing is planned for the cluster, and the reason names the peer."""
    plan = planned(untrusted(unreadable=("exp-c-2",)))
    assert plan.steps == ()
    assert [(b.subject, b.unknown) for b in plan.blocked] == [("exp-c-2", True)]


def test_workaround_goes_to_the_primary_and_waits_for_the_rest() -> None:
    """Off is written on the configuration primary; another peer only if it has not followed."""
    first, second = planned(Scene(plays=(OFF,))).steps
    assert isinstance(first.action, SetVerifyOriginServer)
    assert (first.action.host, first.unless) == ("exp-c-1", None)
    assert second.action.host == "exp-c-2"
    assert second.unless is not None
    assert second.wait == 90


@pytest.mark.parametrize(("days", "words"), [(0, "has ended already"), (31, "31 days; 30 at most")])
def test_workaround_ends_in_time(days: int, words: str) -> None:
    """Off is not planned on words that are over, or that last too long (I20)."""
    workaround = WORDS.model_copy(update={"expires": AT + timedelta(days=days)})
    plan = planned(Scene(plays=(OFF.model_copy(update={"workaround": workaround}),)))
    assert (plan.steps, plan.workarounds) == ((), ())
    assert words in plan.blocked[0].why


def test_workaround_needs_x14_2() -> None:
    """A release without the setting gets no step."""
    plan = planned(Scene(plays=(OFF,), version="X14.0.7"))
    assert plan.steps == ()
    assert "X14.2" in plan.blocked[0].why


def test_workaround_is_never_chosen() -> None:
    """Where nothing mends a connection the workaround is still only named, with the reason why not."""
    plan = planned(untrusted(vouched=()))
    assert not any(isinstance(s.action, SetVerifyOriginServer) for s in plan.steps)
    assert all("never chosen" in dict(c.rejected)["workaround"] for c in plan.choices)


def test_retire_is_refused_while_a_connection_would_fail() -> None:
    """Going secure names each connection that would not be good."""
    scene = untrusted(verify={"exp-c-1": "Off", "exp-c-2": "Off"})
    with pytest.raises(ForbiddenStep, match="exp-c-1 → cucm-pub:8443"):
        retire_plan(scene.desired, scene.observed, AT, "test", ["exp-c"])


def test_retire_when_good() -> None:
    """On is planned on every peer that is Off once all connections would be accepted."""
    scene = Scene(verify={"exp-c-1": "Off", "exp-c-2": "Off"})
    plan = retire_plan(scene.desired, scene.observed, AT, "test", ["exp-c"])
    assert [s.action.host for s in plan.steps] == ["exp-c-1", "exp-c-2"]
    assert (plan.purpose, plan.closes) == ("retire", ("exp-c",))


def test_subscriber_impact() -> None:
    """A failing subscriber costs failover, a failing publisher the login."""
    impacts = {c.link.origin: c.impact for c in planned(untrusted()).before}
    assert (impacts[PUB], impacts[SUB]) == ("login fails", "failover lost")


def test_hands_are_given_time() -> None:
    """An upload by hand may take as long as Refresh servers does, however short this cluster's restarts are."""
    scene = untrusted()
    inventory, observed = scene.desired.inventory, scene.observed
    durations = Durations(restart_deadline=30, refresh_deadline=300)
    clusters = tuple(cluster.model_copy(update={"durations": durations}) for cluster in inventory.clusters)
    quick = inventory.model_copy(update={"clusters": clusters})
    peers = tuple(p.model_copy(update={"upload_by_api": Known(value=False)}) for p in observed.peers)
    desired = scene.desired.model_copy(update={"inventory": quick})
    device = max(durations.replication_interval, durations.command_timeout)
    assert {(s.by, s.deadline) for s in plan_for(desired, observed, AT, "test").steps} == {("tool", device)}
    by_hand = plan_for(desired, observed.model_copy(update={"peers": peers}), AT, "test")
    assert {(s.by, s.deadline) for s in by_hand.steps} == {("hand", 300)}
