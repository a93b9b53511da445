"""The three machines from Python: collect, judge, apply, with every guard that the command line has.

    fleet = remediate.Fleet("inventories/prod")

Each method does what the command of its name does, by the same code. Nothing is printed and nobody is asked: what a
terminal would show goes to the logger `remediate`, and a secret that has to be typed is a SecretError.

Every error is a `remediate.RemediateError`; `remediate.errors` draws the tree:

- `InputError`: inventory, playbook, variable, secret or file; with path, line and column.
- `PlanError`: the plan is stale, in conflict or forbidden. `RunError`: locked, a precondition, the journal.
- `DeviceError` only out of `apply`: everywhere else a device that cannot be read is an `Unknown` in the capture.
"""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from remediate import __version__
from remediate.checks import connections_for, findings_for
from remediate.cli.applying import applied, code_of, ports_of, ready
from remediate.cli.approving import write_authored
from remediate.cli.commands.rollback import named
from remediate.cli.executing import fetch_lost
from remediate.cli.main import parser_of
from remediate.cli.output import Output
from remediate.cli.run_folder import recorded
from remediate.cli.session import Session
from remediate.cli.settling import settle
from remediate.cli.signals import stopping
from remediate.cli.wiring import production
from remediate.engine.apply import ApplyResult, Stop
from remediate.files.plans import read_plan
from remediate.journal.rollback import rollback_plan
from remediate.model.finding import Connection, Finding
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.sanitize import clean

LOG = logging.getLogger("remediate")
StrPath = str | Path


@dataclass(frozen=True)
class Judgement:
    """What the traffic servers decide, and what is not as it should be."""

    connections: tuple[Connection, ...]
    """Peers × UC servers × ports, each with its state and verdict."""
    findings: tuple[Finding, ...]
    """Worst kinds first."""


class Fleet:
    """An inventory, with its secrets, ledger and policy. Methods may be called from any thread, one at a time."""

    def __init__(
        self,
        inventory: StrPath,
        *,
        limit: str = "",
        variables: Mapping[str, str] | None = None,
        ledger: str = "",
        vault_password_files: tuple[StrPath, ...] = (),
        forks: int = 50,
    ) -> None:
        """`limit` is a pattern of clusters, `variables` are those of `-e`, `ledger` is a file or a URL (default: where
        the command line has it), `forks` how many devices are read at once. Nothing is read yet."""
        self._options: dict[str, object] = {
            "inventory": str(inventory),
            "limit": limit,
            "extra_vars": tuple((variables or {}).items()),
            "ledger": ledger,
            "vault_password_file": [str(path) for path in vault_password_files],
            "verbose": 1,
        }
        self._forks = forks
        self._wiring = replace(production(), output=_Logged())
        self._wiring.unattended()

    def collect(self) -> ObservedState:
        """Read every node now. What cannot be read is an `Unknown` with its reason. Raises InputError."""
        session = self._session(forks=self._forks)
        inventory = session.desired().inventory
        return session.read(inventory, session.limit(inventory))

    def verify(self) -> Judgement:
        """Judge fresh readings; pending actions that they show done are noted in the ledger. Raises InputError."""
        session = self._session()
        return self.judge(settle(session, self.collect()))

    def judge(self, observed: ObservedState) -> Judgement:
        """Judge a capture, without a network. Raises InputError."""
        desired = self._session().desired()
        connections = connections_for(desired, observed)
        return Judgement(connections, findings_for(desired, observed, connections))

    def plan(self, observed: ObservedState, playbook: StrPath, *, tags: tuple[str, ...] = ()) -> Plan:
        """What would make the devices as the playbook declares, without a network; `blocked` holds what may not run.

        Raises InputError.
        """
        session = self._session(playbook=str(playbook), tags=tuple(tags))
        return plan_for(session.desired(), observed, session.clock.now(), __version__)

    def rollback(self, run: str = "last", *, accept: str = "") -> Plan:
        """What restores what stood before a run, on fresh readings. `accept`: why connections may fail by it.

        Raises InputError for an unknown run, Locked while a lost worker of it may still write, ForbiddenStep where
        connections would fail and `accept` is empty.
        """
        session = self._session(forks=self._forks)
        desired, run = session.desired(), named(run, session.ledger().entries())
        fetch_lost(session, run)
        entries = session.ledger().entries()
        observed, now = session.read(desired.inventory), session.clock.now()
        return rollback_plan(entries, run, desired, observed, now, accept=accept, tool_version=__version__)

    def save(self, plan: Plan, path: StrPath) -> str:
        """Write a plan file (0600) in the name of whoever runs this; its SHA-256, which approvers sign."""
        return write_authored(self._session(), Path(path), plan)[1]

    def apply(
        self,
        file: StrPath,
        *,
        by_hand: bool = False,
        approvals: tuple[StrPath, ...] = (),
        override_window: str = "",
        resume: str = "",
        stop: Stop | None = None,
    ) -> ApplyResult:
        """Do exactly what a plan file says, each step durable in the ledger before it is sent and read back after.

        `by_hand`: somebody is there for the steps by hand. `approvals`: signatures (default: beside the file).
        `resume`: the id of a run of this plan that did not end. `stop.request(why)` from another thread ends the run
        after the step under way; in the main thread a signal does so too. Look at `outcome` of the result: a step that
        failed is told there and not raised.

        Raises PlanFileError, StalePlan, ForbiddenStep, Locked, PreconditionFailed and DeviceError before anything is
        written; JournalError also later, when the ledger can no longer be kept: no write follows it.
        """
        session = self._session(
            by_hand=by_hand,
            approvals=[str(path) for path in approvals],
            override_window=override_window,
            resume=resume,
        )
        plan, sha256 = read_plan(Path(file))
        desired, ends = session.desired(), stop or Stop()
        if not plan.acts:
            return ApplyResult(run="")
        with recorded(session, plan) as folder:
            policy = ready(session, desired, plan, sha256, Path(file))
            with stopping(session.stop, session.output.note, ends.request, ends.cut):
                result = applied(session, ports_of(session, desired, plan, ends, policy), plan, sha256)
            folder.stats(result.hosts)
            folder.end(code_of(result, plan))
        return result

    def outstanding(self) -> Outstanding:
        """Temporary workarounds, pending actions and open runs, by the ledger alone. Raises JournalError."""
        return self._session().outstanding()

    def _session(self, **options: object) -> Session:
        """What `apply` takes, as it is when nothing is typed: an option that is added there counts here too."""
        args = parser_of("apply").parse_args(["apply", "-", "-i", "-"])
        return Session(Namespace(**{**vars(args), **self._options, **options}), self._wiring)


class _Logged(Output):
    """What a terminal would show, for whoever listens to the logger."""

    attended = False

    def text(self, text: str) -> None:
        """A result."""
        for line in text.splitlines():
            LOG.info("%s", clean(line))

    def note(self, text: str) -> None:
        """Progress, and remarks."""
        LOG.info("%s", clean(text))

    def block(self, text: str) -> None:
        """An error."""
        LOG.error("%s", clean(text))

    @property
    def live(self) -> bool:
        """Nothing is rewritten."""
        return False
