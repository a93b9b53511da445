"""What entries amount to, wherever the journal ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.actions import Undo, UploadCertificates
from remediate.journal.entries import (
    Confirmed,
    Entry,
    Failed,
    LeaseClosed,
    LeaseExtended,
    LeaseOpened,
    Noop,
    ObligationOwed,
    ObligationPaid,
    OutcomeUnknown,
    RunClosed,
    RunOpened,
    ScopeLearned,
    Sent,
    StepIntended,
    Undone,
)
from remediate.journal.fold import obligations_from, outstanding_of, run_state, runs_of
from remediate.model.outstanding import Lease
from remediate.report.as_text.status import status
from tests.support import forge
from tests.support.doubles import AT
from tests.support.windows import uploads, workaround

CA = forge.authority("Root").certificate
OPENED = RunOpened(
    run="r1", at=AT, plan="0" * 64, steps_digest="1" * 64, purpose="remediate", clusters=("exp-c",), who="ops"
)
UPLOAD = StepIntended(
    run="r1",
    cluster="exp-c",
    at=AT,
    step="s1",
    action=UploadCertificates(cluster="exp-c", host="exp-c-1", certificates=(CA,), names=("root",)),
    before=(),
    saved=b"",
    undo=Undo(kind="left-in-place", how="press Delete"),
    inverse=None,
    confirm=(),
)
LEASE = Lease(
    cluster="exp-c", owner="A", ticket="T", reason="R", opened_at=AT, expires=AT + timedelta(days=3), run="r1"
)


def step_entry(kind: type[Sent] | type[Confirmed] | type[Noop]) -> Entry:
    """An end of step s1 that needs no words."""
    return kind(run="r1", cluster="exp-c", at=AT, step="s1")


def failed(kind: type[Failed] | type[OutcomeUnknown]) -> Entry:
    """An end of step s1 with words."""
    return kind(run="r1", cluster="exp-c", at=AT, step="s1", why="no reply")


@pytest.mark.parametrize(
    ("after", "status", "sent"),
    [
        ((), "intended", False),
        ((step_entry(Sent),), "intended", True),
        ((step_entry(Sent), step_entry(Confirmed)), "confirmed", True),
        ((step_entry(Sent), step_entry(Confirmed), step_entry(Noop)), "confirmed", True),
        ((failed(OutcomeUnknown),), "unknown", False),
        ((failed(OutcomeUnknown), failed(Failed)), "failed", False),
        ((step_entry(Confirmed), Undone(run="r1", cluster="exp-c", at=AT, step="s1", by_run="r2")), "undone", False),
    ],
)
def test_step_status(after: tuple[Entry, ...], status: str, sent: bool) -> None:
    """The last word on a step counts; a step found done again can still be taken back."""
    state = run_state((OPENED, UPLOAD, *after), "r1")
    assert state is not None
    assert [(s.status, s.sent) for s in state.steps] == [(status, sent)]


def test_open_and_closed() -> None:
    """A run is open until it is closed as a whole, and again once it is resumed."""
    lane = RunClosed(run="r1", cluster="exp-c", at=AT, outcome="failed")
    whole = RunClosed(run="r1", at=AT, outcome="failed")
    assert [r.open for r in runs_of((OPENED, lane))] == [True]
    assert [(r.open, r.closed) for r in runs_of((OPENED, lane, whole))] == [(False, (("exp-c", "failed"),))]
    assert [r.open for r in runs_of((OPENED, lane, whole, OPENED))] == [True]
    assert run_state((OPENED,), "r2") is None


def test_write_in_flight_may_owe() -> None:
    """A certificate that a dying run may have added counts as waiting for its restart until it is known."""
    [perhaps] = outstanding_of((OPENED, UPLOAD)).obligations
    assert (perhaps.kind, perhaps.certificates) == ("restart", (CA.sha256,))
    [sure] = obligations_from(UPLOAD, AT + timedelta(minutes=1))
    assert sure.id == perhaps.id
    owed = ObligationOwed(run="r1", cluster="exp-c", at=AT, obligation=sure)
    assert outstanding_of((OPENED, UPLOAD, owed)).obligations == (sure,)
    assert outstanding_of((OPENED, UPLOAD, failed(Failed))).obligations == ()
    paid = ObligationPaid(run="r1", cluster="exp-c", at=AT, obligation=sure.id, evidence="started since")
    assert outstanding_of((OPENED, UPLOAD, paid)).obligations == ()


def test_lease() -> None:
    """It is opened, moved and closed; an extension counts."""
    opened = LeaseOpened(run="r1", cluster="exp-c", at=AT, lease=LEASE)
    later = AT + timedelta(days=9)
    extended = LeaseExtended(run="r2", cluster="exp-c", at=AT, expires=later, approver="B", reason="not yet mended")
    closed = LeaseClosed(run="r3", cluster="exp-c", at=AT, why="On read on every peer")
    assert outstanding_of((OPENED, opened)).leases == (LEASE,)
    [moved] = outstanding_of((OPENED, opened, extended)).leases
    assert (moved.expires, moved.extensions) == (later, 1)
    assert outstanding_of((OPENED, opened, extended, closed)).leases == ()


def test_scope_is_learned_anew() -> None:
    """The latest discovery counts."""
    one, two = (
        ScopeLearned(run="r1", cluster="exp-c", at=AT, path="P", scope=scope) for scope in ("per-peer", "replicated")
    )
    assert [s.scope for s in outstanding_of((one, two)).scopes] == ["replicated"]


@pytest.mark.parametrize("case", [uploads, workaround])
def test_every_prefix_has_a_meaning(case: object) -> None:
    """Cut after any entry: the run is open unless its last entry is there, and nothing confirmed gets lost."""
    assert callable(case)
    made = case()
    made.apply()
    entries = made.ledger.kept
    confirmed = 0
    for length in range(1, len(entries) + 1):
        [state] = runs_of(entries[:length])
        assert state.open == (length < len(entries))
        assert bool(outstanding_of(entries[:length]).open_runs) == state.open
        now = sum(step.status == "confirmed" for step in state.steps)
        assert now >= confirmed
        confirmed = now


def test_status_names_what_is_unsettled() -> None:
    """F001: a write whose end is not recorded is named, with the two ways out; once it is read it is not."""
    died = outstanding_of((OPENED, UPLOAD))
    assert [run.unsettled for run in died.open_runs] == [("s1",)]
    told = status(died, AT)
    assert "s1: not sent, or its outcome is not known" in told
    assert "--resume r1" in told
    assert "remediate rollback r1" in told
    read = outstanding_of((OPENED, UPLOAD, step_entry(Confirmed)))
    assert [run.unsettled for run in read.open_runs] == [()]
