"""A ledger of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import FakeClock


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a ledger may lie."""
    return tmp_path / ".remediate" / "ledger.sqlite"


@pytest.fixture
def ledger(place: Path) -> SqlLedger:
    """An empty one."""
    return open_ledger(str(place), FakeClock())
