"""What `doctor` says of this machine and of a ledger, on real files; devices are a story on the lab."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from remediate.cli.commands.doctor import verdict
from remediate.cli.doctor.books import left
from remediate.cli.doctor.here import tool
from remediate.cli.main import main
from remediate.cli.wiring import production
from remediate.ledger.store import SqlLedger, open_ledger
from remediate.model.condition import Condition, State
from remediate.model.outstanding import Lease, Obligation, OpenRun, Outstanding
from remediate.report.as_text.doctor import doctor
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import abandon, intended, opened, spoil

Captured = pytest.CaptureFixture[str]


def unused(*_: object) -> NoReturn:
    """A factory that nobody may call."""
    raise AssertionError("a device was asked")


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A place of its own, without settings."""
    for name in [name for name in os.environ if name.startswith("REMEDIATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "work").mkdir(mode=0o755)
    monkeypatch.chdir(tmp_path / "work")


def examined(capsys: Captured, code: int, *argv: str) -> list[dict[str, Any]]:
    """The conditions that are told, none of them good, and the exit code that they must have."""
    assert main(["doctor", *argv, "--json"], replace(production(), readers=unused)) == code
    conditions: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["conditions"]
    return [one for one in conditions if one["state"] != "good" and one["area"] not in ("tool", "clock")]


def test_this_machine_alone(capsys: Captured, tmp_path: Path) -> None:
    """Without an inventory no device is asked, nothing is made, and versions, settings, clock and ledger are told."""
    assert main(["doctor"], replace(production(), readers=unused)) == 0
    out = capsys.readouterr().out
    for words in ("tool:\n  good     remediate: ", "settings:\n", "clock:\n", "ledger:\n", "not there yet"):
        assert words in out
    assert out.endswith("\nNothing that was examined would stop an apply.\n")
    assert list((tmp_path / "work").iterdir()) == []


def test_every_library_is_looked_at() -> None:
    """Each library that this release needs is there in the version that it asks for, or stops an apply by name."""
    conditions = list(tool())
    assert [one for one in conditions if one.state == "stops"] == []
    named = next(one.what for one in conditions if one.subject == "libraries")
    assert all(f"{library} " in named for library in ("paramiko", "pydantic", "sqlalchemy"))


def test_settings_and_what_set_them(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """File and variable are named; a variable that nobody reads is most likely a typing error."""
    Path("remediate.yml").write_text("forks: 20\nlimit: site-a\n")
    monkeypatch.setenv("REMEDIATE_FORKS", "9")
    monkeypatch.setenv("REMEDIATE_INVENTROY", "x")
    monkeypatch.setenv("REMEDIATE_VAR_owner", "x")
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "forks: 9, from REMEDIATE_FORKS\n" in out
    assert "limit: site-a, from remediate.yml\n" in out
    assert (
        "REMEDIATE_INVENTROY: nothing reads this variable\n           next: did you mean REMEDIATE_INVENTORY?\n" in out
    )
    assert "REMEDIATE_VAR" not in out


def kept(path: Path) -> SqlLedger:
    """A ledger with a run that did not end."""
    ledger = open_ledger(str(path), FakeClock())
    ledger.append(opened())
    ledger.append(intended())
    return ledger


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "others write to its directory": (lambda path: path.parent.chmod(0o777), "can be written by others: chmod 700"),
    "others read it": (lambda path: path.chmod(0o644), "can be read by others: chmod 600"),
    "a broken chain": (lambda path: spoil(path, "UPDATE entries SET body = '{}' WHERE seq = 1"), "record 1"),
    "another schema": (lambda path: spoil(path, "ALTER TABLE entries ADD COLUMN later TEXT"), "entries.later"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_ledger_that_cannot_be_kept(what: str, capsys: Captured, tmp_path: Path) -> None:
    """An unsafe place, a broken chain or tables of another release stop an apply, with the reason."""
    path = tmp_path / ".remediate" / "ledger.sqlite"
    kept(path)
    spoiling, words = SPOILT[what]
    spoiling(path)
    found = [one for one in examined(capsys, 9, "--ledger", str(path)) if one["state"] == "stops"]
    assert any(words in one["what"] for one in found), found
    assert all(one["next"] for one in found)


def test_lock_and_run_that_did_not_end(capsys: Captured, tmp_path: Path) -> None:
    """A dead holder with a write in flight, and its run, each with the way out."""
    path = tmp_path / ".remediate" / "ledger.sqlite"
    abandon(open_ledger(str(path), FakeClock()), opened(), intended())
    lock, run = examined(capsys, 9, "--ledger", str(path))
    assert (lock["subject"], lock["state"]) == ("exp-c", "stops")
    assert "remediate apply PLAN --resume r1" in lock["next"]
    assert (run["what"], run["state"]) == ("run r1 did not end", "stops")


def test_what_is_owed_stops_nothing() -> None:
    """A workaround past its date and a pending restart are told, and stand against no apply."""
    lease = Lease(cluster="exp-c", owner="A", ticket="T", reason="r", opened_at=AT, expires=AT, run="r1")
    owed = Obligation(id="o", kind="restart", cluster="exp-c", host="exp-c-1", since=AT, run="r1")
    late, pending = left(Outstanding(leases=(lease,), obligations=(owed,)), AT + timedelta(days=1))
    assert (late.state, "EXPIRED" in late.what) == ("note", True)
    assert (pending.state, pending.subject) == ("note", "exp-c-1")
    (run,) = left(Outstanding(open_runs=(OpenRun(run="r", plan="0" * 64, clusters=("c",), opened_at=AT),)), AT)
    assert run.state == "stops"


@pytest.mark.parametrize(
    ("states", "code", "sum_"),
    [
        (("good", "note"), 0, "Nothing that was examined would stop an apply."),
        (("good", "unknown"), 4, "Nothing that could be examined would stop an apply; 1 thing could not be examined."),
        (("stops", "stops"), 9, "2 things would stop an apply."),
        (("stops", "unknown"), 9, "1 thing would stop an apply; 1 thing could not be examined."),
    ],
)
def test_verdict(states: tuple[State, ...], code: int, sum_: str) -> None:
    """What stops an apply before what is not known, in the exit code and in the last line."""
    conditions = [Condition(area="a", subject="s", state=state, what="w\x1b[2J") for state in states]
    assert verdict(conditions) == code
    assert doctor(conditions).splitlines()[-1] == sum_
    assert "\x1b" not in doctor(conditions)


def scanned(capsys: Captured, code: int, *argv: str) -> tuple[str, str]:
    """What a look for passwords says; no device may be asked."""
    assert main(["doctor", *argv], replace(production(), readers=unused)) == code
    said = capsys.readouterr()
    return said.out, said.err


def test_scan_for_secrets(capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files that hold a password are named with the line, in words and as a document, and it is never shown."""
    words = "clusters: {exp-c: {role: expressway-c, credentials: {username: admin, password: {file: pw}}, peers: "
    inventory, password, run = Path("inv.yml"), "hunt-er2&more", tmp_path / "run"
    inventory.write_text(words + "{exp-c-1: {address: 10.0.0.1}}}}\n")
    Path("pw").write_text(password + "\n")
    Path("pw").chmod(0o600)
    run.mkdir()
    (run / "clean").write_text("hunt and more\n")
    assert scanned(capsys, 0, "-i", "inv.yml", "--scan-secrets", str(run))[0] == (
        "A password stands in 0 of 1 file; 0 could not be read.\n"
    )
    (run / "a.log").write_text(f"first\nsecond\npassword={password}\n")
    (run / "b.json").write_text(json.dumps({"authorization": base64.b64encode(f"admin:{password}".encode()).decode()}))
    (run / "link").symlink_to("a.log")
    out, err = scanned(capsys, 9, "-i", "inv.yml", "--scan-secrets", str(run))
    assert [line.partition(": ")[0] for line in out.splitlines()[:2]] == [f"{run}/a.log:3", f"{run}/b.json:1"]
    assert "A password stands in 2 of 3 files" in out
    document = json.loads(scanned(capsys, 9, "-i", "inv.yml", "--scan-secrets", str(run), "--json")[0])
    assert [(one["path"], one["line"]) for one in document["found"]] == [(f"{run}/a.log", 3), (f"{run}/b.json", 1)]
    assert password not in out + err + str(document)
    assert scanned(capsys, 0, "-i", "inv.yml", "--scan-secrets", ".")[0].startswith("A password stands in 0 of 1 file;")
    (run / "a.log").unlink()
    (run / "b.json").unlink()
    monkeypatch.setattr("remediate.cli.doctor.artefacts.MOST_BYTES", 4)
    assert "clean: larger than" in scanned(capsys, 4, "-i", "inv.yml", "--scan-secrets", str(run))[0]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--scan-secrets", "."], "the inventory is missing: it says what to look for: add -i INV"),
        (["-i", "inv.yml", "--scan-secrets", "nope"], "--scan-secrets nope: no such folder"),
    ],
)
def test_scan_for_nothing(capsys: Captured, argv: list[str], words: str) -> None:
    """Without something to look for, or a place to look, it is no clean bill."""
    assert words in scanned(capsys, 5, *argv)[1]
