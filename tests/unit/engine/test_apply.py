"""What an apply does on the way through, and what keeps it from starting."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from remediate.errors import ForbiddenStep, JournalError, Locked, StalePlan
from remediate.journal.entries import StepIntended, StepRefused
from remediate.model.observed import ClusterView, Product
from remediate.model.reading import Known
from tests.support import forge
from tests.support.doubles import AT
from tests.support.windows import rename, states, uploads, workaround


def test_uploads_reach_every_peer() -> None:
    """Each peer lists the CA afterwards, a restart is owed on each, and the run is closed as done."""
    made = uploads()
    before = {host: made.fleet.listed(host) for host in ("exp-c-1", "exp-c-2")}
    result = made.apply()
    assert (result.outcome, states(result)) == ("done", ["changed", "changed"])
    assert all(made.fleet.listed(host)[:1] == before[host] for host in before)
    assert {o.host for o in made.ledger.outstanding().obligations} == {"exp-c-1", "exp-c-2"}
    assert made.ledger.outstanding().open_runs == ()
    assert [(h.host, h.changed, h.owed) for h in result.hosts] == [("exp-c-2", 1, 1), ("exp-c-1", 1, 1)]


def test_intent_is_durable_before_the_write() -> None:
    """At each write the journal already holds its intent, with the list as it stood."""
    made = uploads()
    seen: list[bool] = []

    def look(action: object) -> None:
        last = made.ledger.kept[-1]
        seen.append(isinstance(last, StepIntended) and last.action == action and b"BEGIN CERT" in last.saved)

    made.fleet.before_write = look
    made.apply()
    assert seen == [True, True]


def test_confirmation_needs_a_new_session() -> None:
    """Between the intent and the confirmation of a step a new session is opened on its peer."""
    made = uploads(peers=("exp-c-1",))
    count: list[int] = []
    made.fleet.after_write = lambda _action: count.append(len(made.fleet.logins))
    made.apply()
    assert len(made.fleet.logins) > count[0]


def test_journal_that_fails_sends_nothing() -> None:
    """When the intent cannot be written, no write leaves and every lane stops."""
    made = uploads()
    made.ledger.fails_at = 2  # the run and its lane are opened
    with pytest.raises(JournalError, match="disk full"):
        made.apply()
    assert made.fleet.writes == []


def test_stale_step_stops_its_cluster() -> None:
    """A list that changed since the plan is left alone, and so is everything after it."""
    made = uploads()
    mine = forge.authority("Somebody Else").certificate
    peer = made.fleet.truth.peer("exp-c-2")
    assert peer is not None
    assert isinstance(peer.trust, Known)
    made.fleet.change_peer("exp-c-2", trust=Known(value=peer.trust.value.with_added((mine,))))
    result = made.apply()
    assert (result.outcome, states(result), made.fleet.writes) == ("stale", ["stale", "skipped"], [])
    assert [e.stale for e in made.ledger.kept if isinstance(e, StepRefused)] == [True]


def test_goal_already_true_is_a_noop() -> None:
    """A peer that lists the CA already is not written."""
    made = uploads()
    made.fleet.truth = made.plan.steps[0].action.effect(made.fleet.truth)
    result = made.apply()
    assert (result.outcome, states(result)) == ("done", ["ok", "changed"])
    assert [a.host for a in made.fleet.writes] == ["exp-c-1"]


def test_plan_is_used_once() -> None:
    """A second apply writes nothing, opens no run and says so."""
    made = uploads()
    first = made.apply()
    entries = len(made.ledger.kept)
    second = made.apply()
    assert (second.outcome, states(second), second.run) == ("done", ["ok", "ok"], "")
    assert first.run in second.steps[0].why
    assert (len(made.ledger.kept), len(made.fleet.writes)) == (entries, 2)


@pytest.mark.parametrize("hours", [-1, 25])
def test_plan_outside_its_window(hours: int) -> None:
    """An expired plan and one from the future are refused before anything is opened."""
    made = uploads()
    moved = AT - timedelta(hours=hours)
    made.plan = made.plan.model_copy(update={"valid_from": moved, "valid_until": moved + timedelta(hours=24)})
    with pytest.raises(StalePlan, match=r"valid from|expired"):
        made.apply()
    assert (made.ledger.kept, made.fleet.logins) == ([], [])


def test_off_needs_its_words() -> None:
    """A plan file that says Off without a workaround, or with one that is over, is not carried out (I20)."""
    made = workaround()
    (cluster, words), *_ = made.plan.workarounds
    over = words.model_copy(update={"expires": AT})
    for written in ((), ((cluster, over),)):
        with pytest.raises(ForbiddenStep, match="workaround"):
            made.apply(plan=made.plan.model_copy(update={"workarounds": written}))
    assert made.fleet.writes == []


def test_hand_steps_need_a_hand() -> None:
    """Without --by-hand a plan with such steps is refused before any write."""
    made = rename()
    made.operator.by_hand = False
    with pytest.raises(ForbiddenStep, match="--by-hand"):
        made.apply()
    assert (made.ledger.kept, made.fleet.writes) == ([], [])


def test_locked_cluster() -> None:
    """A cluster that somebody else works on is not touched, and nothing is journalled."""
    made = uploads()
    with made.ledger.lock("exp-c", "other-run", "eve@desk"), pytest.raises(Locked, match="eve@desk"):
        made.apply()
    assert (made.ledger.kept, made.fleet.logins) == ([], [])


def test_peer_down_blocks_its_cluster() -> None:
    """One unreachable peer keeps its whole cluster from being written."""
    made = uploads()
    made.fleet.down.add("exp-c-1")
    result = made.apply()
    assert (result.outcome, made.fleet.writes) == ("unreachable", [])
    assert {h.host: h.unreachable for h in result.hosts}["exp-c-1"] == 1


def test_time_goes_on_while_a_peer_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where no two looks at the clock show one time, as on a real one."""
    made, ticks = uploads(), count()
    monkeypatch.setattr(made.clock, "now", lambda: AT + timedelta(microseconds=next(ticks)))
    made.fleet.down.add("exp-c-1")
    assert made.apply().outcome == "unreachable"


