"""What an apply is handed, what one lane of it holds, and the flag that stops it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from remediate.engine.apply_result import LaneResult
from remediate.engine.apply_sessions import Sessions
from remediate.engine.ports import Clock, Consent, Ledger, Progress, Readers, Writers
from remediate.journal.entries import Entry
from remediate.journal.fold import RunState
from remediate.model.inventory import Inventory
from remediate.model.policy import Policy
from remediate.planning.plan import Plan, Step

Kind = Literal["", "window", "budget", "gate"]


class Stop:
    """Set once, by a signal, by a lane that saw damage, or by the clock `seconds` from now (0: never). The step in
    flight ends, nothing new begins."""

    def __init__(self, clock: Clock | None = None, seconds: float = 0.0) -> None:
        self._flag = threading.Event()
        self._why = ""
        self._clock, self._seconds = (clock, seconds) if seconds else (None, 0.0)
        self._ends = clock.monotonic() + seconds if clock is not None else 0.0
        self._kind: Kind = ""
        self._at_cut: list[Callable[[], None]] = []
        self._cut = False

    def request(self, why: str, kind: Kind = "") -> None:
        """Ask; the first reason is kept, and what kind of rule it was that stopped the run."""
        if not self._why:
            self._why, self._kind = why, kind
        self._flag.set()

    def at_cut(self, end: Callable[[], None]) -> None:
        """Have this called when nobody waits for readings any more; at once, when that is so already."""
        self._at_cut.append(end)
        if self._cut:
            end()

    def cut(self) -> None:
        """Nobody waits for readings any more. A write under way still gets its answer, or its time-out."""
        self._cut = True
        for end in tuple(self._at_cut):
            end()

    @property
    def kind(self) -> Kind:
        """The rule of the policy that stopped the run; empty for a signal or damage."""
        return self._kind

    @property
    def requested(self) -> bool:
        """Whether anybody asked, or time is up."""
        if self._clock is not None and not self._flag.is_set() and self._clock.monotonic() >= self._ends:
            self.request(f"the deadline of {self._seconds:g} s is over")
        return self._flag.is_set()

    @property
    def seconds_left(self) -> float | None:
        """Until time is up; None where there is no end."""
        return None if self._clock is None else max(0.0, self._ends - self._clock.monotonic())

    @property
    def why(self) -> str:
        """In words for the operator."""
        return self._why


@dataclass(frozen=True)
class ApplyPorts:
    """Everything that an apply may touch."""

    inventory: Inventory
    readers: Readers
    writers: Writers
    ledger: Ledger
    clock: Clock
    consent: Consent
    progress: Progress
    stop: Stop = field(default_factory=Stop)
    policy: Policy = field(default_factory=Policy)
    override: str = ""
    """Why the change windows do not hold for this run."""
    gate: Callable[[str], str] | None = None
    """Logs in, with what was done before in words; why the login is worse than the baseline, or nothing."""
    asked: Callable[[Step], bool] | None = None
    """Whether a step may begin, right before all that is looked at before it; None: nobody is asked."""
    elsewhere: Callable[[Lane], LaneResult] | None = None
    """Carries a lane out in another process, and keeps its journal here; None: in this one."""

    def sessions(self) -> Sessions:
        """For one lane. A refused login ends the whole run: one account locked is a second incident."""
        made = Sessions(self.inventory, self.readers, self.stop.request)
        self.stop.at_cut(made.cut)
        return made


@dataclass(frozen=True)
class Lane:
    """One cluster's part of a run: its steps go in order, on sessions of its own."""

    run: str
    cluster: str
    plan: Plan
    ports: ApplyPorts
    sessions: Sessions
    earlier: RunState | None = None
    """What the journal knows of this run, when it is resumed."""

    def record(self, kind: Callable[..., Entry], **fields: object) -> None:
        """Append an entry of this lane; durable on return."""
        self.ports.ledger.append(kind(run=self.run, cluster=self.cluster, at=self.ports.clock.now(), **fields))

    def tell(self, kind: str, host: str, message: str) -> None:
        """One line of progress."""
        self.ports.progress.event(kind, self.cluster, host, message)

    def wait(self, seconds: float) -> bool:
        """Wait; True when the run is being stopped, which then holds for every lane."""
        cut = self.ports.clock.wait(seconds)
        if cut:
            self.ports.stop.request("interrupted")
        return cut

    def replication_seconds(self, cluster: str) -> int:
        """Of the plan, else of the inventory."""
        planned = dict(self.plan.replication).get(cluster)
        return self.ports.inventory.cluster(cluster).durations.replication_interval if planned is None else planned
