"""Change an entry under *System > Server* to the node's own FQDN."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.actions import RenameSystemServer
from remediate.checks.links import asked_name
from remediate.checks.scene import reasons
from remediate.model.finding import Connection
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import ProcessNode
from remediate.model.reading import Known
from remediate.planning.plan import Blocked
from remediate.planning.situation import Proposal, Situation
from remediate.tls.names import matches

LEARN = "endpoints-learn-name"


class ChangeSystemServerName:
    """Only to that node's own FQDN, only if every certificate it serves on any MRA port holds it."""

    name = "change-system-server-name"

    def propose(self, situation: Situation, connection: Connection) -> Proposal:
        """The rename of the entry that this connection is asked by."""
        if not any(r.kind == "name" for r in reasons(connection)):
            return Proposal(why_not="the name asked for is in the certificate")
        inventory, link = situation.desired.inventory, connection.link
        uc = inventory.cluster(link.origin_cluster)
        node = next((h for h in uc.hosts if h.name == link.origin), None)
        entry = asked_name(inventory, situation.observed, uc, link.origin).node
        if node is None or entry is None:
            return Proposal(why_not="no entry under System > Server that this tool may write stands for the node")
        why = _unfit(situation, node, entry)
        if why:
            return Proposal(why_not=why)
        publisher = _publisher(situation, entry)
        if publisher is None:
            return Proposal(why_not="the CUCM publisher that holds the entry is not in the inventory")
        blocked = _without_consent(situation, connection, publisher, node)
        return Proposal(blocked=blocked) if blocked else Proposal(rename=_rename(situation, publisher, node, entry))


def _unfit(situation: Situation, node: Host, entry: ProcessNode) -> str:
    """Why this entry may not become the node's FQDN (operations rule 1)."""
    if entry.name.casefold() == node.fqdn.casefold():
        return f"the entry is {node.fqdn} already: have the certificate re-issued with that name as a dNSName"
    if any(e.name.casefold() == node.fqdn.casefold() for e in _entries(situation)):
        return f"another entry under System > Server is {node.fqdn} already"
    lacking = [
        f"{node.name}:{port} ({kind})" for port, kind, leaf in _leaves(situation, node) if not matches(node.fqdn, leaf)
    ]
    if lacking:
        return f"{node.fqdn} is not in every certificate that {node.name} serves: {', '.join(lacking)}; re-issue them"
    return _dns(situation, node)


def _entries(situation: Situation) -> Iterable[ProcessNode]:
    return (e for uc in situation.observed.uc if isinstance(uc.process_nodes, Known) for e in uc.process_nodes.value)


def _leaves(situation: Situation, node: Host) -> Iterable[tuple[int, str, bytes]]:
    for origin in situation.observed.origins:
        if (origin.cluster, origin.host) == (node.cluster, node.name) and isinstance(origin.probes, Known):
            for probe in origin.probes.value:
                if probe.chain:
                    yield origin.port, probe.kind, probe.chain[0].der


def _dns(situation: Situation, node: Host) -> str:
    """Every peer must resolve the new name to the node's address."""
    peers = {h.name for h in situation.cluster.hosts}
    readings = [n for n in situation.observed.names if n.name.casefold() == node.fqdn.casefold() and n.peer in peers]
    good = {n.peer for n in readings if isinstance(n.addresses, Known) and node.address in n.addresses.value}
    return (
        "" if good == peers else f"{node.fqdn} does not resolve to {node.address} on {', '.join(sorted(peers - good))}"
    )


def _publisher(situation: Situation, entry: ProcessNode) -> Cluster | None:
    """The CUCM cluster whose publisher lists the entry."""
    for uc in situation.observed.uc:
        if isinstance(uc.process_nodes, Known) and entry in uc.process_nodes.value:
            return situation.desired.inventory.cluster(uc.cluster)
    return None


def _without_consent(situation: Situation, connection: Connection, cucm: Cluster, node: Host) -> tuple[Blocked, ...]:
    words, missing = cucm.system_server, []
    serving = [c.name for c in situation.desired.inventory.of_role("expressway-c") if cucm.name in c.serves]
    if LEARN not in words.accept:
        missing.append(f"accept: [{LEARN}]")
    if not words.refresh_by:
        missing.append('refresh_by: ""')
    if words.allow_list_rules != "in-place":
        missing.append("allow_list_rules: in-place")
    if missing:
        why = (
            f"between the change and Refresh servers on {', '.join(serving)} nobody logs in over MRA; "
            "phones register again and keep what they learned"
        )
        unblock = f"clusters: {{{cucm.name}: {{system_server: {{{', '.join(missing)}}}}}}}"
    elif len(serving) > 1:
        why = f"{cucm.name} serves {', '.join(serving)}: each of them must be refreshed in the same minute"
        unblock = "change the entry by hand, then Refresh servers on each of these clusters at once"
    else:
        return ()
    title = f"change System > Server of {node.name} to {node.fqdn}"
    return (
        Blocked(cluster=situation.cluster.name, subject=str(connection.link), title=title, why=why, unblock=unblock),
    )


def _rename(situation: Situation, cucm: Cluster, node: Host, entry: ProcessNode) -> RenameSystemServer:
    serving = tuple(c.name for c in situation.desired.inventory.of_role("expressway-c") if cucm.name in c.serves)
    return RenameSystemServer(
        cluster=cucm.name,
        host=cucm.primary,
        node=node.name,
        uuid=entry.uuid,
        old=entry.name,
        new=node.fqdn,
        serves=serving,
    )
