"""What an apply did: one line per step, one outcome per cluster, counts per host for the RECAP."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from remediate.journal.fold import Outcome
from remediate.model.base import Value
from remediate.model.inventory import Inventory
from remediate.model.outstanding import Outstanding

StepEnd = Literal["ok", "changed", "failed", "unknown", "stale", "unreachable", "skipped"]
"""`ok`: already so, nothing written. `changed`: a value read back differs. `unknown`: written perhaps."""

_WORST: tuple[Outcome, ...] = ("failed", "stale", "unreachable", "interrupted", "done")


class StepOutcome(Value):
    """One step, or with an empty `step` a device that kept its cluster from starting."""

    step: str
    cluster: str
    host: str
    state: StepEnd
    why: str = ""


@dataclass
class LaneResult:
    """How one cluster's part of a run ended."""

    cluster: str
    outcome: Outcome = "done"
    why: str = ""
    steps: list[StepOutcome] = field(default_factory=list)

    def end(self, outcome: Outcome, why: str) -> None:
        """The first bad end counts."""
        if self.outcome == "done":
            self.outcome, self.why = outcome, why


class HostCounts(Value):
    """One line of the RECAP. `failed` counts steps whose outcome is unknown too."""

    host: str
    ok: int = 0
    changed: int = 0
    unreachable: int = 0
    failed: int = 0
    skipped: int = 0
    stale: int = 0
    owed: int = 0
    """Obligations that stand for this host, from any run."""


class ApplyResult(Value):
    """The whole run. Good only when every cluster is `done`."""

    run: str
    """Empty when there was nothing to do and no run was opened."""
    steps: tuple[StepOutcome, ...] = ()
    clusters: tuple[tuple[str, Outcome], ...] = ()
    hosts: tuple[HostCounts, ...] = ()
    gate: str = ""
    """Why the login after the last stage is worse than the baseline."""
    stopped: Literal["", "window", "budget", "gate"] = ""
    """The rule of the policy that kept steps from being started."""
    left_open: str = ""
    """Why a run that was to be taken back could not be closed."""

    @property
    def outcome(self) -> Outcome:
        """The worst of the clusters: failed, stale, unreachable, interrupted, done."""
        ends: tuple[Outcome, ...] = ("unreachable",) if self.left_open else ()
        return worst((*ends, *(outcome for _, outcome in self.clusters)))

    @property
    def written(self) -> bool:
        """Whether any device was, or may have been, changed."""
        return any(step.state in ("changed", "failed", "unknown") for step in self.steps)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """`done` for none."""
    return min(outcomes, key=_WORST.index, default="done")


def recap(steps: Iterable[StepOutcome], outstanding: Outstanding, inventory: Inventory) -> tuple[HostCounts, ...]:
    """Counts per host, in order of first mention."""
    counts: dict[str, dict[str, int]] = {}
    for step in steps:
        mine = counts.setdefault(step.host, {})
        column = "failed" if step.state == "unknown" else step.state
        mine[column] = mine.get(column, 0) + 1
    owed = [host for owed in outstanding.obligations for host in (owed.host or _primary(inventory, owed.cluster),)]
    return tuple(HostCounts(host=host, owed=owed.count(host), **mine) for host, mine in counts.items())


def _primary(inventory: Inventory, cluster: str) -> str:
    return next((c.primary for c in inventory.clusters if c.name == cluster), "")
