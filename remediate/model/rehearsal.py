"""What the rehearsal of a plan found, and the note that one was held."""

from __future__ import annotations

from typing import Literal

from remediate.model.base import Moment, Sha256, Value

Way = Literal["to the end", "back"]


class Trial(Value):
    """One way through a plan's steps of one cluster, and whether it ended where it must."""

    cluster: str
    reaches: str = ""
    """How far `VerifyOriginServer` reaches in it; empty where no step sets it."""
    kind: Literal["as planned", "fault", "death"] = "as planned"
    trouble: str = ""
    """What happens on the way; empty: nothing."""
    way: Way
    ended: str
    """In words."""
    left: int = 0
    """Differences left in place, as the plan declares of steps whose undo is not exact."""
    wrong: tuple[str, ...] = ()
    """What is otherwise than it must be; empty: it holds."""


class Rehearsal(Value):
    """All trials of a plan."""

    plan: Sha256
    readings: Sha256
    at: Moment
    tool_version: str
    trials: tuple[Trial, ...]

    @property
    def wrong(self) -> tuple[Trial, ...]:
        """Those that do not hold."""
        return tuple(trial for trial in self.trials if trial.wrong)

    @property
    def holds(self) -> bool:
        """Every one of them does."""
        return not self.wrong


class Rehearsed(Value):
    """Kept beside a plan file once all of its trials held."""

    format_version: Literal[1] = 1
    plan: Sha256
    """Of the very plan file."""
    readings: Sha256
    at: Moment
    tool_version: str
    trials: int
