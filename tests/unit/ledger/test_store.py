"""The ledger on either database: entries in unbroken chains, and none kept that was not acknowledged."""

from __future__ import annotations

import hashlib
import json
import threading

import pytest

from remediate.cli.main import main
from remediate.errors import JournalError
from remediate.journal.entries import Attested, Entry, RunClosed
from remediate.ledger.chain import START, record_of
from remediate.ledger.store import SqlLedger, open_ledger
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import intended, opened, spoil

WRITERS, EACH = 4, 20


def said(what: str, run: str = "r1") -> Attested:
    """A short entry of the run as a whole."""
    return Attested(run=run, at=AT, who="ops@desk", what=what)


def test_entries_come_back(ledger: SqlLedger, url: str) -> None:
    """Another process reads the very entries, in order."""
    written: tuple[Entry, ...] = (opened(), opened(cluster="exp-c"), intended(), opened("r2"))
    for entry in written:
        ledger.append(entry)
    again = open_ledger(url, FakeClock())
    assert again.entries() == written
    assert again.entries("r2") == (opened("r2"),)
    assert [run.run for run in again.outstanding().open_runs] == ["r1", "r2"]


def test_b108_entry_of_a_newer_version(ledger: SqlLedger, url: str) -> None:
    """An entry of a kind that this version does not know is named as that, and nothing is made of the ledger."""
    ledger.append(opened())
    ledger.append(said("x"))
    known = record_of(said("x"), 2, record_of(opened(), 1, START).digest)
    body = known.body.replace('"kind":"attested"', '"kind":"foretold"')
    digest = hashlib.sha256(f"{known.previous}\n2\n{body}".encode()).hexdigest()
    spoil(url, f"UPDATE entries SET kind = 'foretold', body = '{body}', digest = '{digest}' WHERE seq = 2")  # noqa: S608
    with pytest.raises(JournalError, match=r"record 2 \(run r1, cluster none\): it is no entry of this version"):
        ledger.entries()
    assert len(list(ledger.export())) == 2


def test_empty_ledger(ledger: SqlLedger) -> None:
    """Nothing was written, nothing is there."""
    assert (ledger.entries(), ledger.locks(), ledger.verify(), list(ledger.export())) == ((), (), (), [])


@pytest.mark.parametrize(
    ("statement", "record"),
    [
        pytest.param(
            "UPDATE entries SET body = replace(body, 'ops@desk', 'eve@desk') WHERE seq = 2", 2, id="F130-edited"
        ),
        pytest.param("DELETE FROM entries WHERE seq = 1", 2, id="F130-removed"),
        pytest.param("UPDATE entries SET run = 'r9' WHERE seq = 3", 3, id="F130-moved"),
        pytest.param("UPDATE entries SET kind = 'sent' WHERE seq = 2", 2, id="F130-column"),
        pytest.param("UPDATE entries SET seq = seq + 10 WHERE seq = 1", 2, id="F130-renumbered"),
        pytest.param(
            "UPDATE entries SET body = (SELECT b.body FROM entries b WHERE b.seq = 3) WHERE seq = 2",
            2,
            id="F130-overwritten",
        ),
    ],
)
def test_f130_tampering_names_the_record(ledger: SqlLedger, url: str, statement: str, record: int) -> None:
    """F130: an edited, removed or moved record is named, and nothing after it is believed."""
    for number in range(3):
        ledger.append(said(str(number)))
    spoil(url, statement)
    with pytest.raises(JournalError, match=rf"journal damaged: record {record} \(run r"):
        ledger.entries()
    assert len(list(ledger.export())) >= 2


def test_f130_swapped(ledger: SqlLedger, url: str) -> None:
    """F130: two records that changed places."""
    for number in range(3):
        ledger.append(said(str(number)))
    for old, new in ((1, 99), (2, 1), (99, 2)):
        spoil(url, f"UPDATE entries SET seq = {new} WHERE seq = {old}")  # noqa: S608 - numbers of ours
    with pytest.raises(JournalError, match=r"record 1 \(run r1, cluster none\)"):
        ledger.entries()


def test_f130_inserted(ledger: SqlLedger, url: str) -> None:
    """F130: a record put in by somebody who knows the digest before it, but not that chains are read to their end."""
    for number in (1, 3):
        ledger.append(said(str(number)))
    spoil(url, "UPDATE entries SET seq = 3 WHERE seq = 2")
    forged = "INSERT INTO entries SELECT 2, run, cluster, at, kind, body, 'forged', digest FROM entries WHERE seq = 1"
    spoil(url, forged)
    with pytest.raises(JournalError, match=r"record 2 \(run r1, cluster none\)"):
        ledger.entries()


def test_f133_line_end_in_a_field(ledger: SqlLedger) -> None:
    """F133: one record is one line, whatever stands in it."""
    ledger.append(said("two\nlines\x1b[2J\u2028"))
    [line] = ledger.export()
    assert line.isascii()
    assert line.isprintable()
    assert ledger.entries() == (said("two\nlines\x1b[2J\u2028"),)


def test_chains_have_heads(ledger: SqlLedger) -> None:
    """One chain per run and cluster; each head counts its entries."""
    for entry in (opened(), opened(cluster="exp-c"), intended(), RunClosed(run="r1", at=AT, outcome="done")):
        ledger.append(entry)
    assert [(h.run, h.cluster, h.entries) for h in ledger.verify()] == [("r1", "", 2), ("r1", "exp-c", 2)]
    lines = [json.loads(line) for line in ledger.export()]
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert lines[3]["previous"] == lines[0]["digest"]


def test_f132_many_writers_make_one_chain(ledger: SqlLedger, url: str) -> None:
    """F132: several ledgers on one database, appending at once, leave one unbroken chain."""
    ledger.append(opened())
    failed: list[Exception] = []

    def write(writer: SqlLedger) -> None:
        try:
            for number in range(EACH):
                writer.append(said(str(number)))
        except JournalError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(open_ledger(url, FakeClock()),)) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [h.entries for h in ledger.verify()] == [1 + WRITERS * EACH]


def test_verbs(ledger: SqlLedger, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`ledger verify` prints heads, `ledger export` a JSON document per record, and damage is exit 1."""
    for entry in (opened(), intended()):
        ledger.append(entry)
    assert main(["ledger", "verify", "--ledger", url]) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["r1 -", "r1 exp-c"]
    assert main(["ledger", "export", "--ledger", url]) == 0
    exported = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["kind"] for record in exported] == ["run-opened", "step-intended"]
    spoil(url, "UPDATE entries SET body = '{}' WHERE seq = 2")
    assert main(["ledger", "verify", "--ledger", url]) == 1
    assert "record 2 (run r1, cluster exp-c)" in capsys.readouterr().err
    assert main(["ledger", "export", "--ledger", url]) == 0


def test_unknown_database() -> None:
    """A URL that names something else is refused in one line."""
    with pytest.raises(JournalError, match="SQLite or PostgreSQL, not in mysql"):
        open_ledger("mysql://host/name", FakeClock())
