"""The ledger: whether it can be kept, is whole, and what in it stands against an apply."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime

from remediate.cli.session import Session
from remediate.errors import JournalError
from remediate.ledger.store import SqlLedger, open_ledger
from remediate.model.condition import Condition
from remediate.model.outstanding import Outstanding
from remediate.report.as_text.locks import HeldLock, advice
from remediate.report.as_text.words import moment, names, owed_words

AREA, LEFT = "ledger", "earlier runs"
LEAST_BYTES, SCARCE_BYTES = 10_000_000, 200_000_000
"""A run of a large fleet writes some megabytes."""


def ledger(session: Session) -> Iterator[Condition]:
    """Place, room, chains, locks, and what earlier runs left."""
    store = open_ledger(session.ledger_url, session.clock)
    try:
        yield from _place(store)
        yield from _content(store)
        yield from _locks(store)
        yield from left(store.outstanding(), session.clock.now())
    except JournalError as error:
        yield _ledger(store, "stops", str(error), "mend that first: without a ledger nothing is written")


def _ledger(store: SqlLedger, state: str, what: str, then: str = "") -> Condition:
    return Condition.model_validate(
        {"area": AREA, "subject": store.database.name, "state": state, "what": what, "next": then}
    )


def _place(store: SqlLedger) -> Iterator[Condition]:
    store.database.inspect()
    path = store.database.path
    if path is None:
        return
    free = shutil.disk_usage(next(p for p in path.absolute().parents if p.is_dir())).free
    words, then = f"{free / 1e6:,.0f} MB free", "make room on that disk"
    if free < SCARCE_BYTES:
        yield _ledger(store, "stops" if free < LEAST_BYTES else "note", words, then)
    else:
        yield _ledger(store, "good", f"private to you, {words}")


def _content(store: SqlLedger) -> Iterator[Condition]:
    if not store.database.exists:
        yield _ledger(store, "note", "not there yet: nothing was applied from here", "the first apply makes it")
        return
    if odd := store.database.foreign_schema():
        then = "apply with the release that wrote it, or name another ledger with --ledger"
        yield _ledger(store, "stops", f"its tables are not those of this release: {', '.join(odd)}", then)
    heads = store.verify()
    entries = sum(head.entries for head in heads)
    yield _ledger(store, "good", f"tables of this release; {len(heads)} chains with {entries} entries, unbroken")


def _locks(store: SqlLedger) -> Iterator[Condition]:
    for holder in store.holders():
        lock = HeldLock(**vars(holder.lock), alive=holder.alive)
        stops = lock.alive or bool(lock.in_flight)
        what = f"locked by {lock.who} on {lock.place} since {lock.since} ({'lives' if lock.alive else 'is gone'})"
        yield Condition(
            area=AREA, subject=lock.cluster, state="stops" if stops else "note", what=what, next=advice(lock)
        )


def left(outstanding: Outstanding, now: datetime) -> Iterator[Condition]:
    """What earlier runs left. Only a run that did not end stands against another; the rest is owed."""
    for run in outstanding.open_runs:
        what = f"run {run.run} did not end"
        then = f"remediate apply FILE -i INV --resume {run.run}, or remediate rollback {run.run} -i INV -o undo.plan"
        yield Condition(area=LEFT, subject=names(run.clusters), state="stops", what=what, next=then)
    expired = outstanding.expired(now)
    for lease in outstanding.leases:
        late = lease in expired
        what = f"temporary workaround {'EXPIRED' if late else 'until'} {moment(lease.expires)} ({lease.owner})"
        then = "remediate workaround retire -i INV -o secure.plan"
        yield Condition(area=LEFT, subject=lease.cluster, state="note", what=what, next=then)
    for owed in outstanding.obligations:
        what = f"pending: {owed_words(owed.kind, owed.cluster, owed.host, owed.what)}"
        then = "do it, then remediate verify -i INV"
        yield Condition(area=LEFT, subject=owed.host or owed.cluster, state="note", what=what, next=then)
    if not (outstanding.open_runs or outstanding.leases or outstanding.obligations):
        yield Condition(area=LEFT, subject="all", state="good", what="nothing is outstanding")
