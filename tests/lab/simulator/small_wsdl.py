"""WSDLs of our own for stock zeep clients, written from what is published about AXL and Control Center.

They share nothing with those that the tool speaks by: where both agree with the lab, neither can be wrong alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

AXL = "http://www.cisco.com/AXL/API/14.0"
AST = "http://schemas.cisco.com/ast/soap"

_FRAME = Template("""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"
 xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:t="$space"
 targetNamespace="$space" name="small"><types><xsd:schema targetNamespace="$space" xmlns="$space"
 elementFormDefault="$form">$elements</xsd:schema></types>$messages
<portType name="Port">$operations</portType>
<binding name="Binding" type="t:Port"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>$bound</binding>
<service name="Small"><port name="Port" binding="t:Binding"><soap:address location="https://127.0.0.1/"/></port></service>
</definitions>""")
_MESSAGES = Template("""<message name="${name}In"><part name="p" element="t:$name"/></message>
<message name="${name}Out"><part name="p" element="t:${name}Response"/></message>""")
_OPERATION = Template(
    '<operation name="$name"><input message="t:${name}In"/><output message="t:${name}Out"/></operation>'
)
_BOUND = Template("""<operation name="$name"><soap:operation soapAction="$action"/>
 <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>""")
_SEQUENCE = '<xsd:attribute name="sequence" type="xsd:unsignedLong"/>'
"""With it zeep keeps `answer["return"]`, as with the schema that comes with CUCM."""


def wsdl(space: str, types: Mapping[str, tuple[str, str]], *, form: str = "unqualified", action: str = "") -> str:
    """A service of operations: name → members of its request, and of its response, as XML Schema particles."""
    told = {name: {"name": name, "action": Template(action).substitute(name=name)} for name in types}
    return _FRAME.substitute(
        space=space,
        form=form,
        elements="".join(_element(name, *parts) for name, parts in types.items()),
        messages="".join(map(_MESSAGES.substitute, told.values())),
        operations="".join(map(_OPERATION.substitute, told.values())),
        bound="".join(map(_BOUND.substitute, told.values())),
    )


def member(name: str, inner: str = "", *, many: bool = False, optional: bool = False, attributes: str = "") -> str:
    """One element: text, or the members in `inner`."""
    often = ' minOccurs="0" maxOccurs="unbounded"' if many else ' minOccurs="0"' if optional else ""
    if not inner:
        return f'<xsd:element name="{name}" type="xsd:string"{often}/>'
    return f'<xsd:element name="{name}"{often}>{_complex(inner, attributes)}</xsd:element>'


def _complex(inner: str, attributes: str = "") -> str:
    return f"<xsd:complexType><xsd:sequence>{inner}</xsd:sequence>{attributes}</xsd:complexType>"


def _element(name: str, request: str, response: str) -> str:
    asked = f'<xsd:element name="{name}">{_complex(request)}</xsd:element>'
    return f'{asked}<xsd:element name="{name}Response">{_complex(response, _SEQUENCE)}</xsd:element>'


ANY_ROW = member("row", '<xsd:any maxOccurs="unbounded" processContents="skip"/>', many=True)
_TAGS = member("name") + member("nodeUsage", optional=True) + member("processNodeRole", optional=True)
AXL_WSDL = wsdl(
    AXL,
    {
        "listProcessNode": (
            member("searchCriteria", member("name")) + member("returnedTags", _TAGS),
            member("return", member("processNode", _TAGS, many=True,
                                    attributes='<xsd:attribute name="uuid" type="xsd:string"/>')),
        ),
        "updateProcessNode": (member("uuid") + member("newName"), member("return")),
        "executeSQLQuery": (member("sql"), member("return", ANY_ROW)),
        "executeSQLUpdate": (member("sql"), member("return", member("rowsUpdated"))),
    },
    action="CUCM:DB ver=14.0 $name",
)  # fmt: skip
_SERVICE = "".join(
    map(member, ("ServiceName", "ServiceStatus", "ReasonCode", "ReasonCodeString", "StartTime", "UpTime"))
)
_SERVICES = member("ReturnCode") + member("ServiceInfoList", member("item", _SERVICE, many=True))
CONTROL_CENTER_WSDL = wsdl(
    AST,
    {
        "soapGetServiceStatus": (
            member("ServiceStatus", member("item", many=True), optional=True),
            member("soapGetServiceStatusReturn", _SERVICES),
        ),
        "soapDoControlServices": (
            member("ControlServiceRequest", member("NodeName", optional=True) + member("ControlType")
                   + member("ServiceList", member("item", many=True))),
            member("soapDoControlServicesReturn", _SERVICES),
        ),
    },
    form="qualified",
    action="$name",
)  # fmt: skip
