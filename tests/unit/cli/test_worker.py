"""`remediate worker` and `--executor` where no device is needed."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from remediate.cli.main import main
from remediate.executors.order import Order, Shard
from remediate.journal.entries import Entry, Failed, LentToWorker, RunClosed, RunOpened
from remediate.ledger.store import open_ledger
from remediate.model.base import canonical_json
from remediate.model.policy import Policy
from tests.support.tiny_clock import SystemClock
from tests.support.windows import uploads

Capsys = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
EXAMPLE = Path(__file__).parents[3] / "inventories" / "example"
NOW = datetime.now(UTC)


def opened(run: str) -> RunOpened:
    """A run on one cluster."""
    return RunOpened(
        run=run, cluster="exp-c", at=NOW, plan="0" * 64, steps_digest="0" * 64, purpose="remediate",
        clusters=("exp-c",), who="me",
    )  # fmt: skip


def order(made_at: datetime | None = None, ends: timedelta = timedelta(hours=1)) -> Order:
    """For the cluster of a plan; without a time only its journal is asked for."""
    made = uploads()
    shard = None
    if made_at is not None:
        shard = Shard(
            plan=made.plan,
            inventory=made.desired.inventory,
            policy=Policy(),
            made_at=made_at,
            begins_until=made_at + ends,
            history=(opened("r1"),),
        )
    return Order(run="r1", cluster="exp-c", clusters=("exp-c",), locks_as="r1", who="me", shard=shard)


def answer(given: bytes, home: Path, monkeypatch: Patch, capsys: Capsys) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, events and stderr of a worker that is handed these bytes."""
    (home / "stdin").write_bytes(given)
    with (home / "stdin").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        code = main(["worker", "--ledger", str(home / "kept" / "ledger.sqlite")])
        for reader in [thread for thread in threading.enumerate() if thread.name == "stdin"]:
            reader.join()  # it would read a descriptor that is closed, or another test's
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


@pytest.mark.parametrize("given", [b"", b"hello\n", b"{}\n", b'{"format_version": 1}\n', b"\xff\n", b"[" * 100_000])
def test_no_order(given: bytes, tmp_path: Path, monkeypatch: Patch, capsys: Capsys) -> None:
    """One clear error, and nothing on stdout that looks like an answer."""
    code, events, err = answer(given, tmp_path, monkeypatch, capsys)
    assert (code, events) == (5, [])
    assert err.startswith("error: stdin: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_shard_that_lay(off: timedelta, tmp_path: Path, monkeypatch: Patch, capsys: Capsys) -> None:
    """A shard of another time is not begun: no device is asked, nothing is written down."""
    given = canonical_json(order(datetime.now(UTC) + off))
    code, events, _ = answer(given, tmp_path, monkeypatch, capsys)
    assert code == 0
    assert [event["type"] for event in events] == ["version", "hello", "closing"]
    closing = events[-1]["closing"]
    assert (closing["outcome"], closing["refused"], closing["entries"]) == ("interrupted", True, 0)
    assert "it lay, or the clocks are apart" in closing["why"]


def test_time_is_over(tmp_path: Path, monkeypatch: Patch, capsys: Capsys) -> None:
    """Its lease ended before it came."""
    given = canonical_json(order(datetime.now(UTC), timedelta()))
    _, events, _ = answer(given, tmp_path, monkeypatch, capsys)
    assert events[-1]["closing"]["why"] == "its time is over"


def test_cluster_is_held(tmp_path: Path, monkeypatch: Patch, capsys: Capsys) -> None:
    """Another worker still works on it there: nothing is begun, and that it lives is told."""
    kept = open_ledger(str(tmp_path / "kept" / "ledger.sqlite"), SystemClock())
    with kept.lock("exp-c", "r1", "other"):
        _, events, _ = answer(canonical_json(order(datetime.now(UTC))), tmp_path, monkeypatch, capsys)
        closing = events[-1]["closing"]
        assert (closing["outcome"], closing["refused"], closing["alive"]) == ("unreachable", True, True)
        assert "locked by other" in closing["why"]
        _, events, _ = answer(canonical_json(order()), tmp_path, monkeypatch, capsys)
        assert events[-1]["closing"]["alive"] is True
    _, events, _ = answer(canonical_json(order()), tmp_path, monkeypatch, capsys)
    assert events[-1]["closing"]["alive"] is False


def test_journal_is_told_again(tmp_path: Path, monkeypatch: Patch, capsys: Capsys) -> None:
    """Of this run and this cluster, since the run was opened; the sum agrees with what was told."""
    kept = open_ledger(str(tmp_path / "kept" / "ledger.sqlite"), SystemClock())
    old = Failed(run="r0", cluster="exp-c", at=NOW - timedelta(days=1), step="s", why="old")
    mine = RunClosed(run="r1", cluster="exp-c", at=NOW, outcome="failed")
    other = RunClosed(run="r1", cluster="exp-d", at=NOW, outcome="done")
    entries: tuple[Entry, ...] = (old, opened("r1"), mine, other)
    for entry in entries:
        kept.append(entry)
    _, events, _ = answer(canonical_json(order()), tmp_path, monkeypatch, capsys)
    told = [event["entry"] for event in events if event["type"] == "journal"]
    assert told == [mine.model_dump(mode="json")]
    assert events[-1]["closing"]["entries"] == 1


def test_rollback_of_a_lent_cluster(tmp_path: Path, capsys: Capsys) -> None:
    """While a lost worker may still write there is no way back; afterwards it is said what may be missing from it."""
    url = str(tmp_path / "own" / "ledger.sqlite")
    ledger = open_ledger(url, SystemClock())
    ledger.append(opened("r1"))
    ledger.append(LentToWorker(run="r1", cluster="exp-c", at=NOW, until=NOW + timedelta(hours=1)))
    line = ["rollback", "r1", "-i", str(EXAMPLE), "--ledger", url, "--input=false"]
    assert main(line) == 6
    assert "the worker of exp-c was lost, and its journal is not here" in capsys.readouterr().err
    assert main([*line, "--executor", "command: false"]) == 6
    assert "could not be fetched: its command ended with 1" in capsys.readouterr().err
