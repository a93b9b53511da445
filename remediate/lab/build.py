"""Builds a world in which everything is right; scenarios then spoil it."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

import asyncssh

from remediate.lab.errors import LabError
from remediate.lab.expressway.refresh import learn_names
from remediate.lab.expressway.settings import defaults
from remediate.lab.pki import Authority, Forge, Request, Workshop, pem
from remediate.lab.sharing import share
from remediate.lab.uc_state import bindings_of, services_of
from remediate.lab.world import (
    ExpresswayCluster,
    Identity,
    Owned,
    Peer,
    Switches,
    UcCluster,
    UcNode,
    UcSwitches,
    World,
)

DOMAIN = "example.test"
VERSIONS = ("X12.7", "X14.0.7", "X14.0.8", "X14.2.5", "X15.0")
UC_VERSION = "14.0.1.12900-161"
PHONES = {True: 40, False: 25}
"""Registered on the publisher, and on a subscriber."""
CA_WORDS = ("left-in-place", "certificate-authority")
LEAF_WORDS = ("left-in-place",)
CLUSTER_WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "islet",
    "jetty",
    "knoll",
    "larch",
    "maple",
    "north",
    "ocean",
    "pearl",
    "quay",
    "river",
    "slate",
    "thorn",
    "umber",
    "vale",
    "willow",
    "yarrow",
)


@dataclass(frozen=True)
class Shape:
    """How large and of which release a lab is. `network` is the first three octets of its first /24."""

    network: str = "127.100.100"
    peers: int = 2
    clusters: int = 1
    version: str = "X14.2.5"
    latency_s: float = 0.0
    switches: Switches = field(default_factory=Switches)
    uc_switches: UcSwitches = field(default_factory=UcSwitches)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if not 1 <= self.peers <= 6:
            raise LabError(f"a cluster has 1 to 6 peers, not {self.peers}: give --peers 1 to 6")
        if self.latency_s < 0:
            raise LabError("latency cannot be negative: give --latency in milliseconds, 0 or more")
        if self.clusters < 1:
            raise LabError("a lab has at least one cluster: give --clusters 1 or more")
        if self.version not in VERSIONS:
            raise LabError(f"no release {self.version}: give --version one of {', '.join(VERSIONS)}")

    @property
    def hosts(self) -> int:
        """Addresses that the lab needs."""
        return self.clusters * (self.peers + 3 + self.uc_switches.unity_nodes) + 1

    def on(self, network: str) -> Shape:
        """The same shape on another network."""
        return replace(self, network=network)


@dataclass
class Site:
    """One Expressway-C cluster and the UC clusters it serves, with what forges their certificates."""

    edge: ExpresswayCluster
    cucm: UcCluster
    imp: UcCluster
    cuc: UcCluster
    forge: Forge
    root: Authority
    issuing: Authority
    word: str
    owned: list[Owned] = field(default_factory=list)
    authorities: dict[str, Authority] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What every name of the site begins with: nothing where a lab has one site."""
        return f"{self.word}-" if self.word else ""

    def nodes(self) -> list[UcNode]:
        """Every UC node of the site."""
        return [*self.cucm.nodes, *self.imp.nodes, *self.cuc.nodes]

    def own(self, name: str, authority: Authority) -> None:
        """A further CA that the operator owns as a file, and that can issue while the lab runs."""
        self.owned.append(Owned(name, authority.der, CA_WORDS))
        self.authorities[name] = authority

    def trust(self, *authorities: Authority) -> None:
        """Make the peers list and use exactly the factory CA and these."""
        for peer in self.edge.peers:
            factory = peer.listed.split(b"-----END CERTIFICATE-----\n")[0] + b"-----END CERTIFICATE-----\n"
            peer.listed = peer.loaded = factory + pem(*(authority.der for authority in authorities))


