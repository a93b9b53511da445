"""Everything a run may write down. The ledger keeps them in order, one digest chain per run and cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from remediate.actions import Action, Undo
from remediate.model.base import Bytes, Moment, Sha256, Value
from remediate.model.fact import Fact, FieldValue
from remediate.model.outstanding import Lease, Obligation


class Recorded(Value):
    """What all entries share. `cluster` is empty for entries of the run as a whole."""

    run: str
    cluster: str = ""
    at: Moment


class RunOpened(Recorded):
    """A plan starts."""

    kind: Literal["run-opened"] = "run-opened"
    plan: Sha256
    """SHA-256 of the plan file."""
    steps_digest: Sha256
    purpose: str
    undoes: str = ""
    clusters: tuple[str, ...]
    who: str


class StepIntended(Recorded):
    """Durable before the write: what will be done, what stood there, and what undoes it."""

    kind: Literal["step-intended"] = "step-intended"
    step: str
    action: Action
    before: FieldValue
    """Of the expected field, re-read right before the write."""
    saved: Bytes = b""
    """The trusted CA list as PEM, where the action touches one."""
    undo: Undo
    inverse: Action | None
    confirm: tuple[Fact, ...]
    alike: tuple[str, ...] = ()
    """For a setting: every host on which the plan changes it, this one too. Others may follow by replication."""


class Sent(Recorded):
    """The device said yes."""

    kind: Literal["sent"] = "sent"
    step: str


class Confirmed(Recorded):
    """Read back on a new connection."""

    kind: Literal["confirmed"] = "confirmed"
    step: str
    by: Literal["tool", "hand", "replication"] = "tool"


class Noop(Recorded):
    """Already so; nothing was written."""

    kind: Literal["noop"] = "noop"
    step: str


class StepRefused(Recorded):
    """Not written: changed since the plan, or a guard said no."""

    kind: Literal["refused"] = "refused"
    step: str
    why: str
    stale: bool


class Failed(Recorded):
    """The device said no, or said yes and nothing changed."""

    kind: Literal["failed"] = "failed"
    step: str
    why: str


class OutcomeUnknown(Recorded):
    """The reply was lost. It is read before anything else is done."""

    kind: Literal["unknown"] = "unknown"
    step: str
    why: str


class Undone(Recorded):
    """A later run took this step back."""

    kind: Literal["undone"] = "undone"
    step: str
    by_run: str


class LeaseOpened(Recorded):
    """A temporary workaround begins."""

    kind: Literal["lease-opened"] = "lease-opened"
    lease: Lease


class LeaseExtended(Recorded):
    """Its end moves: who allowed it and why."""

    kind: Literal["lease-extended"] = "lease-extended"
    expires: Moment
    approver: str
    reason: str


class LeaseClosed(Recorded):
    """The workaround is over: retired, rolled back, or found On."""

    kind: Literal["lease-closed"] = "lease-closed"
    why: str


class ObligationOwed(Recorded):
    """Something must still be done."""

    kind: Literal["obligation-owed"] = "obligation-owed"
    obligation: Obligation


class ObligationPaid(Recorded):
    """It was seen done."""

    kind: Literal["obligation-paid"] = "obligation-paid"
    obligation: str
    evidence: str


class ScopeLearned(Recorded):
    """How far a setting reaches here."""

    kind: Literal["scope-learned"] = "scope-learned"
    path: str
    scope: Literal["replicated", "per-peer"]


class Attested(Recorded):
    """A person vouches for what cannot be read."""

    kind: Literal["attested"] = "attested"
    who: str
    what: str


class LockForced(Recorded):
    """Somebody removed the lock of a run whose process was gone. What that run left unsettled stays so."""

    kind: Literal["lock-forced"] = "lock-forced"
    lock: str
    holder: str
    """Who held it, and where."""
    in_flight: str = ""
    """The step whose write was not settled."""
    who: str


class LentToWorker(Recorded):
    """A worker in another process may begin writes on this cluster, and end them by `until`. Once its end was seen
    there is a second one, which ends at its own time."""

    kind: Literal["lent-to-worker"] = "lent-to-worker"
    until: Moment


class RunClosed(Recorded):
    """The run, or one cluster of it, ended."""

    kind: Literal["run-closed"] = "run-closed"
    outcome: Literal["done", "failed", "stale", "unreachable", "interrupted"]
    summary: str = ""


Entry = Annotated[
    RunOpened
    | StepIntended
    | Sent
    | Confirmed
    | Noop
    | StepRefused
    | Failed
    | OutcomeUnknown
    | Undone
    | LeaseOpened
    | LeaseExtended
    | LeaseClosed
    | ObligationOwed
    | ObligationPaid
    | ScopeLearned
    | Attested
    | LockForced
    | LentToWorker
    | RunClosed,
    Field(discriminator="kind"),
]
