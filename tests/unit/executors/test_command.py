"""What a parent makes of its workers' answers: real processes that say what a test wants."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remediate.errors import InputError, Locked
from remediate.executors.command import CommandExecutor
from remediate.executors.order import Closing, Order, Tape
from remediate.executors.template import template
from remediate.journal.entries import Entry, Failed, LentToWorker, RunClosed, RunOpened
from remediate.journal.fold import lent_out
from remediate.model.inventory import Credentials, SecretRef
from remediate.model.policy import Budgets, Policy
from tests.support.doubles import AT
from tests.support.windows import Window, states, two_clusters, uploads

SAYS = """
import os, sys
order = sys.stdin.readline()
asked = '"shard":null' in order and order not in open(sys.argv[1]).read()
open(sys.argv[1], "a").write(order)
sys.stdout.write(open(sys.argv[5] if asked else sys.argv[2]).read())
sys.stdout.flush()
after = "ends" if asked else sys.argv[3]
if after == "hangs":
    sys.stdin.read()
if after == "halted":
    halt = sys.stdin.readline()
    open(sys.argv[1], "a").write(halt)
    sys.stdout.write(open(sys.argv[4]).read())
if after == "dies":
    sys.exit("out of memory")
"""


class Workers:
    """Every cluster gets the same answer, once a worker was asked for."""

    def __init__(self, home: Path, made: Window) -> None:
        self.home, self.made = home, made
        self.run = f"{AT:%Y%m%dT%H%M%SZ}-{made.sha256[:8]}"
        (home / "orders").touch()

    def answer(self, lines: Sequence[dict[str, Any]], after: str = "ends", then: Sequence[dict[str, Any]] = ()) -> None:
        """Say these lines, then do this, then say the others."""
        for name, told in (("lines", lines), ("then", then), ("here", [HELLO, closing()])):
            (self.home / name).write_text("".join(json.dumps(line) + "\n" for line in told), encoding="utf-8")
        (self.home / "says.py").write_text(SAYS, encoding="utf-8")
        files = (self.home / "says.py", self.home / "orders", self.home / "lines")
        later = (str(self.home / "then"), str(self.home / "here"))
        command = shlex.join((sys.executable, "-I", "-S", *map(str, files), after, *later))
        self.executor = CommandExecutor(template(f"command: {command}"), silence=0.3)
        self.made.elsewhere = self.executor

    @property
    def orders(self) -> list[Order]:
        """That came."""
        return [Order.model_validate_json(line) for line in self._given if "locks_as" in line]

    @property
    def halts(self) -> list[dict[str, Any]]:
        """Other lines that came."""
        return [json.loads(line) for line in self._given if "locks_as" not in line]

    @property
    def _given(self) -> list[str]:
        return (self.home / "orders").read_text(encoding="utf-8").splitlines()

    def failed(self, cluster: str = "exp-c") -> Entry:
        """An entry of a worker."""
        step = self.made.plan.steps[0].id
        return Failed(run=self.run, cluster=cluster, at=AT, step=step, why="refused")

    def closed(self, cluster: str = "exp-c") -> Entry:
        """Its last one."""
        return RunClosed(run=self.run, cluster=cluster, at=AT, outcome="failed", summary="refused")


@pytest.fixture
def workers(tmp_path: Path) -> Workers:
    """For one cluster of two peers."""
    return Workers(tmp_path, uploads())


def event(type_: str, **members: Any) -> dict[str, Any]:
    """One line."""
    return {"type": type_, "cluster": "exp-c", "node": "", "seq": 1, "@message": type_} | members


def told(*entries: Entry) -> list[dict[str, Any]]:
    """Journal entries as lines."""
    return [event("journal", entry=entry.model_dump(mode="json")) for entry in entries]


def closing(*entries: Entry, **members: Any) -> dict[str, Any]:
    """The last line after these."""
    tape = Tape()
    for entry in entries:
        tape.add(entry)
    made = Closing.model_validate({"entries": tape.entries, "journal": tape.digest, **members})
    return event("closing", closing=made.model_dump(mode="json"))


HELLO = event("hello")


def test_journal_comes_home(workers: Workers) -> None:
    """Its entries are in the ledger of record, its end is the lane's end, and the cluster is given back."""
    entries = (workers.failed(), workers.closed())
    step = event("failed", kind="failed", node="exp-c-1")
    end = closing(*entries, outcome="failed", why="refused")
    workers.answer([HELLO, *told(*entries), step, event("heartbeat"), end])
    result = workers.made.apply()
    assert result.outcome == "failed"
    kinds = ["run-opened", "run-opened", "lent-to-worker", "failed", "run-closed", "lent-to-worker", "run-closed"]
    assert workers.made.ledger.kinds == kinds
    assert lent_out(workers.made.ledger.kept) == ()
    assert workers.made.told.of("failed") == ["failed"]


