"""What only a ledger in a file has: modes, a directory, a disk that fills."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.errors import JournalError
from remediate.journal.entries import Attested
from remediate.ledger import database
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import opened

EXTRA = 3
PAGE = 4096


@pytest.fixture
def ledger(place: Path) -> SqlLedger:
    """An empty one in a file."""
    return open_ledger(str(place), FakeClock())


def test_reading_creates_nothing(ledger: SqlLedger, place: Path) -> None:
    """A command that only reads leaves no file behind."""
    assert (ledger.entries(), ledger.locks()) == ((), ())
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
    """EXTRA and DELETE on each connection."""
    ledger.append(opened())
    with ledger._database.reading() as connection:
        assert connection is not None
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == EXTRA
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"


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


def test_b108_ledger_of_another_user(ledger: SqlLedger, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to somebody else is neither read nor written."""
    ledger.append(opened())
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(JournalError, match="belongs to another user; keep the ledger in a directory of your own"):
        open_ledger(str(place), FakeClock()).entries()


def test_f025_flipped_bit(ledger: SqlLedger, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """F025: one bit of a middle record: the record is named, no rollback is made of it, the rest can be read."""
    for word in ("first", "second", "third"):
        ledger.append(Attested(run="r1", at=AT, who="ops@desk", what=word))
    kept = bytearray(place.read_bytes())
    kept[kept.index(b"second")] ^= 1
    place.write_bytes(kept)
    assert main(["ledger", "verify", "--ledger", str(place)]) == 1
    told = capsys.readouterr().err
    assert "record 2 (run r1, cluster none): its content was changed; `remediate ledger export`" in told
    with pytest.raises(JournalError, match="record 2"):
        open_ledger(str(place), FakeClock()).outstanding()
    assert main(["ledger", "export", "--ledger", str(place)]) == 0
    assert [line.count("third") for line in capsys.readouterr().out.splitlines()] == [0, 0, 1]


def test_f026_no_file_locks(ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """F026: a disk without flock is refused, never silently unlocked."""

    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(JournalError, match=r"no file locks \(No locks available\); keep the ledger on a local disk"):
        ledger.lock("exp-c", "r1", "ops").__enter__()
    assert ledger.locks() == ()


@pytest.mark.parametrize("gone", ["file", "directory"])
def test_f027_ledger_that_goes_away(ledger: SqlLedger, place: Path, gone: str) -> None:
    """F027: a ledger deleted during the run stops it, and it stays stopped."""
    ledger.append(opened())
    place.unlink()
    if gone == "directory":
        place.parent.rmdir()
    for _ in range(2):
        with pytest.raises(JournalError, match="is gone"):
            ledger.append(opened(cluster="exp-c"))
    assert not place.exists()


def test_b109_damaged_file(ledger: SqlLedger, place: Path) -> None:
    """A file that is no database is said to be damaged."""
    ledger.append(opened())
    place.write_bytes(b"not a database at all" * 300)
    with pytest.raises(JournalError, match="journal damaged"):
        open_ledger(str(place), FakeClock()).entries()


def test_f020_full_disk(ledger: SqlLedger, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F020: no room for the entry: nothing is kept of it, and later appends fail too."""
    ledger.append(opened())
    durable = database._durable_sqlite

    def small(connection: sqlite3.Connection, record: object) -> None:
        durable(connection, record)
        connection.execute(f"PRAGMA max_page_count={place.stat().st_size // PAGE}")

    monkeypatch.setattr(database, "_durable_sqlite", small)
    full = open_ledger(str(place), FakeClock())
    big = Attested(run="r1", at=AT, who="ops@desk", what="x" * 100_000)
    for _ in range(2):
        with pytest.raises(JournalError, match=rf"disk full: 100\d\d\d bytes needed at {place}; nothing is sent"):
            full.append(big)
    assert full.entries() == (opened(),)
