"""What a finding means, what mends it, and its source; or the evidence behind it; or one step of a plan."""

from __future__ import annotations

import inspect
from argparse import Namespace
from pathlib import Path
from typing import get_args

from remediate import __version__
from remediate.checks import ALL
from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.plans import read_plan
from remediate.model.desired import Play, RemedyName
from remediate.model.inventory import Inventory
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.as_text.evidence import Case, explain_findings
from remediate.report.as_text.explain import explain_step
from remediate.report.as_text.shared import shared


def run(args: Namespace, wiring: Wiring) -> int:
    """Print the page of one check, or the story of one step."""
    if args.plan:
        wiring.output.text(_step(args.finding, read_plan(Path(args.plan))[0]))
        return Exit.OK
    pages = {check.id: inspect.getdoc(check) or "" for check in ALL}
    if args.finding == "list":
        for identity, page in pages.items():
            wiring.output.line(f"{identity}: {_first_sentence(page)}")
    elif args.finding in pages and args.capture:
        wiring.output.text(_findings(Session(args, wiring), args.finding, pages[args.finding]))
    elif args.finding in pages:
        wiring.output.line(f"{args.finding}\n\n{pages[args.finding]}")
    else:
        near = nearest(args.finding, pages)
        hint = f"did you mean {near}?" if near else "see remediate explain list"
        raise InputError(f"no finding {args.finding}", path="command line", hint=hint)
    return Exit.OK


def _findings(session: Session, identity: str, rule: str) -> str:
    if not session.args.inventory:
        raise InputError("the inventory of the capture is missing", path="command line", hint="add -i INV")
    desired = session.desired()
    desired = desired if desired.plays else desired.model_copy(update={"plays": (every_fix(desired.inventory),)})
    observed = session.captured(Path(session.args.capture), desired.inventory)
    plan = plan_for(desired, observed, observed.taken_at, __version__)
    limit = session.limit(desired.inventory)
    found = tuple(f for f in plan.findings if f.id == identity and (limit is None or f.cluster in limit))
    if not found:
        return f"No {identity} in this capture."
    told = explain_findings(Case(desired, observed, plan), found, rule)
    beside = shared(observed)
    return f"{told}\n{beside}" if beside else told


def every_fix(inventory: Inventory) -> Play:
    """What a plan would try where no playbook says otherwise."""
    names = tuple(c.name for c in inventory.of_role("expressway-c"))
    return Play(name="every fix", clusters=names, origins="verified", remedies=get_args(RemedyName))


def _step(identity: str, plan: Plan) -> str:
    for step in plan.steps:
        if step.id == identity:
            return explain_step(plan, step)
    near = nearest(identity, [step.id for step in plan.steps])
    raise InputError(f"no step {identity} in this plan", path="--plan", hint=f"did you mean {near}?" if near else "")


def _first_sentence(page: str) -> str:
    paragraph = " ".join(page.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."
