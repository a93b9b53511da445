"""The scenarios: each a sentence and what is wrong with an otherwise healthy world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from remediate.lab.build import DOMAIN, LEAF_WORDS, Builder, Shape, Site
from remediate.lab.errors import LabError
from remediate.lab.pki import Request, pem
from remediate.lab.sharing import share
from remediate.lab.world import VERIFY_ORIGIN, Owned, PortBinding, UcNode, World

Fault = Callable[[Site], None]
RSA_ONLY = PortBinding(8443, "tomcat", None)


@dataclass(frozen=True)
class Scenario:
    """A kind of trouble: `sentence` tells it, `faults` go to the sites in turn."""

    sentence: str
    faults: tuple[Fault, ...]
    clusters: int = 1

    def sized(self, shape: Shape) -> Shape:
        """The shape with as many clusters as the scenario has faults, at least."""
        return replace(shape, clusters=max(self.clusters, shape.clusters))

    def build(self, name: str, shape: Shape) -> World:
        """The world of this scenario in a shape."""
        builder = Builder(name, self.sized(shape))
        sites = builder.sites()
        for index, site in enumerate(sites):
            self.faults[index % len(self.faults)](site)
        return builder.finish(sites)


def untrusted_ca(site: Site) -> None:
    """8443 serves the CA-signed tomcat only; 6972 offers tomcat-ECDSA, self-signed, which no peer trusts."""
    _self_signed_ecdsa(site, named=True)


def untrusted_ca_no_san(site: Site) -> None:
    """The same, and the self-signed certificate does not hold the node's FQDN."""
    _self_signed_ecdsa(site, named=False)


def _self_signed_ecdsa(site: Site, *, named: bool) -> None:
    for node in site.cucm.nodes:
        host = f"{site.prefix}cucm" if node.publisher else node.os_hostname
        cn = f"{host}-EC.{DOMAIN}"
        made = site.forge.leaf(Request(cn, (node.fqdn if named else cn,)), "ec")
        node.certificates["tomcat-ECDSA"] = made
        node.bindings = [replace(RSA_ONLY), PortBinding(6972, "tomcat", "tomcat-ECDSA")]
        site.owned.append(Owned(f"{node.key}-tomcat-ecdsa", made.chain[0], LEAF_WORDS))


def server_by_ip(site: Site) -> None:
    """System > Server holds the publisher's IP address, which no certificate holds."""
    publisher = site.cucm.nodes[0]
    publisher.db_name = publisher.address


def missing_intermediate(site: Site) -> None:
    """The peers trust the root only, and the UC servers do not send the CA that issued their certificates."""
    site.trust(site.root)
    for node in site.nodes():
        for name, held in node.certificates.items():
            if not name.endswith("-ECDSA"):
                node.certificates[name] = replace(held, chain=held.chain[:1])
        node.bindings = [replace(binding, ecdsa=None) for binding in node.bindings]


def subscriber_only(site: Site) -> None:
    """Only the subscriber's certificates come from a CA that the peers do not trust."""
    other = site.forge.root(f"Lab Second Root CA{f' {site.word}' if site.word else ''}")
    node = site.cucm.nodes[1]
    for name in node.certificates:
        kind = "ec" if name.endswith("-ECDSA") else "rsa"
        cn = f"{node.os_hostname}-EC.{DOMAIN}" if kind == "ec" else node.fqdn
        node.certificates[name] = site.forge.leaf(Request(cn, (node.fqdn,)), kind, other)
    site.own(f"{site.prefix}lab-second-root", other)


def multi_server_san(site: Site) -> None:
    """One multi-server certificate names every node, its CN none; System > Server holds short names."""
    site.cucm.switches.cert_sharing = "multi-san"
    share(site.forge, site.cucm, site.issuing, site.root)
    for node in site.cucm.nodes:
        node.db_name = node.os_hostname


def duplicate_cn(site: Site) -> None:
    """tomcat and CallManager are self-signed with one CN and different keys; the peers trust tomcat only."""
    for node in site.cucm.nodes:
        _twins(site, node)
    trusted = b"".join(_pem(node, "tomcat") for node in site.cucm.nodes)
    for peer in site.edge.peers:
        peer.listed += trusted
        peer.loaded = peer.listed


