"""Control Center and RISPort70 on a pinned HTTPS session. No schema of theirs is at hand: local names count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from lxml import etree

from remediate.drivers.http import Https, Page
from remediate.errors import DeviceError, Refused, UnexpectedReply
from remediate.model.inventory import Host
from remediate.model.uc_node import Service

CONTROL = "/controlcenterservice2/services/ControlCenterServices"
RIS = "/realtimeservice2/services/RISService70"
NAMESPACE = "http://schemas.cisco.com/ast/soap"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
NOT_ACTIVATED = "-1068"
MOST_DEVICES = "2000"
NOT_LISTED = "(not listed by node)"
"""RISPort lists at most 2000 devices and counts them all."""
_ROLE = "`Standard CCM Server Monitoring` to read, `Standard Serviceability` to restart"
_STATUS = {
    403: ("the account may not use Serviceability", f"it needs {_ROLE}"),
    404: ("there is no Serviceability API here", "see that Cisco SOAP services run on the node"),
    503: ("Serviceability is busy or starting", "wait and try again"),
}


class Serviceability:
    """One node's services, and the registrations of its cluster. Every method raises `DeviceError`."""

    def __init__(self, host: Host, https: Https, now: Callable[[], datetime]) -> None:
        self._host, self._https, self._now = host, https, now

    def services(self) -> tuple[Service, ...]:
        """Every activated service; when each started, in the node's words and by our clock."""
        call = etree.Element(f"{{{NAMESPACE}}}soapGetServiceStatus")
        etree.SubElement(call, f"{{{NAMESPACE}}}ServiceStatus").text = ""
        told = self._ask(CONTROL, call)
        now = self._now()
        return tuple(_service(item, now) for item in _items(told) if _text(item, "ReasonCode") != NOT_ACTIVATED)

    def restart(self, service: str) -> None:
        """Ask for a restart, once. Raises `Refused` where the node says that it will not."""
        call = etree.Element(f"{{{NAMESPACE}}}soapDoControlServices")
        request = etree.SubElement(call, f"{{{NAMESPACE}}}ControlServiceRequest")
        for name, value in (("NodeName", self._host.address), ("ControlType", "Restart")):
            etree.SubElement(request, f"{{{NAMESPACE}}}{name}").text = value
        wanted = etree.SubElement(request, f"{{{NAMESPACE}}}ServiceList")
        etree.SubElement(wanted, f"{{{NAMESPACE}}}item").text = service
        answered = {_text(item, "ServiceName"): item for item in _items(self._ask(CONTROL, call))}
        if service in answered and _text(answered[service], "ReasonCode") == NOT_ACTIVATED:
            raise Refused(self._host.name, f"{service} is not activated there", "see Service Activation")

    def registered(self) -> tuple[tuple[str, int], ...]:
        """Registered phones by CallManager node, as RISPort of this node tells of the whole cluster."""
        call = etree.Element(f"{{{NAMESPACE}}}selectCmDeviceExt")
        etree.SubElement(call, f"{{{NAMESPACE}}}StateInfo").text = ""
        criteria = etree.SubElement(call, f"{{{NAMESPACE}}}CmSelectionCriteria")
        asked = {"MaxReturnedDevices": MOST_DEVICES, "DeviceClass": "Phone", "Model": "255", "Status": "Registered"}
        for name, value in (asked | {"NodeName": "", "SelectBy": "Name"}).items():
            etree.SubElement(criteria, f"{{{NAMESPACE}}}{name}").text = value
        items = etree.SubElement(criteria, f"{{{NAMESPACE}}}SelectItems")
        item = etree.SubElement(items, f"{{{NAMESPACE}}}item")
        etree.SubElement(item, f"{{{NAMESPACE}}}Item").text = "*"
        for name in ("Protocol", "DownloadStatus"):
            etree.SubElement(criteria, f"{{{NAMESPACE}}}{name}").text = "Any"
        told = self._ask(RIS, call)
        nodes = next((e for e in told.iter() if _local(e) == "CmNodes"), None)
        total = next(((e.text or "").strip() for e in told.iter() if _local(e) == "TotalDevicesFound"), "")
        if nodes is None or not total.isdigit():
            raise UnexpectedReply(self._host.name, "RISPort does not count its devices")
        counts = {_text(node, "Name"): _devices(node) for node in nodes if _local(node) == "item"}
        beyond = int(total) - sum(counts.values())
        return tuple(sorted((counts | ({NOT_LISTED: beyond} if beyond > 0 else {})).items()))

    def _ask(self, path: str, call: etree._Element) -> etree._Element:
        envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
        etree.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(call)
        body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        action = etree.QName(call).localname
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', "Accept": "text/xml"}
        page = self._https.request("POST", path, data=body, headers=headers)
        if page.status != 200 or page.looks_like_html:
            raise _status_error(self._host, page, action)
        try:
            return etree.fromstring(page.body, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError as error:
            raise UnexpectedReply(self._host.name, f"{action}: the answer is not XML: {error}") from error


def _status_error(host: Host, page: Page, action: str) -> DeviceError:
    if page.status in _STATUS:
        what, hint = _STATUS[page.status]
        return Refused(host.name, f"{action} was answered HTTP {page.status}: {what}", hint)
    return UnexpectedReply(host.name, f"{action} was answered HTTP {page.status} with something other than SOAP")


def _service(item: etree._Element, now: datetime) -> Service:
    up = _text(item, "UpTime")
    started = now - timedelta(seconds=int(up)) if up.isdigit() else None
    return Service(
        name=_text(item, "ServiceName"),
        status=_text(item, "ServiceStatus"),
        since=_text(item, "StartTime"),
        started_at=started,
    )


def _items(told: etree._Element) -> Iterator[etree._Element]:
    return (e for e in told.iter() if _local(e) == "item" and _text(e, "ServiceName"))


def _devices(node: etree._Element) -> int:
    return sum(1 for e in node.iter() if _local(e) == "Status" and (e.text or "").strip() == "Registered")


def _text(element: etree._Element, name: str) -> str:
    return next(((e.text or "").strip() for e in element if _local(e) == name), "")


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
