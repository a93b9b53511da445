"""What a diagnostic bundle says of its peer: dumps of configuration and status, and its certificates, as a reading.

Layouts are those of the shell (`xapi`); names of members as seen in the field, since the vendor's texts give none.
What a bundle lacks is an Unknown that names what to collect next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from remediate.evidence import requests, xapi
from remediate.model.certificate import Chain, TrustStore
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER, ClusterView, PeerReading, Product
from remediate.model.reading import Known, Unknown

Kind = Literal["settings", "status", "trust", "own", "log", "packets"]
_KINDS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"(?:^|[/\\])xconf[^/\\]*\.txt$", re.IGNORECASE), "settings"),
    (re.compile(r"(?:^|[/\\])xstat[^/\\]*\.txt$", re.IGNORECASE), "status"),
    (re.compile(r"(?:^|[/\\])(?:ca|trusted)[^/\\]*\.(?:pem|crt)$", re.IGNORECASE), "trust"),
    (re.compile(r"(?:^|[/\\])server[^/\\]*\.(?:pem|crt)$", re.IGNORECASE), "own"),
    (re.compile(r"\.(?:pcap|pcapng|cap)\d*$", re.IGNORECASE), "packets"),
    (re.compile(r"logging|\.log(?:\.\d+)?$|trafficserver", re.IGNORECASE), "log"),
)
_ASKED = re.compile(rb'Msg="[A-Z]+ (http://[^ "]{8,2000})[ "]')
_OVERLAP = 4096
_BLOCK = re.compile(r"^\*s (?P<name>.+?)(?: \([^)]*\))?: ?/?\s*$")
ASK_AGAIN = "collect -i INV reads it from the device"


def kind_of(name: str) -> Kind | None:
    """What a member holds, by its name; None for what is no part of a reading."""
    return next((kind for pattern, kind in _KINDS if pattern.search(name)), None)


@dataclass
class Node:
    """What one bundle held of one node."""

    place: str
    settings: str = ""
    status: str = ""
    trust: bytes = b""
    own: bytes = b""
    asked: set[tuple[str, int]] = field(default_factory=set)
    """Hosts and ports that clients asked for, as its log tells."""

    @property
    def values(self) -> dict[str, str]:
        """Settings: path in lower case → value."""
        pairs = xapi.settings(self.settings.splitlines())
        return {" ".join(path.split()).casefold(): xapi.unquoted(value) or "" for path, value in pairs}

    @property
    def states(self) -> dict[str, xapi.Leaves]:
        """Status by element, `SystemUnit` and so on in lower case."""
        return {name: xapi.leaves_of(lines) for name, lines in _blocks(self.status.splitlines())}

    @property
    def names(self) -> frozenset[str]:
        """By which it calls itself, in lower case."""
        local = (path[:-1] for path, value in self.states.get("alternates", []) if path[-1:] == ("local",))
        here = set(local)
        addresses = [v for path, v in self.states.get("alternates", []) if path[:-1] in here and path[-1] == "address"]
        own = [self.values.get("systemunit name", ""), *addresses]
        return frozenset(name.casefold() for name in own if name)


def asked_in(blocks: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    """Hosts and ports in the requests of a log, in Expressway's base64 form."""
    kept = b""
    for block in blocks:
        data = kept + block
        for found in _ASKED.finditer(data):
            target = requests.decoded(found[1].decode("ascii", "replace"))
            if target.host:
                yield target.host, target.port
        kept = data[-_OVERLAP:]


def stands_for(host: Host, node: Node) -> bool:
    """Whether a bundle is of this peer, by the names that it calls itself."""
    known = {host.name, host.fqdn, host.fqdn.partition(".")[0], host.address}
    return bool({name.casefold() for name in known if name} & node.names)


def peer_reading(cluster: Cluster, host: Host, node: Node, otherwise: datetime) -> PeerReading:
    """The peer as its bundle tells. `otherwise`: the time of reading where the dump does not say its own."""
    unit = node.states.get("systemunit", [])
    clock = xapi.clock_of(unit)
    lacks = Unknown(why=f"{node.place} holds no status dump: {ASK_AGAIN}")
    product = xapi.product_of(unit, clock or otherwise) if unit else lacks
    return PeerReading(
        cluster=cluster.name,
        host=host.name,
        read_at=clock or otherwise,
        product=product,
        trust=_trust(host, node),
        settings=tuple((path, _setting(node, path, product)) for path in (UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER)),
        view=Known(value=_view(node)) if node.states else lacks,
        zones=Known(value=xapi.zones_of(node.states["zones"])) if "zones" in node.states else lacks,
        alarms=Known(value=xapi.alarms_of(node.states["alarm"])) if "alarm" in node.states else lacks,
        clock=Known(value=clock) if clock else Unknown(why=f"{node.place} does not say the peer's time"),
        client_chain=_own(node),
        upload_by_api=Unknown(why=f"a bundle does not tell whether {host.name} takes uploads by API"),
    )


def _blocks(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    name = ""
    inside: list[str] = []
    for line in lines:
        opened = _BLOCK.match(line)
        if opened is not None:
            name, inside = "".join(opened["name"].split()).casefold(), []
        elif line.strip() == "*s/end" and name:
            yield name, inside
            name = ""
        elif name:
            inside.append(line)


def _setting(node: Node, path: str, product: Known[Product] | Unknown) -> Known[str | None] | Unknown:
    """What a dump does not list is absent on a release that has it not, and may be hidden on one that has."""
    if not node.settings:
        return Unknown(why=f"{node.place} holds no configuration dump: {ASK_AGAIN}")
    value = node.values.get(path.casefold())
    if value:
        return Known(value=value.capitalize() if path == VERIFY_ORIGIN_SERVER else value)
    if isinstance(product, Known) and not xapi.since_x14_2(product.value.version):
        return Known[str | None](value=None)
    return Unknown(why=f"{node.place} does not list {path}: it may be hidden there; --xconfig PEER=FILE gives it")


def _view(node: Node) -> ClusterView:
    written = {path: value for path, value in node.values.items() if path.startswith("alternates ")}
    return xapi.view_of(node.states.get("alternates", []), node.states.get("cluster", []), written)


def _trust(host: Host, node: Node) -> Known[TrustStore] | Unknown:
    store = TrustStore(pem=node.trust)
    if store.entries:
        return Known(value=store)
    page = f"save Show all (PEM file) and give it with --trust {host.name}=FILE"
    return Unknown(why=f"{node.place} holds no trusted CA list: {page}")


def _own(node: Node) -> Known[Chain] | Unknown:
    chain = TrustStore(pem=node.own).entries
    return Known(value=chain) if chain else Unknown(why=f"{node.place} holds no certificate of the peer itself")
