"""A whole plan as a straight program: the reads that `remediate plan` makes of a lab, and what is missing where.

paramiko, the standard library's HTTP and pyOpenSSL, by as many threads; contexts, parsed certificates and trust stores
are shared by what they are made of. It judges chains alone, checks nothing it is told, and writes no plan file.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import paramiko
from lxml import etree
from OpenSSL import SSL, crypto

from tests.benchmarks.clients import common
from tests.benchmarks.reads import TRUST, Node, Site, UcNode, read_sites

ELEMENTS = ("SystemUnit", "Alternates", "Cluster", "Zones", "Alarm")
READS = (
    *(f"xStatus {element}" for element in ELEMENTS), "xConfiguration Alternates",
    "xConfiguration Ciphers UcClientTLSCiphers Value", "xConfiguration EdgeConfigServer VerifyOriginServer",
)  # fmt: skip
PAGES = (TRUST, "/api/raml", "/api/provisioning/controller/server/cucm")
AXL, RIS, CONTROL = "/axl/", "/realtimeservice2/services/RISService70", "/controlcenterservice2/services/"
SNAPSHOT = "/platformcom/api/v1/certmgr/config/snapshot/server"
SOAP = '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
CALLS = (
    "<n:getCCMVersion {}/>", "<n:getCCMVersion {}/>",
    "<n:listProcessNode {}><searchCriteria><name>%</name></searchCriteria><returnedTags><name/><nodeUsage/>"
    "<processNodeRole/></returnedTags></n:listProcessNode>",
    *(f"<n:executeSQLQuery {{}}><sql>{sql}</sql></n:executeSQLQuery>" for sql in (
        "select paramname,paramvalue from processconfig", "select address from siptrunkdestination",
        "select name,tkucservice,hostnameorip from ucservice",
        "select name,tkssomode from processnode where systemnode='f'",
    )),
)  # fmt: skip
API, AST = 'xmlns:n="http://www.cisco.com/AXL/API/14.0"', 'xmlns:n="http://schemas.cisco.com/ast/soap"'
PHONES = (
    f"<n:selectCmDeviceExt {AST}><n:StateInfo/><n:CmSelectionCriteria><n:MaxReturnedDevices>2000</n:MaxReturnedDevices>"
    "<n:DeviceClass>Phone</n:DeviceClass><n:Model>255</n:Model><n:Status>Registered</n:Status><n:NodeName/>"
    "<n:SelectBy>Name</n:SelectBy><n:SelectItems><n:item><n:Item>*</n:Item></n:item></n:SelectItems><n:Protocol>Any"
    "</n:Protocol><n:DownloadStatus>Any</n:DownloadStatus></n:CmSelectionCriteria></n:selectCmDeviceExt>"
)
SERVICES = f"<n:soapGetServiceStatus {AST}><n:ServiceStatus/></n:soapGetServiceStatus>"
OFFERS = ("aRSA:@SECLEVEL=0", "aECDSA:@SECLEVEL=0", "EECDH:EDH:HIGH:!aNULL:@SECLEVEL=0")
LEAF = re.compile(rb'^\s*(\*c )?(\w[^:]*): "?([^"]*)"?$', re.MULTILINE)
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def shell(node: Node, names: Iterable[str]) -> dict[bytes, bytes]:
    """Everything the shell of a peer tells, in two writes."""
    plain = socket.create_connection((node.address, node.ssh))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(plain)
    kind, body = node.host_key.split()
    transport.connect(paramiko.PKey.from_type_string(kind, base64.b64decode(body)), node.user, node.password)
    channel = transport.open_session()
    channel.get_pty(width=4096)
    channel.invoke_shell()
    told = b""
    lookups = [f'xCommand DNS Lookup Hostname: "{name}" RecordType: all' for name in names]
    for lines in (READS, lookups):
        channel.sendall("".join(f"{line}\r\n" for line in lines).encode())
        said = b""
        while said.count(b"\r\nOK\r\n") < len(lines):
            said += channel.recv(65_536)
        told += said
    transport.close()
    return {path: value for _, path, value in LEAF.findall(told.replace(b"\r", b""))}


class Web:
    """One connection to one node, kept open."""

    def __init__(self, address: str, port: int, certificate: str, login: tuple[str, str]) -> None:
        self._connection = http.client.HTTPSConnection(address, port, context=pinned(certificate), timeout=60)
        self._headers = {"Authorization": f"Basic {base64.b64encode(':'.join(login).encode()).decode()}"}

    def get(self, path: str, body: str = "") -> bytes:
        """GET, or POST where there is a body."""
        more = {"Content-Type": "text/xml; charset=utf-8"} if body else {}
        self._connection.request("POST" if body else "GET", path, body or None, self._headers | more)
        answer = self._connection.getresponse()
        found = answer.read()
        if answer.status != 200:
            raise ValueError(f"{path} answered {answer.status}: {found[:200]!r}")
        return found

    def soap(self, path: str, call: str) -> etree._Element:
        """One call, parsed."""
        return etree.fromstring(self.get(path, SOAP.format(call)))

    def close(self) -> None:
        """Close it."""
        self._connection.close()


@cache
def pinned(certificate: str) -> ssl.SSLContext:
    """One context per pinned certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context


