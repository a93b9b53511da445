"""The end of a run that died and is taken back: every write whose fate was open is read, then the run is closed."""

from __future__ import annotations

from contextlib import ExitStack

from remediate.engine.apply_ports import ApplyPorts
from remediate.engine.apply_sessions import Sessions
from remediate.journal.entries import Confirmed, Entry, Failed, ObligationOwed, RunClosed, StepIntended
from remediate.journal.fold import UNSETTLED, RunState, obligations_from, runs_of
from remediate.model.reading import Unknown


def left_locked(undone: str, ports: ApplyPorts) -> tuple[str, ...]:
    """Clusters of the runs that the way back of `undone` closes, sorted: whoever closes them holds all their locks, so
    that none is alive, and none leaves a lock behind that says that a write is in flight."""
    runs = (run for run in runs_of(ports.ledger.entries()) if run.open and undone in (run.run, run.undoes))
    return tuple(sorted({cluster for run in runs for cluster in run.clusters}))


def close_taken_back(undone: str, by: str, ports: ApplyPorts) -> str:
    """Close the run `undone` and earlier attempts to take it back. Why one stays open; empty when none does."""
    sessions = ports.sessions()
    try:
        open_runs = [run for run in runs_of(ports.ledger.entries()) if run.open and run.run != by]
        unread = [_closed(run, by, ports, sessions) for run in open_runs if undone in (run.run, run.undoes)]
    finally:
        sessions.renew()
    return "; ".join(why for why in unread if why)


def close_alone(undone: str, ports: ApplyPorts) -> str:
    """The same where nothing is left to take back: under the locks of that run, so that it is not alive."""
    with ExitStack() as held:
        for cluster in left_locked(undone, ports):
            held.enter_context(ports.ledger.lock(cluster, undone, ports.consent.who))
        return close_taken_back(undone, "", ports)


def _closed(run: RunState, by: str, ports: ApplyPorts, sessions: Sessions) -> str:
    open_steps = [step.intended for step in run.steps if step.status in UNSETTLED and step.intended is not None]
    unread = [why for intended in open_steps if (why := _settled(intended, ports, sessions))]
    if unread:
        return f"run {run.run} stays open: {'; '.join(unread)}"
    words = f"taken back by run {by}" if by else "nothing was left to take back"
    ports.ledger.append(RunClosed(run=run.run, at=ports.clock.now(), outcome="interrupted", summary=words))
    return ""


def _settled(intended: StepIntended, ports: ApplyPorts, sessions: Sessions) -> str:
    readings = [(fact, sessions.field(fact.field)) for fact in intended.confirm]
    unread = [reading.why for _, reading in readings if isinstance(reading, Unknown)]
    if unread:
        return f"step {intended.step} could not be read: {'; '.join(unread)}"
    in_force = all(fact.met_by(reading) for fact, reading in readings)
    for entry in _in_force(intended, ports) if in_force else _not_in_force(intended, ports):
        ports.ledger.append(entry)
    return ""


def _in_force(intended: StepIntended, ports: ApplyPorts) -> tuple[Entry, ...]:
    now = ports.clock.now()
    run, cluster = intended.run, intended.cluster
    owed = tuple(
        ObligationOwed(run=run, cluster=cluster, at=now, obligation=obligation)
        for obligation in obligations_from(intended, now)
    )
    return (*owed, Confirmed(run=run, cluster=cluster, at=now, step=intended.step))


def _not_in_force(intended: StepIntended, ports: ApplyPorts) -> tuple[Entry, ...]:
    why = "read after the run had died: not in force"
    now = ports.clock.now()
    return (Failed(run=intended.run, cluster=intended.cluster, at=now, step=intended.step, why=why),)
