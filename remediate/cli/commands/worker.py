"""Carry out one cluster's part of a run for an `apply --executor` elsewhere, and tell all of it on stdout."""

from __future__ import annotations

import os
import sys
import threading
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from remediate import __version__
from remediate.cli.applying import judged, look_once_more
from remediate.cli.events import EventLines, Events
from remediate.cli.exits import Exit
from remediate.cli.output import silence
from remediate.cli.session import Session
from remediate.cli.signals import stopping
from remediate.cli.wiring import Wiring
from remediate.engine.apply_guards import CLOCKS_APART
from remediate.engine.apply_lane import run_lane
from remediate.engine.apply_ports import ApplyPorts, Lane, Stop
from remediate.engine.ports import Ledger
from remediate.errors import InputError, JournalError, Locked, PlanError, RemediateError
from remediate.executors.lines import Ended, Lines
from remediate.executors.order import Closing, Halt, Order, Shard, Tape
from remediate.executors.relay import Relay
from remediate.files.json_strict import parse_value
from remediate.journal.entries import Entry, RunClosed, RunOpened
from remediate.journal.fold import Outcome, run_state
from remediate.ledger.heartbeat import Heartbeat
from remediate.model.desired import DesiredState

BEAT_S = 5.0
STDIN = "stdin"
_CHUNK = 65536
_GONE = "whoever handed this cluster out is gone"


def run(args: Namespace, wiring: Wiring) -> int:
    """One order, one answer. Raises InputError for what is no order, JournalError where none can be kept here."""
    stdin = _Stdin()
    first = stdin.line()
    if not first:
        raise InputError("no order came", path=STDIN, hint="see remediate worker --help")
    order = parse_value(first, Order, STDIN, InputError)
    local = Session(args, wiring)
    stop = Stop(local.clock, _seconds(order, local))
    teller = _Teller(Events(local.clock.now, lambda line: _write(line, stop)), order)
    beat = Heartbeat(lambda: teller.events.emit("heartbeat", order.cluster), BEAT_S)
    beat.start()
    try:
        with stopping(local.stop, teller.events.note, stop.request, stop.cut):
            stdin.then(lambda line: _halt(line, stop))
            closing = _told_again(local.ledger(), teller) if order.shard is None else _Work(local, teller, stop).done()
    finally:
        beat.stop()
    teller.close(closing)
    return Exit.OK


def _seconds(order: Order, local: Session) -> float:
    """Until no step may be begun any more."""
    left = (order.shard.begins_until - local.clock.now()).total_seconds() if order.shard else 0.0
    return max(left, 0.0)


class _Stdin:
    """Lines of stdin as they come; its end ends the last one."""

    def __init__(self) -> None:
        if sys.stdin.isatty():
            raise InputError("takes an order of `apply --executor`, and is not typed by people", path=STDIN)
        self._lines, self._ended, self._descriptor = Lines(), False, sys.stdin.fileno()

    def line(self) -> bytes:
        """The next one; empty at the end. Raises InputError for one without end."""
        while (line := self._lines.take()) is None and not self._ended:
            data = os.read(self._descriptor, _CHUNK)
            self._ended = not data
            try:
                self._lines.feed(data or b"\n")
            except Ended as ended:
                raise InputError(str(ended), path=STDIN) from ended
        return line or self._lines.take() or b""

    def then(self, take: Callable[[bytes], None]) -> None:
        """Have every later line taken, by a thread of its own."""

        def lines() -> None:
            while line := self.line():
                take(line)

        threading.Thread(target=lines, name="stdin", daemon=True).start()


def _halt(line: bytes, stop: Stop) -> None:
    try:
        halt = parse_value(line, Halt, STDIN, InputError)
    except InputError as error:
        stop.request(str(error))
    else:
        stop.request(halt.why, halt.kind)


def _write(line: str, stop: Stop) -> None:
    """Where nobody listens nobody holds the budgets and the lock: the step under way is ended, no other is begun."""
    try:
        sys.stdout.buffer.write(line.encode())
        sys.stdout.buffer.flush()
    except OSError:
        silence(sys.stdout)
        stop.request(_GONE)


