"""A change window that dies: a lab of three peers, a plan with uploads, a rename and Off, and what must hold after."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from remediate.actions import RenameSystemServer, SetVerifyOriginServer, UploadCertificates
from remediate.journal.entries import Entry, StepIntended
from remediate.lab.control import send
from remediate.lab.serve import Order as LabOrder
from remediate.lab.serve import down, up
from remediate.ledger.store import open_ledger
from tests.support.disk import watched
from tests.support.mortal import Life, Order, ended, live, started
from tests.support.tiny_clock import SystemClock
from tests.support.truth import VERIFY, Record, Truth, Write, truth

PLAYBOOK = """
name: Everything at once
plays:
  - name: mend, and switch the check off
    hosts: expressway_c
    desired: {origins: verified, verify_origin_server: Off}
    remedies: [upload-missing-ca, change-system-server-name]
    chain: complete
    workaround:
      owner: "{{ workaround_owner }}"
      ticket: "{{ workaround_ticket }}"
      reason: "{{ workaround_reason }}"
      expires: "{{ workaround_expires }}"
      remove_when: origins-verified
"""
START = "start"
KILLED = -9
PUBLISHER = "cucm-pub"


@dataclass
class Scene:
    """A lab in its first state, the plan for it, and the fleet before and after an uninterrupted run."""

    home: Path
    plan: Path
    before: Truth
    after: Truth
    events: tuple[str, ...] = ()
    events_back: tuple[str, ...] = ()
    """Of the apply that takes the run back."""
    executed: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @property
    def lab(self) -> Path:
        """Its directory."""
        return self.home / "lab"

    def window(self, name: str) -> Window:
        """The lab as it was, and a new ledger."""
        send(self.lab, "restore", name=START)
        place = self.home / name
        shutil.rmtree(place, ignore_errors=True)
        (place / "ledger").mkdir(parents=True, mode=0o700)
        return Window(self, place, Record(self.lab))


@dataclass
class Window:
    """One life and what came after it, on the scene's lab."""

    scene: Scene
    home: Path
    record: Record

    @property
    def ledger(self) -> Path:
        """The file."""
        return self.home / "ledger" / "ledger.sqlite"

    def order(self, line: str, dies_at: int = 0) -> Order:
        """A command of this window; `INV`, `PLAN` and `UNDO` stand for its files."""
        places = {
            "INV": str(self.scene.lab / "inventory"),
            "PLAN": str(self.scene.plan),
            "UNDO": str(self.home / "undo.plan"),
        }
        words = [places.get(word, word) for word in line.split()]
        return Order((*words, "--ledger", str(self.ledger)), self.scene.lab, self.home, dies_at)

    def type(self, line: str, dies_at: int = 0) -> Life:
        """Run it to its end, or its death."""
        return live(self.order(line, dies_at))

    def apply(self, dies_at: int = 0, *, power_fails: bool = False) -> Life:
        """Carry out the plan."""
        return self.carry_out("apply PLAN -i INV --by-hand", dies_at, power_fails=power_fails)

    def carry_out(self, line: str, dies_at: int, *, power_fails: bool) -> Life:
        """Run a command that may die. `power_fails`: what was not synced when it ends is lost too."""
        order = self.order(line, dies_at)
        if not power_fails:
            return live(order)
        gate = self.home / "gate"
        process = started(replace(order, waits_for=gate))
        with watched(process.pid or 0, self.ledger.parent, self.home / "trace") as disk:
            gate.touch()
            life = ended(order, process)
        gate.unlink()
        disk().lose_what_was_not_synced()
        return life

    def entries(self) -> tuple[Entry, ...]:
        """Of the ledger as it lies there; its chains are checked."""
        return open_ledger(str(self.ledger), SystemClock()).entries() if self.ledger.exists() else ()

    def run(self) -> str:
        """The run that did not end; empty when none is open."""
        open_runs = json.loads(self.type("status --json").screen)["open_runs"]
        return str(open_runs[0]["run"]) if open_runs else ""


@contextmanager
def scene(home: Path) -> Iterator[Scene]:
    """A lab with everything wrong, planned for, and one uninterrupted run to compare with."""
    lab = home / "lab"
    up(LabOrder("seed-untrusted-ca", lab, peers=3, switches={"refresh_s": "0.01", "restart_s": "0.05"}), detach=True)
    try:
        send(lab, "edit", node=PUBLISHER, name=send(lab, "state")["nodes"][PUBLISHER]["address"])
        send(lab, "refresh", cluster="exp-c")
        send(lab, "snapshot", name=START)
        before = truth(lab)
        made = Scene(home, home / "fix.plan", before, before)
        _plan(made)
        whole = made.window("whole")
        life = whole.apply()
        assert life.code == 0, life.screen
        made.after, made.events, made.executed = truth(lab), life.events, whole.record.executed()
        way_back(whole)
        made.events_back = whole.type("apply UNDO -i INV --by-hand").events
        as_before(whole)
        yield made
    finally:
        down(lab)


