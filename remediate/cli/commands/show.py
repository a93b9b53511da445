"""Print a plan file. Needs no network, no inventory and no ledger."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.files.plans import read_plan
from remediate.report import as_json
from remediate.report.as_text.plan import plan as plan_text


def run(args: Namespace, wiring: Wiring) -> int:
    """Read and print."""
    plan, sha256 = read_plan(Path(args.plan))
    words = plan_text(plan, sha256, args.shape)
    answer(args, wiring.output, lambda: as_json.plan(plan, sha256), lambda: wiring.output.prose(words))
    if plan.steps and not args.json and args.plan != "-":
        wiring.output.hint(f"Backout by hand, command by command: remediate report {args.plan} --format backout")
    return Exit.OK
