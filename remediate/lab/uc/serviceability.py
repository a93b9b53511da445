"""Control Center and RISPort70 of a CUCM node: which services run, and which phones are registered.

Namespace, operations and field names as Cisco's Control Center sample script and third-party clients use them.
A node tells of itself; RISPort of any node tells of the whole cluster.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web
from lxml import etree

from remediate.lab.uc import soap
from remediate.lab.uc.services import registered, restart, state_of
from remediate.lab.uc_state import TOMCAT, UcCluster, UcNode
from remediate.lab.world import World

if TYPE_CHECKING:
    from remediate.lab.uc.axl import Axl

NAMESPACE = "http://schemas.cisco.com/ast/soap"
CONTROL = "/controlcenterservice2/services/ControlCenterServices"
RIS = "/realtimeservice2/services/RISService70"
PATHS = frozenset({CONTROL, f"{CONTROL}Ex", RIS})
NEVER_STOPPED = frozenset({"A Cisco DB", TOMCAT})
NOT_ACTIVATED = "-1068"


async def answer(axl: Axl, cluster: UcCluster, node: UcNode, request: web.BaseRequest) -> web.StreamResponse:
    """Answer one POST; the accounts are AXL's, and only one that may write may control a service."""
    login = axl.accounts.login(request)
    if login.role is None:
        return web.Response(status=login.status, text=f"<html><h1>HTTP Status {int(login.status)}</h1></html>")
    world = axl.table.world
    try:
        call = soap.read(await request.read(), NAMESPACE)
    except soap.NotSoap as error:
        return _reply(500, soap.fault(-1, str(error), "unknown"))
    envelope, result = soap.response(call, f"{call.operation}Return")
    match call.operation:
        case "soapGetServiceStatus":
            _statuses(world, node, call, result)
        case "soapDoControlServices" if login.role != "write":
            return web.Response(status=403, text="<html><h1>HTTP Status 403</h1></html>")
        case "soapDoControlServices":
            _control(world, cluster, node, call, result)
        case "selectCmDeviceExt" if request.rel_url.path == RIS:
            _devices(world, cluster, result)
        case _:
            return _reply(500, soap.fault(-1, f"no operation {call.operation}", call.operation))
    return _reply(200, soap.serialise(envelope))


def _statuses(world: World, node: UcNode, call: soap.Call, result: soap.Element) -> None:
    asked = call.child("ServiceStatus")
    names = [(item.text or "").strip() for item in asked.iter()] if asked is not None else []
    _services(world, node, [name for name in names if name] or list(node.started), result)


def _services(world: World, node: UcNode, names: list[str], result: soap.Element) -> None:
    etree.SubElement(result, "ReturnCode").text = "0"
    listed = etree.SubElement(result, "ServiceInfoList")
    for name in names:
        state, began = state_of(world, node, name), node.started.get(name, 0.0)
        reason = "" if name in node.started else NOT_ACTIVATED
        shown = {
            "ServiceName": name,
            "ServiceStatus": state,
            "ReasonCode": reason or "-1",
            "ReasonCodeString": "Service Not Activated" if reason else " ",
            "StartTime": datetime.fromtimestamp(began, UTC).strftime("%a %b %d %H:%M:%S.%f %Y"),
            "UpTime": str(int(world.now() - began)) if state == "Started" else "-1",
        }
        item = etree.SubElement(listed, "item")
        for key, value in shown.items():
            etree.SubElement(item, key).text = value


def _control(world: World, cluster: UcCluster, node: UcNode, call: soap.Call, result: soap.Element) -> None:
    """Restart what is asked for; the answer leaves before the restart is over."""
    order = call.child("ControlServiceRequest")
    parts = list(order.iter()) if order is not None else list(call.element.iter())
    wanted = [(part.text or "").strip() for part in parts if soap.local(part) == "item"]
    what = next(((part.text or "").strip() for part in parts if soap.local(part) == "ControlType"), "")
    for name in wanted:
        if what == "Restart" and name in node.started and name not in NEVER_STOPPED:
            restart(world, cluster, node, name)
            world.record(host=node.key, connection="control-center", verb="service-restart", text=name, result="ok")
    _services(world, node, wanted, result)


def _devices(world: World, cluster: UcCluster, result: soap.Element) -> None:
    found = etree.SubElement(result, "SelectCmDeviceResult")
    counts = {node.key: registered(world, node) for node in cluster.nodes}
    etree.SubElement(found, "TotalDevicesFound").text = str(sum(counts.values()))
    nodes = etree.SubElement(found, "CmNodes")
    for node in cluster.nodes:
        item = etree.SubElement(nodes, "item")
        etree.SubElement(item, "ReturnCode").text = "Ok" if counts[node.key] else "NotFound"
        etree.SubElement(item, "Name").text = node.db_name
        devices = etree.SubElement(item, "CmDevices")
        for number in range(counts[node.key]):
            device = etree.SubElement(devices, "item")
            etree.SubElement(device, "Name").text = f"SEP{node.address.rpartition('.')[2]:0>4}{number:08d}"
            etree.SubElement(device, "Status").text = "Registered"


def _reply(status: int, body: bytes) -> web.Response:
    return web.Response(status=status, body=body, content_type="text/xml", charset="utf-8")