def _plan(made: Scene) -> None:
    (made.home / "fix.yml").write_text(PLAYBOOK, encoding="utf-8")
    line = ("plan", str(made.home / "fix.yml"), "-i", str(made.lab / "inventory"), "-o", str(made.plan))
    life = live(Order(line, made.lab, made.home / "planning"))
    assert life.code == 0, life.screen


def survives(window: Window, life: Life) -> None:
    """What must hold right after a death: no write without its undo, and a status that tells the truth."""
    assert life.code == KILLED, (life.code, life.screen)
    entries = window.entries()
    for write in window.record.writes():
        assert any(_intends(entry, write) for entry in entries), f"{write} without its undo in the ledger"
    assert not +(window.record.executed() - window.scene.executed), "executed twice, or not planned"
    told = window.type("status --json")
    _true(window, told, entries)


def _intends(entry: Entry, write: Write) -> bool:
    if not isinstance(entry, StepIntended) or entry.action.host != write.host:
        return False
    match entry.action:
        case UploadCertificates():
            return write.verb == "https-POST" and bool(entry.undo.how) and bool(entry.saved)
        case SetVerifyOriginServer() as setting:
            return write.verb == "ssh-set" and entry.before == "On" and write.text.endswith(setting.value)
        case RenameSystemServer() as rename:
            return write.verb == "axl updateProcessNode" and entry.before == rename.old
    return False


def _true(window: Window, told: Life, entries: tuple[Entry, ...]) -> None:
    """I21, I23: what was done to a device and is not taken back is on the screen."""
    status, now, before = json.loads(told.screen), truth(window.scene.lab), window.scene.before
    assert told.code == (13 if status["leases"] or status["obligations"] or status["open_runs"] else 0)
    assert bool(status["leases"]) >= bool(now.off), "Off, and no temporary workaround in the ledger"
    owed = {(o["kind"], o["host"] or o["cluster"]) for o in status["obligations"]}
    added = {("restart", peer) for peer, listed in now.listed if listed != before.trusted(peer)}
    assert added <= owed, f"a list was added to, and its restart is not owed: {added - owed}"
    if now.names != before.names and now.zones == before.zones:
        assert ("refresh-servers", "exp-c") in owed, "renamed, and no refresh is owed"
    unsettled = {e.step for e in entries if isinstance(e, StepIntended)} if status["open_runs"] else set()
    shown = {step for run in status["open_runs"] for step in run["unsettled"]}
    assert shown <= unsettled
    done = [write for write in window.record.writes() if not _settled(write, entries)]
    assert len(done) <= len(shown), f"{done} is not shown as unsettled"


def _settled(write: Write, entries: tuple[Entry, ...]) -> bool:
    steps = [entry.step for entry in entries if isinstance(entry, StepIntended) and _intends(entry, write)]
    ends = {getattr(entry, "step", "") for entry in entries if entry.kind in ("confirmed", "failed")}
    return any(step in ends for step in steps)


def goes_on(window: Window) -> None:
    """Resumed, it ends as if nothing had happened: the same fleet, each write executed once, nothing open."""
    run = window.run()
    life = window.type(f"apply PLAN -i INV --by-hand {f'--resume {run}' if run else ''}")
    assert life.code == 0, life.screen
    assert truth(window.scene.lab) == window.scene.after
    assert window.record.executed() == window.scene.executed
    assert window.run() == ""
    assert window.type("ledger verify").code == 0


def goes_back(window: Window) -> None:
    """Taken back, the fleet is as before, but for the CAs that no API removes."""
    if not window.entries():
        assert truth(window.scene.lab) == window.scene.before
        return
    way_back(window)
    life = window.type("apply UNDO -i INV --by-hand")
    assert life.code in (0, 9), life.screen
    as_before(window)


def way_back(window: Window) -> None:
    """Write the plan that takes the window's first run back."""
    run = window.entries()[0].run
    life = window.type(f"rollback {run} -i INV -o UNDO --accept-login-failures crash-test")
    assert life.code == 0, life.screen


def as_before(window: Window) -> None:
    """I1, I15: every value restored, every list as it was or longer by what was planned; nothing is open."""
    now, scene_ = truth(window.scene.lab), window.scene
    assert replace(now, listed=scene_.before.listed) == scene_.before
    for peer, listed in now.listed:
        assert listed in (scene_.before.trusted(peer), scene_.after.trusted(peer))
    assert window.run() == ""
    assert not json.loads(window.type("status --json").screen)["leases"]
    assert window.type("ledger verify").code == 0


__all__ = ["KILLED", "VERIFY", "Scene", "Window", "as_before", "goes_back", "goes_on", "scene", "survives", "way_back"]
