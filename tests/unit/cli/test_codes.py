"""Exit codes of the judging commands, from real judgements."""

from __future__ import annotations

import pytest

from remediate.checks import connections_for, findings_for
from remediate.cli.commands.plan import code_of
from remediate.cli.commands.verify import verdict
from remediate.cli.parser import duration
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.scenes import AT, LASTING, OFF, Scene, vouch

ROOT = forge.authority("Other Root")
LISTED = {p: (forge.authority("Corp Root").certificate,) for p in ("exp-c-1", "exp-c-2")}
FAILING = Scene(root=ROOT, trust=dict(LISTED))
VOUCHED = FAILING.with_(vouched=(vouch("other-root", ROOT.certificate),))
GONE = Scene(unreadable=("exp-c-2",))


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        (Scene(), 0),
        (FAILING, 9),
        (GONE, 4),
        (FAILING.with_(unreadable=("exp-c-2",)), 9),
        (Scene(verify={"exp-c-1": "Off", "exp-c-2": "Off"}), 0),
    ],
    ids=["good", "fails", "unknown only", "fails and unknown", "off"],
)
def test_verify(scene: Scene, code: int) -> None:
    """9 where something fails, 4 where only unknowns stand against it, 0 when all pass."""
    connections = connections_for(scene.desired, scene.observed)
    assert verdict(connections, findings_for(scene.desired, scene.observed)) == code


def test_verify_of_nothing() -> None:
    """No connection at all is not good: nothing was judged."""
    assert verdict((), ()) == 4


@pytest.mark.parametrize(
    ("scene", "detailed", "code"),
    [
        (Scene(plays=(LASTING,)), True, 0),
        (VOUCHED.with_(plays=(LASTING,)), True, 2),
        (VOUCHED.with_(plays=(LASTING,)), False, 0),
        (FAILING.with_(plays=(LASTING,)), True, 7),
        (GONE.with_(plays=(LASTING,)), True, 4),
        (GONE.with_(plays=(OFF,)), True, 4),
        (Scene(plays=(OFF,)), True, 2),
    ],
    ids=["no changes", "changes", "changes undetailed", "blocked", "unreadable", "unreadable, off", "off"],
)
def test_plan(scene: Scene, detailed: bool, code: int) -> None:
    """4 where a needed reading is unknown, 7 where every remedy is blocked, 2 for changes when asked, else 0."""
    assert code_of(plan_for(scene.desired, scene.observed, AT, "test"), scene.desired, detailed) == code


@pytest.mark.parametrize(("text", "seconds"), [("3s", 3), ("5m", 300), ("1h", 3600), ("7", 7)])
def test_duration(text: str, seconds: float) -> None:
    """Terraform's durations."""
    assert duration(text) == seconds
