"""A capture outlives the tool that wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.errors import CaptureError
from remediate.files.captures import read_capture
from remediate.model.reading import Known, Unknown

STORED = Path(__file__).parent / "stored" / "capture-v1.json"
"""Written on 2026-11-27 and never again: a change that needs it written anew is a new version with a way up."""


def test_version_1() -> None:
    """A stored capture of version 1 is read: times per node, readings and unknowns as they were."""
    observed = read_capture(STORED)
    assert observed.format_version == 1
    assert [peer.host for peer in observed.peers] == ["exp-c-1", "exp-c-2"]
    first, second = observed.peers
    assert first.read_at.isoformat() == "2026-11-24T02:00:00+00:00"
    assert isinstance(first.trust, Known)
    assert len(first.trust.value.entries) == 1
    assert isinstance(second.product, Unknown)
    assert all(origin.read_at.tzinfo is not None for origin in observed.origins)


def test_version_of_a_later_tool(tmp_path: Path) -> None:
    """A version that this tool does not know is named, and what it reads; it is not guessed at."""
    later = tmp_path / "later.capture"
    later.write_text(json.dumps(json.loads(STORED.read_text(encoding="utf-8")) | {"format_version": 2}))
    with pytest.raises(CaptureError, match="format_version is 2, this tool reads 1"):
        read_capture(later)
