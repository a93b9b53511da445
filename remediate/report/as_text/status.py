"""What earlier runs left: temporary workarounds, pending actions, runs that did not end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.outstanding import Lease, Obligation, OpenRun, Outstanding
from remediate.model.reading import Known
from remediate.report.as_text.words import OFF_EXPOSES, moment, names, owed_words
from remediate.report.sanitize import page


def status(outstanding: Outstanding, at: datetime, observed: ObservedState | None = None) -> str:
    """What is open. With fresh readings, what each peer says of the check too."""
    at = outstanding.at_least(at)
    lines = [
        *(line for lease in outstanding.leases for line in (*_lease(lease, at), *_ended(lease, observed))),
        *([OFF_EXPOSES] if outstanding.leases else []),
        *(line for obligation in outstanding.obligations for line in _obligation(obligation)),
        *(line for run in outstanding.open_runs for line in _open_run(run)),
    ]
    alone = unowned(outstanding, observed) if observed else ()
    if not lines and not alone:
        lines.append("Nothing is outstanding.")
    peers = _peers(observed, alone) if observed else ()
    return page((*lines, *peers, *([OFF_EXPOSES] if alone else [])))


def unowned(outstanding: Outstanding, observed: ObservedState) -> tuple[str, ...]:
    """Peers that say Off while no temporary workaround in the ledger explains it."""
    leased = {lease.cluster for lease in outstanding.leases}
    return tuple(p.host for p in observed.peers if p.cluster not in leased and _off(p))


def _off(peer: PeerReading) -> bool:
    reading = peer.setting(VERIFY_ORIGIN_SERVER)
    return isinstance(reading, Known) and (reading.value or "").casefold() == "off"


def workarounds(outstanding: Outstanding, at: datetime) -> str:
    """The list of `workaround list`."""
    at = outstanding.at_least(at)
    lines = [line for lease in outstanding.leases for line in _lease(lease, at)]
    return page((*lines, OFF_EXPOSES) if lines else ("No temporary workaround is in force.",))


def _lease(lease: Lease, at: datetime) -> Iterator[str]:
    late = f" EXPIRED {_ago(lease.expires, at)} ago" if lease.expires <= at else ""
    yield f"Temporary workaround until {moment(lease.expires)}{late}: VerifyOriginServer Off on {lease.cluster}"
    yield f"  {lease.owner}, {lease.ticket}: {lease.reason}"
    yield f"  since {moment(lease.opened_at)}, run {lease.run}, extended {lease.extensions} of 2 times"


def _ended(lease: Lease, observed: ObservedState | None) -> Iterator[str]:
    """Where the devices say otherwise: the setting went back to On by an upgrade, or by somebody else (I23)."""
    peers = [p for p in observed.peers if p.cluster == lease.cluster] if observed else []
    on = [peer.host for peer in peers if _reads_on(peer)]
    if on:
        where = "on every peer" if len(on) == len(peers) else f"on {names(on)}"
        yield f"  but VerifyOriginServer reads On {where}, and not by a run of ours"
        yield "  if that is to stay: remediate workaround retire takes it off the books"


def _reads_on(peer: PeerReading) -> bool:
    reading = peer.setting(VERIFY_ORIGIN_SERVER)
    return isinstance(reading, Known) and (reading.value or "").casefold() == "on"


def _ago(since: datetime, at: datetime) -> str:
    hours = int((at - since).total_seconds() // 3600)
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours"


def _obligation(owed: Obligation) -> Iterator[str]:
    yield f"Pending action: {owed_words(owed.kind, owed.cluster, owed.host, owed.what)}"
    yield f"  on {owed.cluster}, since {moment(owed.since)}, run {owed.run}"
    if owed.names:
        yield f"  names: {names(owed.names)}"
    if owed.kind == "restart-service":
        seen = "seen by verify where Control Center can be read"
        yield f"  {seen}; else, once it is done: remediate attest {owed.id} -i INV"
    if owed.kind == "update-ctl":
        yield f"  nothing readable shows it; once it is done: remediate attest {owed.id} -i INV"


def _open_run(run: OpenRun) -> Iterator[str]:
    yield f"Run {run.run} did not end: {names(run.clusters)}, since {moment(run.opened_at)}"
    for step in run.unsettled:
        yield f"  {step}: not sent, or its outcome is not known: it is read before anything else is done"
    yield f"  to go on: remediate apply FILE -i INV --resume {run.run}"
    yield f"  to take it back: remediate rollback {run.run} -i INV -o undo.plan"


def _peers(observed: ObservedState, alone: tuple[str, ...]) -> Iterator[str]:
    yield ""
    for peer in observed.peers:
        reading = peer.setting(VERIFY_ORIGIN_SERVER)
        if not isinstance(reading, Known):
            yield f"{peer.host}: unknown: {reading.why}"
        elif reading.value is not None:
            owner = ", and no temporary workaround owns it" if peer.host in alone else ""
            yield f"{peer.host}: VerifyOriginServer {reading.value}{owner}"
