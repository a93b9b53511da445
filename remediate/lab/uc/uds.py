"""User Data Services of a CUCM node: XML over GET, without credentials (UDS API Reference)."""

from __future__ import annotations

import re

from aiohttp import web
from lxml import etree

from remediate.lab.world import UcCluster, UcNode, World

ROOT = "/cucm-uds"
_DEVICES = re.compile(rf"{ROOT}/user/(?P<user>[A-Za-z0-9._@-]+)/devices")


def answer(world: World, cluster: UcCluster, node: UcNode, request: web.BaseRequest) -> web.Response:
    """Answer one `/cucm-uds/…` request; 404 for a resource that the lab lacks."""
    path = request.rel_url.path
    if path == f"{ROOT}/servers":
        return _xml(_servers(world, cluster, node))
    if path == f"{ROOT}/version":
        return _xml(_version(cluster, node))
    if path == f"{ROOT}/clusterUser":
        return _xml(_cluster_user(cluster, node, request.rel_url.query.get("username", "")))
    if found := _DEVICES.fullmatch(path):
        return _xml(_devices(cluster, node, found["user"]))
    return web.Response(status=404, text="no such resource")


def schema(cluster: UcCluster) -> str:
    """The UDS schema version, which follows the product's major and minor release."""
    return ".".join(cluster.version.split(".")[:2])


def _servers(world: World, cluster: UcCluster, node: UcNode) -> etree._Element:
    lag_s = 0.0 if node.publisher else cluster.switches.replication_lag_s
    root = etree.Element("servers", uri=f"https://{node.db_name}{ROOT}/servers", version=schema(cluster))
    for one in cluster.nodes:
        etree.SubElement(root, "server").text = one.name_seen(world.now(), lag_s)
    return root


def _version(cluster: UcCluster, node: UcNode) -> etree._Element:
    uri = f"https://{node.db_name}{ROOT}/version"
    root = etree.Element("versionInformation", uri=uri, version=schema(cluster))
    etree.SubElement(root, "version").text = ".".join(cluster.version.split(".")[:3])
    capabilities = etree.SubElement(root, "capabilities")
    etree.SubElement(capabilities, "usersResourceAuthEnabled").text = "true"
    return root


def _cluster_user(cluster: UcCluster, node: UcNode, user: str) -> etree._Element:
    home = next((one for one in cluster.nodes if one.publisher), node).db_name
    uri = f"https://{node.db_name}{ROOT}/clusterUser?username={user}"
    root = etree.Element("clusterUser", version=schema(cluster), uri=uri)
    if not user:
        etree.SubElement(root, "result", found="false")
        return root
    own = f"https://{home}:8443{ROOT}"
    etree.SubElement(root, "result", found="true", uri=f"{own}/user/{user}", version=schema(cluster))
    etree.SubElement(root, "homeCluster", serversUri=f"{own}/servers").text = home
    details = etree.SubElement(root, "homeClusterDetails")
    etree.SubElement(details, "selfProvisioningSecureMode").text = "true"
    etree.SubElement(details, "adminProvisionMode").text = "false"
    return root


def _devices(cluster: UcCluster, node: UcNode, user: str) -> etree._Element:
    uri = f"https://{node.db_name}:8443{ROOT}/user/{user}/devices"
    root = etree.Element("devices", uri=uri, version=schema(cluster))
    device = etree.SubElement(root, "device")
    etree.SubElement(device, "name").text = f"CSF{user}"
    etree.SubElement(device, "model").text = "Cisco Unified Client Services Framework"
    return root


def _xml(root: etree._Element) -> web.Response:
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return web.Response(body=body, content_type="application/xml", charset="utf-8")