@pytest.mark.parametrize(
    ("update", "word"),
    [
        ({"product": Known(value=Product(version="X15.0", serial="SN-exp-c-1", started_at=AT))}, "version"),
        ({"product": Known(value=Product(version="X14.2.5", serial="SN-x", started_at=AT))}, "serial number"),
        ({"view": Known(value=ClusterView(peers=("10.0.0.1",), primary=1))}, "peer set"),
        ({"view": Known(value=ClusterView(peers=("10.0.0.1", "10.0.0.2"), database="Failed"))}, "database"),
        ({"alarms": Known(value=("25030", "40049"))}, "alarm 25030"),
    ],
)
def test_another_device_than_planned(update: dict[str, object], word: str) -> None:
    """A peer that is not the one the plan describes keeps its cluster from being written."""
    made = uploads()
    made.fleet.change_peer("exp-c-1", **update)
    result = made.apply()
    assert (result.outcome, made.fleet.writes) == ("stale", [])
    assert word in result.steps[0].why


@pytest.mark.parametrize("described", [True, False], ids=["described", "not described"])
def test_b106_host_outside_the_inventory(described: bool) -> None:
    """A plan that names a device the inventory lacks, or one that it does not describe, is refused by that name."""
    made = uploads()
    device, step = made.plan.devices[0], made.plan.steps[0]
    strange = {"host": "stranger"}
    if described:
        made.plan = made.plan.model_copy(update={"devices": (*made.plan.devices, device.model_copy(update=strange))})
    else:
        action = step.action.model_copy(update=strange)
        made.plan = made.plan.model_copy(
            update={"steps": (step.model_copy(update={"action": action}), *made.plan.steps[1:])}
        )
    with pytest.raises(StalePlan, match="stranger"):
        made.apply()
    assert (made.fleet.logins, made.fleet.writes) == ([], [])


def test_inventory_with_another_identity() -> None:
    """A plan for a device that the inventory now pins otherwise is stale."""
    made = uploads()
    device = made.plan.devices[0].model_copy(update={"ssh_host_key": "ssh-ed25519 AAAA"})
    made.plan = made.plan.model_copy(update={"devices": (device, *made.plan.devices[1:])})
    with pytest.raises(StalePlan, match="identity"):
        made.apply()
