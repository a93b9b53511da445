"""The story of one step."""

from __future__ import annotations

from remediate.planning.planner import plan_for
from remediate.report.as_text.explain import explain_step
from tests.support import forge
from tests.support.scenes import AT, LASTING, Scene, vouch


def test_step_from_evidence_to_undo() -> None:
    """What was seen, what it adds, what must hold, what is read back, what lost, how it is undone."""
    other = forge.authority("Other Root")
    scene = Scene(root=other, plays=(LASTING,), vouched=(vouch("other", other.certificate),))
    scene = scene.with_(trust=dict.fromkeys(scene.peers, (forge.authority("Corp Root").certificate,)))
    plan = plan_for(scene.desired, scene.observed, AT, "test")
    text = explain_step(plan, plan.steps[0])
    for words in (
        "unable to get local issuer certificate",
        f"SHA-256 {other.certificate.sha256}",
        "exp-c-2 → cucm-pub:8443",
        "FAILS → pending",
        "is still the list whose digest is",
        "change-system-server-name: the name asked for is in the certificate",
        "Undo (left in place)",
    ):
        assert words in text