def read_peer(node: Node, names: Iterable[str]) -> tuple[bytes, dict[bytes, bytes]]:
    """Trusted CA list, and what the shell tells."""
    told = shell(node, names)
    web = Web(node.address, node.https, node.certificate, (node.user, node.password))
    trusted, *_ = [web.get(path) for path in PAGES]
    web.close()
    handshake(node.address, node.https, OFFERS[2])
    return trusted, told


def read_uc(node: UcNode) -> None:
    """What a UC node is asked over HTTPS."""
    web = Web(node.address, 8443, node.certificate, (node.user, node.password))
    if node.role == "cucm" and node.publisher:
        web.get("/cucm-uds/version")
        for call in CALLS:
            web.soap(AXL, call.format(API))
        web.soap(RIS, PHONES)
    if node.role == "cucm":
        web.get("/cucm-uds/servers")
        web.soap(f"{CONTROL}ControlCenterServices", SERVICES)
    elif node.role == "imp":
        for call in ("getCUPVersion", "getClusterInfo"):
            web.soap(AXL, f"<n:{call} {API}/>")
    else:
        web.get("/vmrest/version"), web.get("/vmrest/vmsservers")
    web.close()
    managed = Web(node.address, 8443, node.certificate, (node.platform_user, node.platform_password))
    json.loads(managed.get(SNAPSHOT))
    managed.close()


@cache
def offering(ciphers: str) -> SSL.Context:
    """One context per offer."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(ciphers.encode())
    return context


def handshake(address: str, port: int, ciphers: str) -> tuple[bytes, ...]:
    """The chain that a port serves; nothing where it has none for this offer."""
    plain = socket.create_connection((address, port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = SSL.Connection(offering(ciphers), plain)
    connection.set_connect_state()
    try:
        connection.do_handshake()
        served = connection.get_peer_cert_chain() or []
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in served)
    except SSL.Error:
        return ()
    finally:
        plain.close()


@cache
def parsed(der: bytes) -> crypto.X509:
    """One object per certificate."""
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def store(pem: bytes) -> crypto.X509Store:
    """All certificates of a list."""
    made = crypto.X509Store()
    for block in BLOCK.findall(pem):
        made.add_cert(parsed(ssl.PEM_cert_to_DER_cert(block.decode())))
    return made


def missing(trusted: dict[str, bytes], served: dict[str, list[tuple[bytes, ...]]], sites: list[Site]) -> list[str]:
    """Peers and the chains that their lists do not lead to a root."""
    found = []
    stores: dict[str, crypto.X509Store] = {}
    for site in sites:
        for peer in site.peers:
            key = hashlib.sha256(trusted[peer.name]).hexdigest()
            anchors = stores.get(key) or stores.setdefault(key, store(trusted[peer.name]))
            for chain in (chain for node in site.nodes for chain in served[node.name] if chain):
                context = crypto.X509StoreContext(anchors, parsed(chain[0]), [parsed(der) for der in chain[1:]])
                try:
                    context.verify_certificate()
                except crypto.X509StoreContextError:
                    found.append(f"{peer.name}: {hashlib.sha256(chain[0]).hexdigest()}")
    return found


def main(path: Path, threads: int) -> None:
    """Read the fleet, and say how much is missing."""
    sites = read_sites(path)

    def every(work: Callable[..., Any], items: Iterable[tuple[Any, ...]], forks: int = threads) -> list[Any]:
        with ThreadPoolExecutor(forks) as pool:
            return list(pool.map(lambda one: work(*one), items))

    def work() -> None:
        peers = [(peer, [node.fqdn for node in site.nodes]) for site in sites for peer in site.peers]
        nodes = [node for site in sites for node in site.nodes]
        ports = [(node, port) for node in nodes for port in ((8443, 6972) if node.role == "cucm" else (8443,))]
        read = every(read_peer, peers)
        every(read_uc, [(node,) for node in nodes])
        asked = [(node.address, port, offer) for node, port in ports for offer in OFFERS]
        chains = iter(every(handshake, asked, min(threads, 10)))
        served: dict[str, list[tuple[bytes, ...]]] = {node.name: [] for node in nodes}
        for node, _ in ports:
            served[node.name] += [next(chains) for _ in OFFERS][2:]
        trusted = {peer.name: pem for (peer, _), (pem, _) in zip(peers, read, strict=True)}
        missing(trusted, served, sites)

    common.reported(work)


if __name__ == "__main__":
    args = common.arguments()
    main(args.nodes.parent / "sites.json", args.threads)
