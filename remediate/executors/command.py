"""The `command` executor: each cluster by a process of its own, and its journal into the ledger of record.

What a lost worker was at is unknown, not failed: its own journal is fetched where it can be, what it left unsettled is
noted as unknown, and its cluster stays lent until it can no longer write.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from remediate.engine.apply_guards import clusters_of, lanes_of
from remediate.engine.apply_lane import run_lane
from remediate.engine.apply_ports import Lane, Stop
from remediate.engine.apply_result import LaneResult
from remediate.engine.ports import Clock, Ledger
from remediate.executors.lines import Ended, Process
from remediate.executors.lost import found, refused
from remediate.executors.order import (
    Closing,
    Halt,
    Order,
    Tape,
    lent_until,
    order_of,
    part_of,
    question_of,
    refuse_prompts,
)
from remediate.executors.template import Template
from remediate.journal.entries import Attested, Entry, LentToWorker, LockForced, RunOpened
from remediate.journal.fold import lent_out, run_state
from remediate.model.base import canonical_json
from remediate.model.finding import Connection
from remediate.model.inventory import Inventory
from remediate.planning.plan import Plan

START_S, SILENCE_S = 300.0, 30.0
"""Without a line for so long it is lost: before its first one, as where an image is pulled, and after."""
HEED_S = 0.2
_OURS = (Attested, LentToWorker, LockForced, RunOpened)
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


class CommandExecutor:
    """Carries lanes out elsewhere; called from many threads. `seen`: connections as workers read them at the end."""

    def __init__(self, template: Template, silence: float = SILENCE_S) -> None:
        self._template, self._silence = template, silence
        self.seen: list[Connection] = []

    def check(self, plan: Plan, inventory: Inventory) -> None:
        """Raises InputError for what cannot go to a worker: a password that is asked for, a name like an option."""
        for cluster in lanes_of(plan):
            self._template.argv("", cluster)
            refuse_prompts(part_of(inventory, clusters_of(plan, cluster)))

    def __call__(self, lane: Lane) -> LaneResult:
        """Run it there. Raises JournalError when its journal can no longer be kept here."""
        stop = lane.ports.stop
        if not stop.requested and (none := self._no_worker(lane)):
            return refused(lane, "unreachable", none)
        if stop.requested:
            return run_lane(lane)  # which begins nothing, and says so in the journal
        order = order_of(lane)
        self._lend(lane, order)
        try:
            closing = self._converse(order, _Answer(order, lane.ports.ledger.append, lane), stop)
        except Ended as ended:
            return self._lost(lane, order, str(ended))
        if not closing.alive:
            _given_back(lane.ports.ledger, lane.ports.clock, lane.run, order.clusters)
        self.seen += closing.connections
        if closing.refused:
            return refused(lane, closing.outcome, closing.why)
        return LaneResult(lane.cluster, closing.outcome, closing.why, list(closing.steps))

    def fetch(self, lent: LentToWorker, ledger: Ledger, clock: Clock, who: str, stop: Stop | None = None) -> str:
        """Have a worker tell what a lost one wrote down, and take in what is missing here. Why that cannot be, or why
        the cluster stays lent; empty when the lost one is gone for sure. `stop`: whose cut ends it."""
        state = run_state(ledger.entries(lent.run), lent.run)
        locks_as = state.undoes if state and state.undoes else lent.run
        order = Order(run=lent.run, cluster=lent.cluster, clusters=(lent.cluster,), locks_as=locks_as, who=who)
        told: list[Entry] = []
        try:
            closing = self._converse(order, _Answer(order, told.append), stop)
        except Ended as ended:
            return f"its journal could not be fetched: {ended}"
        known = {canonical_json(entry) for entry in ledger.entries()}
        for entry in told:
            if canonical_json(entry) not in known:
                ledger.append(entry)
        if closing.alive:
            return "it still runs"
        _given_back(ledger, clock, lent.run, order.clusters)
        return ""

    def _no_worker(self, lane: Lane) -> str:
        """Why nothing is sent; empty where a worker answers. A wrong address must not leave the cluster lent."""
        question = question_of(lane)
        try:
            answer = self._converse(question, _Answer(question, lambda _entry: None), lane.ports.stop)
        except Ended as ended:
            return f"no worker: {ended}"
        return "another worker still holds its lock there" if answer.alive else ""

    def _lend(self, lane: Lane, order: Order) -> None:
        assert order.shard is not None
        for cluster in order.clusters:
            lane.ports.ledger.append(
                LentToWorker(run=lane.run, cluster=cluster, at=lane.ports.clock.now(), until=lent_until(order.shard))
            )

    def _lost(self, lane: Lane, order: Order, why: str) -> LaneResult:
        """What is known of it, from its own journal if that can be had."""
        ledger, clock, stop = lane.ports.ledger, lane.ports.clock, lane.ports.stop
        lane.tell("lost", "", f"worker lost: {why}; apply --resume {lane.run} reads what it was at, and goes on")
        for lent in lent_out(ledger.entries()):
            if lent.cluster in order.clusters and (still := self.fetch(lent, ledger, clock, order.who, stop)):
                lane.tell("lost", "", f"{lent.cluster} stays lent until {lent.until:%H:%M:%S} UTC: {still}")
        return found(lane, f"its worker was lost: {why}")

    def _converse(self, order: Order, answer: _Answer, stop: Stop | None) -> Closing:
        """One order, and its answer to the closing line. Raises Ended."""
        process = Process(self._template.argv(order.run, order.cluster))
        try:
            if stop is not None:
                stop.at_cut(process.kill)
            process.send(canonical_json(order))
            return self._listen(process, answer)
        except BaseException:
            process.kill()
            raise
        finally:
            process.close()

    def _listen(self, process: Process, answer: _Answer) -> Closing:
        patience, heard = START_S, time.monotonic()
        while answer.closing is None:
            if (halt := answer.halt()) is not None:
                process.send(canonical_json(halt))
            line = process.line(HEED_S)
            if line is not None and answer.take(line):
                patience, heard = self._silence, time.monotonic()
            elif time.monotonic() - heard > patience:
                raise Ended(f"nothing was heard of it for {patience:g} s")
        return answer.closing


class _Answer:
    """What a worker tells: progress to the screen, entries into the ledger, and at the end how it ended."""

    def __init__(self, order: Order, keep: Callable[[Entry], object], lane: Lane | None = None) -> None:
        self._order, self._keep, self._lane = order, keep, lane
        self._tape, self._halted = Tape(), False
        self.closing: Closing | None = None

    def halt(self) -> Halt | None:
        """Once, when the run is being stopped."""
        if self._lane is None or self._halted or not self._lane.ports.stop.requested:
            return None
        self._halted = True
        return Halt(why=self._lane.ports.stop.why, kind=self._lane.ports.stop.kind)

    def take(self, line: bytes) -> bool:
        """One line; False where a banner, or a program between us, said something of its own. Raises Ended."""
        event = _event(line)
        match event.get("type"):
            case "journal":
                entry = _entry(event, self._order)
                self._tape.add(entry)
                self._keep(entry)
            case "closing":
                self.closing = _closed(event, self._tape)
            case "log" | "diagnostic":
                self._tell("worker", event)
            case _:
                self._tell(event.get("kind"), event)
        return bool(event)

    def _tell(self, kind: object, event: dict[str, Any]) -> None:
        if self._lane is not None and isinstance(kind, str):
            self._lane.tell(kind, str(event.get("node", "")), str(event.get("@message", "")))


def _event(line: bytes) -> dict[str, Any]:
    """Of one line; nothing where a banner or a program between us said something of its own."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) and isinstance(event.get("type"), str) else {}


def _entry(event: dict[str, Any], order: Order) -> Entry:
    try:
        entry = _ENTRY.validate_json(json.dumps(event.get("entry")))
    except ValidationError as error:
        raise Ended("it told a journal entry that this version cannot read") from error
    if entry.cluster not in order.clusters or isinstance(entry, _OURS):
        raise Ended(f"it told a journal entry that is not its own ({entry.kind} of {entry.cluster or 'the run'})")
    return entry


def _closed(event: dict[str, Any], tape: Tape) -> Closing:
    try:
        closing = Closing.model_validate_json(json.dumps(event.get("closing")))
    except ValidationError as error:
        raise Ended("its closing line cannot be read") from error
    if (closing.entries, closing.journal) != (tape.entries, tape.digest):
        raise Ended(f"of its {closing.entries} journal entries {tape.entries} arrived, or they were changed on the way")
    return closing


def _given_back(ledger: Ledger, clock: Clock, run: str, clusters: Iterable[str]) -> None:
    for cluster in clusters:
        now = clock.now()
        ledger.append(LentToWorker(run=run, cluster=cluster, at=now, until=now))
