"""Sole right to write on a cluster: who holds it, and what becomes of it when the holder dies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from remediate.errors import JournalError, Locked
from remediate.journal.entries import Entry
from remediate.ledger.store import SqlLedger, open_ledger
from remediate.ledger.tables import LOCKS
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import intended, opened, spoil


def test_lock_names_its_holder(ledger: SqlLedger, place: Path) -> None:
    """A second holder is refused, with who, where, since and run; afterwards the cluster is free."""
    other = open_ledger(str(place), FakeClock())
    with ledger.lock("exp-c", "r1", "ops@desk"):
        with pytest.raises(Locked, match=r"exp-c is locked by ops@desk on .* since 2026-11-24T02:00:00.* \(run r1\)"):
            other.lock("exp-c", "r2", "eve").__enter__()
        with other.lock("exp-d", "r2", "eve"):
            assert [lock.cluster for lock in ledger.locks()] == ["exp-c", "exp-d"]
    with other.lock("exp-c", "r2", "eve"):
        assert [lock.run for lock in ledger.locks()] == ["r2"]


def _abandon(ledger: SqlLedger, *entries: Entry) -> None:
    """A holder that dies: its row stays, its process does not."""
    held = ledger.lock("exp-c", "r1", "ops@desk")
    held.__enter__()
    for entry in entries:
        ledger.append(entry)
    kept = ledger.locks()
    held.__exit__(None, None, None)
    with ledger._database.writing() as connection:
        connection.execute(insert(LOCKS).values(**vars(kept[0])))


def test_lock_of_a_dead_holder(ledger: SqlLedger, place: Path) -> None:
    """A dead holder with nothing in flight is followed at once (F032)."""
    _abandon(ledger, opened())
    with open_ledger(str(place), FakeClock()).lock("exp-c", "r2", "eve"):
        assert [lock.run for lock in ledger.locks()] == ["r2"]


def test_lock_with_a_write_in_flight(ledger: SqlLedger, place: Path) -> None:
    """A dead holder's unsettled write keeps others out, but not the run that settles it."""
    _abandon(ledger, opened(), intended())
    other = open_ledger(str(place), FakeClock(AT + timedelta(days=1)))
    with pytest.raises(Locked, match="--resume r1"):
        other.lock("exp-c", "r2", "eve").__enter__()
    with other.lock("exp-c", "r1", "eve"):
        assert [lock.who for lock in ledger.locks()] == ["eve"]


def test_lock_that_was_taken(ledger: SqlLedger, place: Path) -> None:
    """A run whose lock is gone writes nothing more."""
    with ledger.lock("exp-c", "r1", "ops"):
        spoil(place, "UPDATE locks SET id = 'other'")
        with pytest.raises(JournalError, match="was taken"):
            ledger.append(intended())
    assert ledger.entries() == ()
