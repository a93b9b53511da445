"""`policy.yml`: defaults without it, and each mistake by its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import InventoryError
from remediate.files.inventory import load_inventory
from remediate.files.policy import load_policy
from remediate.model.policy import Policy

CLUSTERS = """
clusters:
  exp-c: {role: expressway-c, peers: {exp-c-1: {address: 10.0.0.1}}}
  exp-e: {role: expressway-e, peers: {exp-e-1: {address: 10.0.0.2}}}
"""
WHOLE = """
budgets: {max_failed: 2, max_unreachable: 3, keep_up: 1}
clusters_at_once: 2
first_cluster: exp-c
soak: 5m
backups: 24h
windows:
  - {name: night, kind: allow, days: [sat, sun], start: "22:00", duration: 6h, time_zone: Europe/Berlin}
  - {name: freeze, kind: deny, at: "2026-12-20T00:00:00Z", duration: 336h, clusters: exp-c}
approvals:
  allowed_signers: allowed_signers
  required: {additive: 0, security-reducing: 2}
login_test:
  edge: exp-e
  domain: example.test
  credentials: {username: mra-test, password: {env: MRA_TEST}}
"""


def policy(folder: Path, text: str) -> Policy:
    """The policy of an inventory with two clusters."""
    (folder / "clusters.yml").write_text(CLUSTERS)
    (folder / "policy.yml").write_text(text)
    return load_policy(folder, load_inventory(folder, {})[0])


def test_whole(tmp_path: Path) -> None:
    """Every key."""
    found = policy(tmp_path, WHOLE)
    assert (found.soak, found.backup_age, found.budgets.max_unreachable) == (300, 86_400, 3)
    assert [(w.kind, w.duration) for w in found.windows] == [("allow", 21_600), ("deny", 1_209_600)]
    assert found.approvals is not None
    assert found.approvals.signers == str(tmp_path / "allowed_signers")
    assert found.approvals.needed(frozenset({"additive"})) == 0
    assert found.approvals.needed(frozenset({"additive", "security-reducing"})) == 2
    assert found.login_test is not None
    assert found.login_test.repeat == 3


def test_none(tmp_path: Path) -> None:
    """The defaults hold where there is no file."""
    (tmp_path / "clusters.yml").write_text(CLUSTERS)
    assert load_policy(tmp_path / "clusters.yml", load_inventory(tmp_path, {})[0]) == Policy()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("window: []\n", "unknown key 'window'"),
        ("budgets: {max_failed: 0}\n", "equal means stop"),
        ("first_cluster: exp-d\n", "exp-d"),
        ('windows: [{name: n, kind: allow, days: sat, start: "22", duration: 1h}]\n', "time of day"),
        ('windows: [{name: n, kind: allow, days: sat, start: "22:00", duration: 1h, time_zone: Mars}]\n', "time zone"),
        ("windows: [{name: n, kind: allow, duration: 1h}]\n", "start is missing"),
        ('windows: [{name: n, kind: allow, days: sat, at: "2026-12-20T00:00:00Z", duration: 1h}]\n', "weekly"),
        ("approvals: {allowed_signers: x, required: {all: 1}}\n", "unknown key 'all'"),
        ("login_test: {edge: exp-c, domain: example.test, by_hand: true}\n", "exp-c"),
        ("login_test: {edge: exp-e, domain: example.test}\n", "test account"),
    ],
)
def test_bad_input(tmp_path: Path, text: str, what: str) -> None:
    """What, where, and what to do next."""
    with pytest.raises(InventoryError, match=r"policy\.yml:2:") as wrong:
        policy(tmp_path, "# ours\n" + text)
    assert what in str(wrong.value)
