"""What the fleet would look like after a step, obligations included."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from remediate.actions import Action, Owed
from remediate.model.observed import ObservedState
from remediate.model.reading import Known

SIMULATED = "simulated"


def after(observed: ObservedState, actions: Iterable[Action], at: datetime) -> ObservedState:
    """The state after all of them, in order. What an upload adds is listed, and not loaded."""
    for action in actions:
        owed = tuple(filter(None, (_still_owed(observed, owed) for owed in action.owes)))
        observed = _owing(action.effect(observed), owed, at)
    return observed


def _still_owed(observed: ObservedState, owed: Owed) -> Owed | None:
    """A certificate that is listed already is not added, so its upload owes no restart."""
    peer = observed.peer(owed.host)
    if owed.kind != "restart" or peer is None or not isinstance(peer.trust, Known):
        return owed
    new = tuple(sha256 for sha256 in owed.certificates if sha256 not in peer.trust.value.sha256s)
    return owed.model_copy(update={"certificates": new}) if new else None


def _owing(observed: ObservedState, owed: tuple[Owed, ...], at: datetime) -> ObservedState:
    if not owed:
        return observed
    # The clock of a device may be ahead of ours: what was just uploaded is never older than its start.
    peers = filter(None, (observed.peer(entry.host) for entry in owed))
    latest = max([at, observed.taken_at, *(p.read_at for p in peers)]) + timedelta(days=1)
    new = tuple(entry.on_the_books(f"{SIMULATED}-{index}", latest, SIMULATED) for index, entry in enumerate(owed))
    obligations = (*observed.outstanding.obligations, *new)
    outstanding = observed.outstanding.model_copy(update={"obligations": obligations})
    return observed.model_copy(update={"outstanding": outstanding})
