"""Around the restart of a peer: what it carries right before, and whether a run that died had ordered it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from remediate.actions import RestartPeer
from remediate.engine.apply_guards import Obstacle, obstacle
from remediate.engine.apply_ports import Lane
from remediate.journal.fold import UNSETTLED
from remediate.model.fact import Fact, InService
from remediate.model.health import MODE, RESTARTED, Health
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Step

SETTLE_SECONDS = 60.0
"""For so long a peer that was told to restart may go on answering, at most; less where its deadline is short."""
POLL_SECONDS = 1.0
RETURN_POLL_SECONDS = 5.0
"""Each look reads every device of the lane."""
_COUNTED = (("calls", "active call"), ("sessions", "MRA session"))
_LASTS = ("mra ", "zone ")


def as_it_serves(lane: Lane, step: Step) -> Step:
    """Say how many calls and MRA sessions the restart drops; confirm then also that what is up now is up again."""
    field = InService(host=step.action.host)
    reading = lane.sessions.field(field)
    entries = reading.value if isinstance(reading, Known) and isinstance(reading.value, tuple) else ()
    counts = ", ".join(_count(entries, *names) for names in _COUNTED)
    lasting = tuple(entry for entry in entries if entry.startswith(_LASTS))
    unread = f" ({reading.why})" if isinstance(reading, Unknown) else ""
    lane.tell("in-service", step.action.host, f"before its restart: {counts}{unread}")
    if not lasting:
        return step
    again = Fact(field=field, relation="holds", value=lasting)
    return step.model_copy(update={"confirm": (*step.confirm, again)})


def _count(entries: tuple[str, ...], key: str, words: str) -> str:
    number = next((entry.split()[1] for entry in entries if entry.startswith(f"{key} ")), "")
    if not number:
        return f"{words}s not known"
    return f"{number} {words}" + ("" if number == "1" else "s")


def first_obstacle(lane: Lane, steps: Iterable[Step]) -> Obstacle | None:
    """What stands against starting. The peer that a run was restarting when it died is given the rest of its time."""
    ends = _returns_by(lane, steps)
    told = False
    while True:
        blocked = obstacle(lane, starting=True)
        if blocked is None:
            return None
        end = ends.get(blocked.host)
        if end is None or lane.ports.clock.now() >= end:
            return blocked
        if not told:
            by = f"{end:%H:%M:%S}"
            lane.tell("wait", blocked.host, f"was being restarted when the run ended; has until {by}: {blocked.why}")
        told = True
        if lane.wait(RETURN_POLL_SECONDS):
            return blocked


def _returns_by(lane: Lane, steps: Iterable[Step]) -> dict[str, datetime]:
    """Host → when its restart has to be over, for restarts that the run may have ordered and never saw done."""
    restarts = [step for step in steps if isinstance(step.action, RestartPeer)]
    known = ((step, lane.earlier.step(step.id)) for step in restarts if lane.earlier is not None)
    return {
        step.action.host: earlier.intended.at + timedelta(seconds=step.deadline)
        for step, earlier in known
        if earlier is not None and earlier.intended is not None and earlier.status in UNSETTLED
    }


def escalation(lane: Lane, step: Step) -> str:
    """What to do about a peer that is not back in time; empty for any other step."""
    if not isinstance(step.action, RestartPeer):
        return ""
    cluster = lane.ports.inventory.cluster(step.action.cluster)
    left = len(cluster.hosts) - 1
    return (
        f"not back as it was {step.deadline} s after its restart: restart no other peer of {cluster.name}, {left} of"
        f" {len(cluster.hosts)} carry MRA; look at its console (hypervisor or CIMC) first; if it does not boot, open"
        " a TAC case and have the backup from before this run at hand; once it answers:"
        f" remediate apply --resume {lane.run}"
    )


def never_ordered(lane: Lane, step: Step) -> str:
    """Why the restart that a run was at when it died was never ordered; empty while it may have been.

    Maintenance mode comes first, so a peer that goes on answering out of it and has not started anew was not told to.
    """
    fact = next((fact for fact in step.confirm if isinstance(fact.field, Health)), None)
    if fact is None:
        return ""
    seconds = min(SETTLE_SECONDS, step.deadline / 4)
    end = lane.ports.clock.monotonic() + seconds
    while True:
        reading = lane.sessions.field(fact.field)
        value = reading.value if isinstance(reading, Known) and isinstance(reading.value, tuple) else ()
        if RESTARTED in value or MODE not in value:
            return ""
        left = end - lane.ports.clock.monotonic()
        if left <= 0:
            return (
                f"{step.action.host} did not restart: it answered for {seconds:g} s, out of maintenance mode and with"
                " the same start; whether it was told to is unknown, and it is not told again; next: remediate plan"
            )
        if lane.wait(min(POLL_SECONDS, left)):
            return ""
