"""An apply on the real ledger: what the engine writes survives in SQLite, locks included."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from remediate.engine.apply import ApplyPorts, ApplyResult, apply
from remediate.errors import JournalError
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import Killed
from tests.support.windows import Window, uploads, workaround


@dataclass
class OnDisk:
    """A window whose journal is a file."""

    made: Window
    path: Path
    ledger: SqlLedger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = open_ledger(str(self.path), self.made.clock)

    def apply(self, resume: str = "") -> ApplyResult:
        """As another process would: with a ledger of its own."""
        made = self.made
        self.ledger = open_ledger(str(self.path), made.clock)
        ports = ApplyPorts(
            made.desired.inventory, made.fleet, made.fleet, self.ledger, made.clock, made.operator, made.told
        )
        return apply(made.plan, made.sha256, ports, resume=resume)


def test_entries_survive(tmp_path: Path) -> None:
    """What another process reads is the whole run, in unbroken chains, and no lock is left."""
    disk = OnDisk(workaround(), tmp_path / ".remediate" / "ledger.sqlite")
    result = disk.apply()
    again = open_ledger(str(disk.path), disk.made.clock)
    assert result.outcome == "done"
    assert [lease.cluster for lease in again.outstanding().leases] == ["exp-c"]
    assert {head.cluster for head in again.verify()} == {"", "exp-c"}
    assert again.locks() == ()


def test_lock_shows_the_write_in_flight(tmp_path: Path) -> None:
    """While a write is out the lock names its step, for whoever finds the lock after a crash."""
    disk = OnDisk(uploads(), tmp_path / ".remediate" / "ledger.sqlite")
    seen: list[str] = []
    disk.made.fleet.after_write = lambda _action: seen.extend(lock.in_flight for lock in disk.ledger.locks())
    disk.apply()
    assert seen == [step.id for step in disk.made.plan.steps]


def test_death_and_resume(tmp_path: Path) -> None:
    """A run that died with a write out is resumed by another process and ends as if nothing had happened."""
    disk = OnDisk(uploads(), tmp_path / ".remediate" / "ledger.sqlite")

    def die(_action: object) -> None:
        raise Killed

    disk.made.fleet.after_write = die
    with pytest.raises(Killed):
        disk.apply()
    disk.made.fleet.after_write = lambda _action: None
    [opened] = open_ledger(str(disk.path), disk.made.clock).outstanding().open_runs
    result = disk.apply(resume=opened.run)
    assert (result.outcome, len(disk.made.fleet.writes)) == ("done", 2)
    assert disk.ledger.outstanding().open_runs == ()


def test_ledger_that_goes_away(tmp_path: Path) -> None:
    """The state directory deleted during the run stops it before the next write (F027)."""
    disk = OnDisk(uploads(), tmp_path / ".remediate" / "ledger.sqlite")
    disk.made.fleet.after_write = lambda _action: disk.path.unlink()
    with pytest.raises(JournalError, match="is gone"):
        disk.apply()
    assert len(disk.made.fleet.writes) == 1
