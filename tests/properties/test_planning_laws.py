"""The laws of planning, over many small worlds."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.checks import connections_for, findings_for
from remediate.model.base import canonical_json
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.planning.guards import broken_prefix
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.planning.simulate import after
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, OFF, PUB, SUB, Scene, fqdn, vouch

ROOT, OTHER = forge.authority("Corp Root"), forge.authority("Other Root")
MIDDLE = forge.authority("Middle", OTHER)
TWIN = forge.leaf(fqdn("cucm-EC"), None, (fqdn(PUB), fqdn(SUB)))
CHAINS = {
    "good": None,
    "untrusted": OTHER,
    "middle": MIDDLE,
}
LASTING_AND_RESTART = LASTING.model_copy(update={"restart": "at-end"})
PEERS = ("exp-c-1", "exp-c-2", "exp-c-3")
EVERYONE = tuple(
    vouch(n, c.certificate) for n, c in (("root", ROOT), ("other", OTHER), ("middle", MIDDLE), ("twin", TWIN))
)
LEAVES = {
    (h, i.name): forge.leaf(fqdn(h), i, (fqdn(h),)).certificate for h in (PUB, SUB) for i in (ROOT, OTHER, MIDDLE)
}


def chain_of(host: str, fault: str) -> tuple[object, ...]:
    """What a host serves under a fault."""
    if fault == "self-signed":
        return (TWIN.certificate,)
    return (LEAVES[host, {"good": ROOT, "untrusted": OTHER, "middle": MIDDLE}[fault].name],)


FAULTS = st.sampled_from(["good", "untrusted", "middle", "self-signed"])
STORES = st.lists(st.sampled_from([ROOT, OTHER, MIDDLE, TWIN]), unique_by=id, min_size=1)


@st.composite
def worlds(draw: st.DrawFn) -> Scene:
    """One to three peers with lists of their own, any fault on any port, any subset of what is vouched for."""
    peers = PEERS[: draw(st.integers(1, 3))]
    faults = {(h, p): chain_of(h, draw(FAULTS)) for h in (PUB, SUB) for p in (8443, 6972)}
    return Scene(
        root=ROOT,
        peers=peers,
        trust={p: tuple(i.certificate for i in draw(STORES)) for p in peers},
        served=faults,  # type: ignore[arg-type]
        names={h: ADDRESS[h] for h in (PUB, SUB) if draw(st.booleans())},
        vouched=tuple(v for v in EVERYONE if draw(st.booleans())),
        verify={p: draw(st.sampled_from(["On", "Off"])) for p in peers},
        plays=(draw(st.sampled_from([LASTING, LASTING_AND_RESTART, OFF])),),
    )


many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def planned(scene: Scene, observed: ObservedState | None = None) -> Plan:
    """The scene's plan, or the plan of other readings of it."""
    return plan_for(scene.desired, observed or scene.observed, AT, "test")


def settled(observed: ObservedState) -> ObservedState:
    """After every restart that was owed."""
    return observed.model_copy(update={"outstanding": Outstanding()})


@many
@given(worlds())
def test_plan_is_deterministic_and_ignores_order(scene: Scene) -> None:
    """Equal readings give equal bytes, in whatever order the peers and origins were read."""
    observed = scene.observed
    shuffled = observed.model_copy(update={"origins": observed.origins[::-1], "peers": observed.peers[::-1]})
    assert canonical_json(planned(scene)) == canonical_json(planned(scene))
    assert [s.id for s in planned(scene).steps] == [s.id for s in planned(scene, shuffled).steps]


@many
@given(worlds())
def test_planning_again_gives_nothing(scene: Scene) -> None:
    """With the plan's effects in force a second plan has no steps, before the restarts and after."""
    plan = planned(scene)
    done = after(scene.observed, [step.action for step in plan.steps], AT)
    assert planned(scene, done).steps == ()
    assert planned(scene, settled(done)).steps == ()


@many
@given(worlds())
def test_no_prefix_breaks_a_connection(scene: Scene) -> None:
    """At every prefix every connection stands that stood before."""
    plan = planned(scene)
    assert broken_prefix(scene.desired, scene.observed, [s.action for s in plan.steps], AT) is None


@many
@given(worlds())
def test_chosen_remedies_mend(scene: Scene) -> None:
    """A connection for which remedies were chosen, none of them blocked, is good once what is owed is done."""
    plan = planned(scene)
    done = settled(after(scene.observed, [step.action for step in plan.steps], AT))
    blocked = {b.subject for b in plan.blocked}
    states = {(c.link.peer, c.link.origin, c.link.port): c.state for c in connections_for(scene.desired, done)}
    for choice in plan.choices:
        if choice.chosen and choice.link.peer not in blocked and not any(choice.link.peer in b for b in blocked):
            key = (choice.link.peer, choice.link.origin, choice.link.port)
            assert states[key] in {"good", "good-unverified"}


@many
@given(worlds(), st.sampled_from(PEERS))
def test_an_unknown_never_adds_an_action(scene: Scene, lost: str) -> None:
    """Losing a reading can only shorten the plan."""
    with_all = {s.id for s in planned(scene).steps}
    assert {s.id for s in planned(scene.with_(unreadable=(lost,))).steps} <= with_all


@many
@given(worlds())
def test_a_plan_survives_its_own_json(scene: Scene) -> None:
    """`parse(emit(x)) == x`."""
    plan = planned(scene)
    assert Plan.model_validate_json(canonical_json(plan)) == plan


@many
@given(worlds())
def test_findings_name_their_subject(scene: Scene) -> None:
    """Every failing connection has a finding, and every finding a subject."""
    found = findings_for(scene.desired, scene.observed)
    named = {link for finding in found for link in finding.links}
    assert all(f.subject and f.summary for f in found)
    assert {c.link for c in connections_for(scene.desired, scene.observed) if c.state == "fails"} <= named


def test_clock_ahead() -> None:
    """An upload made while a device's clock is ahead is still newer than that device's start."""
    scene = Scene(root=OTHER, trust=dict.fromkeys(Scene.peers, (ROOT.certificate,)), vouched=EVERYONE, plays=(LASTING,))
    late = scene.observed.model_copy(update={"taken_at": AT + timedelta(hours=1)})
    assert {c.state for c in plan_for(scene.desired, late, AT, "test").after} == {"pending"}
