"""What must hold before a name under *System > Server* is changed. Each thing that does not blocks, with its reason.

TAC 211393 (resolution on the node, validate_network, replication, DHCP), Upgrade-12.5 (no mix of nodes with and
without DNS), Change-12.5 (parameters, trunks of other systems), SAML-14 (metadata), Admin-14 (IM and Presence).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from remediate.model.inventory import Cluster, Host, Inventory
from remediate.model.observed import ObservedState, ProcessNode, UcReading
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import ClusterFacts, NodeReading

LEARN = "endpoints-learn-name"
RESOLVE = "phones-resolve-names"
BY_HAND = "checked-by-hand"
URLS = "url-parameters-reviewed"
METADATA = "sso-metadata"
TRUNKS = "sip-peers-reviewed"
SET_UP = "(2)"
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


class Obstacle(NamedTuple):
    """Why the name may not change yet. `word`: what under `accept` says that somebody saw to it, if anything can."""

    why: str
    word: str = ""
    mend: str = ""
    unknown: bool = False


@dataclass(frozen=True)
class Renaming:
    """One entry that would become its node's own FQDN."""

    inventory: Inventory
    observed: ObservedState
    cucm: Cluster
    node: Host
    entry: ProcessNode

    @property
    def presence(self) -> bool:
        """Whether it is an entry of IM and Presence, which has a procedure of its own."""
        return self.entry.role == "im-and-presence"

    @property
    def uc(self) -> UcReading | None:
        """The reading of the cluster's publisher."""
        return next((u for u in self.observed.uc if u.cluster == self.cucm.name), None)

    @property
    def facts(self) -> Known[ClusterFacts] | Unknown:
        """What thin AXL told."""
        return self.uc.facts if self.uc is not None else Unknown(why=f"{self.cucm.name} was not read")

    def nodes(self) -> tuple[Host, ...]:
        """Every node of the CUCM cluster, and of the IM and Presence clusters served beside it."""
        beside = {
            name for c in self.inventory.of_role("expressway-c") if self.cucm.name in c.serves for name in c.serves
        }
        others = (c for c in self.inventory.of_role("im-and-presence") if c.name in beside)
        return (*self.cucm.hosts, *(host for cluster in others for host in cluster.hosts))

    def reading(self, host: Host) -> NodeReading:
        """What a node says of itself; nothing where it was not asked."""
        return self.observed.node(host.name) or NodeReading(cluster=host.cluster, host=host.name)


def obstacles(renaming: Renaming) -> tuple[Obstacle, ...]:
    """All of them, those already accepted left out."""
    accepted = renaming.cucm.system_server.accept
    found = (obstacle for check in CHECKS for obstacle in check(renaming))
    return tuple(o for o in dict.fromkeys(found) if not o.word or o.word not in accepted)


def _words(renaming: Renaming) -> Iterator[Obstacle]:
    yield Obstacle("phones keep the name that they learned, even after a way back", LEARN)
    yield Obstacle("phones must get a DNS server by DHCP and reach it over TCP 53; nothing here can read that", RESOLVE)
    if renaming.presence:
        why = (
            "Expressway-C makes no zone for IM and Presence, so nothing readable would confirm the refresh; the node "
            "restarts, and presence is interrupted (Admin-14)"
        )
        clicks = "Cisco Unified CM Administration > System > Server"
        order = "one node at a time, subscribers before the IM and Presence publisher, then Refresh servers"
        yield Obstacle(why, mend=f"change it by hand: {clicks}: {renaming.entry.name} to {renaming.node.fqdn}; {order}")


def _identity(renaming: Renaming) -> Iterator[Obstacle]:
    """The new name is the node's own, by the node's own word."""
    reading = renaming.reading(renaming.node).network
    if isinstance(reading, Unknown):
        yield _unread(renaming.node, "its own host name and domain", reading.why)
    elif reading.value.fqdn.casefold() != renaming.node.fqdn.casefold():
        why = f"{renaming.node.name} calls itself {reading.value.fqdn}, the inventory {renaming.node.fqdn}"
        yield Obstacle(why, mend="correct `fqdn` of that node in the inventory")


def _served(renaming: Renaming) -> Iterator[Obstacle]:
    """The new name is in every certificate that the node serves: what was not seen may lack it."""
    node = renaming.node
    for origin in renaming.observed.origins_of(node.cluster):
        if origin.host == node.name and isinstance(origin.probes, Unknown):
            why = f"not known which certificate {node.name}:{origin.port} serves, and {node.fqdn} must be in it"
            yield Obstacle(f"{why}: {origin.probes.why}", mend="bring the port in reach, then plan again", unknown=True)


