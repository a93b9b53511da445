"""`remediate report` from files: every form of every subject, and what is said when something is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from remediate.cli.main import main
from remediate.files.schemas import HERE as SCHEMAS
from remediate.report.forms import FORMS
from tests.golden.cases import HERE

CASE = HERE / "seed-untrusted-ca"
Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def plan(tmp_path: Path, capsys: Capsys) -> Path:
    """The plan of the case, as a file."""
    made = tmp_path / "fix.plan"
    playbook, capture = CASE / "playbook.yml", CASE / "observed.json"
    assert main(["plan", str(playbook), "-i", str(CASE / "inventory"), "--from", str(capture), "-o", str(made)]) == 0
    capsys.readouterr()
    return made


def typed(capsys: Capsys, *words: object) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("form", FORMS)
def test_form_of_a_plan(plan: Path, capsys: Capsys, form: str) -> None:
    """A plan file alone, with no inventory and no network, has every form; a second time the same."""
    code, out, err = typed(capsys, "report", plan, "--format", form)
    assert (code, err) == (0, "")
    assert "cucm-pub:6972" in out or form in ("mop", "backout", "readiness")
    assert "exp-c-2" in out
    assert typed(capsys, "report", plan, "--format", form)[1] == out


@pytest.mark.parametrize("form", FORMS)
def test_form_of_a_capture(tmp_path: Path, capsys: Capsys, form: str) -> None:
    """A capture with its inventory has every form; without a playbook every fix is tried."""
    out = tmp_path / "report"
    words = ("report", CASE / "observed.json", "-i", CASE / "inventory", "--format", form, "-o", out)
    code, said, _ = typed(capsys, *words)
    assert (code, said) == (0, f"{out}: {form} of capture observed.json\n")
    assert out.stat().st_mode & 0o777 == 0o600


def test_plan_with_its_capture(plan: Path, capsys: Capsys) -> None:
    """With the readings the page also has the chains of trust and the view after an upgrade."""
    alone = typed(capsys, "report", plan)[1]
    words = ("report", plan, "--from", CASE / "observed.json", "-i", CASE / "inventory")
    code, whole, _ = typed(capsys, *words)
    assert code == 0
    assert ("after an upgrade" in whole, 'id="chains"' in whole) == (True, True)
    assert ('id="chains"' in alone, "add --from CAPTURE -i INV" in alone) == (False, True)


@pytest.mark.parametrize("words", [(), ("--playbook", CASE / "playbook.yml")])
def test_readiness_without_its_playbook(capsys: Capsys, words: tuple[object, ...]) -> None:
    """Readiness looks ahead whatever playbook is at hand, and says that it chose for itself."""
    case = HERE / "seed-server-by-ip"
    read = (case / "observed.json", "-i", case / "inventory", "--format", "readiness", *words)
    code, told, _ = typed(capsys, "report", *read)
    assert code == 0
    assert "no playbook with upgrade_ready was given" in told.replace("\\", "")
    assert "System > Server, in a window of its own" in told
    assert "12 of 12" not in told


def test_foreign_capture(plan: Path, capsys: Capsys) -> None:
    """Readings that the plan was not made from are used, and that is said."""
    other = HERE / "healthy" / "observed.json"
    code, _, err = typed(capsys, "report", plan, "--from", other, "-i", CASE / "inventory")
    assert code == 0
    assert "not the readings that fix.plan was made from: they show 12 of its connections otherwise" in err


def test_capture_of_another_minute(plan: Path, capsys: Capsys, tmp_path: Path) -> None:
    """The same readings taken earlier tell the same: nothing is said."""
    read = json.loads((CASE / "observed.json").read_text(encoding="utf-8"))
    earlier = tmp_path / "before.capture"
    earlier.write_text(json.dumps(read | {"taken_at": "2026-01-01T00:00:00Z"}), encoding="utf-8")
    assert "not the readings" not in typed(capsys, "report", plan, "--from", earlier, "-i", CASE / "inventory")[2]


def test_json_keeps_its_schema(plan: Path, capsys: Capsys) -> None:
    """The JSON form has exactly the members of the shipped schema, and its version."""
    told: dict[str, Any] = json.loads(typed(capsys, "report", plan, "--format", "json")[1])
    schema = json.loads((SCHEMAS / "report.schema.json").read_text(encoding="utf-8"))
    assert set(told) == set(schema["properties"])
    assert (told["format_version"], told["kind"], told["subject"]) == ("1.0", "report", "plan")
    assert schema["properties"]["format_version"]["const"] == "1.0"


def test_junit_counts(plan: Path, capsys: Capsys) -> None:
    """A pipeline reads four failures among twelve connections."""
    root = etree.fromstring(typed(capsys, "report", plan, "--format", "junit")[1].encode())
    suite = next(s for s in root if s.get("name") == "connections")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("12", "4", "0")


def test_procedure_runs_without_the_tool(plan: Path, capsys: Capsys) -> None:
    """The procedure holds the certificates, names every field per step, and ends in remediate verify."""
    text = typed(capsys, "report", plan, "--format", "mop")[1]
    assert text.count("BEGIN CERTIFICATE") == 2
    items = text.count("\n### ")
    assert items == 4
    for field in ("- Minutes: ", "- Stop if: ", "- Backout: ", "- Do:"):
        assert text.count(field) == items
    last = [line for line in text.partition("## Annex")[0].splitlines() if line.startswith("remediate ")][-1]
    assert last == "remediate verify -i INVENTORY"


def test_change_record_has_five_fields(plan: Path, capsys: Capsys) -> None:
    """Justification, implementation plan, risk and impact, backout plan, test plan: none empty."""
    text = typed(capsys, "report", plan, "--format", "change")[1]
    fields = text.split("\n## ")[1:]
    assert [field.splitlines()[0] for field in fields] == [
        "Justification",
        "Implementation plan",
        "Risk and impact",
        "Backout plan",
        "Test plan",
    ]
    assert all(len(field.split()) > 8 for field in fields)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("report", "no-such-run"), "neither a file nor a run in the ledger"),
        (("report", CASE / "observed.json"), "add -i INV"),
        (("report", CASE / "findings.json"), "format_version"),
        (("report", "fix.plan", "--format", "pdf"), "invalid choice"),
    ],
)
def test_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, words: Any, told: str) -> None:
    """One line that says what is wrong and what to do, and exit 5."""
    monkeypatch.chdir(tmp_path)
    code, out, err = typed(capsys, *words)
    assert (code, out) == (5, "")
    assert told in err
    assert "Traceback" not in err
