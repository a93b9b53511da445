"""One step: look, write down, send once, read back on a new session, write down."""

from __future__ import annotations

from dataclasses import dataclass

from remediate.actions import RestartPeer, UploadCertificates
from remediate.engine.apply_baseline import rebased, repeatable
from remediate.engine.apply_books import alike, book, learn, mark_undone, not_in_force, shown
from remediate.engine.apply_leases import open_before
from remediate.engine.apply_ports import Lane
from remediate.engine.apply_restart import as_it_serves, never_ordered
from remediate.engine.apply_result import StepEnd, StepOutcome
from remediate.errors import (
    AuthenticationFailed,
    DeviceError,
    DeviceTimeout,
    RemediateError,
    UnexpectedReply,
    Unreachable,
)
from remediate.journal.entries import (
    Confirmed,
    Failed,
    Noop,
    OutcomeUnknown,
    Sent,
    StepIntended,
    StepRefused,
)
from remediate.journal.fold import UNSETTLED, StepState
from remediate.model.fact import FieldReading, FieldValue, TrustList
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Step

POLL_SECONDS = 1.0
_LOST_REPLY = (DeviceTimeout, Unreachable, UnexpectedReply)


@dataclass(frozen=True)
class _Before:
    """The expected field as re-read right before the write, and the trusted CA list where one is touched."""

    reading: FieldReading
    saved: bytes = b""


def run_step(lane: Lane, step: Step) -> StepOutcome:
    """Carry out one step; every way out of it is in the journal. Raises JournalError, then nothing is sent."""
    earlier = lane.earlier.step(step.id) if lane.earlier else None
    if earlier is not None and earlier.status in ("confirmed", "noop"):
        return _checked_again(lane, step, earlier)
    lane.tell("step", step.action.host, f"{step.id}: {step.action.title}")
    if step.unless is not None and _followed(lane, step):
        return _by_replication(lane, step)
    if _reached(lane, step, earlier):
        return _already(lane, step, earlier)
    if isinstance(step.action, RestartPeer) and earlier and earlier.intended and earlier.status in UNSETTLED:
        return _restart_again(lane, step.model_copy(update={"confirm": earlier.intended.confirm}), earlier)
    return _begin(lane, step)


def _restart_again(lane: Lane, step: Step, earlier: StepState) -> StepOutcome:
    """A restart is never ordered twice: read what became of the one that the interrupted run was at."""
    assert earlier.intended is not None
    if earlier.status == "intended" and (why := never_ordered(lane, step)):
        lane.record(OutcomeUnknown, step=step.id, why=why)
        return _outcome(step, "unknown", why)
    return _read_back(lane, step, earlier.intended, "sent by the interrupted run")


def _begin(lane: Lane, step: Step) -> StepOutcome:
    """Look once more, then write."""
    before = _look(lane, step)
    if isinstance(before.reading, Unknown):
        return _refused(lane, step, f"could not be read: {before.reading.why}", "unreachable")
    if not step.expect.met_by(before.reading):
        return _refused(lane, step, f"changed since the plan: {shown(before.reading, step.expect)}", "stale")
    if isinstance(step.action, RestartPeer):
        step = as_it_serves(lane, step)
    return _write(lane, rebased(lane, step), before.reading.value, before.saved)


def _reached(lane: Lane, step: Step, earlier: StepState | None) -> bool:
    """The goal holds already. A restart is to happen anew; one that a dying run ordered is not ordered twice."""
    if not repeatable(step):
        return lane.sessions.all_met(step.confirm)
    intended = earlier.intended if earlier is not None and earlier.status in UNSETTLED else None
    return intended is not None and lane.sessions.all_met(intended.confirm)


