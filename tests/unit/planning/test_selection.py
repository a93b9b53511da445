"""`--target` and `--exclude`: what stays, what comes along, and that the part is a lawful plan of its own."""

from __future__ import annotations

from argparse import Namespace

import pytest

from remediate.cli.selecting import selected
from remediate.errors import InputError
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.planning.simulate import after
from remediate.report.as_text.plan import plan as plan_text
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, OFF, PUB, Scene, vouch

OTHER = forge.authority("Other Root")
UNTRUSTED = Scene(
    root=OTHER,
    trust={p: (forge.authority("Corp Root").certificate,) for p in Scene.peers},
    plays=(LASTING.model_copy(update={"restart": "at-end"}),),
).with_(vouched=(vouch("other-root", OTHER.certificate),))
BY_ADDRESS = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))
SWITCHED = UNTRUSTED.with_(plays=(OFF,))
UP_1, UP_2 = "upload-certificates:exp-c-1", "upload-certificates:exp-c-2"
ON_1, ON_2 = "set-verify-origin-server:exp-c-1", "set-verify-origin-server:exp-c-2"
AGAIN_1, AGAIN_2 = "restart-peer:exp-c-1", "restart-peer:exp-c-2"
RENAME, REFRESH = "rename-system-server:cucm-pub", "refresh-servers:exp-c-1"


def part(scene: Scene, target: str = "", exclude: str = "") -> Plan:
    """The plan of a scene with one of each, or none."""
    args = Namespace(target=[target] if target else [], exclude=[exclude] if exclude else [])
    return selected(lambda only: plan_for(scene.desired, scene.observed, AT, "test", only), args)


def ids(plan: Plan) -> list[str]:
    """Its steps, in order."""
    return [step.id for step in plan.steps]


def test_whole() -> None:
    """Without a word nothing is left out, and the file is byte for byte the one of before."""
    plan = part(UNTRUSTED)
    assert ids(plan) == [UP_2, UP_1, AGAIN_2, AGAIN_1]
    assert plan == plan_for(UNTRUSTED.desired, UNTRUSTED.observed, AT, "test")
    assert "left_out" not in plan.model_dump(mode="json")


@pytest.mark.parametrize(
    ("scene", "target", "exclude", "kept"),
    [
        (UNTRUSTED, UP_1, "", [UP_1]),
        (UNTRUSTED, "upload-certificates:*", "", [UP_2, UP_1]),
        (UNTRUSTED, f"exp-c.exp-c-1.{UP_1}", "", [UP_1]),
        (UNTRUSTED, AGAIN_2, "", [UP_2, AGAIN_2]),
        (UNTRUSTED, "", UP_2, [UP_1, AGAIN_1]),
        (UNTRUSTED, "", AGAIN_2, [UP_2, UP_1, AGAIN_1]),
        (UNTRUSTED, "*exp-c-1", "restart-*", [UP_1]),
        (BY_ADDRESS, REFRESH, "", [RENAME, REFRESH]),
        (BY_ADDRESS, RENAME, "", [RENAME, REFRESH]),
        (BY_ADDRESS, "", REFRESH, []),
        (SWITCHED, ON_2, "", [ON_1, ON_2]),
        (SWITCHED, ON_1, "", [ON_1]),
        (SWITCHED, "", ON_1, []),
    ],
)
def test_part(scene: Scene, target: str, exclude: str, kept: list[str]) -> None:
    """What a step rests on comes along; what rests on a step that is excluded goes with it; the rest is named."""
    plan = part(scene, target, exclude)
    assert ids(plan) == kept
    assert sorted((*plan.left_out, *kept)) == sorted(ids(part(scene)))
    assert ("Left out by --target or --exclude: " in plan_text(plan)) == bool(plan.left_out)


def test_part_foretells_itself_alone() -> None:
    """What a partial plan says of connections, debts and workarounds is what its own steps lead to."""
    one = part(UNTRUSTED, UP_1)
    assert [owed.host for owed in one.owed] == ["exp-c-1"]
    assert {c.link.peer for c in one.after if c.state == "fails"} == {"exp-c-2"}
    assert part(SWITCHED, ON_1).workarounds == part(SWITCHED).workarounds
    assert part(SWITCHED, "", ON_1).workarounds == ()


def test_the_rest_is_planned_next_time() -> None:
    """After a part was done the next plan holds what was left out."""
    done = part(UNTRUSTED, UP_1)
    left = after(UNTRUSTED.observed, [step.action for step in done.steps], AT)
    assert ids(plan_for(UNTRUSTED.desired, left, AT, "test")) == [UP_2, AGAIN_2, AGAIN_1]


@pytest.mark.parametrize(
    ("word", "hint"), [("upload-certificate:exp-c-1", f"did you mean {UP_1}?"), ("x", "its steps: upload-")]
)
def test_name_of_no_step(word: str, hint: str) -> None:
    """A typing error is told, and never plans everything, or nothing, in silence."""
    with pytest.raises(InputError, match="no step ") as told:
        part(UNTRUSTED, word)
    assert hint in str(told.value)
