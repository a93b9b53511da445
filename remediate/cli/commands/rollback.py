"""A plan that restores what was there before a run, for apply. Writes nothing but the plan file."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate import __version__
from remediate.cli.approving import write_authored
from remediate.cli.commands.plan import show
from remediate.cli.executing import fetch_lost
from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.journal.entries import Entry
from remediate.journal.fold import runs_of
from remediate.journal.rollback import rollback_plan
from remediate.journal.rollback_steps import LEFT_IN_PLACE
from remediate.planning.plan import Plan


def run(args: Namespace, wiring: Wiring) -> int:
    """Read ledger and devices, plan the way back."""
    session = Session(args, wiring)
    desired = session.desired()
    known = named(args.run, session.ledger().entries())
    fetch_lost(session, known)
    plan = rollback_plan(
        session.ledger().entries(),
        known,
        desired,
        session.read(desired.inventory),
        session.clock.now(),
        only=args.only,
        limit=session.limit(desired.inventory),
        accept=args.accept_login_failures,
        tool_version=__version__,
    )
    return saved(session, plan)


def saved(session: Session, plan: Plan) -> int:
    """Print a way back and write its file; 7 when all of it is blocked, unless it is only left in place."""
    out = session.args.out
    plan, sha256 = write_authored(session, Path(out), plan) if out else (plan, "")
    show(session.args, session.wiring, plan, sha256)
    refused = [b for b in plan.blocked if b.why != LEFT_IN_PLACE]
    return Exit.REFUSED if refused and not plan.steps else Exit.OK


def named(run: str, entries: tuple[Entry, ...]) -> str:
    """The id of a run; `last` is the latest. Raises InputError with the nearest one."""
    known = [state.run for state in runs_of(entries)]
    if run == "last" and known:
        return known[-1]
    if run not in known:
        if not known:
            raise InputError("this ledger holds no run", path="command line", hint="was it -i of another inventory?")
        near = nearest(run, known)
        hint = f"did you mean {near}?" if near else f"the last ones: {', '.join(known[-5:])}"
        raise InputError(f"no run {run} in this ledger", path="command line", hint=hint)
    return run