@dataclass
class _Teller:
    """The answer, line by line."""

    events: Events
    order: Order
    tape: Tape = field(default_factory=Tape)

    def __post_init__(self) -> None:
        self.events.began(self.order.run)
        self.events.emit("hello", f"remediate {__version__}", cluster=self.order.cluster)

    def entry(self, entry: Entry) -> None:
        """One that is durable here."""
        self.tape.add(entry)
        told = entry.model_dump(mode="json", warnings=False)
        self.events.emit("journal", entry.kind, cluster=entry.cluster, entry=told)

    def closing(self, outcome: Outcome = "done", **members: object) -> Closing:
        """With the sum of what was told."""
        sums = {"entries": self.tape.entries, "journal": self.tape.digest}
        return Closing.model_validate({"outcome": outcome, **members, **sums})

    def close(self, closing: Closing) -> None:
        """The last line."""
        told = closing.model_dump(mode="json", warnings=False)
        counts: dict[str, int] = {}
        for step in closing.steps:
            counts[step.state] = counts.get(step.state, 0) + 1
        words = closing.why or closing.outcome
        self.events.emit("closing", words, cluster=self.order.cluster, counts=counts, closing=told)


def _told_again(kept: Ledger, teller: _Teller) -> Closing:
    """What was written down here since the run was opened, and whether its worker lives."""
    order = teller.order
    try:
        with ExitStack() as held:
            for cluster in order.clusters:
                held.enter_context(kept.lock(cluster, order.locks_as, order.who))
            alive = False
    except Locked:
        alive = True
    entries = kept.entries()
    opened = next((e.at for e in entries if isinstance(e, RunOpened) and e.run == order.run), None)
    for entry in entries:
        told = not isinstance(entry, RunOpened) and entry.cluster in order.clusters
        if opened is not None and entry.at >= opened and told:
            teller.entry(entry)
    return teller.closing(alive=alive)


class _Work:
    """One lane, on readings, writers and a ledger of this machine."""

    def __init__(self, local: Session, teller: _Teller, stop: Stop) -> None:
        assert teller.order.shard is not None
        self._order, self._shard, self._teller, self._stop = teller.order, teller.order.shard, teller, stop
        self._kept = local.ledger()
        relay = Relay(self._kept, self._shard.history, teller.entry)
        events = teller.events
        wiring = replace(
            local.wiring, output=events, progress=lambda _output, _verbose: EventLines(events), ledger=lambda *_: relay
        )
        self._session = Session(local.args, wiring)
        self._session.stop, self._session.clock = local.stop, local.clock
        self._desired = DesiredState(inventory=self._shard.inventory)

    def done(self) -> Closing:
        """Carried out, or refused before anything was begun. Raises JournalError: then it has no end that is known."""
        if late := _late(self._shard, self._session):
            return self._refused("interrupted", late)
        try:
            with ExitStack() as held:
                for cluster in self._order.clusters:
                    held.enter_context(self._kept.lock(cluster, self._order.locks_as, self._order.who))
                return self._locked()
        except Locked as locked:
            return self._refused("unreachable", str(locked), alive=True)

    def _locked(self) -> Closing:
        shard = self._shard
        try:
            look_once_more(self._session, self._desired, shard.plan)
        except JournalError:
            raise
        except RemediateError as error:
            return self._refused("stale" if isinstance(error, PlanError) else "unreachable", str(error))
        self._open()
        result = run_lane(self._lane())
        self._kept.append(RunClosed(run=self._order.run, at=self._session.clock.now(), outcome=result.outcome))
        done = result.outcome == "done"
        seen = judged(self._session, self._desired, [self._order.cluster]) if done else ()
        return self._teller.closing(result.outcome, why=result.why, steps=tuple(result.steps), connections=seen)

    def _lane(self) -> Lane:
        session, shard, order = self._session, self._shard, self._order
        ports = ApplyPorts(
            inventory=shard.inventory,
            readers=session.readers,
            writers=session.wiring.writers(session.clock),
            ledger=session.ledger(),
            clock=session.clock,
            consent=session.wiring.consent(shard.by_hand),
            progress=session.progress,
            stop=self._stop,
            policy=shard.policy,
            override=shard.override,
        )
        earlier = run_state(shard.history, order.run)
        return Lane(order.run, order.cluster, shard.plan, ports, ports.sessions(), earlier)

    def _open(self) -> None:
        """In the ledger here alone: the ledger of record has it."""
        mine = [e for e in self._shard.history if isinstance(e, RunOpened) and e.run == self._order.run]
        self._kept.append(mine[-1].model_copy(update={"cluster": self._order.cluster}))

    def _refused(self, outcome: Outcome, why: str, *, alive: bool = False) -> Closing:
        return self._teller.closing(outcome, why=why, refused=True, alive=alive)


def _late(shard: Shard, session: Session) -> str:
    """Why a shard is not begun by this machine's clock; empty when it is."""
    now = session.clock.now()
    if abs(now - shard.made_at) > CLOCKS_APART:
        return f"made at {shard.made_at:%H:%M:%S} UTC, and it is {now:%H:%M:%S} here: it lay, or the clocks are apart"
    return "its time is over" if now >= shard.begins_until else ""
