"""A certificate that must change on a UC server: what to ask for, where to upload it, what to restart. All by hand.

Sec-14 (distribution), TAC 118731 (multi-server SAN), TAC 225476 (names and issuers).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from remediate.checks.connections import chains_for
from remediate.checks.scene import listed
from remediate.model.certificate import Chain
from remediate.model.finding import TlsLink
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.model.uc_node import ClusterFacts
from remediate.planning.certificate_restarts import CALL_MANAGER, TOMCAT, restarts, stores
from remediate.planning.situation import Situation
from remediate.tls.describe import FACTORY, describe
from remediate.tls.names import matches

PAGE = "Cisco Unified OS Administration > Security > Certificate Management"


def instructions(situation: Situation, link: TlsLink) -> str:
    """For the certificate that this connection is served, as lines to follow one after another."""
    inventory, observed = situation.desired.inventory, situation.observed
    uc = inventory.cluster(link.origin_cluster)
    node = next((h for h in uc.hosts if h.name == link.origin), None)
    chain = next(iter(chains_for(situation.desired, observed, link, situation.view)), ())
    shared = _multi_server(uc, chain)
    names = _names(situation, uc, uc.hosts if shared else tuple(filter(None, (node,))), link)
    purpose = _purpose(observed, link, chain, uc)
    asked, reused = _reuse(purpose)
    return "\n".join(
        (
            f"by hand on {(shared and uc.primary) or link.origin}: {PAGE} > Generate CSR:",
            *_sso(observed, uc, purpose, shared=shared),
            f"  Certificate Purpose {asked}, Distribution {'Multi-server (SAN)' if shared else 'this server'}",
            f"  SAN, each as a dNSName: {', '.join(names)}",
            "  no iPAddress entry helps: the traffic server compares names with dNSName entries and the CN alone",
            f"  signed by {_signers(situation, link)}",
            f"  then Upload Certificate/Certificate chain: the CA chain into {stores(purpose)} first, then {asked}",
            *(("  the answer to the upload must name every node as successful",) if shared else ()),
            *((f"  then Reuse Certificate: {asked} for {reused}",) if reused else ()),
            f"  then restart on {'every node' if shared else link.origin}: {restarts(observed, uc, purpose)}",
            *(
                (f"  then compare serials on every node: show cert own {asked}, show cert own {reused}",)
                if reused
                else ()
            ),
            *_phones(observed, uc, purpose),
            "  done when remediate verify finds the connection good; make a DRS backup then",
        )
    )


def uc_service(situation: Situation, link: TlsLink) -> str:
    """Where clients are sent to Unity Connection by a name that its certificate lacks while it holds the node's own:
    the UC Service is what to change. Empty where that is not so."""
    uc = situation.desired.inventory.cluster(link.origin_cluster)
    node = next((h for h in uc.hosts if h.name == link.origin), None)
    chain = next(iter(chains_for(situation.desired, situation.observed, link, situation.view)), ())
    if uc.role != "unity-connection" or node is None or not chain or not matches(node.fqdn, chain[0].der):
        return ""
    if node.fqdn.casefold() == link.asked.casefold():
        return ""
    page = "Cisco Unified CM Administration > User Management > User Settings > UC Service"
    return f"{page}: Host Name/IP Address {link.asked} to {node.fqdn}; then Refresh servers on {link.cluster}"


def _multi_server(uc: Cluster, chain: Chain) -> bool:
    """Whether the certificate holds another node's name: then it is one for all of them."""
    held = {name.casefold() for name in describe(chain[0].der).dns_names} if chain else set()
    return sum(1 for host in uc.hosts if host.fqdn.casefold() in held) > 1


def _names(situation: Situation, uc: Cluster, nodes: Iterable[Host], link: TlsLink) -> tuple[str, ...]:
    """Every name that MRA asks these nodes by, and their own."""
    facts = (u.facts.value for u in situation.observed.uc if isinstance(u.facts, Known))
    known = tuple(nodes)
    hosts = {host.fqdn.casefold() for host in known}
    services = [s.host for fact in facts for s in fact.uc_services if s.host.casefold() in hosts]
    asked = [] if _is_address(link.asked) else [link.asked]
    # A short name is asked for only until the entry under System > Server is the FQDN.
    wanted = [*(host.fqdn for host in known), *(name for name in (*asked, *services) if "." in name)]
    return tuple(dict.fromkeys(wanted)) or (f"the FQDN of the node of {uc.name}",)


def _purpose(observed: ObservedState, link: TlsLink, chain: Chain, uc: Cluster) -> str:
    """The service whose certificate it is: as the node itself says, else by port and key."""
    leaf = chain[0] if chain else None
    held = next((n.identities for n in observed.certificates if n.host == link.origin), None)
    if leaf is not None and isinstance(held, Known):
        found = [service for service, one in held.value if one.sha256 == leaf.sha256]
        if found:
            return " and ".join(found)
    elliptic = leaf is not None and not describe(leaf.der).key.startswith("RSA")
    service = CALL_MANAGER if uc.role == "cucm" and link.port != 8443 else TOMCAT
    return f"{service}-ECDSA" if elliptic else service


def _reuse(purpose: str) -> tuple[str, str]:
    """The certificate to ask for, and the other one that it serves as (14 and later); empty: none."""
    words = purpose.split(" and ")
    tomcat = next((word for word in words if word.startswith(TOMCAT)), "")
    other = next((word for word in words if word.startswith(CALL_MANAGER)), "")
    return (tomcat, other) if tomcat and other else (purpose, "")


def _signers(situation: Situation, link: TlsLink) -> str:
    """CAs that every peer of the cluster trusts already: then nothing has to be uploaded there."""
    stores = [store for h in situation.cluster.hosts if (p := situation.observed.peer(h.name)) and (store := listed(p))]
    shared = frozenset.intersection(*(frozenset(s.sha256s) for s in stores)) if stores else frozenset()
    entries = [describe(e.der) for e in (stores[0].entries if stores else ()) if e.sha256 in shared]
    names = [e.common_name for e in entries if e.is_ca and e.common_name and not e.common_name.startswith(FACTORY)]
    fallback = f"a CA whose root and intermediates every peer of {link.cluster} then lists"
    return f"a CA that the peers trust already: {', '.join(names[:3])}" if names else fallback


def _sso(observed: ObservedState, uc: Cluster, purpose: str, *, shared: bool) -> tuple[str, ...]:
    """TAC 118731 and 221070 disable SSO for a multi-server certificate; Sec-14 wants new metadata for any tomcat."""
    facts = _facts(observed, uc)
    if facts is None or not facts.sso or TOMCAT not in purpose:
        return ()
    first = "disable it first, enable it after; " if shared else ""
    return (f"  SSO is on: {first}the IdP needs new SP metadata once the certificate changed",)


def _phones(observed: ObservedState, uc: Cluster, purpose: str) -> tuple[str, ...]:
    """Sec-14, RN-14."""
    if CALL_MANAGER not in purpose:
        return ()
    facts = _facts(observed, uc)
    reset = "  phones reset at the upload, unless Phone Interaction on Certificate Update says otherwise (14 and later)"
    mixed = "  the cluster is in mixed mode: then utils ctl update CTLFile on the publisher, and reset the phones"
    return (reset, mixed) if facts is not None and facts.mixed_mode else (reset,)


def _facts(observed: ObservedState, uc: Cluster) -> ClusterFacts | None:
    reading = observed.publisher(uc.name)
    return reading.facts.value if reading is not None and isinstance(reading.facts, Known) else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
