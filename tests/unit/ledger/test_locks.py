"""Sole right to write on a cluster: who holds it, and what becomes of it when the holder dies."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from remediate.errors import InputError, JournalError, Locked
from remediate.journal.entries import Confirmed, Entry, LockForced, OutcomeUnknown, RunClosed
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import abandon, intended, opened, spoil
from tests.support.postgresql import Server

LONG_AGO = "2020-01-01T00:00:00+00:00"
LOOKS = 3000


def eventually(holds: Callable[[], bool]) -> None:
    """Looks again and again until it holds, and fails in the end."""
    again = threading.Event()
    assert any(holds() or again.wait(0.01) for _ in range(LOOKS))


def test_lock_names_its_holder(ledger: SqlLedger, url: str) -> None:
    """A second holder is refused, with who, where, since and run; afterwards the cluster is free."""
    other = open_ledger(url, FakeClock())
    with ledger.lock("exp-c", "r1", "ops@desk"):
        named = r"exp-c is locked by ops@desk on .*, process \d+ since 20.* \(run r1\); wait for it to end"
        with pytest.raises(Locked, match=named):
            other.lock("exp-c", "r2", "eve").__enter__()
        with other.lock("exp-d", "r2", "eve"):
            assert [lock.cluster for lock in ledger.locks()] == ["exp-c", "exp-d"]
    with other.lock("exp-c", "r2", "eve"):
        assert [lock.run for lock in ledger.locks()] == ["r2"]
    assert ledger.locks() == ()


def test_f032_lock_of_a_dead_holder(ledger: SqlLedger, url: str) -> None:
    """F032: a dead holder with nothing in flight is followed."""
    abandon(ledger, opened())
    assert [holder.alive for holder in ledger.holders()] == [False]
    with open_ledger(url, FakeClock()).lock("exp-c", "r2", "eve"):
        assert [(holder.lock.run, holder.alive) for holder in ledger.holders()] == [("r2", True)]


def test_f033_number_of_another_program(ledger: SqlLedger, url: str) -> None:
    """F033: the process number in a lock proves nothing: here it is that of a living process, ours."""
    kept = abandon(ledger, opened())
    assert kept.place.endswith(f"process {os.getpid()}")
    with open_ledger(url, FakeClock()).lock("exp-c", "r2", "eve"):
        assert [lock.run for lock in ledger.locks()] == ["r2"]


def test_f032_lock_with_a_write_in_flight(ledger: SqlLedger, url: str) -> None:
    """F032: a dead holder's unsettled write keeps others out, but not the run that settles it."""
    abandon(ledger, opened(), intended())
    other = open_ledger(url, FakeClock(AT + timedelta(days=1)))
    with pytest.raises(Locked, match="step s1 unsettled: remediate apply --resume r1, or remediate rollback r1"):
        other.lock("exp-c", "r2", "eve").__enter__()
    with other.lock("exp-c", "r1", "eve"):
        assert [lock.who for lock in ledger.locks()] == ["eve"]


@pytest.mark.parametrize(
    ("after", "in_flight"),
    [
        (OutcomeUnknown(run="r1", cluster="exp-c", at=AT, step="s1", why="reply lost"), "s1"),
        (Confirmed(run="r1", cluster="exp-d", at=AT, step="s1"), "s1"),
        (Confirmed(run="r1", cluster="exp-c", at=AT, step="s1"), ""),
        (RunClosed(run="r1", cluster="exp-c", at=AT, outcome="failed"), ""),
    ],
    ids=["unknown", "another cluster", "confirmed", "closed"],
)
def test_what_settles_a_write(ledger: SqlLedger, after: Entry, in_flight: str) -> None:
    """A lost reply settles nothing: that write may still take effect."""
    with ledger.lock("exp-c", "r1", "ops"), ledger.lock("exp-d", "r1", "ops"):
        ledger.append(intended())
        ledger.append(after)
        assert ledger.locks()[0].in_flight == in_flight


@pytest.mark.parametrize("deed", ["UPDATE locks SET id = 'other'", "DELETE FROM locks"], ids=["taken", "removed"])
def test_lock_that_was_taken(ledger: SqlLedger, url: str, deed: str) -> None:
    """A run that lost one of its locks writes nothing more, on no cluster, and says which."""
    with ledger.lock("exp-c", "r1", "ops"), ledger.lock("exp-d", "r1", "ops"):
        spoil(url, f"{deed} WHERE cluster = 'exp-c'")
        for entry in (intended(), opened()):
            with pytest.raises(JournalError, match="the lock on exp-c was taken"):
                ledger.append(entry)
    assert ledger.entries() == ()


