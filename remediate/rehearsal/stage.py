"""One stage: a cluster's part of a plan, twins of its devices, a ledger, and somebody who does what is done by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.engine.apply import ApplyPorts, ApplyResult, Stop, apply
from remediate.journal.entries import Entry
from remediate.journal.fold import outstanding_of
from remediate.journal.rollback import rollback_plan
from remediate.model.base import digest
from remediate.model.desired import DesiredState
from remediate.model.observed import ObservedState
from remediate.model.policy import Policy
from remediate.planning.plan import Plan
from remediate.rehearsal.books import Books
from remediate.rehearsal.clock import TwinClock
from remediate.rehearsal.twin import Scope, Twin
from remediate.report.as_text.drift import compare

REASON = "rehearsed"
SHARE_OF_INTERVAL = 0.5
"""Of the replication interval, after which the others follow: well before a step gives up waiting for them."""
POLICY = Policy(soak=0)
"""Windows, approvals, backups and logins belong to the night itself."""


class Died(BaseException):
    """The process ends here: nothing of it runs afterwards but `finally`."""


@dataclass(frozen=True)
class Cast:
    """What is rehearsed: a plan, by what it was made, the readings that its twins begin with, and the ledger so far."""

    plan: Plan
    desired: DesiredState
    observed: ObservedState
    history: tuple[Entry, ...] = ()


@dataclass
class Hands:
    """Whoever does a step by hand once the run asks for it. Hears all progress."""

    who: str = REASON
    by_hand: bool = True
    asked: list[str] = field(default_factory=list)

    def event(self, kind: str, _cluster: str, _node: str, message: str) -> None:
        """Keep what is asked for."""
        if kind == "by-hand":
            self.asked.append(message)


class Stage:
    """Everything that one trial plays with; nothing of it is shared with another."""

    def __init__(self, cast: Cast, scope: Scope) -> None:
        self.plan, self.desired, self.began = cast.plan, cast.desired, cast.observed
        self.clock = TwinClock(max((self.plan.made_at, *(entry.at for entry in cast.history))))
        self.books, self._history = Books(cast.history), len(cast.history)
        self.twin = Twin(self.began, self.clock)
        self.twin.scope = scope
        self.twin.primaries = {cluster.name: cluster.primary for cluster in self.desired.inventory.clusters}
        intervals = [seconds for _, seconds in self.plan.replication]
        self.twin.lag = SHARE_OF_INTERVAL * min(intervals, default=0)

    def apply(self, plan: Plan, resume: str = "") -> ApplyResult:
        """Carry it out, or go on with it."""
        hands = Hands()
        self.clock.at_wait = lambda _seconds: self._by_hand(plan, hands)
        ports = ApplyPorts(
            inventory=self.desired.inventory,
            readers=self.twin,
            writers=self.twin,
            ledger=self.books,
            clock=self.clock,
            consent=hands,
            progress=hands,
            stop=Stop(),
            policy=POLICY,
        )
        return apply(plan, digest(plan), ports, 1, resume)

    def _by_hand(self, plan: Plan, hands: Hands) -> None:
        for step in plan.steps:
            if step.by == "hand" and any(words.startswith(step.action.by_hand) for words in hands.asked):
                self.twin.truth = step.action.effect(self.twin.truth)

    def dies_at(self, event: int) -> str:
        """Carry the plan out and die at its event of this number, from 0: each entry of the journal before it is kept,
        each write before and after. What the event was; empty: the run has no such event."""
        died: list[str] = []
        count = iter(range(event + 1))

        def at(words: str) -> None:
            if next(count) == event:
                died.append(words)
                raise Died

        self.books.before_append = lambda entry: at(f"before {_told(entry)} is written down")
        self.twin.before_write = lambda action: at(f"before it is sent: {action.title}")
        self.twin.after_write = lambda action: at(f"after it is done: {action.title}")
        try:
            self.apply(self.plan)
        except Died:
            pass
        finally:
            self.books.before_append = self.twin.before_write = self.twin.after_write = _nothing
        return died[0] if died else ""

    def take_back(self) -> ApplyResult | None:
        """Plan the way back from the first run and go it; None where no run began."""
        if not (run := self.run):
            return None
        self.settle()
        plan = rollback_plan(
            self.books.kept,
            run,
            self.desired,
            self.now(),
            self.clock.now(),
            accept=REASON,
            tool_version=self.plan.tool_version,
            judge=lambda _desired, _observed, _when: (),
        )
        self.clock.wait(1)
        return self.apply(plan)

    def settle(self) -> None:
        """Let a restart that is under way end."""
        if self.twin.down:
            self.clock.wait(self.twin.restart_takes)

    @property
    def run(self) -> str:
        """The first that this stage saw; empty where none began."""
        return next((entry.run for entry in self.books.kept[self._history :]), "")

    def now(self) -> ObservedState:
        """What would be read now; what the ledger of another machine knows to be owed is owed still."""
        found = self.books.outstanding()
        ours = {one.id for one in outstanding_of(self.books.kept[: self._history]).obligations}
        theirs = tuple(one for one in self.began.outstanding.obligations if one.id not in ours)
        owed = found.model_copy(update={"obligations": (*theirs, *found.obligations)})
        return self.twin.now().model_copy(update={"outstanding": owed})

    def declared(self) -> frozenset[str]:
        """Differences that a way back leaves, as the plan says of steps whose undo is not exact."""
        lines: set[str] = set()
        for step in self.plan.steps:
            if step.undo.kind != "exact":
                lines.update(compare(self.began, step.action.effect(self.began)))
        return frozenset(lines)

    def differs(self, expected: ObservedState) -> tuple[str, ...]:
        """One line for each thing that is now otherwise than expected, but for a restart."""
        started = {peer.host: peer.product for peer in expected.peers}
        now = self.now()
        peers = (p.model_copy(update={"product": started.get(p.host, p.product)}) for p in now.peers)
        return compare(expected, now.model_copy(update={"peers": tuple(peers)}))


def _nothing(_thing: object) -> None:
    """For a hook that nobody uses."""


def _told(entry: Entry) -> str:
    step = getattr(entry, "step", "")
    return f"{entry.kind} {step}".strip()