def test_refused_before_anything(workers: Workers) -> None:
    """Nothing was begun there: the lane is closed here, and may be tried again at once."""
    workers.answer([HELLO, closing(outcome="stale", why="its certificate changed", refused=True)])
    result = workers.made.apply()
    assert (result.outcome, states(result)) == ("stale", ["skipped"] * 2)
    assert lent_out(workers.made.ledger.kept) == ()
    assert workers.made.ledger.outstanding().open_runs == ()


def lines_of_a_lost_one(name: str, workers: Workers) -> list[dict[str, Any]]:
    """Answers that leave open what happened."""
    first, last = workers.failed(), workers.closed()
    return {
        "cut": [HELLO, *told(first)],
        "entry missing": [HELLO, *told(first), closing(first, last, outcome="failed")],
        "entry changed": [HELLO, *told(first.model_copy(update={"why": "else"})), closing(first, outcome="failed")],
        "another cluster's": [HELLO, *told(workers.failed("exp-d")), closing()],
        "our own": [HELLO, *told(LentToWorker(run="r", cluster="exp-c", at=AT, until=AT)), closing()],
        "no entry": [HELLO, event("journal", entry={"kind": "nonsense"}), closing()],
        "no end": [HELLO, event("closing", closing={"outcome": "splendid"})],
        "nothing": [],
    }[name]


LOST = ["cut", "entry missing", "entry changed", "another cluster's", "our own", "no entry", "no end", "nothing"]


@pytest.mark.parametrize("name", LOST)
def test_lost(name: str, workers: Workers) -> None:
    """Unknown, not failed; what it said that is not its own is not taken; the cluster stays lent until it can no
    longer write, and is free afterwards."""
    workers.answer(lines_of_a_lost_one(name, workers), "dies")
    made = workers.made
    result = made.apply()
    assert result.outcome == "unreachable"
    assert "worker was lost" in result.steps[0].why or result.steps[0].state == "failed"
    (lent,) = lent_out(made.ledger.kept)
    assert not [e for e in made.ledger.kept if e.cluster == "exp-d" or (e.run == "r")]
    made.elsewhere = None
    with pytest.raises(Locked, match="lent to a worker"):
        made.apply()
    made.clock.wait((lent.until - made.clock.now()).total_seconds())
    assert states(made.apply()) == ["changed"] * 2


def test_last_words(workers: Workers) -> None:
    """Of a command that ends: its code, and what it said on stderr."""
    workers.answer([], "dies")
    assert "its command ended with 1 (out of memory)" in workers.made.apply().steps[0].why


def test_silent(workers: Workers) -> None:
    """No line for too long after its first one."""
    workers.answer([HELLO], "hangs")
    assert "nothing was heard of it for 0.3 s" in workers.made.apply().steps[0].why


def test_no_such_command(workers: Workers) -> None:
    """The command itself is missing."""
    workers.made.elsewhere = CommandExecutor(template("command: no-such-program-here"))
    result = workers.made.apply()
    assert (result.outcome, states(result)) == ("unreachable", ["skipped"] * 2)
    assert "no worker: no-such-program-here: No such file" in result.steps[0].why
    assert lent_out(workers.made.ledger.kept) == ()


def test_wrong_address(workers: Workers) -> None:
    """The command ends before any worker answers: nothing was sent, and the cluster is not lent to nobody."""
    workers.made.elsewhere = CommandExecutor(template("command: sh -c 'echo no route >&2; exit 255'"))
    result = workers.made.apply()
    assert (result.outcome, states(result)) == ("unreachable", ["skipped"] * 2)
    assert "no worker: its command ended with 255 (no route)" in result.steps[0].why
    assert "lent-to-worker" not in workers.made.ledger.kinds