def _twins(site: Site, node: UcNode) -> None:
    for service in ("tomcat", "CallManager"):
        wish = Request(node.fqdn, (node.fqdn,), key_identifiers=False)
        node.certificates[service] = made = site.forge.leaf(wish, "rsa")
        site.owned.append(Owned(f"{node.key}-{service.lower()}", made.chain[0], LEAF_WORDS))
    node.bindings = [replace(RSA_ONLY), PortBinding(6972, "CallManager", None)]


def _pem(node: UcNode, name: str) -> bytes:
    return pem(node.certificates[name].chain[0])


def expired(site: Site) -> None:
    """The publisher's tomcat certificate expired a week ago; its CA is trusted."""
    node = site.cucm.nodes[0]
    wish = Request(node.fqdn, (node.fqdn,), timedelta(days=-372), timedelta(days=-7))
    node.certificates["tomcat"] = site.forge.leaf(wish, "rsa", site.issuing, site.issuing)
    node.bindings[0] = replace(RSA_ONLY)


def workaround_active(site: Site) -> None:
    """The untrusted certificates of the seed, and VerifyOriginServer is Off on every peer already."""
    untrusted_ca(site)
    for peer in site.edge.peers:
        if VERIFY_ORIGIN in peer.settings:
            peer.settings[VERIFY_ORIGIN] = "Off"


def healthy(site: Site) -> None:
    """Nothing is wrong."""
    del site


def client_certificate(site: Site) -> None:
    """6972 asks the peers for their certificate, and CallManager-trust lacks the CA that issued it."""
    for node in site.cucm.nodes:
        node.bindings[1].asks_client_certificate = True
    site.cucm.trusts["CallManager-trust"] = []


MIXED = (untrusted_ca, server_by_ip, missing_intermediate, healthy)

SCENARIOS: dict[str, Scenario] = {
    "seed-untrusted-ca": Scenario(
        "6972 serves a self-signed tomcat-ECDSA certificate that no peer trusts; 8443 is CA-signed and works.",
        (untrusted_ca,),
    ),
    "seed-untrusted-ca-no-san": Scenario(
        "As seed-untrusted-ca, and the self-signed certificate lacks the node's FQDN too.",
        (untrusted_ca_no_san,),
    ),
    "seed-server-by-ip": Scenario(
        "System > Server holds the publisher's IP address, which its certificates lack.",
        (server_by_ip,),
    ),
    "missing-intermediate": Scenario(
        "The UC servers leave out their issuing CA, and the peers trust only the root.",
        (missing_intermediate,),
    ),
    "subscriber-only": Scenario(
        "Only the subscriber's certificates come from an untrusted CA: logins work, failover does not.",
        (subscriber_only,),
    ),
    "multi-server-san": Scenario(
        "A multi-server certificate (CN cucm-ms) holds every FQDN, but System > Server holds short names.",
        (multi_server_san,),
    ),
    "duplicate-cn": Scenario(
        "tomcat and CallManager are self-signed with the same CN; only tomcat is trusted.",
        (duplicate_cn,),
    ),
    "expired": Scenario("The publisher's tomcat certificate has expired.", (expired,)),
    "workaround-active": Scenario(
        "VerifyOriginServer is Off already, over an untrusted self-signed certificate on 6972.",
        (workaround_active,),
    ),
    "client-certificate": Scenario(
        "The other direction: 6972 asks the peers for a certificate, and CUCM does not trust its CA.",
        (client_certificate,),
    ),
    "healthy": Scenario("Every certificate is trusted and holds the name that is asked for.", (healthy,)),
    "mixed": Scenario("Four clusters: untrusted CA, server by IP, missing intermediate, healthy.", MIXED, 4),
}


def named(name: str) -> Scenario:
    """The scenario of that name; LabError lists the names where there is none."""
    if name not in SCENARIOS:
        raise LabError(f"no scenario {name}: choose one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name]
