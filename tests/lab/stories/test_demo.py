"""The demo: the story that a newcomer sees first."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.cli.main import main


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every scene comes true with the small proxy too, and nothing is left behind."""
    monkeypatch.setenv("REMEDIATE_LAB_ENGINE", "proxy")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["lab", "demo"]) == 0
    told = capsys.readouterr().out
    assert told.rstrip().endswith("every step in the ledger.")
    assert told.count("  502\n") == 4
    assert list(tmp_path.iterdir()) == []
