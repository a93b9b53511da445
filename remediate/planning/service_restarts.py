"""Restarts of UC services as steps, where the playbook leaves them to the tool."""

from __future__ import annotations

from collections.abc import Sequence

from remediate.actions import Action, RestartService
from remediate.actions.restart_service import AFTER_RENAME
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.planning.simulate import after
from remediate.planning.situation import Situation


def service_restarts(situation: Situation, actions: Sequence[Action]) -> tuple[RestartService, ...]:
    """What is owed once the actions ran, and by earlier runs: Cisco Tftp on every node before any Cisco CallManager,
    one node at a time, the publisher last. A service whose start is not known is left to a hand."""
    state = after(situation.observed, actions, situation.at)
    owed = tuple(o for o in state.outstanding.obligations if o.kind == "restart-service")
    made = (
        _restart(situation.observed, cluster, host.name, service)
        for name in situation.cluster.serves
        if (cluster := situation.desired.inventory.cluster(name)).role == "cucm"
        for service in AFTER_RENAME
        for host in sorted(cluster.hosts, key=lambda host: host.name == cluster.primary)
        if any((o.host, o.what) == (host.name, service) for o in owed)
    )
    return tuple(action for action in made if action.stated(state) is not None)


def _restart(observed: ObservedState, cluster: Cluster, host: str, service: str) -> RestartService:
    return RestartService(
        cluster=cluster.name,
        host=host,
        service=service,
        publisher=cluster.primary,
        phones=_phones(observed, cluster, host),
    )


def _phones(observed: ObservedState, cluster: Cluster, host: str) -> int | None:
    """Registered on that node, which RISPort calls by its name under *System > Server*, old or new."""
    reading = next((u.registered for u in observed.uc if u.cluster == cluster.name), None)
    node = next(h for h in cluster.hosts if h.name == host)
    if not isinstance(reading, Known):
        return None
    known = {node.fqdn, node.fqdn.partition(".")[0], node.address}
    found = [count for name, count in reading.value if name.casefold() in {k.casefold() for k in known}]
    return found[0] if found else None