class Builder:
    """Makes the healthy world of a shape, address by address."""

    def __init__(self, scenario: str, shape: Shape) -> None:
        self.shape = shape
        self.forge = Forge(shape.now)
        self.root = self.forge.root("Lab Root CA")
        self.issuing = self.forge.intermediate("Lab Issuing CA", self.root)
        self._addresses = _addresses(shape.network)
        self._issued = shape.now.timestamp()
        self.world = World(scenario, DOMAIN, shape.network, [], [], {}, shape.latency_s)
        self.world.openssl_texts = shape.switches.log_openssl
        self.workshop = Workshop(self.forge, {"lab-root": self.root, "lab-issuing": self.issuing})
        self.world.workshop = self.workshop
        self.world.owned += [
            Owned("lab-root", self.root.der, CA_WORDS),
            Owned("lab-issuing", self.issuing.der, CA_WORDS),
        ]

    def sites(self) -> list[Site]:
        """All sites and the one Expressway-E, entered in the world."""
        several = self.shape.clusters > 1
        made = [self._site(_word(index) if several else "") for index in range(self.shape.clusters)]
        self.world.expressways.append(self._expressway("exp-e", "E", 1, []))
        return made

    def finish(self, sites: list[Site]) -> World:
        """The world, its Expressways told the names that the UC clusters now hold."""
        for site in sites:
            for node in site.cucm.nodes:
                node.tftp_names = {one.key: one.db_name for one in site.cucm.nodes}
            learn_names(self.world, site.edge)
            self.world.owned += site.owned
            self.workshop.authorities |= site.authorities
        return self.world

    def _site(self, word: str) -> Site:
        mark = f"{word}-" if word else ""
        cucm = self._uc(f"{mark}cucm", "cucm", ("cucm-pub", "cucm-sub"), mark)
        imp = self._uc(f"{mark}imp", "imp", ("imp-1",), mark)
        unity = tuple(f"cuc-{number}" for number in range(1, self.shape.uc_switches.unity_nodes + 1))
        cuc = self._uc(f"{mark}cuc", "cuc", unity, mark)
        edge = self._expressway(f"{mark}exp-c", "C", self.shape.peers, [cucm.name, imp.name, cuc.name])
        share(self.forge, cucm, self.issuing, self.root)
        self.world.expressways.append(edge)
        self.world.ucs += [cucm, imp, cuc]
        cucm.uc_services = [(f"Voicemail {n}", "1", node.fqdn) for n, node in enumerate(cuc.nodes, 1)]
        cucm.uc_services += [(f"Presence {n}", "5", node.fqdn) for n, node in enumerate(imp.nodes, 1)]
        return Site(edge, cucm, imp, cuc, self.forge, self.root, self.issuing, word)

    def _uc(self, name: str, kind: Literal["cucm", "imp", "cuc"], hosts: tuple[str, ...], mark: str) -> UcCluster:
        nodes = [self._node(kind, mark + host, publisher=index == 0) for index, host in enumerate(hosts)]
        made = UcCluster(name, kind, UC_VERSION, nodes, "axladmin", secrets.token_urlsafe(12))
        made.switches = replace(self.shape.uc_switches)
        made.platform_password = secrets.token_urlsafe(12)
        if kind == "cucm":
            made.parameters = _parameters(nodes[0].fqdn, made.switches.cluster_security_mode)
        made.trusts = {store: [self.root.der, self.issuing.der] for store in ("tomcat-trust", "CallManager-trust")}
        return made

    def _node(self, kind: Literal["cucm", "imp", "cuc"], host: str, *, publisher: bool) -> UcNode:
        address = self._address(host)
        certificates = {
            name: certificate
            for service in (("tomcat", "CallManager") if kind == "cucm" else ("tomcat",))
            for name, certificate in self._pair(service, host).items()
        }
        bindings = bindings_of(kind, self.shape.uc_switches)
        pkid = f"{{{uuid.uuid4()}}}".upper()
        fqdn = f"{host}.{DOMAIN}"
        made = UcNode(host, kind, publisher, host, DOMAIN, address, pkid, fqdn, certificates, bindings)
        made.host_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_private_key()
        made.dns_server = f"{self.shape.network}.250"
        services = services_of(kind, UC_VERSION, self.shape.uc_switches)
        made.started = dict.fromkeys(services, self._issued - 864_000)
        made.phones = PHONES[publisher] if kind == "cucm" else 0
        return made

    def _pair(self, service: str, host: str) -> dict[str, Identity]:
        fqdn = f"{host}.{DOMAIN}"
        plain, elliptic = Request(fqdn, (fqdn,)), Request(f"{host}-EC.{DOMAIN}", (fqdn,))
        return {
            service: self.forge.leaf(plain, "rsa", self.issuing, self.issuing),
            f"{service}-ECDSA": self.forge.leaf(elliptic, "ec", self.root),
        }

    def _expressway(self, name: str, role: Literal["C", "E"], count: int, serves: list[str]) -> ExpresswayCluster:
        shape = self.shape
        peers = [self._peer(f"{name}-{index}", index) for index in range(1, count + 1)]
        for peer in peers:
            peer.settings["Alternates Cluster Name"] = f"{name}.{DOMAIN}"
            peer.settings |= {f"Alternates Peer {other.index} Address": other.fqdn for other in peers}
        cluster = ExpresswayCluster(
            name,
            role,
            shape.version,
            1,
            peers,
            "admin",
            secrets.token_urlsafe(12),
            serves,
            1.0,
            DOMAIN,
        )
        cluster.switches = replace(shape.switches)
        cluster.zones = ["DefaultZone", "MRA-Traversal"]
        return cluster

    def _peer(self, name: str, index: int) -> Peer:
        fqdn, number = f"{name}.{DOMAIN}", uuid.uuid4()
        bundle = pem(
            self.forge.leaf(Request(f"Temporary CA {number}", authority=True), "ec").chain[0],
            self.root.der,
            self.issuing.der,
        )
        tls = self.forge.leaf(Request(fqdn, (fqdn,)), "ec", self.root)
        key = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_private_key()
        settings = defaults(self.shape.version, self.shape.switches) | {"SystemUnit Name": name}
        serial, started = secrets.token_hex(4).upper(), self._issued - 1_036_800
        address = self._address(name)
        return Peer(
            name,
            fqdn,
            address,
            index,
            serial,
            started,
            bundle,
            bundle,
            tls,
            settings,
            host_key=key,
            alarms=[("40049", "Cluster TLS verification mode is permissive")],
        )

    def _address(self, host: str) -> str:
        address = next(self._addresses)
        self.world.dns |= {host: address, f"{host}.{DOMAIN}": address}
        return address


def _parameters(fqdn: str, security_mode: str) -> dict[str, str]:
    """Enterprise parameters: the security mode, and URLs that phones are given."""
    page = f"http://{fqdn}:8080/ccmcip"
    return {
        "ClusterSecurityMode": security_mode,
        "URLAuthentication": f"{page}/authenticate.jsp",
        "URLDirectories": f"{page}/xmldirectory.jsp",
        "URLServices": f"{page}/getservicesmenu.jsp",
        "SecureUDSUsersAccessURL": f"https://{fqdn}:8443/cucm-uds/users",
    }


def _word(index: int) -> str:
    around, place = divmod(index, len(CLUSTER_WORDS))
    return CLUSTER_WORDS[place] + (str(around + 1) if around else "")


def _addresses(network: str) -> Iterator[str]:
    first, second, third = (int(octet) for octet in network.split("."))
    for block in range(third, 256):
        for host in range(1, 251):
            yield f"{first}.{second}.{block}.{host}"
