"""After a change of names: whether certificates were regenerated. The vendor's texts say both."""

from __future__ import annotations

from remediate.actions import RenameSystemServer, RestartService
from remediate.actions.rename_system_server import ServedCertificate
from remediate.engine.apply_ports import Lane
from remediate.journal.entries import ObligationOwed
from remediate.journal.fold import obligation_id
from remediate.model.observed import Probe
from remediate.model.reading import Known
from remediate.planning.plan import Step

SIGN_AGAIN = (
    "nothing further is written here. Refresh servers all the same; have CA-signed certificates signed again "
    "(Cisco Unified OS Administration > Security > Certificate Management), then make a new plan. A rename back does "
    "not bring the old ones back"
)


def regenerated(lane: Lane, step: Step) -> str:
    """Why the lane must stop: a node whose name this lane changed shows another certificate than before. A service may
    show it only after its restart, so it is looked at after each of these too. What is owed then is on the books."""
    action = step.action
    if not isinstance(action, RenameSystemServer | RestartService):
        return ""
    names = (s.action for s in lane.plan.steps if s.cluster == lane.cluster)
    watched = {rename.node: rename for rename in names if isinstance(rename, RenameSystemServer) and rename.served}
    node = action.node if isinstance(action, RenameSystemServer) else action.host
    changed = _changed(lane, watched[node]) if node in watched else ()
    if not changed:
        return ""
    _owe(lane, step, watched[node])
    return f"{node} shows another certificate than before on {', '.join(changed)}: {SIGN_AGAIN}"


def _owe(lane: Lane, step: Step, rename: RenameSystemServer) -> None:
    now = lane.ports.clock.now()
    for number, owed in enumerate(rename.owed_if_regenerated, len(step.action.owes)):
        obligation = owed.on_the_books(obligation_id(lane.run, step.id, number), now, lane.run)
        lane.record(ObligationOwed, obligation=obligation)


def _changed(lane: Lane, rename: RenameSystemServer) -> tuple[str, ...]:
    """Ports and kinds that now show another leaf. One that cannot be read is no proof of a change."""
    places = dict.fromkeys((one.address, one.port) for one in rename.served)
    shown = {place: _shown(lane, rename.node, place) for place in places}
    return tuple(f"{one.port} ({one.kind})" for one in rename.served if _differs(one, shown[one.address, one.port]))


def _shown(lane: Lane, node: str, place: tuple[str, int]) -> tuple[Probe, ...]:
    host = lane.ports.inventory.host(node)
    reading = lane.ports.readers.origins().capture(host, (host.cluster, node, *place), ())
    return reading.probes.value if isinstance(reading.probes, Known) else ()


def _differs(before: ServedCertificate, probes: tuple[Probe, ...]) -> bool:
    now = [probe.chain[0].sha256 for probe in probes if probe.kind == before.kind and probe.chain]
    return bool(now) and before.sha256 not in now
