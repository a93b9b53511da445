"""Locks on screen: who holds which cluster, and the last resort, on a real ledger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.journal.entries import LockForced
from remediate.ledger.store import open_ledger
from tests.support.doubles import FakeClock
from tests.support.ledgers import abandon, intended, opened

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the ledger of a test lies."""
    return str(tmp_path / ".remediate" / "ledger.sqlite")


def test_no_lock(url: str, capsys: Captured) -> None:
    """A sentence, and no ledger is made."""
    assert main(["lock", "list", "--ledger", url]) == 0
    assert capsys.readouterr().out == "No cluster is locked.\n"
    assert not Path(url).exists()


def test_living_holder(url: str, capsys: Captured) -> None:
    """Who, where, since, run, and what to do next; nobody can take it."""
    ledger = open_ledger(url, FakeClock())
    with ledger.lock("exp-c", "r1", "ops@desk"):
        assert main(["lock", "list", "--ledger", url]) == 0
        shown = capsys.readouterr().out
        [lock] = ledger.locks()
        for word in (lock.id, "ops@desk", lock.place, lock.since, "r1", "lives", "-lock-timeout=5m"):
            assert word in shown
        assert main(["force-unlock", lock.id, "-force", "--ledger", url]) == 6
        assert "end that process first" in capsys.readouterr().err


def test_dead_holder_with_a_write_in_flight(url: str, capsys: Captured) -> None:
    """The way out is named before and after, and who forced it stands in the ledger."""
    ledger = open_ledger(url, FakeClock())
    lock = abandon(ledger, opened(), intended())
    assert main(["lock", "list", "--json", "--ledger", url]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["format_version"]) == ("locks", "1.0")
    assert [(one["alive"], one["in_flight"]) for one in told["locks"]] == [(False, "s1")]
    assert main(["force-unlock", lock.id, "-force", "--ledger", url]) == 0
    assert "the write of step s1 is unsettled" in capsys.readouterr().out.casefold()
    assert isinstance(ledger.entries("r1")[-1], LockForced)
    assert ledger.locks() == ()


@pytest.mark.parametrize("more", [[], ["-input=false"]])
def test_nobody_said_yes(url: str, more: list[str], capsys: Captured) -> None:
    """Without a terminal and without -force nothing is unlocked."""
    ledger = open_ledger(url, FakeClock())
    lock = abandon(ledger, opened())
    assert main(["force-unlock", lock.id, *more, "--ledger", url]) == 7
    assert "-force" in capsys.readouterr().err
    assert len(ledger.locks()) == 1


def test_unknown_lock(url: str, capsys: Captured) -> None:
    """Bad input, with the ids that stand."""
    lock = abandon(open_ledger(url, FakeClock()), opened())
    for more in ([], ["-force"]):  # nobody is asked about a lock that is none
        assert main(["force-unlock", "12", *more, "--ledger", url]) == 5
        assert f"{lock.id} (exp-c)" in capsys.readouterr().err
