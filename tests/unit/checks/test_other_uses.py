"""What else a trusted CA list serves, before and after certificates join it."""

from __future__ import annotations

from remediate.checks.other_uses import lost, other_uses
from remediate.model.certificate import Chain
from remediate.model.inventory import Cluster, Host, Role
from remediate.model.observed import NodeCertificates, ObservedState, PeerReading
from remediate.model.other_use import OtherUse
from remediate.model.reading import Known, Unknown
from remediate.planning.planner import plan_for
from remediate.report.as_text.other_uses import other_use_lines
from remediate.report.as_text.plan import plan as plan_text
from tests.support import forge
from tests.support.scenes import AT, LASTING, PUB, SUB, Scene, fqdn, vouch

ROOT, OTHER = forge.authority("Corp Root"), forge.authority("Other Root")
MIDDLE = forge.authority("Issuing CA", ROOT, identifiers=False)
SHADOW = forge.authority("Issuing CA", OTHER, identifiers=False)
"""Named like one that SIP servers send along, so that OpenSSL takes it first once it is listed."""
SCENE = Scene(root=ROOT, plays=(LASTING.model_copy(update={"trusted_certificates": ("shadow",)}),)).with_(
    vouched=(vouch("shadow", SHADOW.certificate),)
)


def told(observed: ObservedState, **identities: Chain) -> ObservedState:
    """As told by the publisher: its CallManager certificate, and the issuers that it holds."""
    own, *issuers = identities["CallManager"]
    node = NodeCertificates(
        cluster="cucm",
        host=PUB,
        identities=Known(value=(("CallManager", own),)),
        trusts=Known(value=(("CallManager-trust", tuple(issuers)),)),
    )
    return observed.model_copy(update={"certificates": (node,)})


def presenting(observed: ObservedState, **chains: Chain) -> ObservedState:
    """With the peers' own certificates read."""

    def one(peer: PeerReading) -> PeerReading:
        chain = chains.get(peer.host.replace("-", "_"))
        return peer.model_copy(update={"client_chain": Known(value=chain)}) if chain else peer

    return observed.model_copy(update={"peers": tuple(map(one, observed.peers))})


def sip(root: forge.Issued = ROOT) -> ObservedState:
    """The scene with a CallManager certificate below an issuer that the list lacks."""
    leaf = forge.leaf(fqdn(PUB), MIDDLE, (fqdn(PUB),), identifiers=False).certificate
    return told(SCENE.with_(root=root).observed, CallManager=(leaf, MIDDLE.certificate, ROOT.certificate))


def by_service(uses: tuple[OtherUse, ...]) -> dict[str, list[tuple[str, str]]]:
    """Service → standing before and after, one per line."""
    found: dict[str, list[tuple[str, str]]] = {}
    for use in uses:
        found.setdefault(use.service, []).append((use.before, use.after))
    return found


def test_what_is_not_read_is_undetermined_and_says_why() -> None:
    """Nothing was read but the peers: no service is called trusted, and each says what is missing."""
    observed = SCENE.observed
    uses = other_uses(SCENE.inventory, observed, observed, ("exp-c-1",))
    assert {use.service for use in uses} == {
        "SIP TLS", "cluster TLS", "traversal zone", "LDAP over TLS", "certificate login of administrators"
    }  # fmt: skip
    assert all((use.before, use.after) == ("undetermined", "undetermined") and use.missing for use in uses)


def test_sip_servers_are_judged_with_the_issuers_that_they_hold() -> None:
    """A CallManager certificate below an issuer that only the UC node holds is trusted by the root; the node that was
    not asked stays undetermined."""
    uses = other_uses(SCENE.inventory, sip(), sip(), ("exp-c-1", "exp-c-2"))
    found = [use for use in uses if use.service == "SIP TLS"]
    assert [(use.servers, use.peers, use.after) for use in found] == [
        ((PUB,), ("exp-c-1", "exp-c-2"), "trusted"),
        ((SUB,), ("exp-c-1", "exp-c-2"), "undetermined"),
    ]


def test_a_new_entry_that_shadows_blocks_its_upload() -> None:
    """The connections of MRA stand all the same, so only the other users of the list can tell."""
    plan = plan_for(SCENE.desired, sip(), AT, "test")
    assert plan.steps == ()
    assert [(b.why, b.evidence) for b in plan.blocked] == [
        ("SIP TLS reads the same list and would break", (f"SIP TLS with {PUB}: not trusted",))
    ]
    assert plan_for(SCENE.desired, SCENE.observed, AT, "test").steps != (), "nothing else stands against it"


def test_an_upload_that_helps_says_so() -> None:
    """Cluster TLS that a list did not anchor is anchored afterwards; the plan says it on one line."""
    scene = SCENE.with_(vouched=(vouch("shadow", OTHER.certificate),))
    own = (forge.leaf(fqdn("exp-c-2"), OTHER, (fqdn("exp-c-2"),)).certificate,)
    other = (forge.leaf(fqdn("exp-c-1"), ROOT, (fqdn("exp-c-1"),)).certificate,)
    plan = plan_for(scene.desired, presenting(scene.observed, exp_c_1=other, exp_c_2=own), AT, "test")
    assert by_service(plan.other_uses)["cluster TLS"] == [("not trusted", "trusted"), ("trusted", "trusted")]
    text = plan_text(plan)
    assert "cluster TLS (exp-c-1): trusted before and after" in text
    assert "cluster TLS (exp-c-2): not trusted before, trusted after" in text


def test_traversal_zone_needs_one_edge() -> None:
    """With one Expressway-E cluster it is judged by what that presents; with two nobody says which it meets."""
    edge = Host(name="exp-e-1", address="10.0.0.9", fqdn=fqdn("exp-e-1"), role=Role.EXPRESSWAY_E, cluster="exp-e")
    one = Cluster(name="exp-e", role="expressway-e", hosts=(edge,), primary="exp-e-1")
    chain = (forge.leaf(fqdn("exp-e-1"), ROOT, (fqdn("exp-e-1"),)).certificate,)
    observed = SCENE.observed
    reading = observed.peers[0].model_copy(update={"cluster": "exp-e", "host": "exp-e-1"})
    seen = presenting(observed.model_copy(update={"peers": (*observed.peers, reading)}), exp_e_1=chain)
    for edges, standing in (((one,), "trusted"), ((one, one.model_copy(update={"name": "other"})), "undetermined")):
        inventory = SCENE.inventory.model_copy(update={"clusters": (*SCENE.inventory.clusters, *edges)})
        uses = other_uses(inventory, seen, seen, ("exp-c-1",))
        assert by_service(uses)["traversal zone"] == [(standing, standing)]


def test_a_list_that_was_not_read() -> None:
    """Nothing is said of a list that nobody read."""
    peers = tuple(p.model_copy(update={"trust": Unknown(why="refused")}) for p in sip().peers)
    unread = sip().model_copy(update={"peers": peers})
    found = other_uses(SCENE.inventory, unread, unread, ("exp-c-1",))
    assert {use.after for use in found} == {"undetermined"}
    assert any("the trusted CA list was not read" in line for line in other_use_lines(found))


def test_only_what_was_trusted_can_be_lost() -> None:
    """A list that never anchored a server loses nothing."""
    uses = other_uses(SCENE.inventory, sip(OTHER), sip(OTHER), ("exp-c-1",))
    assert by_service(uses)["SIP TLS"][0] == ("not trusted", "not trusted")
    assert lost(uses) == ()
