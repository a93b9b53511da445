"""The ledger on SQLite: durable, chained, private, one writer per cluster."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import threading
from pathlib import Path

import pytest

from remediate.errors import JournalError, Locked
from remediate.journal.entries import Attested, Entry, RunClosed
from remediate.ledger import database
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import intended, opened, spoil


def test_entries_come_back(ledger: SqlLedger, place: Path) -> None:
    """Another process reads the very entries, in order."""
    written: tuple[Entry, ...] = (opened(), opened(cluster="exp-c"), intended(), opened("r2"))
    for entry in written:
        ledger.append(entry)
    again = open_ledger(str(place), FakeClock())
    assert again.entries() == written
    assert again.entries("r2") == (opened("r2"),)
    assert [run.run for run in again.outstanding().open_runs] == ["r1", "r2"]


def test_reading_creates_nothing(ledger: SqlLedger, place: Path) -> None:
    """A command that only reads leaves no file behind."""
    assert (ledger.entries(), ledger.locks(), ledger.verify(), list(ledger.export())) == ((), (), (), [])
    assert not place.parent.exists()


def test_files_are_private_whatever_the_umask(ledger: SqlLedger, place: Path) -> None:
    """0600 in a 0700 directory."""
    before = os.umask(0)
    try:
        with ledger.lock("exp-c", "r1", "ops"):
            ledger.append(opened())
            modes = {path.stat().st_mode & 0o777 for path in place.parent.iterdir()}
    finally:
        os.umask(before)
    assert (place.parent.stat().st_mode & 0o777, modes) == (0o700, {0o600})


def test_connections_are_durable(ledger: SqlLedger) -> None:
    """FULL and DELETE on each connection, as the power-loss measurements ask."""
    ledger.append(opened())
    with ledger._database.reading() as connection:
        assert connection is not None
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


def test_names_are_durable(ledger: SqlLedger, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both directories are synced once the directory and the file are created (K4)."""
    synced: list[int] = []
    real = os.fsync

    def record(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    ledger.append(opened())
    assert {place.parent.parent.stat().st_ino, place.parent.stat().st_ino, place.stat().st_ino} <= set(synced)


@pytest.mark.parametrize("spoil", ["world-writable", "symlink", "file"])
def test_unsafe_directory(place: Path, spoil: str) -> None:
    """A directory that others can write, a link and a file are refused before anything is written."""
    if spoil == "symlink":
        place.parent.with_name("real").mkdir(mode=0o700)
        place.parent.symlink_to(place.parent.with_name("real"))
    elif spoil == "file":
        place.parent.touch(mode=0o600)
    else:
        place.parent.mkdir()
        place.parent.chmod(0o777)
    with pytest.raises(JournalError, match=r"can be written by others|symbolic link|not a directory"):
        open_ledger(str(place), FakeClock()).append(opened())


def test_readable_ledger(ledger: SqlLedger, place: Path) -> None:
    """A ledger that others can read is refused with the line that mends it."""
    ledger.append(opened())
    place.chmod(0o644)
    with pytest.raises(JournalError, match="chmod 600"):
        open_ledger(str(place), FakeClock()).entries()


def test_directory_that_goes_away(ledger: SqlLedger, place: Path) -> None:
    """A ledger deleted during the run stops it, and it stays stopped (F027)."""
    ledger.append(opened())
    place.unlink()
    for _ in range(2):
        with pytest.raises(JournalError, match="is gone"):
            ledger.append(opened(cluster="exp-c"))


@pytest.mark.parametrize(
    ("statement", "record"),
    [
        ("UPDATE entries SET body = replace(body, 'ops@desk', 'eve@desk') WHERE seq = 2", 2),
        ("DELETE FROM entries WHERE seq = 1", 2),
        ("UPDATE entries SET run = 'r9' WHERE seq = 3", 3),
        ("UPDATE entries SET kind = 'sent' WHERE seq = 2", 2),
        ("UPDATE entries SET seq = CASE seq WHEN 1 THEN 20 ELSE 1 END WHERE seq IN (1, 2)", 1),
    ],
)
def test_tampering_names_the_record(ledger: SqlLedger, place: Path, statement: str, record: int) -> None:
    """An edited, removed, moved or swapped record is named, and nothing after it is believed (F130)."""
    for _ in range(3):
        ledger.append(Attested(run="r1", at=AT, who="ops@desk", what="backup taken"))
    spoil(place, statement)
    with pytest.raises(JournalError, match=rf"journal damaged: record {record} \(run r"):
        ledger.entries()
    assert len(list(ledger.export())) >= 2


def test_damaged_file(ledger: SqlLedger, place: Path) -> None:
    """A file that is no database is said to be damaged."""
    ledger.append(opened())
    place.write_bytes(b"not a database at all" * 300)
    with pytest.raises(JournalError, match="journal damaged"):
        open_ledger(str(place), FakeClock()).entries()


def test_full_disk(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for the entry: nothing is kept of it, and later appends fail too."""
    ledger.append(opened())
    with ledger._database.reading() as connection:
        assert connection is not None
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    durable = database._durable_sqlite

    def small(connection: sqlite3.Connection, record: object) -> None:
        durable(connection, record)
        connection.execute(f"PRAGMA max_page_count={pages}")

    monkeypatch.setattr(database, "_durable_sqlite", small)
    full = open_ledger(str(ledger._database.path), FakeClock())
    big = Attested(run="r1", at=AT, who="ops@desk", what="x" * 100_000)
    for _ in range(2):
        with pytest.raises(JournalError, match="disk full"):
            full.append(big)
    assert full.entries() == (opened(),)


def test_chains_have_heads(ledger: SqlLedger) -> None:
    """One chain per run and cluster; each head counts its entries."""
    for entry in (opened(), opened(cluster="exp-c"), intended(), RunClosed(run="r1", at=AT, outcome="done")):
        ledger.append(entry)
    assert [(h.run, h.cluster, h.entries) for h in ledger.verify()] == [("r1", "", 2), ("r1", "exp-c", 2)]
    lines = [json.loads(line) for line in ledger.export()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert lines[3]["previous"] == lines[0]["digest"]


def _write_at_once(ledgers: list[SqlLedger], run: str) -> None:
    def write(ledger: SqlLedger) -> None:
        for number in range(20):
            ledger.append(Attested(run=run, at=AT, who="ops", what=str(number)))

    threads = [threading.Thread(target=write, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_writers_make_one_chain(place: Path) -> None:
    """Two ledgers on one file, appending at once, leave one unbroken chain (F132)."""
    ledgers = [open_ledger(str(place), FakeClock()) for _ in range(2)]
    ledgers[0].append(opened())
    _write_at_once(ledgers, "r1")
    assert [h.entries for h in ledgers[0].verify()] == [41]


@pytest.fixture
def postgresql() -> str:
    """URL of a PostgreSQL to use, from the environment."""
    url = os.environ.get("REMEDIATE_TEST_POSTGRESQL", "")
    if not url:
        pytest.skip("REMEDIATE_TEST_POSTGRESQL names no server")
    return url


def test_postgresql(postgresql: str) -> None:
    """The same ledger by URL: entries, one unbroken chain for two writers, and locks."""
    run, cluster = secrets.token_hex(4), secrets.token_hex(4)
    ledger, other = open_ledger(postgresql, FakeClock()), open_ledger(postgresql, FakeClock())
    with ledger.lock(cluster, run, "ops"):
        ledger.append(opened(run))
        ledger.append(intended(run))
        with pytest.raises(Locked, match="ops"):
            other.lock(cluster, "r2", "eve").__enter__()
    assert other.entries(run) == (opened(run), intended(run))
    _write_at_once([ledger, other], run)
    assert {h.cluster: h.entries for h in other.verify() if h.run == run} == {"": 41, "exp-c": 1}


def test_unknown_database() -> None:
    """A URL that names something else is refused in one line."""
    with pytest.raises(JournalError, match=r"SQLite or PostgreSQL|no driver"):
        open_ledger("mysql://host/name", FakeClock())
