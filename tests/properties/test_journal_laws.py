"""The laws of the journal, over many small worlds: wherever it is cut, both ways on are open; a way back restores."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.actions import UploadCertificates
from remediate.engine.apply import Stop
from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.journal.rollback import rollback_plan
from remediate.ledger.chain import START, Record, record_of, verified
from remediate.model.health import MAINTENANCE
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.rehearsal.twin import Scope
from tests.properties.test_planning_laws import worlds
from tests.support.doubles import Killed
from tests.support.scenes import Scene
from tests.support.windows import Window, window

SCOPES: tuple[Scope, ...] = ("per-peer", "replicated")
many = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Fleeting:
    """A world, and how far its setting reaches."""

    scene: Scene
    scope: Scope

    def window(self, plan: Plan | None = None) -> Window:
        """A window on it, with somebody there who does what is asked for by hand."""
        made = window(self.scene)
        made.operator.by_hand, made.fleet.scope = True, self.scope
        for peer in made.fleet.truth.peers:  # a restart reads and leaves it
            in_service = (MAINTENANCE, Known[str | None](value="Off"))
            made.fleet.change_peer(peer.host, settings=(*peer.settings, in_service))
        made.began = made.fleet.truth
        attend(made, plan or made.plan)
        return made


@st.composite
def fleets(draw: st.DrawFn) -> Fleeting:
    """Where a setting replicates, all peers begin with the same value."""
    scene, scope = draw(worlds()), draw(st.sampled_from(SCOPES))
    if scope == "replicated":
        scene = scene.with_(verify=dict.fromkeys(scene.peers, draw(st.sampled_from(["On", "Off"]))))
    return Fleeting(scene, scope)


def attend(made: Window, plan: Plan) -> None:
    """Whoever is there does each step by hand of this plan once it is asked for."""

    def press(_seconds: float) -> None:
        asked = made.told.of("by-hand")
        for step in plan.steps:
            if step.by == "hand" and any(words.startswith(step.action.by_hand) for words in asked):
                made.fleet.truth = step.action.effect(made.fleet.truth)

    made.told.lines.clear()
    made.clock.at_wait = press


def killed(made: Window, event: int) -> bool:
    """Apply, and die at the event of this number: each append, each write before and after."""
    left = [event]

    def count(_thing: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    made.ledger.before_append = made.fleet.before_write = made.fleet.after_write = count
    try:
        made.apply()
    except Killed:
        return True
    finally:
        made.ledger.before_append = lambda _entry: None
        made.fleet.before_write = made.fleet.after_write = lambda _action: None
    return False


def take_back(made: Window) -> Plan:
    """Plan the way back from the first run, and go it, once every peer is back from a restart."""
    if made.fleet.down:
        made.clock.wait(made.fleet.restart_takes)
    observed = made.now()
    first, now = made.ledger.kept[0].run, made.clock.now()
    entries = made.ledger.kept
    plan = rollback_plan(
        entries, first, made.desired, observed, now, tool_version="test", judge=lambda _d, _o, _when: ()
    )
    made.stop = Stop()
    made.clock.wait(1)
    attend(made, plan)
    assert made.apply(plan=plan).outcome == "done"
    return plan


def restart_nobody_heard(made: Window) -> bool:
    """Whether the last word is that a peer is to be restarted, and it was not told: as nobody knows that, it is not
    told again."""
    last = made.ledger.kept[-1] if made.ledger.kept else None
    intended = last is not None and last.kind == "step-intended" and last.step.startswith("restart-peer:")
    return intended and not made.fleet.down


def go_on(made: Window) -> None:
    """Plan anew what a run that ended left owed, and apply that."""
    made.stop = Stop()
    observed = made.now()
    rest = plan_for(made.desired, observed, made.clock.now(), "test")
    attend(made, rest)
    assert made.apply(plan=rest).outcome == "done"


def state(observed: ObservedState) -> object:
    """What must be equal: settings, zones in whatever order, and names."""
    zones = [set(p.zones.value) if isinstance(p.zones, Known) else None for p in observed.peers]
    return [p.settings for p in observed.peers], zones, observed.uc


def residue(made: Window) -> dict[str, set[str]]:
    """What every list holds beyond what it held before, which it still holds in the same order (I1)."""
    left = {}
    for before, after in zip(made.began.peers, made.fleet.now().peers, strict=True):
        assert isinstance(before.trust, Known)
        assert isinstance(after.trust, Known)
        old, new = before.trust.value.sha256s, after.trust.value.sha256s
        assert new[: len(old)] == old
        left[before.host] = set(new) - set(old)
    return left


def declared(plan: Plan) -> dict[str, set[str]]:
    """What a plan says beforehand that it leaves in place."""
    uploads = [s for s in plan.steps if isinstance(s.action, UploadCertificates)]
    assert {s.undo.kind for s in uploads} <= {"left-in-place"}
    return {s.action.host: set(s.action.sha256s) for s in uploads if isinstance(s.action, UploadCertificates)}


@many
@given(fleets(), st.integers(0, 60))
def test_a_cut_journal_is_resumed(world: Fleeting, event: int) -> None:
    """Cut anywhere, the run goes on to the very state that it would have reached."""
    whole, made = world.window(), world.window()
    whole.apply()
    if not killed(made, event):
        return
    made.stop = Stop()
    opened = made.ledger.outstanding().open_runs
    unheard = restart_nobody_heard(made)
    outcome = made.apply(resume=opened[0].run if opened else "").outcome
    assert outcome == ("failed" if unheard else "done"), "\n".join(" ".join(line) for line in made.told.lines)
    if unheard:
        go_on(made)
    assert state(made.fleet.now()) == state(whole.fleet.now())
    assert [p.trust for p in made.fleet.now().peers] == [p.trust for p in whole.fleet.now().peers]
    assert made.fleet.writes == whole.fleet.writes
    assert made.ledger.outstanding().open_runs == ()


@many
@given(fleets(), st.integers(0, 60))
def test_a_cut_journal_is_taken_back(world: Fleeting, event: int) -> None:
    """Cut anywhere or nowhere, the way back restores what was, but for what the plan said it leaves."""
    made = world.window()
    killed(made, event)
    if made.ledger.kept:
        plan = take_back(made)
        left = residue(made)
        assert {host for host, more in left.items() if more} <= {b.subject for b in plan.blocked}
    assert state(made.fleet.now()) == state(made.began)
    promised = declared(made.plan)
    assert all(more <= promised.get(host, set()) for host, more in residue(made).items())
    assert made.ledger.outstanding().open_runs == ()
    on = "Off" not in world.scene.verify.values()
    assert made.ledger.outstanding().leases == () or not on, "what was Off before stays on the books"


@many
@given(fleets(), st.data())
def test_entries_survive_the_ledger(world: Fleeting, data: st.DataObject) -> None:
    """`parse(emit(x)) == x` for every entry, and one changed byte is one kind of error."""
    made = world.window()
    made.apply()
    records = chained(made.ledger.kept)
    assert [entry for _, entry in verified(records)] == made.ledger.kept
    if not records:
        return
    number = data.draw(st.integers(0, len(records) - 1))
    body = records[number].body
    at = data.draw(st.integers(0, len(body) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda c: c != body[at]))
    spoilt = Record(**{**vars(records[number]), "body": body[:at] + letter + body[at + 1 :]})
    try:
        read = [entry for _, entry in verified([*records[:number], spoilt, *records[number + 1 :]])]
    except JournalError:
        return
    raise AssertionError(read)


def chained(entries: list[Entry]) -> list[Record]:
    """As a ledger keeps them: one chain per run and cluster."""
    heads: dict[tuple[str, str], str] = {}
    records = []
    for seq, entry in enumerate(entries, 1):
        records.append(record_of(entry, seq, heads.get((entry.run, entry.cluster), START)))
        heads[entry.run, entry.cluster] = records[-1].digest
    return records
