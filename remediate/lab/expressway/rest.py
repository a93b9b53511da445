"""What a peer answers over HTTPS: one function per page. The door (`web.py`) has authenticated already."""

from __future__ import annotations

from aiohttp import web
from lxml import etree

from remediate.lab.expressway import diagnostics, roots, uc_servers
from remediate.lab.expressway.desk import DONE, Desk, Page
from remediate.lab.expressway.status import ELEMENTS, joined, uptime
from remediate.lab.expressway.tree import Tree

NAMESPACE = "http://www.tandberg.no/XML/CUIL/1.0"


async def raml(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The pages this release has."""
    del request
    lines = [f"{path}:\n  {verb.lower()}:" for (verb, path) in sorted(PAGES) if uc_servers.there(desk, path)]
    text = f"#%RAML 0.8\ntitle: Expressway API\nversion: {desk.release}\n" + "\n".join(lines)
    return web.Response(text=text + "\n", content_type="application/raml+yaml")


async def peers(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The cluster's peers."""
    del request
    found = [
        {
            "PeerIndex": other.index,
            "PeerAddress": other.fqdn,
            "Status": "Active" if joined(desk.view, other) else "Failed",
        }
        for other in desk.life.cluster.peers
    ]
    return web.json_response(found)


async def sysinfo(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Name, version, serial, uptime."""
    del request
    _, cluster, peer = desk.view
    return web.json_response(
        {
            "SystemName": peer.settings["SystemUnit Name"],
            "SoftwareVersion": cluster.release_of(peer),
            "SerialNumber": peer.serial,
            "Uptime": uptime(desk.view),
            "RestartRequired": peer.restart_needed,
        }
    )


async def alarm(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The raised alarms."""
    del request
    found = [{"ID": code, "Description": text, "State": "Raised"} for code, text in desk.peer.alarms]
    return web.json_response(found)


async def mra(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Whether Mobile and Remote Access is on."""
    del request
    return web.json_response({"Enabled": desk.peer.settings["CollaborationEdge Enabled"], "SSO": "Off"})


async def restart(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Restart the peer."""
    del request
    desk.life.restart_soon(desk.peer)
    return web.json_response(DONE)


async def status_xml(desk: Desk, request: web.Request) -> web.StreamResponse:
    """Every status element as XML; shape seen on X8.11.3 (py-expressway)."""
    del request
    root = etree.Element(
        f"{{{NAMESPACE}}}Status",
        {"product": "TANDBERG VCS", "version": desk.release},
        nsmap={None: NAMESPACE},  # type: ignore[dict-item]  # lxml-stubs leave out the default namespace
    )
    for name, tree in ELEMENTS.items():
        _grow(root, name, tree(desk.view), "1")
    body = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return web.Response(body=body, content_type="text/xml")


def _grow(parent: etree._Element, name: str, value: str | Tree, item: str) -> None:
    word, _, number = name.partition(" ")
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{word}", item=number or item)
    if isinstance(value, str):
        child.text = value
        return
    for inner, grown in value.items():
        _grow(child, inner, grown, "1")


API = "/provisioning"
PAGES: dict[tuple[str, str], Page] = {
    ("GET", f"{API}/certs/root"): roots.trusted,
    ("POST", f"{API}/certs/root"): roots.trust,
    ("GET", f"{API}/sysinfo"): sysinfo,
    ("POST", f"{API}/restart"): restart,
    ("GET", f"{API}/common/alarm"): alarm,
    ("GET", f"{API}/common/cluster/peers"): peers,
    ("GET", f"{API}/common/mra"): mra,
    ("GET", f"{API}/common/diagnosticlogging"): diagnostics.state,
    ("PUT", f"{API}/common/diagnosticlogging"): diagnostics.change,
    ("POST", f"{API}/common/diagnosticlogging"): diagnostics.change,
    ("GET", f"{API}/controller/server/cucm"): uc_servers.cucm,
    ("GET", f"{API}/controller/server/imp"): uc_servers.im_and_presence,
    ("GET", f"{API}/controller/server/unityconnection"): uc_servers.unity_connection,
}
