"""A golden case is a folder of data: an inventory, a playbook and a capture, and what must come of them.

`python -m tests.golden.cases` judges every case again and writes what came; `… --record [SCENARIO…]` first
captures every scenario of the lab anew, or those named. Read the difference before you commit it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from remediate.checks import findings_for
from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.model.base import canonical_json
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.as_text.plan import plan as plan_text
from remediate.report.dossier import Dossier, of_capture
from remediate.report.forms import FORMS

HERE = Path(__file__).parent
PLAYBOOKS = HERE.parent.parent / "playbooks"


def cases() -> list[Path]:
    """Folders that hold a capture."""
    return sorted(path.parent for path in HERE.glob("*/observed.json"))


def judged(case: Path) -> dict[str, str]:
    """What comes of a case: file name → text."""
    desired = load_desired(case / "inventory", case / "playbook.yml")
    observed = read_capture(case / "observed.json")
    plan = plan_for(desired, observed, observed.taken_at, "golden")
    reports = _reports(case, of_capture("observed.json", desired, observed, plan))
    findings = [json.loads(canonical_json(f)) for f in findings_for(desired, observed)]
    return {
        "findings.json": json.dumps(findings, indent=1, ensure_ascii=False) + "\n",
        "plan.json": _plan_json(plan),
        "plan.txt": plan_text(plan),
        **reports,
    }


def _reports(case: Path, dossier: Dossier) -> dict[str, str]:
    """The forms that the case keeps in its folder `report`, where it has one."""
    kept = sorted(path.name for path in (case / "report").glob("*"))
    return {f"report/{name}": FORMS[name.partition(".")[0]](dossier) for name in kept}


def _plan_json(plan: Plan) -> str:
    """The plan without what it rests on: connections and findings stand in the capture and beside it."""
    whole = json.loads(canonical_json(plan))
    kept = {k: v for k, v in whole.items() if k not in ("before", "after", "findings", "observed_digest", "devices")}
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


def write(case: Path) -> None:
    """Write what comes of a case beside it."""
    for name, text in judged(case).items():
        (case / name).write_text(text, encoding="utf-8")


def record(scenario: str, playbook: str, case: Path) -> None:
    """Start the lab's scenario, collect it, and keep its inventory without secrets or keys."""
    from remediate.cli.main import main  # noqa: PLC0415 - recording alone needs the command line

    with tempfile.TemporaryDirectory() as directory:
        lab = Path(directory) / "lab"
        assert main(["lab", "up", "--scenario", scenario, "--dir", str(lab), "--detach"]) == 0
        try:
            capture = Path(directory) / "observed.json"
            assert main(["collect", "-i", str(lab / "inventory"), "-o", str(capture)]) in (0, 4)
            shutil.rmtree(case, ignore_errors=True)
            shutil.copytree(
                lab / "inventory", case / "inventory", ignore=shutil.ignore_patterns("secrets", ".remediate")
            )
            shutil.copyfile(capture, case / "observed.json")
            shutil.copyfile(PLAYBOOKS / playbook, case / "playbook.yml")
        finally:
            main(["lab", "down", "--dir", str(lab)])


def record_all(names: list[str]) -> None:
    """Every scenario with the lasting fix, and one with the workaround; or those named."""
    from remediate.lab.scenarios import SCENARIOS  # noqa: PLC0415

    for scenario in names or SCENARIOS:
        record(scenario, "mra-origin-verification.yml", HERE / scenario)
    if not names:
        record("healthy", "mra-workaround.yml", HERE / "healthy-workaround")


if __name__ == "__main__":
    if "--record" in sys.argv:
        record_all(sys.argv[sys.argv.index("--record") + 1 :])
    for folder in cases():
        write(folder)
