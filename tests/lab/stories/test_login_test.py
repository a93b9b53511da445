"""A real login as the gate of a change window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, WORKAROUND, Window, window

Capsys = pytest.CaptureFixture[str]


def with_test_account(story: Window, more: str = "") -> None:
    """A policy with a login test, its password in a file."""
    inventory = story.lab / "inventory"
    secret = inventory / "secrets" / "mra-test"
    secret.write_text("test account\n")
    secret.chmod(0o600)
    domain = "example.test"
    account = "credentials: {username: emusk, password: {file: secrets/mra-test}}"
    text = f"soak: 1s\nlogin_test: {{edge: exp-e, domain: {domain}, repeat: 2, {account}}}\n{more}"
    (inventory / "policy.yml").write_text(text)


def test_login_names_what_fails(tmp_path: Path, capsys: Capsys) -> None:
    """Before the fix 6972 fails through both peers, by name; the workaround passes the gate; afterwards all is good."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        assert story.type("login-test -i INV").code == 5
        with_test_account(story)
        before = story.type("login-test -i INV")
        assert before.code == 9, before.text
        assert ":6972 (phone configuration): HTTP 502" in before.text
        assert ":8443 (devices): 200" in before.text

        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        off = story.type("apply HOME/off.plan -i INV")
        assert off.code == 0, off.text
        assert "baseline: Login test, 2 times:" in off.text

        log = story.lab / "logs" / "exp-e-1" / "traffic_server.log"
        after = story.type(f"login-test -i INV --json --log {log}")
        assert after.code == 0, after.text
        found = json.loads(after.text)
        assert {r["peer"] for r in found["requests"] if r["origin"]} == {"exp-c-1", "exp-c-2"}
        assert "test account" not in (story.lab / "inventory" / ".remediate" / "ledger.sqlite").read_bytes().decode(
            "latin-1"
        )


def test_unneeded_restart(tmp_path: Path, capsys: Capsys) -> None:
    """Where an upload takes effect at once, a login through each peer closes the restarts without one."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--switch ca_effective=at-once") as story:
        with_test_account(story)
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        assert story.type("status -i INV").code == 13
        assert story.type("login-test -i INV").code == 0
        assert story.type("status -i INV").code == 13, "without a log nothing says which peer served the login"
        log = story.lab / "logs" / "exp-e-1" / "traffic_server.log"
        closed = story.type(f"login-test -i INV --log {log}")
        assert "The restart of exp-c-1 is not needed" in closed.text
        assert "The restart of exp-c-2 is not needed" in closed.text
        assert story.type("status -i INV").code == 0


def test_login_by_hand(tmp_path: Path, capsys: Capsys) -> None:
    """Where the flow forbids a password, apply waits for a person's word, by name."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        policy = story.lab / "inventory" / "policy.yml"
        policy.write_text("login_test: {edge: exp-e, domain: example.test, by_hand: true}\n")
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        refused = story.type("apply HOME/fix.plan -i INV")
        assert refused.code == 3
        assert "--attest NAME" in refused.text
        assert story.writes() == []
        assert story.type("login-test -i INV").code == 5
        assert story.type("login-test -i INV --attest Ann").code == 0
        assert story.type("apply HOME/fix.plan -i INV").code == 0