def _checked_again(lane: Lane, step: Step, earlier: StepState) -> StepOutcome:
    """A step that was done before the run died: it must still hold."""
    found = tuple((fact, lane.sessions.field(fact.field)) for fact in step.confirm)
    unread = [reading.why for _, reading in found if isinstance(reading, Unknown)]
    if unread:
        return _refused(lane, step, f"could not be read: {'; '.join(unread)}", "unreachable")
    if not all(fact.met_by(reading) for fact, reading in found):
        return _refused(lane, step, f"changed since it was done: {not_in_force(step.action, found)}", "stale")
    return _outcome(step, "changed" if earlier.intended else "ok", "done before this run was resumed")


def _followed(lane: Lane, step: Step) -> bool:
    """Poll the reading that makes this step unneeded, for as long as replication may take."""
    assert step.unless is not None
    clock = lane.ports.clock
    end = clock.monotonic() + step.wait
    while not step.unless.met_by(lane.sessions.field(step.unless.field)):
        left = end - clock.monotonic()
        if left <= 0 or lane.ports.stop.requested or lane.wait(min(POLL_SECONDS, left)):
            return False
    return True


def _by_replication(lane: Lane, step: Step) -> StepOutcome:
    learn(lane, step, "replicated")
    mark_undone(lane, step)
    lane.record(Confirmed, step=step.id, by="replication")
    return _outcome(step, "ok", "followed by replication")


def _already(lane: Lane, step: Step, earlier: StepState | None) -> StepOutcome:
    if earlier is not None and earlier.intended is not None and earlier.status in UNSETTLED:
        if lost := _lost_certificates(lane, step, earlier.intended):
            lane.ports.stop.request(lost)
            return _failed(lane, step, lost)
        return _confirm(lane, step, earlier.intended, "the write of the interrupted run is in force")
    mark_undone(lane, step)
    lane.record(Noop, step=step.id)
    return _outcome(step, "ok", "already so")


def _look(lane: Lane, step: Step) -> _Before:
    """An upload also saves the list as it stands, from the same reading that is compared."""
    if not isinstance(step.action, UploadCertificates):
        return _Before(lane.sessions.field(step.expect.field))
    peer = lane.sessions.peer(step.action.host)
    trust = peer if isinstance(peer, Unknown) else peer.trust
    if isinstance(trust, Unknown):
        return _Before(trust)
    return _Before(Known[FieldValue](value=trust.value.sha256s), trust.value.pem)


def _refused(lane: Lane, step: Step, why: str, state: StepEnd) -> StepOutcome:
    lane.record(StepRefused, step=step.id, why=why, stale=state == "stale")
    return _outcome(step, state, why)


def _write(lane: Lane, step: Step, before: FieldValue, saved: bytes) -> StepOutcome:
    if lane.ports.stop.requested:
        return _outcome(step, "skipped", lane.ports.stop.why)
    open_before(lane, step)
    intended = StepIntended(
        run=lane.run,
        cluster=lane.cluster,
        at=lane.ports.clock.now(),
        step=step.id,
        action=step.action,
        before=before,
        saved=saved,
        undo=step.undo,
        inverse=step.inverse,
        confirm=step.confirm,
        alike=alike(lane.plan, step),
    )
    lane.ports.ledger.append(intended)
    if step.by == "hand":
        lane.tell(
            "by-hand", step.action.host, f"{step.action.by_hand} (waiting at most {step.deadline:g} s until it shows)"
        )
        return _read_back(lane, step, intended, "")
    return _send(lane, step, intended)


def _send(lane: Lane, step: Step, intended: StepIntended) -> StepOutcome:
    try:
        _perform(lane, step)
    except _LOST_REPLY as error:
        lane.record(OutcomeUnknown, step=step.id, why=str(error))
        return _read_back(lane, step, intended, str(error))
    except DeviceError as error:
        lane.record(Failed, step=step.id, why=str(error))
        if isinstance(error, AuthenticationFailed):
            lane.ports.stop.request(f"{error}: no further login is tried")
        return _outcome(step, "failed", str(error))
    except RemediateError:
        raise
    except Exception:  # our own mistake: the device may have been changed (safety F014)
        lane.record(OutcomeUnknown, step=step.id, why="internal error while the write was under way")
        raise
    lane.record(Sent, step=step.id)
    return _read_back(lane, step, intended, "")


