"""Papers of a plan that restarts peers itself."""

from __future__ import annotations

from typing import get_args

import pytest

from remediate.actions import ALL
from remediate.report.dossier import of_plan
from remediate.report.forms import FORMS
from remediate.report.procedure import MINUTES
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


@pytest.mark.parametrize("form", FORMS)
def test_every_form_tells_them(form: str) -> None:
    """No form lacks words for a restart."""
    assert "exp-c-2" in FORMS[form](of_plan("fix.plan", PLAN, "0" * 64)) or form == "readiness"


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
