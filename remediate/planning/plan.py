"""A plan: what was reviewed, and exactly what will run."""

from __future__ import annotations

import hashlib
import operator
from typing import Literal

from pydantic import Field

from remediate.actions import Action, Owed, Risk, Undo
from remediate.model.base import Moment, Sha256, Value, digest
from remediate.model.desired import Workaround
from remediate.model.fact import Fact
from remediate.model.finding import Connection, Finding, TlsLink
from remediate.model.other_use import OtherUse
from remediate.model.outstanding import Obligation


class Step(Value):
    """One action on one device, with what must hold before and what must be read after.

    `only_if` (a conditional write): when the fact already holds by `wait` seconds after the step
    before it, the step is not needed. A step `by` hand prints `Action.by_hand` and polls `confirm`.
    """

    id: str
    cluster: str
    """The lane it runs in: steps of one lane run in order, lanes side by side."""
    action: Action
    by: Literal["tool", "hand"] = "tool"
    unless: Fact | None = None
    wait: int = 0
    because: tuple[str, ...]
    """Ids of findings, each followed by its subject, as printed."""
    expect: Fact
    confirm: tuple[Fact, ...]
    deadline: int
    """Seconds until `confirm` must hold."""
    undo: Undo
    inverse: Action | None = None
    risk: Risk


class Blocked(Value):
    """A remedy that would help and may not run, and the one line that unblocks it."""

    cluster: str
    subject: str
    title: str
    why: str
    unblock: str
    """What to write where; never holds a fingerprint that nobody vouched for."""
    evidence: tuple[str, ...] = ()
    unknown: bool = False
    """True where a reading is missing, not a consent."""


class Choice(Value):
    """For one failing connection: the remedy that won, and why each other was not chosen."""

    link: TlsLink
    chosen: tuple[str, ...]
    """Names of the remedies that mend it together; empty when none does."""
    rejected: tuple[tuple[str, str], ...]
    """Remedy name and reason."""


class Device(Value):
    """A device as the plan knew it; apply refuses another."""

    host: str
    cluster: str
    address: str
    serial: str
    version: str
    ssh_host_key: str
    tls_sha256: tuple[str, ...]
    peers: tuple[str, ...] = ()


class Plan(Value):
    """Steps and what they rest on. Its file is its canonical JSON; SHA-256 of that file is its name."""

    format_version: Literal[1] = 1
    tool_version: str
    author: str = Field(default="", exclude_if=operator.not_)
    """Who made the file: user@machine. Left out of the file where nobody is named."""
    purpose: Literal["remediate", "rollback", "retire"] = "remediate"
    during_upgrade: str = Field(default="", exclude_if=operator.not_)
    """Why clusters of mixed releases may be written to; left out of the file where none may."""
    undoes: str = ""
    """Run id, for a rollback."""
    made_at: Moment
    valid_from: Moment
    valid_until: Moment
    inventory_digest: Sha256
    playbook_digest: str
    observed_digest: Sha256
    devices: tuple[Device, ...]
    findings: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()
    left_out: tuple[str, ...] = Field(default=(), exclude_if=operator.not_)
    """Ids of steps that would belong here and that the command line left out; not in the file where none was."""
    blocked: tuple[Blocked, ...] = ()
    choices: tuple[Choice, ...] = ()
    owed: tuple[Owed, ...] = ()
    """What will be owed once the steps have run."""
    owed_before: tuple[Obligation, ...] = Field(default=(), exclude_if=operator.not_)
    """What earlier runs left to do on these clusters; not in the file where they left nothing."""
    workarounds: tuple[tuple[str, Workaround], ...] = ()
    """Cluster and words, for each cluster that gets `Off`."""
    closes: tuple[str, ...] = ()
    """Clusters whose temporary workaround ends with this plan."""
    before: tuple[Connection, ...] = ()
    after: tuple[Connection, ...] = ()
    other_uses: tuple[OtherUse, ...] = Field(default=(), exclude_if=operator.not_)
    """What else the lists that get a certificate serve; left out of the file where none does."""
    accepts_failing: tuple[TlsLink, ...] = ()
    accepts_reason: str = ""
    replication: tuple[tuple[str, int], ...] = ()
    """Cluster and its replication interval in seconds."""

    @property
    def steps_digest(self) -> str:
        """Equal for plans that do the same on the same expectations, whenever they were made."""
        return hashlib.sha256("\n".join(digest(step) for step in self.steps).encode()).hexdigest()

    @property
    def acts(self) -> bool:
        """Whether applying it does anything: a step, or something in the ledger that it ends."""
        return bool(self.steps or self.closes or self.undoes)

    @property
    def clusters(self) -> tuple[str, ...]:
        """Lanes, in order of first step."""
        return tuple(dict.fromkeys(step.cluster for step in self.steps))
