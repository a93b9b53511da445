"""Plan and apply in one go, asking once per class of risk. With --check: plan only, and nothing is written."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable

from remediate import __version__
from remediate.actions import Risk
from remediate.cli.applying import carry_out
from remediate.cli.approving import write_authored
from remediate.cli.commands.plan import code_of
from remediate.cli.exits import Exit
from remediate.cli.selecting import selected
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import ForbiddenStep
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.as_text.plan import plan as plan_text
from remediate.report.as_text.words import count

DRY = "DRY RUN: nothing is written."


def run(args: Namespace, wiring: Wiring) -> int:
    """Plan, ask, keep the plan file beside the ledger, carry it out."""
    session = Session(args, wiring)
    desired = session.desired()
    observed, at = session.read(desired.inventory, session.limit(desired.inventory)), session.clock.now()
    plan = selected(lambda only: plan_for(desired, observed, at, __version__, only), args)
    if args.check:
        wiring.output.line(DRY)
    wiring.output.prose(plan_text(plan, shape=args.shape, diff=args.diff or args.shape == "expand"))
    code = code_of(plan, desired, args.detailed_exitcode)
    if args.check:
        wiring.output.line(DRY)
    if args.check or code in (Exit.UNREACHABLE, Exit.REFUSED) or not plan.steps:
        return code
    _approve(session, plan)
    plan, sha256 = _kept(session, plan)
    return carry_out(session, desired, plan, sha256)


def _approve(session: Session, plan: Plan) -> None:
    """Raises ForbiddenStep for a class that is not approved."""
    for risk in dict.fromkeys(step.risk for step in plan.steps):
        if not _answered(risk, session.args.auto_approve) and not _asked(session, plan, risk):
            raise ForbiddenStep(f"{risk.value} steps are not approved: say yes, or --auto-approve={risk.value}")


def _answered(risk: Risk, classes: Iterable[str]) -> bool:
    return risk.value in classes or ("all" in classes and risk is not Risk.SECURITY_REDUCING)


def _asked(session: Session, plan: Plan, risk: Risk) -> bool:
    steps = [step for step in plan.steps if step.risk is risk]
    hosts = len({step.action.host for step in steps})
    question = f"Approve {count(len(steps), 'step')} of class {risk.value} on {count(hosts, 'node')}? Only yes is yes:"
    return session.output.ask(question) == "yes"


def _kept(session: Session, plan: Plan) -> tuple[Plan, str]:
    session.home.mkdir(mode=0o700, exist_ok=True)
    name = f"run-{plan.steps_digest[:12]}-{plan.made_at:%Y%m%dT%H%M%S}.plan"
    return write_authored(session, session.home / name, plan)
