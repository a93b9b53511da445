"""Version and nodes of a cluster by its own word: Unity Connection by CUPI, IM and Presence by its own AXL.

Local names count, whatever stands around them: of IM and Presence only names of operations and elements are known,
and CUPI's own examples have blanks around values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from remediate.drivers.cucm.wire import PATH, USUAL
from remediate.drivers.http import BUSY, Https, Page, refused
from remediate.errors import Refused, UnexpectedReply
from remediate.model.inventory import ClusterRole, Host
from remediate.model.uc_node import Member, Membership

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
VERSION, SERVERS = "/vmrest/version", "/vmrest/vmsservers"
STATES = (
    "unknown",
    "down",
    "initializing",
    "primary",
    "secondary",
    "idle",
    "in database synchronisation",
    "in split-brain recovery",
)
"""`ServerDisplayState` by number (CUPI API, system settings)."""
ROLES = {
    "unity-connection": "give it the role System Administrator or Remote Administrator of Unity Connection",
    "im-and-presence": "give it `Standard AXL API Access`",
}
_SEPARATORS = re.compile(r"[,;\s]+")


def membership(role: ClusterRole, host: Host, https: Https) -> Membership:
    """What this node says. Raises `DeviceError`."""
    return _presence(host, https) if role == "im-and-presence" else _unity(host, https)


def _unity(host: Host, https: Https) -> Membership:
    told = _records(_cupi(host, https, VERSION), "VersionInformation")
    version = told[0].get("version", "") if told else ""
    members = tuple(m for m in map(_member, _records(_cupi(host, https, SERVERS), "VmsServer")) if m.name)
    if not version or not members:
        raise UnexpectedReply(host.name, f"{VERSION} or {SERVERS} does not say what it should")
    return Membership(version=version, members=members)


def _member(server: Mapping[str, str]) -> Member:
    state = server.get("ServerDisplayState", "")
    number = int(state) if state.isdigit() else -1
    return Member(
        name=server.get("HostName") or server.get("ServerName", ""),
        address=server.get("IpAddress", ""),
        state=STATES[number] if 0 <= number < len(STATES) else state,
    )


def _cupi(host: Host, https: Https, path: str) -> etree._Element | Mapping[str, Any]:
    """XML, or a JSON object: some code that was run against real nodes met JSON alone."""
    page = https.get(path)
    if page.status == 403:
        raise Refused(host.name, f"GET {path} was answered with HTTP 403", ROLES["unity-connection"])
    if page.status != 200:
        raise refused(host, page, f"GET {path}")
    if not page.body.lstrip().startswith(b"{"):
        return _parsed(host, page, path)
    try:
        tree: dict[str, Any] = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise UnexpectedReply(host.name, f"{path} is neither XML nor JSON: {error}") from error
    return tree


def _records(tree: etree._Element | Mapping[str, Any], name: str) -> list[dict[str, str]]:
    """What stands under that name. In JSON one record may stand as an object and not in an array, or by itself."""
    if isinstance(tree, Mapping):
        held = tree.get(name, tree)
        each = held if isinstance(held, list) else [held]
        return [
            {key: "" if value is None else str(value).strip() for key, value in one.items()}
            for one in each
            if isinstance(one, Mapping)
        ]
    return [{etree.QName(e).localname: (e.text or "").strip() for e in one} for one in _named(tree, name)]


def _presence(host: Host, https: Https) -> Membership:
    """In the first schema version of the usual ones that it answers; a fault may mean another version."""
    refusal = Refused(host.name, "no AXL schema version to try")
    for schema in USUAL:
        try:
            version = _first(_axl(host, https, schema, "getCUPVersion"), "version")
            cluster = _axl(host, https, schema, "getClusterInfo")
        except Refused as error:
            refusal = error
            continue
        names = [text for e in _named(cluster, "cupservernames") for text in _SEPARATORS.split(e.text or "")]
        if not version:
            raise UnexpectedReply(host.name, "AXL getCUPVersion does not say a version")
        return Membership(version=version, members=tuple(Member(name=name) for name in names if name))
    raise refusal


def _axl(host: Host, https: Https, schema: str, operation: str) -> etree._Element:
    """Both operations only read. Raises `Refused` with the node's words for a fault."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    etree.SubElement(body, f"{{http://www.cisco.com/AXL/API/{schema}}}{operation}")
    action = {"SOAPAction": f'"CUCM:DB ver={schema} {operation}"'}
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"} | action
    page = https.patiently("POST", PATH, BUSY, data=etree.tostring(envelope, encoding="utf-8"), headers=headers)
    if page.status == 403:
        raise UnexpectedReply(host.name, "AXL answered HTTP 403", ROLES["im-and-presence"])
    if page.status not in {200, 500} or page.looks_like_html:
        raise UnexpectedReply(host.name, f"AXL answered HTTP {page.status} with something other than SOAP")
    told = _parsed(host, page, f"AXL {operation}")
    if page.status == 500:
        raise Refused(host.name, f"AXL {operation} was refused: {_first(told, 'faultstring')[:300]}")
    return told


def _parsed(host: Host, page: Page, what: str) -> etree._Element:
    try:
        return etree.fromstring(page.body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise UnexpectedReply(host.name, f"{what} is not XML: {error}") from error


def _named(tree: etree._Element, name: str) -> list[etree._Element]:
    return [e for e in tree.iter("{*}*") if etree.QName(e).localname.casefold() == name.casefold()]


def _first(tree: etree._Element, name: str) -> str:
    return next((text for e in _named(tree, name) if (text := (e.text or "").strip())), "")
