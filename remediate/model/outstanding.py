"""What earlier runs left: the third input of judging and planning."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from remediate.model.base import Moment, Sha256, Value


class Lease(Value):
    """A temporary workaround: who, why, until when. Its expiry alarms and never writes."""

    cluster: str
    owner: str
    ticket: str
    reason: str
    opened_at: Moment
    expires: Moment
    remove_when: Literal["origins-verified"] = "origins-verified"
    run: str
    extensions: int = 0


class Obligation(Value):
    """Something owed until it is seen done.

    `restart`: the certificates named run on `host` only after its next start.
    `refresh-servers`: cluster `cluster` (Expressway-C) knows the names `names` only afterwards.
    `restart-service`: the UC service `what` on `host`.
    `update-ctl`: the CTL of UC cluster `cluster`, on its publisher `host`; nothing readable shows it done.
    """

    id: str
    kind: Literal["restart", "refresh-servers", "restart-service", "update-ctl"]
    cluster: str
    host: str
    since: Moment
    run: str
    certificates: tuple[Sha256, ...] = ()
    names: tuple[str, ...] = ()
    what: str = ""


class OpenRun(Value):
    """A run that did not close."""

    run: str
    plan: Sha256
    clusters: tuple[str, ...]
    opened_at: Moment
    unsettled: tuple[str, ...] = ()
    """Steps whose write was not sent, or its outcome is not known."""


class LearnedScope(Value):
    """How far a setting reaches on one cluster, as seen in an earlier run."""

    cluster: str
    path: str
    scope: Literal["replicated", "per-peer"]


class Outstanding(Value):
    """All of it. Empty is the usual state. `as_of` is when the last of it was written, by the clock of that machine."""

    leases: tuple[Lease, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    open_runs: tuple[OpenRun, ...] = ()
    scopes: tuple[LearnedScope, ...] = ()
    as_of: Moment | None = None

    def at_least(self, now: datetime) -> datetime:
        """`now`, or when the ledger was last written, where our clock is behind that."""
        return max(now, self.as_of or now)

    def expired(self, now: datetime) -> tuple[Lease, ...]:
        """Temporary workarounds past their date."""
        return tuple(lease for lease in self.leases if lease.expires <= self.at_least(now))
