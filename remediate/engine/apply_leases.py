"""The temporary workaround of a lane: it is on the books before the first Off, and off them after the last On."""

from __future__ import annotations

from remediate.actions import SetVerifyOriginServer
from remediate.engine.apply_ports import Lane
from remediate.journal.entries import LeaseClosed, LeaseOpened
from remediate.model.fact import Fact, FieldValue, Setting
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.outstanding import Lease
from remediate.model.reading import Known
from remediate.planning.plan import Step


def open_before(lane: Lane, step: Step) -> None:
    """Durable before the write: no instant at which a peer is Off and nobody knows why (I21)."""
    if isinstance(step.action, SetVerifyOriginServer) and step.action.value == "Off":
        open_lease(lane, step.action.cluster)


def open_lease(lane: Lane, cluster: str) -> None:
    """Record the plan's words for a cluster, once per run."""
    words = dict(lane.plan.workarounds).get(cluster)
    if words is None or _lease_of(lane, cluster, lane.run):
        return
    lease = Lease(
        cluster=cluster,
        owner=words.owner,
        ticket=words.ticket,
        reason=words.reason,
        opened_at=lane.ports.clock.now(),
        expires=words.expires,
        remove_when=words.remove_when,
        run=lane.run,
    )
    lane.record(LeaseOpened, lease=lease)


def settle_lease(lane: Lane, *, done: bool) -> str:
    """At the end of a lane: close what ended, keep what did not. What is wrong, in words; empty when nothing is."""
    if lane.cluster in lane.plan.closes:
        return _close(lane) if done else ""
    if lane.cluster in dict(lane.plan.workarounds):
        return _opened(lane) if done else _drop_unused(lane)
    return ""


def _close(lane: Lane) -> str:
    if not _reads(lane, "On"):
        return "VerifyOriginServer does not read On on every peer; the temporary workaround stays on the books"
    if _lease_of(lane, lane.cluster):
        lane.record(LeaseClosed, why=f"On read on every peer ({lane.plan.purpose})")
    return ""


def _opened(lane: Lane) -> str:
    if not _reads(lane, "Off"):
        return "VerifyOriginServer does not read Off on every peer"
    open_lease(lane, lane.cluster)
    return ""


def _drop_unused(lane: Lane) -> str:
    if _lease_of(lane, lane.cluster, lane.run) and _reads(lane, "On"):
        lane.record(LeaseClosed, why="Off was never in force: On read on every peer")
    return ""


def _reads(lane: Lane, value: str) -> bool:
    hosts = lane.ports.inventory.cluster(lane.cluster).hosts
    fields = (Setting(host=host.name, path=VERIFY_ORIGIN_SERVER) for host in hosts)
    facts = (Fact(field=field, relation="is", value=value) for field in fields)
    readings = ((fact, lane.sessions.field(fact.field)) for fact in facts)
    absent = Known[FieldValue](value=None)  # a peer that is not upgraded yet has no such setting
    upgrading = bool(lane.plan.during_upgrade)
    return all(fact.met_by(reading) or (upgrading and reading == absent) for fact, reading in readings)


def _lease_of(lane: Lane, cluster: str, run: str = "") -> Lease | None:
    leases = lane.ports.ledger.outstanding().leases
    return next((held for held in leases if held.cluster == cluster and run in ("", held.run)), None)
