"""What goes to a worker and what comes back: one JSON line each way that counts, and entries in between.

A shard is a whole cluster: one writer sees all its peers, whatever machine it runs on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from remediate.engine.apply_guards import CLOCKS_APART, clusters_of
from remediate.engine.apply_ports import Kind, Lane
from remediate.engine.apply_result import StepOutcome
from remediate.errors import InputError
from remediate.journal.entries import Entry
from remediate.journal.fold import Outcome
from remediate.model.base import Moment, Sha256, Value, canonical_json
from remediate.model.finding import Connection
from remediate.model.inventory import Inventory
from remediate.model.policy import Policy
from remediate.planning.plan import Plan
from remediate.planning.windows import plan_seconds, seconds_of

READING = timedelta(minutes=5)
"""What a lease has beyond the steps themselves: readings before, between and after them."""
LAST_WRITE = timedelta(minutes=1)
"""So long after the last moment to begin a step its login and its write may still take."""


class Shard(Value):
    """One cluster's part of a run: plan, inventory with references of secrets, and what bounds it."""

    plan: Plan
    inventory: Inventory
    policy: Policy
    override: str = ""
    by_hand: bool = False
    made_at: Moment
    begins_until: Moment
    """No step is begun after it: by then the cluster may be another's."""
    history: tuple[Entry, ...] = ()
    """Of the ledger of record, as far as it concerns these clusters."""


class Order(Value):
    """The one document on a worker's stdin."""

    format_version: Literal[1] = 1
    run: str
    cluster: str
    clusters: tuple[str, ...]
    """That it may write to, its own first."""
    locks_as: str
    """The run in whose name the worker locks them: that which is taken back, or goes on."""
    who: str
    shard: Shard | None = None
    """None: nothing is done; the worker's journal of this run is told again."""


class Halt(Value):
    """A later line on its stdin: end the step under way and begin no other."""

    format_version: Literal[1] = 1
    why: str
    kind: Kind = ""


class Closing(Value):
    """The last line of a worker: how it ended, and the sum of the entries that it told."""

    outcome: Outcome = "done"
    why: str = ""
    steps: tuple[StepOutcome, ...] = ()
    connections: tuple[Connection, ...] = ()
    """By readings after the last write, where all went well."""
    refused: bool = False
    """Nothing was begun, and nothing written down."""
    alive: bool = False
    """Another worker still holds the lock on this cluster."""
    entries: int
    journal: Sha256


class Tape:
    """Counts entries and digests them, in the order in which they are told."""

    def __init__(self) -> None:
        self.entries, self._digest = 0, hashlib.sha256()

    def add(self, entry: Entry) -> None:
        """The next one."""
        self.entries += 1
        self._digest.update(canonical_json(entry))

    @property
    def digest(self) -> str:
        """SHA-256 of their canonical JSON."""
        return self._digest.hexdigest()


def question_of(lane: Lane) -> Order:
    """Whether a worker answers there, and whether another one still works on these clusters."""
    return Order(
        run=lane.run,
        cluster=lane.cluster,
        clusters=clusters_of(lane.plan, lane.cluster),
        locks_as=lane.plan.undoes or lane.run,
        who=lane.ports.consent.who,
    )


def order_of(lane: Lane) -> Order:
    """The shard of a lane, as its worker is handed it."""
    ports, asked = lane.ports, question_of(lane)
    inventory = part_of(ports.inventory, asked.clusters)
    known = frozenset(cluster.name for cluster in inventory.clusters)
    plan, now = _part(lane, known), ports.clock.now()
    shard = Shard(
        plan=plan,
        inventory=inventory,
        policy=Policy(windows=ports.policy.windows),
        override=ports.override,
        by_hand=ports.consent.by_hand,
        made_at=now,
        begins_until=now + _share(plan, ports.stop.seconds_left),
        history=tuple(e for e in ports.ledger.entries() if e.cluster in known or not e.cluster),
    )
    return asked.model_copy(update={"shard": shard})


def lent_until(shard: Shard) -> datetime:
    """When nothing of this worker can take effect any more, by our clock, whatever became of it."""
    longest = max(map(seconds_of, shard.plan.steps), default=0)
    return shard.begins_until + timedelta(seconds=longest) + LAST_WRITE + CLOCKS_APART


def part_of(inventory: Inventory, written: Iterable[str]) -> Inventory:
    """What is written to, the Expressways that this is judged on, and the UC clusters that they serve."""
    named = frozenset(written)
    judging = [c for c in inventory.clusters if c.name in named or named.intersection(c.serves)]
    known = named.union((c.name for c in judging), *(c.serves for c in judging))
    return inventory.model_copy(update={"clusters": tuple(c for c in inventory.clusters if c.name in known)})


def refuse_prompts(inventory: Inventory) -> None:
    """Raises InputError for a password that somebody would have to type where nobody sits."""
    for host in (host for cluster in inventory.clusters for host in cluster.hosts):
        for account in (host.credentials, host.platform_credentials):
            if account is not None and account.password.source == "prompt":
                hint = "use env, file, keyring or vault, where the worker runs"
                raise InputError(f"the password of {host.name} is asked for, and a worker has nobody to ask",
                                 path="--executor", hint=hint)  # fmt: skip


def _part(lane: Lane, known: frozenset[str]) -> Plan:
    plan = lane.plan
    return plan.model_copy(
        update={
            "devices": tuple(d for d in plan.devices if d.cluster in known),
            "steps": tuple(s for s in plan.steps if s.cluster == lane.cluster),
            "workarounds": tuple(pair for pair in plan.workarounds if pair[0] in known),
            "closes": tuple(name for name in plan.closes if name in known),
            "after": tuple(c for c in plan.after if c.link.cluster in known),
            "replication": tuple(pair for pair in plan.replication if pair[0] in known),
            **dict.fromkeys(("findings", "blocked", "choices", "owed", "before", "other_uses"), ()),
        }
    )


def _share(plan: Plan, left: float | None) -> timedelta:
    """Of the time: what the steps may take, or what the deadline of the run leaves."""
    needed = timedelta(seconds=plan_seconds(plan)) + READING
    return needed if left is None else min(needed, timedelta(seconds=left))
