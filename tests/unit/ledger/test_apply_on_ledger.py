"""An apply on the real ledger, in SQLite and in PostgreSQL: what the engine writes survives, locks included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from remediate.actions import Action
from remediate.engine.apply import ApplyPorts, ApplyResult, apply
from remediate.errors import JournalError
from remediate.journal.rollback import rollback_plan
from remediate.ledger.lock_files import release
from remediate.ledger.locks import LEASE_SECONDS, Held
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import Killed, Told
from tests.support.ledgers import spoil
from tests.support.windows import Window, off_on_two, uploads, workaround


@dataclass
class OnLedger:
    """A window whose journal is a real one."""

    made: Window
    url: str
    lease: float = LEASE_SECONDS
    ledger: SqlLedger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = open_ledger(self.url, self.made.clock, self.lease)

    def apply(self, resume: str = "") -> ApplyResult:
        """As another process would: with a ledger of its own."""
        made = self.made
        self.ledger = open_ledger(self.url, made.clock, self.lease)
        ports = ApplyPorts(
            made.desired.inventory, made.fleet, made.fleet, self.ledger, made.clock, made.operator, made.told
        )
        return apply(made.plan, made.sha256, ports, resume=resume)


def test_entries_survive(url: str) -> None:
    """What another process reads is the whole run, in unbroken chains, and no lock is left."""
    disk = OnLedger(workaround(), url)
    result = disk.apply()
    again = open_ledger(disk.url, disk.made.clock)
    assert result.outcome == "done"
    assert [lease.cluster for lease in again.outstanding().leases] == ["exp-c"]
    assert {head.cluster for head in again.verify()} == {"", "exp-c"}
    assert again.locks() == ()


def test_lock_shows_the_write_in_flight(url: str) -> None:
    """While a write is out the lock names its step, for whoever finds the lock after a crash."""
    disk = OnLedger(uploads(), url)
    seen: list[str] = []
    disk.made.fleet.after_write = lambda _action: seen.extend(lock.in_flight for lock in disk.ledger.locks())
    disk.apply()
    assert seen == [step.id for step in disk.made.plan.steps]


def test_death_and_resume(url: str) -> None:
    """A run that died with a write out is resumed by another process and ends as if nothing had happened."""
    disk = OnLedger(uploads(), url)

    def die(_action: object) -> None:
        raise Killed

    disk.made.fleet.after_write = die
    with pytest.raises(Killed):
        disk.apply()
    disk.made.fleet.after_write = lambda _action: None
    [opened] = open_ledger(disk.url, disk.made.clock).outstanding().open_runs
    result = disk.apply(resume=opened.run)
    assert (result.outcome, len(disk.made.fleet.writes)) == ("done", 2)
    assert disk.ledger.outstanding().open_runs == ()


def test_a_part_taken_back_leaves_no_lock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that died in the second cluster is taken back in the first alone: the lock of the second, which says that a
    write is in flight, goes with the run, and the next plan is not sent to a run that is closed."""
    disk = OnLedger(off_on_two(applied=False), url, lease=0.0)
    disk.made.fleet.before_write = die_on("exp-d-1")
    with monkeypatch.context() as dying:
        dying.setattr(SqlLedger, "_release", leave_behind)
        with pytest.raises(Killed):
            disk.apply()
    disk.made.fleet.before_write = lambda _action: None
    assert [lock.in_flight for lock in disk.ledger.locks()] == ["", "set-verify-origin-server:exp-d-1"]
    first, now = disk.ledger.entries()[0].run, disk.made.clock.now()
    seen = disk.made.fleet.now().model_copy(update={"outstanding": disk.ledger.outstanding()})
    disk.made.plan = rollback_plan(
        disk.ledger.entries(), first, disk.made.desired, seen, now,
        limit=frozenset({"exp-c"}), accept="test", tool_version="test",
    )  # fmt: skip
    assert disk.apply().outcome == "done"
    assert (disk.ledger.locks(), disk.ledger.outstanding().open_runs) == ((), ())


def die_on(host: str) -> Callable[[Action], None]:
    """Before the write on this device."""

    def before(action: Action) -> None:
        if action.host == host:
            raise Killed

    return before


def leave_behind(ledger: SqlLedger, held: Held) -> None:
    """As a process that is killed: its rows stay, and the kernel ends its file locks."""
    release(held.descriptor)
    if ledger._heartbeat is not None:
        ledger._heartbeat.stop()


def test_f027_ledger_that_goes_away(place: Path) -> None:
    """F027: the state directory deleted during the run stops it before the next write."""
    disk = OnLedger(uploads(), str(place))
    disk.made.fleet.after_write = lambda _action: place.unlink()
    with pytest.raises(JournalError, match="is gone"):
        disk.apply()
    assert len(disk.made.fleet.writes) == 1


def test_lock_lost_between_two_writes(url: str) -> None:
    """A run whose lock was taken while it was busy with one write never sends the next."""
    disk = OnLedger(uploads(), url)
    disk.made.fleet.after_write = lambda _action: spoil(url, "UPDATE locks SET id = 'other'")
    with pytest.raises(JournalError, match="the lock on exp-c was taken from this run; nothing more is written"):
        disk.apply()
    assert len(disk.made.fleet.writes) == 1


@dataclass
class Thief(Told):
    """Takes the lock as soon as a step begins, before it reads anything."""

    url: str = ""

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """Steal at each step."""
        if kind == "step":
            spoil(self.url, "UPDATE locks SET id = 'other'")
        super().event(kind, cluster, node, message)


def test_lock_lost_before_a_write(url: str) -> None:
    """Each send comes right after an append, so a lock lost in the reading before it stops the send."""
    disk = OnLedger(uploads(), url)
    disk.made.told = Thief(url=url)
    with pytest.raises(JournalError, match="was taken"):
        disk.apply()
    assert disk.made.told.of("step")
    assert disk.made.fleet.writes == []
