"""One thing that was examined before anything is changed: how it stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from remediate.model.base import Value

State = Literal["good", "note", "stops", "unknown"]
"""`stops`: an apply would be refused, or fail, on account of it. `note`: it would not, but somebody should know."""


class Condition(Value):
    """`what` is one line; `next` is what to do, for all but `good`."""

    area: str
    subject: str
    state: State
    what: str
    next: str = ""


def counted(conditions: Iterable[Condition]) -> dict[State, int]:
    """How many of each state."""
    states = [condition.state for condition in conditions]
    return {state: states.count(state) for state in ("good", "note", "stops", "unknown")}
