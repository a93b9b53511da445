"""Every form of a plan has words for every kind of action; restarts of peers above all."""

from __future__ import annotations

from typing import get_args

import pytest

from remediate.actions import (
    ALL,
    Action,
    DiagnosticLogging,
    RefreshServers,
    RenameSystemServer,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.planning.plan import Plan
from remediate.report import as_json
from remediate.report.as_text.explain import explain_step
from remediate.report.as_text.plan import plan as plan_text
from remediate.report.dossier import of_plan
from remediate.report.forms import FORMS
from remediate.report.procedure import MINUTES, procedure
from tests.support import forge
from tests.support.scenes import LASTING, Scene, vouch
from tests.support.windows import window

OTHER = forge.authority("Other Root")
PLAN = window(
    Scene(
        root=OTHER,
        trust=dict.fromkeys(Scene.peers, (forge.authority("Corp Root").certificate,)),
        vouched=(vouch("other-root", OTHER.certificate),),
        plays=(LASTING.model_copy(update={"restart": "at-end"}),),
    )
).plan


ONE_OF_EACH: tuple[Action, ...] = (
    UploadCertificates(cluster="exp-c", host="exp-c-1", certificates=(OTHER.certificate,), names=("other-root",)),
    SetVerifyOriginServer(cluster="exp-c", host="exp-c-1", value="Off", reaches=("exp-c-1",)),
    RenameSystemServer(
        cluster="cucm",
        host="cucm-pub",
        node="cucm-sub",
        uuid="{1}",
        old="10.0.0.12",
        new="cucm-sub.example.test",
        serves=("exp-c",),
    ),
    RefreshServers(cluster="exp-c", host="exp-c-1", names=("cucm-sub.example.test",)),
    RestartService(cluster="cucm", host="cucm-sub", service="Cisco CallManager", publisher="cucm-pub"),
    RestartPeer(cluster="exp-c", host="exp-c-1", drain=300),
    DiagnosticLogging(cluster="exp-c", host="exp-c-1", state="running", packets=True),
)


def of_one(action: Action) -> Plan:
    """A plan of this one step."""
    step = PLAN.steps[0].model_copy(update={"id": f"{action.kind}:{action.host}", "action": action})
    return PLAN.model_copy(update={"steps": (step,)})


@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: action.kind)
@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_words_for_every_action(form: str, action: Action) -> None:
    """Whatever a plan does, no form of its report is at a loss."""
    text = FORMS[form](of_plan("fix.plan", of_one(action), "0" * 64))
    assert action.host in text or form == "readiness"


@pytest.mark.parametrize("action", ONE_OF_EACH, ids=lambda action: action.kind)
def test_the_terminal_has_words_for_every_action(action: Action) -> None:
    """As text, as JSON, explained, and a line of procedure that is no empty command."""
    plan = of_one(action)
    for text in (plan_text(plan), as_json.plan(plan), explain_step(plan, plan.steps[0])):
        assert action.host in text
    assert all(item.commands for chapter in procedure(plan) for item in chapter.items)


def test_each_kind_is_here() -> None:
    """A new kind of action joins the list above."""
    assert tuple(map(type, ONE_OF_EACH)) == ALL


def test_by_hand_as_with_an_owed_restart() -> None:
    """The method of procedure has the same checks, commands and results, whoever restarts."""
    text = FORMS["mop"](of_plan("fix.plan", PLAN, "0" * 64))
    assert "### 3.1 Restart exp-c-2, so that its trusted CA list is loaded (step 3 of the plan)" in text
    assert text.count("xCommand Restart") == 2
    assert "maintenance mode is on, and calls and MRA sessions have drained" in text


def test_backout_of_a_restart() -> None:
    """There is nothing to take back but a maintenance mode that stayed on."""
    text = FORMS["backout"](of_plan("fix.plan", PLAN, "0" * 64))
    assert text.count("- [ ] Expected: maintenance mode is Off") == 2


def test_every_action_has_its_minutes() -> None:
    """By hand, before anybody has measured it."""
    assert set(MINUTES) == {word for action in ALL for word in get_args(action.model_fields["kind"].annotation)}
