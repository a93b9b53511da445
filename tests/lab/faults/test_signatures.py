"""A plan that others must have signed, and signatures that do not count."""

from __future__ import annotations

import getpass
import json
import subprocess
from pathlib import Path

import pytest

from tests.lab.faults.bench import Bench, Benches
from tests.lab.stories.window import Screen
from tests.support.required import program
from tests.support.signers import Signers

pytestmark = pytest.mark.xdist_group("faults-plan")
APPLY = "apply HOME/fix.plan -i INV"


@pytest.fixture
def signers(tmp_path: Path) -> Signers:
    """Ann may approve, with a key of her own."""
    made = Signers(tmp_path)
    made.allowed("ann")
    return made


def planned(story: Bench, signers: Signers) -> None:
    """A plan that somebody must approve."""
    policy = f"approvals: {{allowed_signers: {signers.file}, required: {{additive: 1}}}}\n"
    (story.inventory / "policy.yml").write_text(policy)
    story.planned()


def signed(story: Bench, key: Path) -> None:
    """Beside the plan, by the tool itself."""
    done = story.type(f"approve HOME/fix.plan --key {key} -o HOME/fix.plan.sig")
    assert done.code == 0, done.text


def refused(story: Bench, why: str) -> Screen:
    """7, the reason, and nothing was written."""
    done = story.type(APPLY)
    assert done.code == 7, done.text
    assert "needs one approval" in done.text
    assert why in done.text
    assert story.writes() == []
    return done


def test_f090_edited_in_the_form_of_a_plan(bench: Benches, signers: Signers) -> None:
    """A value of the signed plan is changed and the file is canonical again: its signature is of other bytes."""
    story = bench()
    planned(story, signers)
    signed(story, signers.folder / "id_ann")
    file = story.home / "fix.plan"
    plan = json.loads(file.read_bytes())
    plan["steps"][0]["deadline"] += 1
    file.write_bytes(json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    assert story.type("show HOME/fix.plan").code == 0, "a plan in its form"
    refused(story, "it does not sign these bytes")


def test_f093_unknown_key(bench: Benches, signers: Signers) -> None:
    """A good signature of a key that nobody allowed."""
    story = bench()
    planned(story, signers)
    signed(story, signers.key("eve"))
    refused(story, "its key is none of the allowed signers'")


@pytest.mark.parametrize("how", ["taken-out", "ended"], ids=["F093-taken-out", "F093-ended"])
def test_revoked_key(how: str, bench: Benches, signers: Signers) -> None:
    """Ann's key no longer counts: her line is gone, or says that it is over."""
    story = bench()
    planned(story, signers)
    signed(story, signers.folder / "id_ann")
    signers.file.write_text("")
    if how == "ended":
        signers.allow("ann@example.test", signers.folder / "id_ann", 'valid-before="20200101"')
    refused(story, "none of the allowed signers'" if how == "taken-out" else "fix.plan.sig")


def test_f093_own_key(bench: Benches, signers: Signers) -> None:
    """Who made the plan may approve those of others."""
    story = bench()
    author = signers.key("author")
    signers.allow(getpass.getuser(), author)
    planned(story, signers)
    signed(story, author)
    refused(story, "who made the plan")


def test_f094_made_for_something_else(bench: Benches, signers: Signers) -> None:
    """Ann signed these very bytes, in the namespace of git: she approved no plan. Signed as a plan, it counts."""
    story = bench()
    signers.file.write_text("")
    signers.allow("ann@example.test", signers.folder / "id_ann", "")
    planned(story, signers)
    file = story.home / "fix.plan"
    keygen = program("ssh-keygen", "openssh-client")
    command = [keygen, "-Y", "sign", "-q", "-n", "git", "-f", str(signers.folder / "id_ann")]
    made = subprocess.run(command, input=file.read_bytes(), capture_output=True, check=True)
    (story.home / "fix.plan.sig").write_bytes(made.stdout)
    last = refused(story, "in the namespace remediate-plan")
    signed(story, signers.folder / "id_ann")
    assert story.type(APPLY).code == 0
    story.screens.append(last)
