"""What a node answers once its TLS stands: by role, and by port for CUCM's configuration files."""

from __future__ import annotations

import re

from aiohttp import web
from lxml import etree

from remediate.lab.uc import certmgr, cupi, serviceability, uds
from remediate.lab.uc.accounts import Accounts
from remediate.lab.uc.axl import Axl
from remediate.lab.world import UcCluster, UcNode, World

_SOAP = frozenset({"/axl", "/axl/"}) | serviceability.PATHS
TFTP_PORTS = frozenset({6971, 6972})
_CONFIGURATION = re.compile(r"/(?P<device>(?:CSF|TCT|BOT|TAB)[A-Za-z0-9._-]+|SPDefault)\.cnf\.xml")


class Origin:
    """The web applications of one node. `axl` is its cluster's, absent where it is not a CUCM."""

    def __init__(self, world: World, cluster: UcCluster, node: UcNode, port: int, axl: Axl | None) -> None:
        self._world, self._cluster, self._node, self._port, self._axl = world, cluster, node, port, axl
        self._accounts = Accounts(world, cluster)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request; 404 for a path that this node does not have."""
        path = request.rel_url.path
        if self._node.role == "cucm" and self._port in TFTP_PORTS:
            return _configuration(self._cluster, self._node, path)
        if self._axl is not None and path in _SOAP:
            return await self._soap(self._axl, request, path)
        if path.startswith(f"{certmgr.ROOT}/"):
            return await certmgr.answer(self._world, self._cluster, self._node, request)
        if self._node.role == "cucm" and path.startswith(f"{uds.ROOT}/"):
            return uds.answer(self._world, self._cluster, self._node, request)
        return self._small(path, request)

    async def _soap(self, axl: Axl, request: web.BaseRequest, path: str) -> web.StreamResponse:
        if path == "/axl":
            return web.Response(status=302, headers={"Location": "/axl/"})
        if path == "/axl/":
            return await axl.answer(self._node, request)
        return await serviceability.answer(axl, self._cluster, self._node, request)

    def _small(self, path: str, request: web.BaseRequest) -> web.Response:
        if self._node.role == "cuc" and path.startswith(f"{cupi.ROOT}/"):
            return cupi.answer(self._cluster, self._accounts, request)
        if self._node.role == "imp" and path in {"/EPASSoap/service/v105", "/EPASSoap/service/v80"}:
            return web.Response(text="EPASSoap", content_type="text/html")
        return web.Response(status=404, text="no such resource")


def _configuration(cluster: UcCluster, holder: UcNode, path: str) -> web.Response:
    """A device's file: the servers it names are the rows of System > Server as Cisco Tftp last read them (TN211393)."""
    found = _CONFIGURATION.fullmatch(path)
    if found is None:
        return web.Response(status=404, text="File not found")
    root = etree.Element("device")
    etree.SubElement(root, "fullConfig").text = str(found["device"] != "SPDefault").lower()
    members = etree.SubElement(etree.SubElement(etree.SubElement(root, "devicePool"), "callManagerGroup"), "members")
    for priority, node in enumerate(cluster.nodes):
        manager = etree.SubElement(etree.SubElement(members, "member", priority=str(priority)), "callManager")
        etree.SubElement(manager, "processNodeName").text = holder.tftp_names.get(node.key, node.db_name)
    return _xml(root)


def _xml(root: etree._Element) -> web.Response:
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return web.Response(body=body, content_type="application/xml", charset="utf-8")
