"""Operators, another administrator, deaths, outages and time, in any order that hypothesis thinks of.

Every invariant is checked against the lab's own record. A few examples run here; `make soak` runs many. What an example
found is kept as a test of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from remediate.actions import UploadCertificates
from remediate.journal.entries import Entry, RunOpened, StepIntended
from remediate.journal.fold import outstanding_of, runs_of
from remediate.lab.control import send
from remediate.lab.serve import Order as LabOrder
from remediate.lab.serve import down, up
from remediate.ledger.store import open_ledger
from tests.lab.simulator.stock_clients import RunningLab
from tests.support import forge
from tests.support.canary import Canary, searched
from tests.support.mortal import Life, Order, live
from tests.support.tiny_clock import SystemClock
from tests.support.truth import Record, Truth, truth

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
PLANS = {"fix": "mra-origin-verification.yml", "off": "mra-workaround.yml"}
PEERS = ("exp-c-1", "exp-c-2")
PATH = "EdgeConfigServer VerifyOriginServer"
STRANGER = forge.authority("Another administrator's CA").certificate
STRANGER_SENT = hashlib.sha256(STRANGER.pem).hexdigest()
EXAMPLES = int(os.environ.get("REMEDIATE_SOAK", "0"))
LOSSES = ("set-lost", "set-dropped", "upload-lost", "upload-dropped", "set-ignored", "upload-ignored")
peers, ledgers = st.sampled_from(PEERS), st.sampled_from(["ours", "theirs"])
deaths = st.one_of(st.just(0), st.integers(1, 200))


class Window(RuleBasedStateMachine):
    """Two machines with a ledger each, one lab, and what must hold after every deed."""

    lab: Path

    @initialize(scope=st.sampled_from(["replicated", "per-peer"]))
    def begin(self, scope: str) -> None:
        """A fresh fleet, two empty ledgers."""
        send(self.lab, "restore", name="start")
        send(self.lab, "edit", cluster="exp-c", switch="verify_scope", value=scope)
        self.home = Path(tempfile.mkdtemp(prefix="any-order-"))
        self.record = Record(self.lab)
        self.seen: Truth = truth(self.lab)
        self.made = 0

    def teardown(self) -> None:
        """I50: nothing that was left holds a password."""
        if hasattr(self, "home"):
            files = (self.lab / "inventory" / "secrets").iterdir()
            canaries = [Canary(f.name, f.read_text().strip()) for f in files]
            assert searched(canaries, self.home) == {}
            shutil.rmtree(self.home)

    # what operators do

    @rule(kind=st.sampled_from(sorted(PLANS)), whose=ledgers)
    def plan(self, kind: str, whose: str) -> None:
        """A plan for the fleet as it is; it replaces an earlier one of its kind."""
        self.type(whose, f"plan {PLAYBOOKS / PLANS[kind]} -i INV -o HOME/{kind}.plan")

    @precondition(lambda self: hasattr(self, "home") and any(self.home.glob("*.plan")))
    @rule(kind=st.sampled_from(sorted(PLANS)), whose=ledgers, dies_at=deaths)
    def apply(self, kind: str, whose: str, dies_at: int) -> None:
        """Carry it out, or die at it."""
        self.type(whose, f"apply HOME/{kind}.plan -i INV --by-hand", dies_at)

    @rule(whose=ledgers, dies_at=deaths)
    def resume(self, whose: str, dies_at: int) -> None:
        """Go on with a run that died."""
        for run in outstanding_of(self.entries(whose)).open_runs:
            for file in self.home.glob("*.plan"):
                self.type(whose, f"apply {file} -i INV --by-hand --resume {run.run}", dies_at)

    @rule(whose=ledgers, dies_at=deaths)
    def roll_back(self, whose: str, dies_at: int) -> None:
        """Take back the last run, or the one that did not end."""
        opened = outstanding_of(self.entries(whose)).open_runs
        name = opened[0].run if opened else "last"
        (self.home / "undo.plan").unlink(missing_ok=True)
        self.type(whose, f"rollback {name} -i INV -o HOME/undo.plan --accept-login-failures soak")
        if (self.home / "undo.plan").exists():
            self.type(whose, "apply HOME/undo.plan -i INV --by-hand", dies_at)

    # what others do

    @rule(peer=peers, value=st.sampled_from(["On", "Off"]))
    def another_sets(self, peer: str, value: str) -> None:
        """Another administrator types the same command."""
        send(self.lab, "edit", peer=peer, path=PATH, value=value)

    @rule(peer=peers)
    def another_adds_a_ca(self, peer: str) -> None:
        """Another administrator uploads a CA of his own."""
        if send(self.lab, "state")["peers"][peer]["alive"]:
            upload(self.lab, peer)

    @rule(peer=peers)
    def goes_down(self, peer: str) -> None:
        """A peer is gone."""
        send(self.lab, "kill", host=peer)

    @rule(point=st.sampled_from(LOSSES))
    def a_connection_will_break(self, point: str) -> None:
        """At the next write of its kind, before it takes effect or after."""
        send(self.lab, "fail", point=point)

    @rule()
    def all_come_back(self) -> None:
        """Every peer is up."""
        for peer in PEERS:
            send(self.lab, "revive", host=peer)

    @rule(peer=peers)
    def restarts(self, peer: str) -> None:
        """By hand."""
        if send(self.lab, "state")["peers"][peer]["alive"]:
            send(self.lab, "restart", peer=peer)

    @rule(hours=st.sampled_from([0, 1, 80]))
    def time_passes(self, hours: int) -> None:
        """Replication falls due, and with 80 hours the temporary workaround too."""
        send(self.lab, "clock", seconds=hours * 3600 + 3)

    # what must hold

    @invariant()
    def no_ca_is_lost(self) -> None:
        """I1: each list begins with what it was before; I30: what came was vouched for."""
        now = truth(self.lab)
        allowed = vouched(self.lab) | {STRANGER.sha256}
        for peer, listed in now.listed:
            before = self.seen.trusted(peer)
            assert listed[: len(before)] == before
            assert set(listed[len(before) :]) <= allowed
        self.seen = now

    @invariant()
    def every_write_is_in_a_ledger(self) -> None:
        """I2, I3: no write without its intent; I8: none twice for one step of one plan; I10: on planned hosts alone."""
        entries = {whose: self.entries(whose) for whose in ("ours", "theirs")}
        intents = Counter(key for mine in entries.values() for key in steps_of(mine))
        for (host, verb), count in executed(self.record).items():
            assert count <= intents[host, verb], (host, verb, count, intents)

    @invariant()
    def nothing_restarts(self) -> None:
        """I13: the tool restarts nothing by itself."""
        assert not [w for w in self.record.lines() if re.search(r"(?i)boot|restart", w.get("text", "")) and not hand(w)]

    @invariant()
    def off_is_never_forgotten(self) -> None:
        """I21, I23: while an Off of ours stands, status says so and does not end with 0."""
        off = set(truth(self.lab).off)
        for whose in ("ours", "theirs"):
            if off & ours_off(self.entries(whose)):
                life = self.type(whose, "status --json")
                told = json.loads(life.screen)
                assert life.code in (12, 13)
                assert told["leases"] or told["open_runs"]
                assert (life.code == 12) == bool(told["expired"])

    def type(self, whose: str, line: str, dies_at: int = 0) -> Life:
        """A command on one of the two machines."""
        self.made += 1
        places = {"INV": str(self.lab / "inventory")}
        words = [places.get(w, w.replace("HOME/", f"{self.home}/")) for w in line.split()]
        ledger = str(self.home / whose / "ledger.sqlite")
        life = live(Order((*words, "--ledger", ledger), self.lab, self.home / f"screen-{self.made}", dies_at))
        assert life.code != 250, life.screen
        assert "Traceback" not in life.screen
        return life

    def entries(self, whose: str) -> tuple[Entry, ...]:
        """Of one ledger; its chains are checked."""
        file = self.home / whose / "ledger.sqlite"
        return open_ledger(str(file), SystemClock()).entries() if file.exists() else ()


def hand(line: dict[str, str]) -> bool:
    """Whether somebody in the lab did it."""
    return line["verb"].startswith("hand-")


def executed(record: Record) -> Counter[tuple[str, str]]:
    """What the tool changed, per host and verb."""
    mine = (w for w in record.writes() if w.took_effect and w.sha256 != STRANGER_SENT)
    return Counter((w.host, w.verb) for w in mine)


def steps_of(entries: tuple[Entry, ...]) -> Iterator[tuple[str, str]]:
    """Host and verb, once for each step of each plan that was about to be written."""
    plans = {e.run: e.plan for e in entries if isinstance(e, RunOpened)}
    intents = {(plans[e.run], e.step, e.action.host, e.action.kind) for e in entries if isinstance(e, StepIntended)}
    verbs = {"upload-certificates": "https-POST", "set-verify-origin-server": "ssh-set"}
    for _, _, host, kind in intents:
        yield host, verbs.get(kind, "axl updateProcessNode")


def ours_off(entries: tuple[Entry, ...]) -> set[str]:
    """Peers on which a step of ours set Off, is confirmed and was not taken back, while its lease stands."""
    leases = {lease.run for lease in outstanding_of(entries).leases}
    states = (step for run in runs_of(entries) if run.run in leases for step in run.steps)
    confirmed = (s.intended.action for s in states if s.status == "confirmed" and s.intended is not None)
    return {action.host for action in confirmed if not isinstance(action, UploadCertificates)}


def vouched(lab: Path) -> set[str]:
    """SHA-256 of every certificate that the inventory vouches for."""
    text = (lab / "inventory" / "clusters.yml").read_text()
    return set(re.findall(r"\b[0-9a-f]{64}\b", text))


def upload(lab: Path, peer: str) -> None:
    """By a stock client."""
    for point in LOSSES:
        send(lab, "fail", point=point, clear=True)
    answer = RunningLab(lab).web(peer).upload(STRANGER.pem)
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two peers and everything to mend."""
    made = tmp_path_factory.mktemp("any") / "lab"
    up(LabOrder("seed-untrusted-ca", made, switches={"restart_s": "0.05", "refresh_s": "0.01"}), detach=True)
    send(made, "snapshot", name="start")
    yield made
    down(made)


def test_any_order(lab: Path) -> None:
    """Every invariant holds after every deed."""
    Window.lab = lab
    run_state_machine_as_test(
        Window,
        settings=settings(
            max_examples=EXAMPLES or 2,
            stateful_step_count=20 if EXAMPLES else 10,
            derandomize=not EXAMPLES,
            phases=[Phase.explicit, Phase.generate],
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
