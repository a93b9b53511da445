"""What would be changed so that the devices are as the playbook declares. Writes nothing but the plan file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate import __version__
from remediate.cli.answering import answer
from remediate.cli.approving import write_authored
from remediate.cli.exits import Exit
from remediate.cli.selecting import selected
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.model.desired import DesiredState
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report import as_json
from remediate.report.as_text.plan import plan as plan_text

_UNREAD = frozenset({"peer-unreachable", "system-server-unread"})


def run(args: Namespace, wiring: Wiring) -> int:
    """Collect or load, judge, plan, print, save."""
    session = Session(args, wiring)
    desired = session.desired()
    observed = session.observed(desired.inventory)
    at = args.at or session.clock.now()
    plan = selected(lambda only: plan_for(desired, observed, at, __version__, only), args)
    plan, sha256 = write_authored(session, Path(args.out), plan) if args.out else (plan, "")
    show(args, wiring, plan, sha256)
    return code_of(plan, desired, args.detailed_exitcode)


def show(args: Namespace, wiring: Wiring, plan: Plan, sha256: str) -> None:
    """Print a plan, and the command that does it where it was saved; with --json the document alone."""
    words = plan_text(plan, sha256, args.shape)
    answer(args, wiring.output, lambda: as_json.plan(plan, sha256), lambda: wiring.output.prose(words))
    if args.out and not args.json and plan.steps:
        hand = ["--by-hand"] if any(step.by == "hand" for step in plan.steps) else []
        files = [f"--{kind} {peer}={file}" for kind in ("trust", "xconfig") for peer, file in getattr(args, kind)]
        words = " ".join(["remediate apply", args.out, "-i", args.inventory, *files, *hand])
        wiring.output.hint(f"Saved. To do exactly this: {words}")


def code_of(plan: Plan, desired: DesiredState, detailed: bool) -> Exit:
    """The exit code of a plan (unknown before blocked before changes)."""
    if unknowns(plan, desired):
        return Exit.UNREACHABLE
    if plan.blocked and not plan.steps:
        return Exit.REFUSED
    return Exit.CHANGES_OR_FAILED if plan.steps and detailed else Exit.OK


def unknowns(plan: Plan, desired: DesiredState) -> bool:
    """Whether a reading is unknown that the plays need: a peer for any, the UC servers for the check."""
    planned = {cluster for play in desired.plays for cluster in play.clusters}
    judged = {c for play in desired.plays if play.origins or play.upgrade_ready for c in play.clusters}
    served = {s for c in desired.inventory.clusters if c.name in judged for s in c.serves}
    unread = any(f.id in _UNREAD and f.cluster in planned | served for f in plan.findings)
    return unread or any(c.state == "undetermined" and c.link.cluster in judged for c in plan.before)
