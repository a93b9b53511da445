"""Change an entry under *System > Server* to the node's own FQDN."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from remediate.actions import RenameSystemServer
from remediate.actions.rename_system_server import ServedCertificate
from remediate.checks.links import asked_name
from remediate.checks.scene import reasons
from remediate.model.finding import Connection
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import ProcessNode
from remediate.model.reading import Known
from remediate.planning.plan import Blocked
from remediate.planning.rename_checks import Renaming, obstacles
from remediate.planning.situation import Proposal, Situation
from remediate.tls.names import matches

SQL = "sql-update"
"""The operator's word for thin AXL, where the thick call is accepted and has no effect."""


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
        if not entry.uuid:
            return Proposal(why_not="System > Server was not read: collect it from the publisher")
        why = _unfit(situation, node, entry)
        if why:
            return Proposal(why_not=why)
        publisher = _publisher(situation, entry)
        if publisher is None:
            return Proposal(why_not="the CUCM publisher that holds the entry is not in the inventory")
        renaming = Renaming(inventory, situation.observed, publisher, node, entry)
        blocked = _held_back(situation, connection, renaming)
        return Proposal(blocked=blocked) if blocked else Proposal(rename=_rename(renaming))


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


def _held_back(situation: Situation, connection: Connection, renaming: Renaming) -> tuple[Blocked, ...]:
    """Every obstacle that is left, those that a word lifts in one line."""
    cucm, node = renaming.cucm, renaming.node
    found = obstacles(renaming)
    words = tuple(dict.fromkeys(o.word for o in found if o.word))
    missing = [f"accept: [{', '.join(sorted({*cucm.system_server.accept, *words}))}]"] if words else []
    serving = [c.name for c in situation.desired.inventory.of_role("expressway-c") if cucm.name in c.serves]
    if not cucm.system_server.refresh_by:
        missing.append('refresh_by: ""')
    if cucm.system_server.allow_list_rules != "in-place":
        missing.append("allow_list_rules: in-place")
    title = f"change System > Server of {node.name} to {node.fqdn}"
    make = partial(Blocked, cluster=situation.cluster.name, subject=str(connection.link), title=title)
    held = [make(why=o.why, unblock=o.mend, unknown=o.unknown) for o in found if not o.word]
    if missing:
        hole = (
            f"between the change and Refresh servers on {', '.join(serving)} nobody logs in over MRA; "
            "phones register again and keep what they learned"
        )
        unblock = f"clusters: {{{cucm.name}: {{system_server: {{{', '.join(missing)}}}}}}}"
        evidence = tuple(f"{o.why}{f' ({o.mend})' if o.mend else ''} — {o.word}" for o in found if o.word)
        unknown = any(o.unknown for o in found if o.word)
        held.append(make(why=hole, unblock=unblock, evidence=evidence, unknown=unknown))
    elif len(serving) > 1:
        why = f"{cucm.name} serves {', '.join(serving)}: each of them must be refreshed in the same minute"
        unblock = "change the entry by hand, then Refresh servers on each of these clusters at once"
        held.append(make(why=why, unblock=unblock))
    return tuple(held)


def _rename(renaming: Renaming) -> RenameSystemServer:
    cucm = renaming.cucm
    return RenameSystemServer(
        cluster=cucm.name,
        host=cucm.primary,
        node=renaming.node.name,
        uuid=renaming.entry.uuid,
        old=renaming.entry.name,
        new=renaming.node.fqdn,
        serves=tuple(c.name for c in renaming.inventory.of_role("expressway-c") if cucm.name in c.serves),
        nodes=() if renaming.presence else tuple(host.name for host in cucm.hosts),
        phones=_phones(renaming),
        sql=SQL in cucm.system_server.accept,
        mixed_mode=isinstance(renaming.facts, Known) and renaming.facts.value.mixed_mode,
        served=tuple(_shown(renaming)),
    )


def _phones(renaming: Renaming) -> int | None:
    registered = renaming.uc.registered if renaming.uc is not None else None
    return sum(count for _, count in registered.value) if isinstance(registered, Known) else None


def _shown(renaming: Renaming) -> Iterable[ServedCertificate]:
    """By the probes that do not depend on a peer's ciphers."""
    for origin in renaming.observed.origins:
        if origin.host == renaming.node.name and isinstance(origin.probes, Known):
            for probe in origin.probes.value:
                if probe.chain and probe.kind != "as-client":
                    sha256 = probe.chain[0].sha256
                    yield ServedCertificate(address=origin.address, port=origin.port, kind=probe.kind, sha256=sha256)
