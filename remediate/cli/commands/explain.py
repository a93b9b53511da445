"""What a finding means, what mends it, and its source; or one step of a plan, from its evidence to the fixes that lost.

`list` names all findings.
"""

from __future__ import annotations

import inspect
from argparse import Namespace
from pathlib import Path

from remediate.checks import ALL
from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers, nearest
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.plans import read_plan
from remediate.planning.plan import Plan
from remediate.report.as_text.explain import explain_step

EXAMPLE = """
remediate explain list
remediate explain origin-not-trusted
remediate explain upload-certificates:exp-c-1 --plan fix.plan
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "explain", __doc__, EXAMPLE)
    parser.add_argument("finding", metavar="FINDING", help="id of a finding, id of a step with --plan, or list")
    parser.add_argument("--plan", metavar="FILE", help="the plan file that holds the step")


def run(args: Namespace, wiring: Wiring) -> int:
    """Print the page of one check, or the story of one step."""
    if args.plan:
        wiring.output.text(_step(args.finding, read_plan(Path(args.plan))[0]))
        return Exit.OK
    pages = {check.id: inspect.getdoc(check) or "" for check in ALL}
    if args.finding == "list":
        for identity, page in pages.items():
            wiring.output.line(f"{identity}: {_first_sentence(page)}")
    elif args.finding in pages:
        wiring.output.line(f"{args.finding}\n\n{pages[args.finding]}")
    else:
        near = nearest(args.finding, pages)
        hint = f"did you mean {near}?" if near else "see remediate explain list"
        raise InputError(f"no finding {args.finding}", path="command line", hint=hint)
    return Exit.OK


def _step(identity: str, plan: Plan) -> str:
    for step in plan.steps:
        if step.id == identity:
            return explain_step(plan, step)
    near = nearest(identity, [step.id for step in plan.steps])
    raise InputError(f"no step {identity} in this plan", path="--plan", hint=f"did you mean {near}?" if near else "")


def _first_sentence(page: str) -> str:
    paragraph = " ".join(page.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."
