"""Pending actions that a fresh reading shows done are noted in the ledger."""

from __future__ import annotations

from remediate.cli.session import Session
from remediate.journal.entries import ObligationPaid
from remediate.journal.settle import settled
from remediate.model.observed import ObservedState


def settle(session: Session, observed: ObservedState) -> ObservedState:
    """The readings with what is still owed. Says and records each action that was seen done."""
    seen = settled(observed.outstanding, observed)
    if not seen:
        return observed
    ledger = session.ledger()
    owed = {o.id: o for o in observed.outstanding.obligations}
    for identity, evidence in seen:
        obligation = owed[identity]
        at = session.clock.now()
        ledger.append(
            ObligationPaid(
                run=obligation.run, cluster=obligation.cluster, at=at, obligation=identity, evidence=evidence
            )
        )
        session.output.note(f"done: {obligation.kind} {obligation.host or obligation.cluster}: {evidence}")
    return observed.model_copy(update={"outstanding": ledger.outstanding()})
