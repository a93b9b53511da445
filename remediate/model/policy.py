"""How far a run may go, when, and with whose consent: `policy.yml` beside the inventory."""

from __future__ import annotations

from typing import Literal

from remediate.model.base import Moment, Value
from remediate.model.inventory import Credentials

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ChangeWindow(Value):
    """A time in which changes are allowed or denied. Weekly (`days`, `start`) or once (`at`); deny wins."""

    name: str
    kind: Literal["allow", "deny"]
    days: tuple[Weekday, ...] = ()
    start: str = ""
    """`22:00`, in `time_zone`."""
    at: Moment | None = None
    duration: int
    """Seconds."""
    time_zone: str = "UTC"
    clusters: tuple[str, ...] = ()
    """For these alone; empty: for all."""


class Budgets(Value):
    """Counts of clusters. Equal means stop: nothing new begins anywhere."""

    max_failed: int | None = 1
    max_unreachable: int | None = None
    """None: an unreachable cluster gets no write, and the others go on."""
    keep_up: int = 0
    """Peers of a cluster that must be up while one of them restarts."""


class Approvals(Value):
    """Who may approve, and how many approvals each class of risk needs."""

    signers: str
    """The file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS)."""
    required: tuple[tuple[str, int], ...] = ()
    author_may_approve: bool = False

    def needed(self, risks: frozenset[str]) -> int:
        """For a plan with steps of these classes."""
        return max((count for risk, count in self.required if risk in risks), default=0)


class LoginTest(Value):
    """A login through Expressway-E with a test account."""

    edge: str
    """The Expressway-E cluster."""
    domain: str
    credentials: Credentials | None = None
    repeat: int = 3
    by_hand: bool = False
    """The authentication flow forbids a password login: somebody logs in and vouches for it."""


class Policy(Value):
    """All of it. Without a file these defaults hold."""

    budgets: Budgets = Budgets()
    clusters_at_once: int = 4
    """For additive steps; everything else goes one cluster at a time."""
    first_cluster: str = ""
    """Empty: the first of the plan."""
    soak: int = 600
    """Seconds after the first cluster before the others."""
    backup_age: int | None = None
    """Seconds; a cluster whose backup nobody vouched for within this time is not written to. None: not asked."""
    windows: tuple[ChangeWindow, ...] = ()
    approvals: Approvals | None = None
    login_test: LoginTest | None = None
    rehearsal: bool = False
    """Whether a plan must have been rehearsed before it is applied."""
