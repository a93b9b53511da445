"""While the peers of a cluster run different releases."""

from __future__ import annotations

import pytest

from remediate.actions import RestartPeer, SetVerifyOriginServer
from remediate.engine.apply import ApplyResult
from remediate.errors import ForbiddenStep, StalePlan
from remediate.model.desired import Play
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ClusterView
from remediate.model.reading import Known
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.doubles import AT
from tests.support.scenes import LASTING, OFF, Scene, vouch
from tests.support.windows import Window, window

OTHER = forge.authority("Other Root")


def half_upgraded(**changes: object) -> Window:
    """`exp-c-1` runs X14.0.7 and knows no VerifyOriginServer, `exp-c-2` runs X14.2.5; the database is in pieces."""
    scene = Scene(
        root=OTHER,
        trust=dict.fromkeys(("exp-c-1", "exp-c-2"), (forge.authority("Corp Root").certificate,)),
        vouched=(vouch("other-root", OTHER.certificate),),
        verify={"exp-c-1": None},
    ).with_(**changes)
    made = window(scene)
    for host, version in (("exp-c-1", "X14.0.7"), ("exp-c-2", "X14.2.5")):
        peer = made.fleet.truth.peer(host)
        assert peer is not None
        assert isinstance(peer.product, Known)
        assert isinstance(peer.view, Known)
        product = peer.product.value.model_copy(update={"version": version})
        view = ClusterView(peers=peer.view.value.peers, primary=peer.view.value.primary, database="Failed")
        made.fleet.change_peer(host, product=Known(value=product), view=Known(value=view))
    return made


def replanned(made: Window, reason: str) -> ApplyResult | None:
    """Plan again on the half-upgraded cluster, and apply where there are steps."""
    desired = made.desired.model_copy(update={"during_upgrade": reason})
    made.plan = plan_for(desired, made.fleet.now(), AT, "test")
    return made.apply() if made.plan.steps else None


def test_default_refuses() -> None:
    """Nothing is planned, and the way out is printed."""
    made = half_upgraded(plays=(LASTING,))
    assert replanned(made, "") is None
    [stop] = made.plan.blocked
    assert stop.why == "exp-c-1 runs X14.0.7, exp-c-2 runs X14.2.5"
    assert "--during-upgrade REASON" in stop.unblock
    assert "By hand: Maintenance" in stop.unblock


def test_uploads_go_through() -> None:
    """Additive: harmless on the old release, mending on the new one. The reason is in the plan."""
    made = half_upgraded(plays=(LASTING.model_copy(update={"restart": "at-end"}),))
    result = replanned(made, "users cannot log in")
    assert made.plan.during_upgrade == "users cannot log in"
    assert {step.action.kind for step in made.plan.steps} == {"upload-certificates"}
    assert {b.title for b in made.plan.blocked} == {"restart exp-c-1", "restart exp-c-2"}
    assert result is not None
    assert result.outcome == "done", result


def test_off_on_the_upgraded_peer() -> None:
    """The other one has no such setting; the workaround is on the books all the same."""
    made = half_upgraded(plays=(OFF,))
    result = replanned(made, "users cannot log in")
    assert [step.action.host for step in made.plan.steps] == ["exp-c-2"]
    assert result is not None
    assert result.outcome == "done", result
    peer = made.fleet.now().peer("exp-c-2")
    assert peer is not None
    assert peer.setting(VERIFY_ORIGIN_SERVER) == Known(value="Off")
    assert [lease.cluster for lease in made.ledger.outstanding().leases] == ["exp-c"]


def planned(play: Play) -> Window:
    """A plan with a reason, on the half-upgraded cluster."""
    made = half_upgraded(plays=(play,))
    replanned(made, "users cannot log in")
    return made.again()


def refusal(made: Window, plan: Plan) -> str:
    """Why apply refuses a plan; nothing was written."""
    with pytest.raises((StalePlan, ForbiddenStep)) as refused:
        made.apply(plan=plan)
    assert made.fleet.writes == []
    return str(refused.value)


def test_apply_wants_the_reason() -> None:
    """A plan over mixed releases that says no reason is refused, though its devices are as it says."""
    made = planned(LASTING)
    assert "different releases" in refusal(made, made.plan.model_copy(update={"during_upgrade": ""}))


def test_apply_knows_what_is_harmless() -> None:
    """A reason does not let a restart through, nor Off on a peer below X14.2."""
    made = planned(OFF)
    [step] = made.plan.steps
    restart = RestartPeer(cluster="exp-c", host="exp-c-2", drain=5)
    other = SetVerifyOriginServer(cluster="exp-c", host="exp-c-1", value="Off", reaches=("exp-c-1",))
    for action in (restart, other):
        changed = made.plan.model_copy(update={"steps": (step.model_copy(update={"action": action}),)})
        assert "not for the time of an upgrade" in refusal(made, changed)


def test_apply_once_all_match() -> None:
    """A plan of the time of the upgrade is refused when it is over."""
    made = planned(LASTING)
    peer = made.fleet.truth.peer("exp-c-1")
    assert peer is not None
    assert isinstance(peer.product, Known)
    product = peer.product.value.model_copy(update={"version": "X14.2.5"})
    made.fleet.change_peer("exp-c-1", product=Known(value=product))
    result = made.apply()
    assert result.outcome == "stale"
    assert "version was X14.0.7 and is X14.2.5" in result.steps[0].why
    assert made.fleet.writes == []
