"""A run as it went: one line per entry of the journal, in the operator's words."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.journal.entries import (
    Attested,
    Confirmed,
    Entry,
    Failed,
    LeaseClosed,
    LeaseExtended,
    LeaseOpened,
    LentToWorker,
    LockForced,
    ObligationOwed,
    ObligationPaid,
    OutcomeUnknown,
    RunClosed,
    RunOpened,
    ScopeLearned,
    StepIntended,
    StepRefused,
    Undone,
)
from remediate.model.base import Moment, Value
from remediate.report.as_text.words import moment, owed_words

_BY = {"tool": "read back", "hand": "done by hand and read back", "replication": "followed by replication"}


class Event(Value):
    """One moment of a run."""

    at: Moment
    cluster: str
    step: str = ""
    kind: str
    words: str


def events(entries: Iterable[Entry]) -> tuple[Event, ...]:
    """In the order of the journal."""
    return tuple(
        Event(at=e.at, cluster=e.cluster, step=getattr(e, "step", ""), kind=e.kind, words=_words(e)) for e in entries
    )


def _words(entry: Entry) -> str:  # noqa: C901, PLR0911, PLR0912 - one line per kind of entry
    match entry:
        case RunOpened():
            return f"run opened by {entry.who}"
        case StepIntended():
            return (
                f"about to {entry.action.title}" if entry.action.kind == "upload-certificates" else entry.action.title
            )
        case Confirmed():
            return _BY[entry.by]
        case StepRefused() | Failed() | OutcomeUnknown():
            return entry.why
        case Undone():
            return f"taken back by run {entry.by_run}"
        case LeaseOpened():
            return f"temporary workaround until {moment(entry.lease.expires)} for {entry.lease.owner}"
        case LeaseExtended():
            return f"temporary workaround until {moment(entry.expires)}, allowed by {entry.approver}: {entry.reason}"
        case LeaseClosed():
            return f"temporary workaround ended: {entry.why}"
        case ObligationOwed(obligation=owed):
            return f"pending action: {owed_words(owed.kind, owed.cluster, owed.host, owed.what)}"
        case ObligationPaid():
            return f"pending action seen done: {entry.evidence}"
        case ScopeLearned():
            return f"{entry.path} is {entry.scope} here"
        case Attested():
            return f"{entry.who} vouches: {entry.what}"
        case LockForced():
            return f"{entry.who} removed the lock of {entry.holder}"
        case LentToWorker():
            lent = entry.until > entry.at
            return f"lent to a worker until {moment(entry.until)}" if lent else "the end of its worker was seen"
        case RunClosed():
            return f"ended: {entry.outcome}{f': {entry.summary}' if entry.summary else ''}"
        case _:
            return {"sent": "the device said yes", "noop": "already so: nothing was written"}[entry.kind]
