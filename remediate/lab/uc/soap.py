"""SOAP 1.1 as AXL speaks it, read by namespace and local name, written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
API = "http://www.cisco.com/AXL/API/"
Element: TypeAlias = etree._Element  # noqa: SLF001  lxml gives its element no public name
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)


class NotSoap(Exception):
    """The body is not one SOAP operation."""


@dataclass(frozen=True)
class Call:
    """One operation asked for, in one version of the API; of another namespace `version` is that namespace."""

    operation: str
    version: str
    element: Element

    def text(self, name: str) -> str | None:
        """The text of a direct child by local name; None where it is absent."""
        found = self.child(name)
        return None if found is None else (found.text or "").strip()

    def child(self, name: str) -> Element | None:
        """A direct child by local name."""
        return next((item for item in self.element if local(item) == name), None)


def local(element: Element) -> str:
    """The local name of an element."""
    return etree.QName(element).localname


def read(body: bytes, namespace: str = API) -> Call:
    """The one operation in an envelope, of AXL or of another namespace. Raises NotSoap."""
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        raise NotSoap(f"not XML: {error}") from error
    if root.tag != f"{{{ENVELOPE}}}Envelope":
        raise NotSoap("the root is not a SOAP 1.1 Envelope")
    soap_body = root.find(f"{{{ENVELOPE}}}Body")
    items = list(soap_body) if soap_body is not None else []
    if len(items) != 1:
        raise NotSoap("the Body does not hold exactly one operation")
    name = etree.QName(items[0])
    given = name.namespace or ""
    if not given.startswith(namespace):
        raise NotSoap(f"namespace {given or '(none)'} is not {namespace}")
    return Call(name.localname, given.removeprefix(API), items[0])


def response(call: Call, child: str = "return") -> tuple[Element, Element]:
    """An envelope with an empty child element in the response to this call: (envelope, child)."""
    envelope, body = _envelope()
    namespace = call.version if ":" in call.version else API + call.version
    answer = etree.SubElement(body, f"{{{namespace}}}{call.operation}Response", nsmap={"ns": namespace})
    return envelope, etree.SubElement(answer, child)


def fault(code: int, message: str, operation: str, version: str | None = None) -> bytes:
    """A SOAP fault with its axlError; qualified by the API's namespace where a version is given.

    Both spellings are documented, so clients must match `axlError` by local name.
    """
    envelope, body = _envelope()
    item = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    etree.SubElement(item, "faultcode").text = "soapenv:Server"
    etree.SubElement(item, "faultstring").text = message
    detail = etree.SubElement(item, "detail")
    if version is None:
        error = etree.SubElement(detail, "axlError")
    else:
        error = etree.SubElement(detail, f"{{{API}{version}}}axlError", nsmap={"ns2": API + version})
    for name, text in (("axlcode", str(code)), ("axlmessage", message), ("request", operation)):
        etree.SubElement(error, name).text = text
    return serialise(envelope)


def serialise(envelope: Element) -> bytes:
    """The envelope as UTF-8 with its XML declaration."""
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _envelope() -> tuple[Element, Element]:
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
    return envelope, etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