def test_living_holder_is_not_unlocked(ledger: SqlLedger, url: str) -> None:
    """Nobody takes a lock from a process that lives, and no trace of the attempt is left."""
    with ledger.lock("exp-c", "r1", "ops"):
        [lock] = ledger.locks()
        with pytest.raises(Locked, match="end that process first"):
            open_ledger(url, FakeClock()).force_unlock(lock.id, "eve@desk")
        ledger.append(opened())
        assert ledger.locks() == (lock.__class__(**{**vars(lock), "heartbeat": ledger.locks()[0].heartbeat}),)
    assert ledger.entries() == (opened(),)


def test_force_unlock(ledger: SqlLedger, url: str) -> None:
    """The lock goes, who did it is in the chain of the run, and what was in flight stays unsettled."""
    lock = abandon(ledger, opened(), intended())
    other = open_ledger(url, FakeClock())
    assert other.force_unlock(lock.id, "eve@desk").in_flight == "s1"
    *_, note = other.entries("r1")
    assert note == LockForced(
        run="r1",
        cluster="exp-c",
        at=AT,
        lock=lock.id,
        holder=f"ops@desk on {lock.place}",
        in_flight="s1",
        who="eve@desk",
    )
    assert [run.run for run in other.outstanding().open_runs] == ["r1"]
    with other.lock("exp-c", "r2", "eve"):
        assert [held.run for held in other.locks()] == ["r2"]
    assert [head.entries for head in other.verify()] == [1, 2]


def test_unlock_of_nothing(ledger: SqlLedger) -> None:
    """An id that nobody knows is bad input, and the ids that stand are named."""
    with pytest.raises(InputError, match=r"no lock has the id 12") as none:
        ledger.force_unlock("12", "eve")
    assert "none stands" in str(none.value)
    lock = abandon(ledger, opened())
    with pytest.raises(InputError) as some:
        ledger.force_unlock("12", "eve")
    assert f"{lock.id} (exp-c)" in str(some.value)


def test_server_clock_counts(postgresql: Server) -> None:
    """Two machines whose clocks are ten years apart agree on who lives, since their server's clock counts."""
    url = postgresql.new_database()
    early, late = (open_ledger(url, FakeClock(AT.replace(year=year))) for year in (2020, 2030))
    with late.lock("exp-c", "r1", "ops"):
        with pytest.raises(Locked):
            early.lock("exp-c", "r2", "eve").__enter__()
        assert [holder.alive for holder in early.holders()] == [True]
        [lock] = late.locks()
        assert lock.since[:4] not in ("2020", "2030")
    with early.lock("exp-c", "r2", "eve"), pytest.raises(Locked):
        late.lock("exp-c", "r3", "ops").__enter__()


def test_heart_beats(postgresql: Server) -> None:
    """While a lock is held its holder says that it lives, without an entry being written; afterwards no more."""
    url = postgresql.new_database()
    ledger, looking = open_ledger(url, FakeClock(), heartbeat_seconds=0.01), open_ledger(url, FakeClock())
    with ledger.lock("exp-c", "r1", "ops"), ledger.lock("exp-d", "r1", "ops"):
        first = {lock.cluster: lock.heartbeat for lock in looking.locks()}
        eventually(lambda: all(lock.heartbeat != first[lock.cluster] for lock in looking.locks()))
        assert ledger._heartbeat is not None
        thread = ledger._heartbeat._thread
        assert thread is not None
        assert thread.is_alive()
    assert not thread.is_alive()
    assert looking.locks() == ()


def test_heart_notices_a_lost_lock(postgresql: Server) -> None:
    """The next append fails although the lock was given back to nobody in between."""
    url = postgresql.new_database()
    ledger = open_ledger(url, FakeClock(), heartbeat_seconds=0.01)
    with ledger.lock("exp-c", "r1", "ops"):
        spoil(url, "UPDATE locks SET id = 'x' || id")
        eventually(lambda: bool(ledger._lost))
        spoil(url, "UPDATE locks SET id = substr(id, 2)")
        with pytest.raises(JournalError, match="the lock on exp-c was taken"):
            ledger.append(opened())


def test_lost_server(postgresql: Server) -> None:
    """A server that is not there is one line, without the password."""
    url = postgresql.url("nowhere").replace("tester@", "tester:hunter2@")
    with pytest.raises(JournalError, match="cannot use the journal postgresql") as error:
        open_ledger(url, FakeClock()).append(opened())
    assert "hunter2" not in str(error.value)
    assert "\n" not in str(error.value)


def test_ledgers_apart(tmp_path: Path) -> None:
    """Locks of one ledger say nothing about another."""
    one, two = (open_ledger(str(tmp_path / name / "ledger.sqlite"), FakeClock()) for name in ("a", "b"))
    with one.lock("exp-c", "r1", "ops"), two.lock("exp-c", "r2", "eve"):
        assert ([lock.run for lock in one.locks()], [lock.run for lock in two.locks()]) == (["r1"], ["r2"])
