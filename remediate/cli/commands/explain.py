"""What a finding means, what mends it, and its source; or the evidence behind it; or one step of a plan.

With `--from` the findings of that kind in a capture are told from the handshake to the rule, with the fixes that
were tried. With `--plan` one step is told, from its evidence to the fixes that lost. `list` names all findings.
"""

from __future__ import annotations

import inspect
from argparse import Namespace
from pathlib import Path
from typing import get_args

from remediate import __version__
from remediate.checks import ALL
from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers, nearest
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

EXAMPLE = """
remediate explain list
remediate explain origin-not-trusted
remediate explain origin-not-trusted --from before.capture -i inventories/prod
remediate explain upload-certificates:exp-c-1 --plan fix.plan
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "explain", __doc__, EXAMPLE)
    parser.add_argument("finding", metavar="FINDING", help="id of a finding, id of a step with --plan, or list")
    parser.add_argument("--plan", metavar="FILE", help="the plan file that holds the step")
    parser.add_argument("--from", dest="capture", metavar="CAPTURE", help="tell the findings of a capture")
    parser.add_argument("--playbook", metavar="FILE", help="whose fixes to try on them (default: every fix)")
    options.inventory(parser, required=False)
    options.limit(parser)


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
