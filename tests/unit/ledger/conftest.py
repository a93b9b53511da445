"""A ledger of its own for each test, in SQLite and in PostgreSQL: what takes `url` or `ledger` runs on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import FakeClock
from tests.support.postgresql import Server, server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server of ours, one per worker; it starts in a second, and only where a test asks for it."""
    with server() as made:
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a ledger file may lie."""
    return tmp_path / ".remediate" / "ledger.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Where an empty ledger lies: a path, then a database."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("place"))
    made: Server = request.getfixturevalue("postgresql")
    return made.new_database()


@pytest.fixture
def ledger(url: str) -> SqlLedger:
    """An empty one."""
    return open_ledger(url, FakeClock())
