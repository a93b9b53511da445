"""`--executor`: workers elsewhere for the clusters of a run, and what lost ones left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from remediate.cli.session import Session
from remediate.engine.apply_guards import written_clusters
from remediate.errors import InputError, Locked
from remediate.journal.entries import LentToWorker
from remediate.journal.fold import lent_out
from remediate.model.inventory import Inventory
from remediate.planning.plan import Plan

if TYPE_CHECKING:
    from remediate.executors.command import CommandExecutor


def executor_for(session: Session) -> CommandExecutor | None:
    """The one that is wanted; None for this process. Raises InputError."""
    text = session.args.executor
    if not text:
        return None
    from remediate.executors.command import CommandExecutor  # noqa: PLC0415 - start-up time
    from remediate.executors.template import template  # noqa: PLC0415

    return CommandExecutor(template(text))


def prepare(session: Session, executor: CommandExecutor, plan: Plan, inventory: Inventory) -> None:
    """Have lost workers of these clusters tell their journal. Raises InputError where the plan cannot go elsewhere."""
    executor.check(plan, inventory)
    for option in ("trust", "xconfig", "step"):
        if getattr(session.args, option, ()):
            raise InputError("is for what is done from here, and a worker works elsewhere", path=f"--{option}")
    clusters = written_clusters(plan)
    for lent in lent_out(session.ledger().entries()):
        if lent.cluster in clusters:
            _fetched(session, executor, lent)


def fetch_lost(session: Session, run: str) -> None:
    """Before a run is taken back: what its lost workers wrote down. Raises Locked while one may still write."""
    executor = executor_for(session)
    for lent in lent_out(session.ledger().entries()):
        if lent.run != run:
            continue
        if executor is not None and _fetched(session, executor, lent):
            continue
        missing = f"the worker of {lent.cluster} was lost, and its journal is not here"
        if session.clock.now() < lent.until:
            until = f"it may write until {lent.until:%H:%M:%S} UTC"
            raise Locked(f"{missing}; {until}: give --executor to ask for it, or wait")
        session.output.note(f"{missing}: what it wrote after it was lost is not taken back")


def _fetched(session: Session, executor: CommandExecutor, lent: LentToWorker) -> bool:
    """Whether its end is known now. Says why not."""
    still = executor.fetch(lent, session.ledger(), session.clock, session.wiring.consent(False).who)
    if still:
        session.output.note(f"{lent.cluster}: worker of run {lent.run}: {still}")
    return not still
