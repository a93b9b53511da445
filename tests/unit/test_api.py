"""The Python API without a network: what it judges and plans, what it refuses, and what importing it costs."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import remediate
from remediate.errors import ForbiddenStep, InputError, InventoryError, PlanFileError, StalePlan
from remediate.model.base import canonical_json
from tests.golden.cases import HERE

CASE = HERE / "seed-untrusted-ca"


@pytest.fixture
def fleet(tmp_path: Path) -> remediate.Fleet:
    """The fleet of a golden case, with secrets and a ledger of its own. None of its devices is there."""
    home = Path(shutil.copytree(CASE / "inventory", tmp_path / "inventory"))
    clusters = (home / "clusters.yml").read_text()
    (home / "clusters.yml").write_text(re.sub(r"\b127\.\d+\.\d+\.", "127.0.0.", clusters))
    for secret in set(re.findall(r"secrets/\S+", clusters)):
        (home / "secrets").mkdir(exist_ok=True)
        (home / secret).write_text("nothing that any device takes")
        (home / secret).chmod(0o600)
    return remediate.Fleet(home)


@pytest.fixture
def observed() -> remediate.ObservedState:
    """What was read of it."""
    return remediate.read_capture(CASE / "observed.json")


def test_judges_as_the_command_line(fleet: remediate.Fleet, observed: remediate.ObservedState) -> None:
    """The matrix of the golden case, and its findings."""
    judged = fleet.judge(observed)
    assert {c.link.port for c in judged.connections if c.state == "fails"} == {6972}
    assert "origin-not-trusted" in {finding.id for finding in judged.findings}


def test_plan_is_the_one_that_the_command_line_makes(
    fleet: remediate.Fleet, observed: remediate.ObservedState, tmp_path: Path
) -> None:
    """Steps as in the golden plan; the file that is saved can be read, and names its author."""
    plan = fleet.plan(observed, CASE / "playbook.yml")
    assert json.loads(canonical_json(plan))["steps"] == json.loads((CASE / "plan.json").read_bytes())["steps"]
    sha256 = fleet.save(plan, tmp_path / "fix.plan")
    again, digest = remediate.read_plan(tmp_path / "fix.plan")
    assert (again.steps, digest) == (plan.steps, sha256)
    assert "@" in again.author


def test_step_by_hand_needs_somebody(fleet: remediate.Fleet, observed: remediate.ObservedState, tmp_path: Path) -> None:
    """A guard of the command line holds here too, before anything is sent."""
    plan = fleet.plan(observed, CASE / "playbook.yml")
    by_hand = plan.model_copy(update={"steps": tuple(s.model_copy(update={"by": "hand"}) for s in plan.steps)})
    fleet.save(by_hand, tmp_path / "hand.plan")
    with pytest.raises(ForbiddenStep, match="by hand"):
        fleet.apply(tmp_path / "hand.plan")


def test_policy_holds(fleet: remediate.Fleet, observed: remediate.ObservedState, tmp_path: Path) -> None:
    """A plan of yesterday is stale, whoever applies it."""
    plan = fleet.plan(observed, CASE / "playbook.yml")
    old = plan.model_copy(update={"valid_until": plan.valid_from})
    fleet.save(old, tmp_path / "old.plan")
    with pytest.raises(StalePlan, match="this plan expired"):
        fleet.apply(tmp_path / "old.plan")


def test_nothing_to_apply(fleet: remediate.Fleet, observed: remediate.ObservedState, tmp_path: Path) -> None:
    """A plan without a step opens no run."""
    plan = fleet.plan(observed, CASE / "playbook.yml").model_copy(update={"steps": ()})
    fleet.save(plan, tmp_path / "empty.plan")
    result = fleet.apply(tmp_path / "empty.plan")
    assert (result.run, result.outcome, result.written) == ("", "done", False)
    assert not fleet.outstanding().open_runs


def test_errors_name_the_place(fleet: remediate.Fleet, tmp_path: Path) -> None:
    """What is not there, or no plan, or no run, is one error of one tree."""
    with pytest.raises(InventoryError, match="nowhere"):
        remediate.Fleet(tmp_path / "nowhere").collect()
    (tmp_path / "no.plan").write_text("{}")
    with pytest.raises(PlanFileError, match=r"no\.plan"):
        fleet.apply(tmp_path / "no.plan")
    with pytest.raises(InputError, match="this ledger holds no run"):
        fleet.rollback("r1")
    with pytest.raises(InputError, match="nobody"):
        remediate.Fleet(CASE / "inventory", limit="nobody").collect()


def test_unreachable_devices_are_unknown(
    fleet: remediate.Fleet, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """No device of the case is there: readings say so, nothing raises, nothing is printed, and the log tells."""
    with caplog.at_level(logging.INFO, logger="remediate"):
        observed = fleet.collect()
    assert {c.state for c in fleet.judge(observed).connections} <= {"undetermined"}
    assert "reading the peer" in caplog.text
    assert capsys.readouterr() == ("", "")


def test_every_name_is_there() -> None:
    """What `remediate` says that it holds can be imported; anything else cannot."""
    assert [name for name in remediate.__all__ if not hasattr(remediate, name)] == []
    assert not hasattr(remediate, "fleet")


def test_import_is_cheap() -> None:
    """`import remediate` loads no library and no room."""
    code = (
        "import sys, remediate; print([m for m in sys.modules if m.startswith(('remediate.', 'pydantic', 'paramiko'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
