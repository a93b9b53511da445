"""What `drift` and `lint` tell machines, in the shapes that Terraform's hands read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.cli.main import main
from tests.golden.cases import HERE

CASE = HERE / "seed-untrusted-ca"
Captured = pytest.CaptureFixture[str]


def test_drift(capsys: Captured) -> None:
    """Each change with its address, before and after."""
    words = ("drift", CASE / "playbook.yml", "-i", CASE / "inventory", "--from", CASE / "observed.json")
    assert main([*map(str, words), "-json", "-detailed-exitcode"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["format_version"], told["blocked"]) == ("drift", "1.0", [])
    assert [one["address"] for one in told["resource_drift"]] == [
        f"exp-c.{peer}.upload-certificates:{peer}" for peer in ("exp-c-2", "exp-c-1")
    ]


def test_lint(tmp_path: Path, capsys: Captured) -> None:
    """Each mistake with its file, line and column; with `--fix` nothing but the document on stdout."""
    file = tmp_path / "site.yml"
    file.write_text("plays: [{nme: x}]\n")
    assert main(["lint", "--json", str(file)]) == 5
    told = json.loads(capsys.readouterr().out)
    assert (told["valid"], told["error_count"]) == (False, 1)
    assert told["diagnostics"] == [
        {
            "severity": "error",
            "summary": "unknown key 'nme'",
            "detail": "did you mean name?",
            "range": {"filename": str(file), "start": {"line": 1, "column": 10}},
        }
    ]
    file.write_text("plays:\n  - name: x\n    hosts: all\n    desired: {Origins: verified}\n")
    assert main(["lint", "--json", "--fix", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "kind": "lint",
        "format_version": "1.0",
        "valid": True,
        "error_count": 0,
        "diagnostics": [],
    }
    assert "origins: verified" in file.read_text()
