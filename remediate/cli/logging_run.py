"""Diagnostic logging for the length of something: started by a plan, and stopped by its rollback whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable

from remediate import __version__
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.signals import stopping
from remediate.engine.apply import ApplyPorts, ApplyResult, Stop, apply
from remediate.errors import RemediateError
from remediate.files.plans import write_plan
from remediate.journal.rollback import rollback_plan
from remediate.model.desired import DesiredState
from remediate.model.observed import ObservedState
from remediate.model.policy import Budgets, Policy
from remediate.planning.plan import Plan

_AT_ONCE = Policy(budgets=Budgets(max_failed=None, max_unreachable=None), soak=0)
"""Logging changes no connection: there is nothing to watch between clusters, and a login wants all of them at once."""
_CODES = {"failed": Exit.CHANGES_OR_FAILED, "stale": Exit.STALE, "unreachable": Exit.UNREACHABLE}


class LoggingRun:
    """One plan that starts it. Nothing is judged here: it changes no connection."""

    def __init__(self, session: Session, desired: DesiredState, observed: ObservedState, plan: Plan) -> None:
        self._session, self._desired, self._observed, self._plan = session, desired, observed, plan

    def around(self, work: Callable[[Callable[[], bool]], None]) -> int:
        """Start, `work` (handed a question: was it interrupted?), stop. 0, or why there is nothing to download."""
        stop = Stop()
        with stopping(self._session.stop, self._session.output.note, stop.request, stop.cut) as interrupted:
            result = self._apply(self._plan, stop, self._session.stop)
            try:
                if result.outcome == "done" and not interrupted():
                    work(interrupted)
            finally:
                stopped = self._stopped(result)
        if not stopped:
            return Exit.ROLLBACK_INCOMPLETE
        if interrupted():
            self._session.output.line("Interrupted. What was started here is stopped; nothing was downloaded.")
            return Exit.INTERRUPTED
        return _CODES.get(result.outcome, Exit.OK)

    def _stopped(self, result: ApplyResult) -> bool:
        """By the rollback of the run, with waits that an earlier Ctrl-C does not cut. Says where it still runs."""
        ledger = self._session.ledger()
        if not result.run:
            return True
        now = self._session.clock.now()
        try:
            back = rollback_plan(
                ledger.entries(), result.run, self._desired, self._observed, now,
                tool_version=__version__, judge=lambda _desired, _observed, _when: (),
            )  # fmt: skip
            done = self._apply(back, Stop(), threading.Event())
        except RemediateError as error:
            self._session.output.note(f"stopping failed: {error}")
            return self._call(result.run)
        return True if done.outcome == "done" else self._call(result.run)

    def _call(self, run: str) -> bool:
        by_hand = "; ".join(step.undo.how for step in self._plan.steps)
        again = f"remediate rollback {run} -i {self._session.args.inventory} -o stop.plan"
        self._session.output.note(f"diagnostic logging may still run: {again}; or by hand: {by_hand}")
        return False

    def _apply(self, plan: Plan, stop: Stop, waits: threading.Event) -> ApplyResult:
        session = self._session
        clock = session.wiring.clock(waits)
        session.home.mkdir(mode=0o700, exist_ok=True)
        kept = session.home / f"logs-{plan.purpose}-{plan.made_at:%Y%m%dT%H%M%SZ}.plan"
        sha256 = write_plan(kept, plan)
        ports = ApplyPorts(
            inventory=self._desired.inventory,
            readers=session.readers,
            writers=session.wiring.writers(clock),
            ledger=session.ledger(),
            clock=clock,
            consent=session.wiring.consent(False),
            progress=session.progress,
            stop=stop,
            policy=_AT_ONCE,
        )
        try:
            return apply(plan, sha256, ports, session.args.forks)
        finally:
            kept.unlink(missing_ok=True)
