"""A plan that others must approve, in a change window that must be open."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from remediate.model.base import canonical_json
from remediate.planning.plan import Plan
from tests.lab.stories.window import FIX, WORKAROUND, window
from tests.support.signers import Signers

Capsys = pytest.CaptureFixture[str]
POLICY = """
approvals:
  allowed_signers: {signers}
  required: {{additive: 0, security-reducing: 2}}
windows:
  - {{name: long ago, kind: allow, at: "2020-01-01T00:00:00Z", duration: 1h, clusters: cucm}}
"""


def test_two_approvals(tmp_path: Path, capsys: Capsys) -> None:
    """Additive steps need none; Off needs two people, neither of them its author, and these very bytes."""
    signers = Signers(tmp_path)
    author = signers.key("author")
    signers.allow(getpass.getuser(), author)
    ann, bob = signers.allowed("ann"), signers.allowed("bob")
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        (story.lab / "inventory" / "policy.yml").write_text(POLICY.format(signers=signers.file))
        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        refused = story.type("apply HOME/off.plan -i INV")
        assert (refused.code, story.writes()) == (7, [])
        assert "needs 2 approvals of different people and has 0" in refused.text
        assert "remediate approve" in refused.text
        assert story.type(f"run {WORKAROUND} -i INV --auto-approve=security-reducing").code == 7

        story.type(f"approve HOME/off.plan --key {ann} -o HOME/off.plan.ann.sig")
        story.type(f"approve HOME/off.plan --key {author} -o HOME/off.plan.author.sig")
        one = story.type("apply HOME/off.plan -i INV")
        assert (one.code, story.writes()) == (7, [])
        assert "has 1: ann@example.test" in one.text
        assert "who made the plan" in one.text

        laptop = signers.key("laptop")
        signers.allow("Ann@laptop.test", laptop)
        story.type(f"approve HOME/off.plan --key {laptop} -o HOME/off.plan.laptop.sig")
        twice = story.type("apply HOME/off.plan -i INV")
        assert (twice.code, "has 1: " in twice.text) == (7, True), "one person with two keys"

        plan = json.loads((story.home / "off.plan").read_text())
        del plan["author"]
        (story.home / "nobody.plan").write_bytes(canonical_json(Plan.model_validate(plan, strict=False)))
        for name, key in (("ann", ann), ("bob", bob)):
            story.type(f"approve HOME/nobody.plan --key {key} -o HOME/nobody.plan.{name}.sig")
        nobody = story.type("apply HOME/nobody.plan -i INV")
        assert (nobody.code, story.writes()) == (7, [])
        assert "does not say who made it" in nobody.text

        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        story.type(f"approve HOME/fix.plan --key {bob} -o HOME/off.plan.bob.sig")
        assert story.type("apply HOME/off.plan -i INV").code == 7, "a signature over another plan"
        signed = story.type(f"approve HOME/off.plan --key {bob} -o HOME/off.plan.bob.sig")
        assert (signed.code, "Approved sha256:" in signed.text) == (0, True)
        assert story.type("apply HOME/off.plan -i INV").code == 0
        assert story.type("ledger export -i INV").text.count("approved plan") == 2
        assert story.type("apply HOME/fix.plan -i INV").code == 0, "additive, and its window does not concern it"


def test_closed_window(tmp_path: Path, capsys: Capsys) -> None:
    """Outside of the window nothing is written; a reason opens it and is kept; a rollback is never shut out."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        policy = story.lab / "inventory" / "policy.yml"
        policy.write_text('windows: [{name: past, kind: allow, at: "2020-01-01T00:00:00Z", duration: 1h}]\n')
        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        shut = story.type("apply HOME/off.plan -i INV")
        assert (shut.code, story.writes()) == (7, [])
        assert "no change window is open" in shut.text
        done = story.type('apply HOME/off.plan -i INV --override-window "P1: logins fail"')
        assert done.code == 0, done.text
        assert "P1: logins fail" in story.type("ledger export -i INV").text
        story.type(f"rollback {story.run_id(done)} -i INV -o HOME/undo.plan --accept-login-failures test")
        assert story.type("apply HOME/undo.plan -i INV").code in (0, 9)
