"""What the fleet would look like after a step, obligations included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from remediate.actions import Action, Owed
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Obligation

SIMULATED = "simulated"


def after(observed: ObservedState, actions: Iterable[Action], at: datetime) -> ObservedState:
    """The state after all of them, in order. What an upload adds is listed, and not loaded."""
    for action in actions:
        observed = _owing(action.effect(observed), action.owes, at)
    return observed


def _owing(observed: ObservedState, owed: tuple[Owed, ...], at: datetime) -> ObservedState:
    # The clock of a device may be ahead of ours: what was just uploaded is never older than its start.
    latest = max([at, observed.taken_at, *(p.read_at for p in observed.peers)]) + timedelta(days=1)
    new = tuple(
        Obligation(id=f"{SIMULATED}-{index}", since=latest, run=SIMULATED, **entry.model_dump())
        for index, entry in enumerate(owed)
    )
    if not new:
        return observed
    obligations = (*observed.outstanding.obligations, *new)
    outstanding = observed.outstanding.model_copy(update={"obligations": obligations})
    return observed.model_copy(update={"outstanding": outstanding})
