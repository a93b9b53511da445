"""The report that goes to the owner of CUCM before an upgrade: what to fix, in which order."""

from __future__ import annotations

from remediate.model.desired import Play
from remediate.planning.planner import plan_for
from remediate.report.as_markdown.readiness import readiness
from remediate.report.dossier import of_capture, of_plan
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, PUB, SUB, Scene, fqdn, vouch

ROOT, OTHER = forge.authority("Corp Root"), forge.authority("Other Root")
READY = Play(name="ready", clusters=("exp-c",), origins="verified", upgrade_ready=True, remedies=("upload-missing-ca",))
BEFORE = Scene(root=ROOT, plays=(READY,), version="X14.0.7")
UNTRUSTED = (forge.leaf(fqdn(SUB), OTHER, (fqdn(SUB),)).certificate,)
LACKING = (forge.leaf("elsewhere.example.test", ROOT, ("elsewhere.example.test",)).certificate,)


def told(scene: Scene) -> str:
    """The report of a scene, as of a capture."""
    plan = plan_for(scene.desired, scene.observed, AT, "test")
    return readiness(of_capture("before.capture", scene.desired, scene.observed, plan))


def test_nothing_to_do() -> None:
    """A cluster that is ready is told so."""
    text = told(BEFORE)
    assert "8 of 8" in text
    assert "Nothing: upgrade when you like." in text


def test_in_this_order() -> None:
    """Uploads, then names, then certificates by hand, then Refresh servers."""
    scene = BEFORE.with_(
        names={PUB: ADDRESS[PUB]},
        served={(SUB, 8443): UNTRUSTED, (SUB, 6972): LACKING},
        vouched=(vouch("other", OTHER.certificate),),
    )
    text = told(scene)
    parts = [line for line in text.splitlines() if line[:2] in {f"{number}." for number in range(1, 9)}]
    assert [part.split(" ")[1] for part in parts] == ["Expressway-C,", "System", "By", "Refresh"]
    assert f"change System > Server of {PUB} from {ADDRESS[PUB]} to {fqdn(PUB)}" in text
    assert f"SAN, each as a dNSName: {fqdn(SUB)}" in text
    assert f"| {SUB}:6972 | {fqdn(SUB)} | exp-c-1, exp-c-2 | failover lost |" in text
    assert f"{SUB}:8443 |" not in text, "what the uploads mend is not the owner's to do"


def test_plan_leaves_names_alone() -> None:
    """The plan of the readiness play itself changes no name: that has a window of its own."""
    scene = BEFORE.with_(names={PUB: ADDRESS[PUB]})
    plan = plan_for(scene.desired, scene.observed, AT, "test")
    assert {step.action.kind for step in plan.steps} <= {"upload-certificates"}
    assert "1. System > Server, in a window of its own" in told(scene)


def test_without_readings() -> None:
    """A plan file alone is judged as now: nothing is called ready, and the page begins with what is missing."""
    scene = BEFORE.with_(names={PUB: ADDRESS[PUB]})
    alone = readiness(of_plan("ready.plan", plan_for(scene.desired, scene.observed, AT, "test"), "0" * 64))
    assert alone.index("Not to be handed out yet") < alone.index("What to fix")
    assert "--from CAPTURE -i INV" in alone
    assert "connections are ready" not in alone
    assert "upgrade when you like" not in readiness(
        of_plan("ready.plan", plan_for(BEFORE.desired, BEFORE.observed, AT, "test"), "0" * 64)
    )
