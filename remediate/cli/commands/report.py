"""What people act on: a plan, a run or a capture as a page, a change record, a procedure, or for a pipeline."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from remediate import __version__
from remediate.checks import connections_for
from remediate.cli.commands.explain import every_fix
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.durable import write_private
from remediate.files.plans import read_plan
from remediate.files.reading import MOST_STORED, read_bounded
from remediate.journal.fold import run_state, runs_of
from remediate.model.base import digest
from remediate.model.desired import DesiredState
from remediate.model.observed import ObservedState
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.dossier import WITHOUT_READINESS, Dossier, of_capture, of_plan, of_run, with_readings
from remediate.report.forms import FORMS, FROM_A_PLAN

_WHERE = "command line"


def run(args: Namespace, wiring: Wiring) -> int:
    """Find the subject, write its form."""
    dossier = _dossier(Session(args, wiring))
    if args.format in FROM_A_PLAN and dossier.plan is None:
        raise InputError(f"--format {args.format} tells a plan", path=_WHERE, hint="add --plan FILE, the run's plan")
    told = FORMS[args.format](dossier)
    if args.out:
        write_private(Path(args.out), told.encode("utf-8", "backslashreplace"))
        wiring.output.line(f"{args.out}: {args.format} of {dossier.subject} {dossier.name}")
    else:
        wiring.output.text(told)
    return Exit.OK


def _dossier(session: Session) -> Dossier:
    path = Path(session.args.subject)
    if not path.is_file():
        return _of_run(session, session.args.subject)
    if "taken_at" in _keys(path):
        desired, lacks = _desired(session)
        observed = session.captured(path, desired.inventory)
        plan = plan_for(desired, observed, observed.taken_at, __version__)
        return _lacking(of_capture(path.name, desired, observed, plan), lacks)
    plan, sha256 = read_plan(path)
    dossier = of_plan(path.name, plan, sha256)
    if not session.args.capture:
        return dossier
    desired, lacks = _desired(session)
    observed = session.captured(Path(session.args.capture), desired.inventory)
    if digest(observed) != plan.observed_digest and (other := _otherwise(plan, desired, observed)):
        words = f"not the readings that {path.name} was made from: they show {other} of its connections otherwise"
        session.output.note(f"{session.args.capture}: {words}")
    return _lacking(with_readings(dossier, desired, observed), lacks)


def _otherwise(plan: Plan, desired: DesiredState, observed: ObservedState) -> int:
    """How many of a plan's connections these readings show otherwise, or not at all."""
    shown = {connection.link: connection for connection in connections_for(desired, observed)}
    return sum(shown.get(connection.link) != connection for connection in plan.before)


def _keys(path: Path) -> frozenset[str]:
    """Top-level keys, to tell a capture from a plan; what is neither is refused by the reader of plans."""
    try:
        found = json.loads(read_bounded(path, MOST_STORED, InputError))
    except (InputError, ValueError, RecursionError):
        return frozenset()
    return frozenset(found) if isinstance(found, dict) else frozenset()


def _desired(session: Session) -> tuple[DesiredState, tuple[str, ...]]:
    """What a capture is judged by, and what was taken for granted: readiness needs a play that looks ahead."""
    if not session.args.inventory:
        raise InputError(
            "the inventory is missing", path=_WHERE, hint="a capture is judged with its inventory: add -i INV"
        )
    desired, ahead = session.desired(), session.args.format == "readiness"
    if desired.plays and (not ahead or any(play.upgrade_ready for play in desired.plays)):
        return desired, ()
    play = every_fix(desired.inventory)
    if not ahead:
        return desired.model_copy(update={"plays": (play,)}), ()
    ready = play.model_copy(update={"upgrade_ready": True, "remedies": ("upload-missing-ca",)})
    return desired.model_copy(update={"plays": (ready,)}), (WITHOUT_READINESS,)


def _lacking(dossier: Dossier, lacks: tuple[str, ...]) -> Dossier:
    return dossier.model_copy(update={"lacks": (*dossier.lacks, *lacks)})


def _of_run(session: Session, name: str) -> Dossier:
    entries = session.ledger().entries()
    state = run_state(entries, name)
    if state is None:
        runs = ", ".join(r.run for r in runs_of(entries)[-5:]) or "none"
        hint = f"the latest runs in {session.ledger_url}: {runs}; a plan or capture is given by its file"
        raise InputError(f"{name} is neither a file nor a run in the ledger", path=_WHERE, hint=hint)
    plan = None
    if session.args.plan:
        plan, sha256 = read_plan(Path(session.args.plan))
        if sha256 != state.plan:
            raise InputError(f"not the plan of run {name}", path=session.args.plan, hint=f"its SHA-256 is {state.plan}")
    return of_run(state, entries, session.outstanding(), plan)
