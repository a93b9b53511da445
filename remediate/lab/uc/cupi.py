"""CUPI of a Unity Connection node: its release and the nodes of its cluster, as XML or JSON (CUPI API).

The version answers without a password too, as MRA clients ask for it here; the rest does not.
"""

from __future__ import annotations

from aiohttp import web
from lxml import etree

from remediate.lab.uc.accounts import Accounts
from remediate.lab.uc.processnode import plain
from remediate.lab.world import UcCluster, UcNode

ROOT = "/vmrest"
VERSION, SERVERS = f"{ROOT}/version", (f"{ROOT}/vmsservers", f"{ROOT}/cluster")
Record = dict[str, str]


def answer(cluster: UcCluster, accounts: Accounts, request: web.BaseRequest) -> web.Response:
    """Answer one GET below `ROOT`: 401 or 403 for who may not, 404 for a resource that the lab lacks."""
    path = request.rel_url.path.rstrip("/")
    if path != VERSION or "Authorization" in request.headers:
        login = accounts.login(request)
        if login.role is None:
            return web.Response(status=login.status, text=f"<html><h1>HTTP Status {int(login.status)}</h1></html>")
    json = cluster.switches.unity_form == "json" or "application/json" in request.headers.get("Accept", "")
    if path == VERSION:
        return _one("VersionInformation", {"name": "vmrest", "version": cluster.version}, json=json)
    servers = [_server(cluster, number, node) for number, node in enumerate(cluster.nodes)]
    if path in SERVERS:
        return _many(cluster, servers, json=json)
    found = [server for server in servers if server["URI"] == path]
    return _one("VmsServer", found[0], json=json) if found else web.Response(status=404, text="no such resource")


def _server(cluster: UcCluster, number: int, node: UcNode) -> Record:
    """Member 0 is the primary; state 3 primary, 4 secondary, 1 down."""
    blank = " " if cluster.switches.unity_blanks else ""
    return {
        "URI": f"{SERVERS[0]}/{plain(node.pkid)}",
        "ObjectId": plain(node.pkid),
        "ServerName": blank + node.os_hostname,
        "IpAddress": node.address,
        "ClusterMemberId": str(number),
        "HostName": blank + node.fqdn,
        "ServerDisplayState": ("3" if node.publisher else "4") if node.alive else "1",
    }


def _many(cluster: UcCluster, servers: list[Record], *, json: bool) -> web.Response:
    """One record may come as an object and not an array, in code that was run against real nodes."""
    if json:
        alone = cluster.switches.single_record_json == "object" and len(servers) == 1
        return web.json_response({"@total": str(len(servers)), "VmsServer": servers[0] if alone else servers})
    root = etree.Element("VmsServers", total=str(len(servers)))
    root.extend(_element("VmsServer", server) for server in servers)
    return _xml(root)


def _one(name: str, record: Record, *, json: bool) -> web.Response:
    return web.json_response(record) if json else _xml(_element(name, record))


def _element(name: str, record: Record) -> etree._Element:
    element = etree.Element(name)
    for key, value in record.items():
        etree.SubElement(element, key).text = value
    return element


def _xml(root: etree._Element) -> web.Response:
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return web.Response(body=body, content_type="application/xml", charset="utf-8")
