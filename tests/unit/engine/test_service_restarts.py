"""Restarts of UC services in a run: anew, waited for, counted, and never ordered twice."""

from __future__ import annotations

import pytest

from remediate.actions import Action, RestartService
from remediate.engine.apply_ports import Stop
from remediate.engine.apply_result import ApplyResult
from remediate.model.observed import ObservedState, UcReading
from remediate.model.reading import Known
from tests.support.doubles import Killed
from tests.support.scenes import ADDRESS, LASTING, PUB, SUB, Scene, fqdn
from tests.support.windows import Window, states, window

BY_TOOL = LASTING.model_copy(update={"service_restarts": "by-tool"})


@pytest.fixture
def made() -> Window:
    """A rename whose restarts the tool does; a hand presses Refresh servers."""
    found = window(Scene(names={PUB: ADDRESS[PUB]}, plays=(BY_TOOL,)))
    found.operator.by_hand = True
    found.clock.at_wait = lambda _seconds: refreshed(found)
    return found


def refreshed(made: Window) -> None:
    """Somebody presses the button, once asked."""
    if made.told.of("by-hand"):
        refresh = next(s.action for s in made.plan.steps if s.by == "hand")
        made.fleet.truth = refresh.effect(made.fleet.truth)


def registering(made: Window, count: int) -> None:
    """So many phones are registered on each node from now on."""
    uc: list[UcReading] = [
        u.model_copy(update={"registered": Known(value=((fqdn(PUB), count), (fqdn(SUB), count)))})
        for u in made.fleet.truth.uc
    ]
    made.fleet.truth = made.fleet.truth.model_copy(update={"uc": tuple(uc)})


def restarts(made: Window) -> list[tuple[str, str]]:
    """That the fleet saw."""
    return [(a.host, a.service) for a in made.fleet.writes if isinstance(a, RestartService)]


def test_in_order(made: Window) -> None:
    """Names, refresh, Cisco Tftp everywhere, then Cisco CallManager everywhere; nothing is owed after it."""
    result = made.apply()
    assert (result.outcome, set(states(result))) == ("done", {"changed"})
    assert restarts(made) == [
        (SUB, "Cisco Tftp"),
        (PUB, "Cisco Tftp"),
        (SUB, "Cisco CallManager"),
        (PUB, "Cisco CallManager"),
    ]
    assert made.ledger.outstanding().obligations == ()


def test_already_restarted_since_the_plan(made: Window) -> None:
    """A restart before the names changed is none after it: it is done anew."""
    restart = next(s.action for s in made.plan.steps if isinstance(s.action, RestartService))
    made.fleet.truth = restart.effect(made.fleet.truth)
    assert made.apply().outcome == "done"
    assert len(restarts(made)) == 4


def test_phones_that_do_not_come_back(made: Window) -> None:
    """The next node is not restarted while phones are missing, and what is left stays owed."""

    def away(action: Action) -> None:
        if isinstance(action, RestartService) and action.service == "Cisco CallManager":
            registering(made, 20)

    made.fleet.after_write = away
    result = made.apply()
    assert result.outcome == "failed"
    assert restarts(made)[2:] == [(SUB, "Cisco CallManager")]
    assert why(result) == "cucm-pub: 40 phones are registered, at least 60 should be"
    assert {(o.host, o.what) for o in made.ledger.outstanding().obligations} >= {(PUB, "Cisco CallManager")}


def why(result: ApplyResult) -> str:
    """Of the step that failed."""
    return next(step.why for step in result.steps if step.state == "failed")


def test_fewer_phones_than_at_plan_time(made: Window) -> None:
    """What counts is how many were registered right before, not when the plan was made."""
    registering(made, 25)
    assert made.apply().outcome == "done"


def test_not_ordered_twice(made: Window) -> None:
    """A run that died after it ordered a restart finds it done."""

    def die(action: Action) -> None:
        if isinstance(action, RestartService):
            raise Killed

    made.fleet.after_write = die
    with pytest.raises(Killed):
        made.apply()
    made.fleet.after_write, made.stop = lambda _action: None, Stop()
    run = made.ledger.kept[0].run
    assert made.apply(resume=run).outcome == "done"
    assert len(restarts(made)) == 4


def test_certificates_that_were_regenerated(made: Window) -> None:
    """The run stops before the next write, says what to do, and the refresh stays owed."""

    def regenerate(action: Action) -> None:
        if action.kind == "rename-system-server":
            made.fleet.truth = swapped(made.fleet.truth)

    made.fleet.after_write = regenerate
    result = made.apply()
    assert result.outcome == "failed"
    assert states(result) == ["changed", *["skipped"] * 5]
    stopped = made.told.of("stopped")[0]
    assert "cucm-pub shows another certificate than before on 8443 (rsa), 6972 (rsa)" in stopped
    assert "signed again" in stopped
    kinds = {o.kind for o in made.ledger.outstanding().obligations}
    assert kinds == {"refresh-servers", "restart-service"}


def swapped(observed: ObservedState) -> ObservedState:
    """The publisher shows what the subscriber shows."""
    probes = {o.port: o.probes for o in observed.origins if o.host == SUB}
    origins = tuple(o.model_copy(update={"probes": probes[o.port]}) if o.host == PUB else o for o in observed.origins)
    return observed.model_copy(update={"origins": origins})