def test_halt(workers: Workers) -> None:
    """What stops the run reaches the worker, which then tells its end."""
    end = RunClosed(run=workers.run, cluster="exp-c", at=AT, outcome="interrupted", summary="SIGINT")
    stop = event("stop", kind="step", node="exp-c-1")
    workers.answer([HELLO, stop], "halted", [*told(end), closing(end, outcome="interrupted", why="SIGINT")])
    made = workers.made
    made.told.event = lambda kind, *_: made.stop.request("SIGINT") if kind == "step" else None  # type: ignore[method-assign]
    result = made.apply()
    assert result.outcome == "interrupted"
    assert [halt["why"] for halt in workers.halts] == ["SIGINT"]


def test_cut(workers: Workers) -> None:
    """At the second Ctrl-C nobody waits for it any more, nor for its journal: unknown, and the cluster stays lent."""
    workers.answer([HELLO, event("step", kind="step", node="exp-c-1")], "hangs")
    made = workers.made

    def cut(kind: str, cluster: str, node: str, message: str) -> None:
        del cluster, node, message
        if kind == "step":
            made.stop.request("SIGINT")
            made.stop.cut()

    made.told.event = cut  # type: ignore[method-assign]
    result = made.apply()
    assert result.outcome == "unreachable"
    assert "its command ended with -9" in result.steps[0].why
    assert len(lent_out(made.ledger.kept)) == 1


def test_budget_is_the_parents(tmp_path: Path) -> None:
    """A lost worker counts as unreachable: with that budget used the other cluster gets no worker."""
    made = two_clusters()
    workers = Workers(tmp_path, made)
    workers.answer([], "dies")
    made.policy = Policy(budgets=Budgets(max_unreachable=1), soak=0)
    result = made.apply()
    assert (dict(result.clusters), result.stopped) == ({"exp-c": "unreachable", "exp-d": "interrupted"}, "budget")
    assert {order.cluster for order in workers.orders} == {"exp-c"}


def test_fetched_once(workers: Workers) -> None:
    """What a lost worker kept is taken in, once; where nobody holds its lock any more the cluster is free."""
    made, first, last = workers.made, workers.failed(), workers.closed()
    workers.answer([HELLO, *told(first)], "dies")
    made.apply()
    (lent,) = lent_out(made.ledger.kept)
    workers.answer([HELLO, *told(first, last), closing(first, last, alive=True)])
    assert workers.executor.fetch(lent, made.ledger, made.clock, made.operator.who) == "it still runs"
    workers.answer([HELLO, *told(first, last), closing(first, last)])
    assert workers.executor.fetch(lent, made.ledger, made.clock, made.operator.who) == ""
    assert made.ledger.kept.count(first) == made.ledger.kept.count(last) == 1
    assert lent_out(made.ledger.kept) == ()
    assert workers.orders[-1].shard is None


def test_order_is_one_cluster(tmp_path: Path) -> None:
    """Its part of plan and inventory, what the ledger has of it, and how long it may begin something."""
    made = two_clusters()
    workers = Workers(tmp_path, made)
    made.policy = Policy(soak=0)
    workers.answer([HELLO, closing(refused=True, outcome="stale")])
    made.apply()
    first, second = (order.shard for order in workers.orders if order.shard)
    assert {step.cluster for step in first.plan.steps} == {device.cluster for device in first.plan.devices} == {"exp-c"}
    names = {cluster.name for cluster in second.inventory.clusters}
    assert ("exp-d" in names, "exp-c" in names) == (True, False)
    assert {entry.cluster for entry in second.history} <= {"", *names}
    assert any(isinstance(entry, RunOpened) and entry.cluster == "exp-d" for entry in second.history)
    assert timedelta() < first.begins_until - first.made_at < timedelta(hours=2)


def test_password_that_is_typed(workers: Workers) -> None:
    """Nobody sits where a worker runs."""
    workers.answer([])
    made = workers.made
    asked = Credentials(username="admin", password=SecretRef(source="prompt", name="Password"))
    cluster = made.desired.inventory.cluster("exp-c")
    host = cluster.hosts[0].model_copy(update={"credentials": asked})
    changed = cluster.model_copy(update={"hosts": (host, *cluster.hosts[1:])})
    inventory = made.desired.inventory.model_copy(update={"clusters": (changed,)})
    with pytest.raises(InputError, match=rf"{host.name} is asked for"):
        workers.executor.check(made.plan, inventory)
