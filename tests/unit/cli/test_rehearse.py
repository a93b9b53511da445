"""`remediate rehearse` from files, the note that it leaves, and the policy that asks for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from remediate.cli.main import main
from remediate.cli.wiring import production
from tests.golden.cases import HERE

CASE = HERE / "seed-untrusted-ca"
Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """That of the case, with room beside it."""
    return Path(shutil.copytree(CASE / "inventory", tmp_path / "inventory"))


@pytest.fixture
def plan(inventory: Path, capsys: Capsys) -> Path:
    """Its plan, as a file."""
    made = inventory.parent / "fix.plan"
    capture = str(CASE / "observed.json")
    assert main(["plan", str(CASE / "playbook.yml"), "-i", str(inventory), "--from", capture, "-o", str(made)]) == 0
    capsys.readouterr()
    return made


def rehearsed(plan: Path, inventory: Path, case: Path = CASE, *more: str) -> int:
    """Its rehearsal on captured readings."""
    return main(["rehearse", str(plan), "-i", str(inventory), "--from", str(case / "observed.json"), *more])


def test_every_way_holds(plan: Path, inventory: Path, capsys: Capsys) -> None:
    """Counts for people, every trial for machines, and a note beside the plan."""
    assert rehearsed(plan, inventory) == 0
    out, err = capsys.readouterr()
    assert "as planned     done; taken back, 4 changes left as declared" in out
    assert "Rehearsal: 40 of 40 ways held." in out
    assert f"{plan}.rehearsed: rehearsed" in err
    note = Path(f"{plan}.rehearsed")
    assert note.stat().st_mode & 0o777 == 0o600
    assert json.loads(note.read_bytes())["trials"] == 40
    assert rehearsed(plan, inventory, CASE, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["holds"], len(told["trials"])) == ("rehearsal", True, 40)


def test_one_does_not(plan: Path, inventory: Path, capsys: Capsys) -> None:
    """On readings of other devices, with what is wrong; the note of an earlier rehearsal is gone."""
    assert rehearsed(plan, inventory) == 0
    capsys.readouterr()
    assert rehearsed(plan, inventory, HERE / "healthy") == 9
    out = capsys.readouterr().out
    assert "    WRONG  as planned; to the end: stale\n" in out
    assert "exp-c-1: serial number was " in out
    assert not Path(f"{plan}.rehearsed").exists()


def test_stdin_is_no_file(capsys: Capsys, inventory: Path) -> None:
    """The note has to lie beside something."""
    assert main(["rehearse", "-", "-i", str(inventory)]) == 5
    assert "a plan is rehearsed as a file" in capsys.readouterr().err


def nobody(*_: object) -> NoReturn:
    """A factory that nobody may call."""
    raise AssertionError("a device was asked")


def test_policy_asks_for_it(plan: Path, inventory: Path, capsys: Capsys) -> None:
    """Without a rehearsal of these very bytes no device is asked; with one the run goes on to them."""
    (inventory / "policy.yml").write_text("rehearsal: required\n")
    apply = ["apply", str(plan), "-i", str(inventory)]
    alone = replace(production(), readers=nobody, writers=nobody)
    assert main(apply, alone) == 7
    assert f"the policy asks for a rehearsal of this plan: remediate rehearse {plan} -i INV" in capsys.readouterr().err
    assert rehearsed(plan, inventory) == 0
    note = Path(f"{plan}.rehearsed")
    good = note.read_bytes()
    note.write_bytes(good.replace(json.loads(good)["plan"].encode(), b"0" * 64))
    assert main(apply, alone) == 7
    assert f"{note} is of another plan" in capsys.readouterr().err
    note.write_bytes(b"{")
    assert main(apply, alone) == 5
    assert str(note) in capsys.readouterr().err
    note.write_bytes(good)
    assert main(apply, alone) == 250
    assert "a device was asked" not in capsys.readouterr().out
