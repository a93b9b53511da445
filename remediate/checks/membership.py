"""Nodes that a UC cluster names and the inventory does not."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.links import stands_for
from remediate.checks.scene import Scene
from remediate.model.finding import Finding, Severity
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.model.uc_node import Member


class UcNodeNotInInventory:
    """A Unity Connection or IM and Presence cluster has a node that the inventory lacks.

    Clients may be sent there, at the latest when another node fails, and nobody judges what that node serves. Nodes of
    CUCM and of IM and Presence are also known from System > Server; those of Unity Connection from nowhere else.

    What mends it: add the node under its cluster in `clusters.yml`, with its address, FQDN and pins (`remediate trust
    add`), or take it out of service.

    Source: CUPI API, system settings; AXL of IM and Presence, `getClusterInfo`.
    """

    id = "uc-node-not-in-inventory"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per node that is not known."""
        listed = _listed(scene.observed)
        for reading in scene.observed.nodes:
            told = reading.membership.value if isinstance(reading.membership, Known) else None
            hosts = scene.desired.inventory.cluster(reading.cluster).hosts if told else ()
            for member in told.members if told else ():
                known = any(stands_for(h, n) for h in hosts for n in (member.name, member.address) if n)
                if not known and member.name.casefold() not in listed:
                    yield Finding(
                        id=self.id,
                        severity=Severity.WARNING,
                        cluster=reading.cluster,
                        subject=member.name or member.address,
                        summary=f"{reading.host} names it a node of {reading.cluster}; what it serves is not judged",
                        evidence=(_words(member),),
                    )


def _listed(observed: ObservedState) -> frozenset[str]:
    """Names under System > Server: those are judged without the inventory."""
    read = (u.process_nodes.value for u in observed.uc if isinstance(u.process_nodes, Known))
    return frozenset(node.name.casefold() for nodes in read for node in nodes)


def _words(member: Member) -> str:
    return f"{member.name}: address {member.address or 'not told'}, state {member.state or 'not told'}"
