"""What differs between the devices and a playbook. With -detailed-exitcode: 2 when something does."""

from __future__ import annotations

from argparse import Namespace

from remediate import __version__
from remediate.cli.answering import answer
from remediate.cli.commands.plan import unknowns
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.planning.planner import plan_for
from remediate.report import as_json
from remediate.report.as_text.drift import drift


def run(args: Namespace, wiring: Wiring) -> int:
    """Collect or load, judge, print."""
    session = Session(args, wiring)
    desired = session.desired()
    plan = plan_for(desired, session.observed(desired.inventory), session.clock.now(), __version__)
    answer(args, wiring.output, lambda: as_json.drift(plan), lambda: wiring.output.prose(drift(plan)))
    if unknowns(plan, desired):
        return Exit.UNREACHABLE
    return Exit.CHANGES_OR_FAILED if args.detailed_exitcode and (plan.steps or plan.blocked) else Exit.OK