def _perform(lane: Lane, step: Step) -> None:
    inventory = lane.ports.inventory
    host = inventory.host(step.action.host)
    writer = lane.ports.writers.writer(inventory.cluster(host.cluster), host)
    try:
        writer.perform(step.action)
    finally:
        try:
            writer.close()
        except DeviceError as error:  # the session ends either way, and what was said before counts
            lane.tell("session", host.name, f"closing: {error}")


def _read_back(lane: Lane, step: Step, intended: StepIntended, lost_reply: str) -> StepOutcome:
    """On new sessions, until the goal holds or the deadline is over (I5)."""
    lane.sessions.renew({step.action.host, *(fact.field.host for fact in step.confirm)})
    clock = lane.ports.clock
    end = clock.monotonic() + step.deadline
    cut = False
    while not (met := lane.sessions.all_met(step.confirm)):
        left = end - clock.monotonic()
        hand_stopped = step.by == "hand" and lane.ports.stop.requested
        if cut or hand_stopped or left <= 0:
            break
        cut = lane.wait(min(POLL_SECONDS, left))
    if lost := _lost_certificates(lane, step, intended):
        lane.ports.stop.request(lost)
        return _failed(lane, step, lost)
    if met:
        return _confirm(lane, step, intended, lost_reply and f"reply lost ({lost_reply}), read back")
    return _unmet(lane, step, lost_reply, cut=cut)


def _unmet(lane: Lane, step: Step, lost_reply: str, *, cut: bool) -> StepOutcome:
    found = tuple((fact, lane.sessions.field(fact.field)) for fact in step.confirm)
    unread = [reading.why for _, reading in found if isinstance(reading, Unknown)]
    if unread or cut:
        why = "; ".join(unread) or "interrupted before the value was read back"
        lane.record(OutcomeUnknown, step=step.id, why=why)
        return _outcome(step, "unknown", why)
    anew = repeatable(step) or isinstance(step.action, RestartPeer)
    if anew or not step.expect.met_by(lane.sessions.field(step.expect.field)):
        return _failed(lane, step, not_in_force(step.action, found))
    if step.by == "hand":
        return _failed(lane, step, f"not done by hand within {step.deadline} s")
    if lost_reply:
        return _failed(lane, step, f"reply lost ({lost_reply}), and the value is unchanged: it was not sent again")
    return _failed(lane, step, "the device said OK and the value is unchanged")


def _failed(lane: Lane, step: Step, why: str) -> StepOutcome:
    lane.record(Failed, step=step.id, why=why)
    return _outcome(step, "failed", why)


def _confirm(lane: Lane, step: Step, intended: StepIntended, why: str) -> StepOutcome:
    book(lane, step, intended)
    lane.record(Confirmed, step=step.id, by=step.by)
    return _outcome(step, "changed", why)


def _lost_certificates(lane: Lane, step: Step, intended: StepIntended) -> str:
    """I1: what was listed before is still listed, in the same order."""
    if not isinstance(step.action, UploadCertificates) or not isinstance(intended.before, tuple):
        return ""
    reading = lane.sessions.field(TrustList(host=step.action.host))
    if isinstance(reading, Unknown) or not isinstance(reading.value, tuple):
        return ""
    after = iter(reading.value)
    if all(sha256 in after for sha256 in intended.before):
        return ""
    gone = [sha256 for sha256 in intended.before if sha256 not in reading.value]
    what = f"lost {', '.join(s[:16] for s in gone)}" if gone else "is in another order"
    return f"the trusted CA list of {step.action.host} {what} after the upload; its PEM from before is in the ledger"


def _outcome(step: Step, state: StepEnd, why: str = "") -> StepOutcome:
    return StepOutcome(step=step.id, cluster=step.cluster, host=step.action.host, state=state, why=why)