def _servers(renaming: Renaming) -> Iterator[Obstacle]:
    """All nodes use DNS, or none does; a name without DNS leads nowhere."""
    for host in renaming.nodes():
        if host != renaming.node and isinstance(reading := renaming.reading(host).network, Unknown):
            yield _unread(host, "its DNS servers", reading.why)
    known = {h.name: n.value for h in renaming.nodes() if isinstance(n := renaming.reading(h).network, Known)}
    without = sorted(name for name, network in known.items() if not network.dns_servers)
    if without and len(without) < len(known):
        why = f"a mix of nodes with and without DNS is not supported: none on {', '.join(without)}"
        yield Obstacle(why, mend="set network dns primary on each node")
    elif without:
        yield Obstacle(f"no DNS server on {', '.join(without)}", mend="set network dns primary on each node")
    own = {server for host in renaming.cucm.hosts if host.name in known for server in known[host.name].dns_servers}
    beside = [host.name for host in renaming.nodes() if host.cluster != renaming.cucm.name and host.name in known]
    apart = sorted(name for name in beside if own and own.isdisjoint(known[name].dns_servers or own))
    if apart:
        why = f"{', '.join(apart)} must ask the same DNS server as {renaming.cucm.name}: {', '.join(sorted(own))}"
        yield Obstacle(why, mend="set network dns primary on each of them")


def _resolution(renaming: Renaming) -> Iterator[Obstacle]:
    """Forward and reverse, as the node itself resolves."""
    node = renaming.node
    reading = renaming.reading(node).own_name
    if isinstance(reading, Unknown):
        yield _unread(node, "how it resolves its own name", reading.why)
        return
    found = reading.value
    if node.address not in found.external or node.address not in found.local:
        seen = f"locally {_list(found.local)}, by DNS {_list(found.external)}"
        why = f"{node.name} does not resolve {node.fqdn} to {node.address}: {seen}"
        yield Obstacle(why, mend=f"an A record for {node.fqdn}; see utils network host {node.fqdn}")
    if node.fqdn.casefold() not in {name.casefold() for name in found.reverse}:
        why = f"{node.name} finds no reverse record {node.fqdn} for {node.address}: {_list(found.reverse)}"
        yield Obstacle(why, mend=f"a PTR record for {node.address}")


def _replication(renaming: Renaming) -> Iterator[Obstacle]:
    for host in renaming.cucm.hosts:
        reading = renaming.reading(host).replication
        if isinstance(reading, Unknown):
            yield _unread(host, "the state of database replication", reading.why)
            continue
        broken = [f"{server} {state}" for server, state in reading.value if not state.startswith(SET_UP)]
        if broken:
            why = f"database replication is not set up, as {host.name} sees it: {', '.join(broken)}"
            yield Obstacle(why, mend="mend it first: utils dbreplication runtimestate shows (2) for every server")


def _network(renaming: Renaming) -> Iterator[Obstacle]:
    for host in renaming.cucm.hosts:
        reading = renaming.reading(host).network_valid
        if isinstance(reading, Unknown):
            yield _unread(host, "whether its network is valid", reading.why)
        elif not reading.value:
            why = f"utils diagnose module validate_network failed on {host.name}"
            yield Obstacle(why, mend="mend what it names, then look again")


def _cluster(renaming: Renaming) -> Iterator[Obstacle]:
    """Enterprise parameters, SSO, and systems whose trunks name this one."""
    facts = renaming.facts
    if isinstance(facts, Unknown):
        why = f"enterprise parameters, SSO and SIP trunks of {renaming.cucm.name} are not known: {facts.why}"
        yield Obstacle(why, BY_HAND, "look at them by hand", unknown=True)
        return
    old = renaming.entry.name.casefold()
    odd = [name for name, value in facts.value.parameters if _ADDRESS.search(value) or _names(value, old)]
    if odd:
        why = f"enterprise parameters hold an address or the old name: {', '.join(odd)}"
        yield Obstacle(why, URLS, "System > Enterprise Parameters: phones are sent there")
    if facts.value.sso:
        why = "SAML SSO is on: after the change the IdP needs new SP metadata, or logins end in a mismatch"
        yield Obstacle(why, METADATA, "somebody uploads it to the IdP in this window")
    if facts.value.sip_peers:
        peers = ", ".join(facts.value.sip_peers[:6])
        why = f"SIP trunks lead to {peers}: trunks there may name {renaming.entry.name}, and nothing here can read them"
        yield Obstacle(why, TRUNKS, "look at the trunks of those systems; this tool never edits them")


CHECKS: tuple[Callable[[Renaming], Iterator[Obstacle]], ...] = (
    _words,
    _identity,
    _served,
    _servers,
    _resolution,
    _replication,
    _network,
    _cluster,
)


def _unread(host: Host, what: str, why: str) -> Obstacle:
    mend = f"give {host.name} platform_credentials and ssh_host_key, or look by hand"
    return Obstacle(f"not known on {host.name}: {what}: {why}", BY_HAND, mend, unknown=True)


def _names(value: str, old: str) -> bool:
    """Whether a URL is on the old name; an address is met by the pattern already."""
    host = value.casefold().partition("//")[2].partition("/")[0].partition(":")[0]
    return host == old and not _is_address(old)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _list(found: tuple[str, ...]) -> str:
    return ", ".join(found) or "nothing"
